"""The case file of a conversation: all that is remembered from one message to the next."""

from collections.abc import Container
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from bot.knowledge.lookup import Query
from bot.knowledge.model import GENERAL, Knowledge

# Facts of who is bound, and the task that comes before all that needs it.
BOUND, UNBOUND, BINDING = "bound_yes", "bound_no", "bind_family"
UNANSWERED = "unanswered"  # the fact that nobody answers the telephone
ALLOWED = "allowed"  # the point of what is permitted: what is forbidden is so in every task
SELF = "self"  # the relative, and the fact, of who asks for themselves
_KEPT = 8  # how many things that were said are remembered


@dataclass(frozen=True)
class State:
    """What is known after a message. `procedure`, `channel` and `region` are slots of their own, the rest is one."""

    procedure: str | None = None  # what was asked for last
    channel: str | None = None
    region: str | None = None
    thread: str | None = None  # the task that a side question leaves standing
    point: str | None = None  # what of the procedure was asked for last
    facts: tuple[str, ...] = ()
    person: str | None = None
    regions: tuple[tuple[str, str], ...] = ()  # relative -> where insured
    region_options: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    programme: str | None = None
    step: int = 0  # the step that was told last
    shown: tuple[str, ...] = ()  # keys of what was said, the newest last
    aside: tuple[str, ...] = ()  # tasks that were wished for and not yet answered
    asked: str | None = None  # the slot of the open question
    put: tuple[str, ...] = ()  # slots that were asked for already
    danger: str | None = None  # in which somebody was, by the last message
    lost: int = 0  # how many messages in a row led nowhere
    said: str | None = None  # the last answer, for who asks to hear it again
    heard: str | None = None  # id of the message that this is the state after

    def query(self, procedure: str | None = None) -> Query:
        """What is known, as a query about a procedure."""
        return Query(
            procedure=procedure or self.procedure,
            channel=self.channel,
            region=self.region,
            facts=frozenset(self.facts),
            mini_program=self.programme,
            region_options=self.region_options,
            excluded=frozenset(self.excluded),
            skipped=frozenset({"channel", "region"}),
        )

    def chain(self, knowledge: Knowledge) -> list[str]:
        """The tasks that a message may lean on, the likelier first: what was asked in passing comes second.

        Under what alone was asked in passing lies binding: most else that one may ask of is of it.
        """
        tasks = [task for task in dict.fromkeys((self.procedure, self.thread)) if task]
        passing = [task for task in tasks if knowledge.procedures[task].passing]
        standing = [task for task in tasks if task not in passing]
        return [*standing, *passing, *([BINDING] if passing and not standing else ())]

    def within(self, knowledge: Knowledge) -> "State":
        """The state without what the knowledge no longer has: a bot gets new knowledge while conversations go on."""

        def kept(ids: tuple[str, ...], known: Container[str]) -> tuple[str, ...]:
            return tuple(id_ for id_ in ids if id_ in known)

        return replace(
            self,
            procedure=self.procedure if self.procedure in knowledge.procedures else None,
            thread=self.thread if self.thread in knowledge.procedures else None,
            channel=self.channel if self.channel in knowledge.channels else None,
            programme=self.programme if self.programme in knowledge.mini_programs else None,
            facts=kept(self.facts, knowledge.facts),
            excluded=kept(self.excluded, knowledge.channels),
            aside=kept(self.aside, knowledge.procedures),
            shown=tuple(key for key in self.shown if _stands(key, knowledge)),
        )

    def saw(self, key: str) -> "State":
        """The state after something was said."""
        return replace(self, shown=(*(k for k in self.shown if k != key), key)[-_KEPT:])

    def read_at(self, message: str | None) -> "State":
        """The state marked as the one after a message."""
        return replace(self, heard=message)

    def slots(self) -> dict[str, Any]:
        """Everything as JSON; `read` gives it back."""
        return {**{name: getattr(self, name) for name in _SLOTS}, "case": self.case()}

    def case(self) -> dict[str, Any]:
        """All but the slots of their own, as JSON."""
        return {key: value for key, value in asdict(self).items() if key not in _SLOTS and value}

    @classmethod
    def read(cls, slots: dict[str, Any]) -> "State":
        """The state in a tracker's slots; what an older version wrote is forgotten."""
        known = {field.name for field in fields(cls)}
        case = {key: _frozen(value) for key, value in (slots.get("case") or {}).items() if key in known}
        return cls(**{**case, **{name: slots.get(name) for name in _SLOTS}})


_SLOTS = ("procedure", "channel", "region")


def _stands(key: str, knowledge: Knowledge) -> bool:
    """Whether what was told under a key, `task/point/entry` or `task#variant`, can still be looked up."""
    if "#" in key:
        task, _, number = key.partition("#")
        return task in knowledge.procedures and int(number) < len(knowledge.procedures[task].variants)
    task, point, number = key.split("/")
    found = knowledge.entries(None if task == GENERAL else task, point)
    return found is not None and found[0] == task and int(number) < len(found[1])


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list | tuple) else value
