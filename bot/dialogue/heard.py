"""What the understanding found in one message, before the conversation says what is meant by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.knowledge.lookup import Near

Ranking = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Part:
    """A message, or one clause of it: what it may want, most likely first, with probabilities."""

    text: str
    intents: Ranking = ()
    points: Ranking = ()  # points, acts and facts
    near: tuple[Near, ...] = ()
    start: int = 0
    end: int = 0
    # Of each task how well the entries that are near fit, the points that its example questions make likely, and of these
    # those that are asked for and nothing narrower.
    fits: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    asked: Mapping[str, Sequence[tuple[str, float]]] = field(default_factory=dict)
    plain: Mapping[str, Sequence[tuple[str, float]]] = field(default_factory=dict)
    told: Ranking = ()  # facts, each with a probability of its own

    def fit(self, near: Near) -> float:
        """How likely the entry that is near is of all of its task."""
        return self.fits.get(near.task, {}).get(near.key, 0.0)


@dataclass(frozen=True)
class Named:
    """A name in the message: a place with its role, a channel, a relative, a number."""

    entity: str
    value: str
    start: int = 0
    end: int = 0
    aside: bool = False  # of a place: said in passing
    insured: bool = False  # of a place: said to be that of the insurance


@dataclass(frozen=True)
class Heard:
    """All that was found in a message."""

    whole: Part
    clauses: tuple[Part, ...] = ()
    named: tuple[Named, ...] = ()
    hazards: Ranking = ()
    readable: bool = True

    def values(self, entity: str) -> list[str]:
        """The values of an entity, in order."""
        return [named.value for named in self.named if named.entity == entity]


@dataclass(frozen=True)
class Wish:
    """One thing that is asked for; no task: whatever the conversation is about, no point: the way itself."""

    task: str | None = None
    point: str | None = None
    entry: int | None = None  # which answer of the cell, where that was ranked


@dataclass(frozen=True)
class Understood:
    """What a message means in its conversation."""

    why: str  # the rule that decided
    intent: str
    wishes: tuple[Wish, ...] = ()
    act: str | None = None  # how it leans on what was said: step, repeat, switch, told …, or the talk's intent
    facts: tuple[str, ...] = ()
    hazard: str | None = None
    channel: str | None = None
    excluded: tuple[str, ...] = ()
    region: str | None = None
    region_options: tuple[str, ...] = ()
    region_denied: str | None = None
    programme: str | None = None
    person: str | None = None
    number: int | None = None  # of a step
    done: bool = False  # of a step: it is reported, not asked for
    text: str = ""  # what was said of a step, in the person's words
    skipped: bool = False  # the question that is open does not matter to the person
    doubt: tuple[Wish, ...] = ()  # what else may be meant
    near: tuple[Near, ...] = ()
    spans: tuple[tuple[int, int], ...] = field(default=())  # of the wishes in the text
    ranked: bool = False  # what is wished for was chosen out of all that can be said
