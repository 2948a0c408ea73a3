"""Which prepared answer a message is after: every one that may be meant, the way itself and what the rules would do compete.

What speaks for each is summed with the weights of `weights.yml`, which scripts/choose_weights.py chose from the
conversations of `conversations/`: for each turn it is written there which answers are right.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from math import log
from pathlib import Path

from bot.dialogue.heard import Heard, Part, Understood, Wish
from bot.dialogue.plan import plan
from bot.dialogue.shown import task_of
from bot.dialogue.state import State
from bot.dialogue.thresholds import SURE_TASK, UNLIKE
from bot.dialogue.update import update
from bot.knowledge.lookup import LIKE_WHOLE, fitting
from bot.knowledge.model import BARE, GENERAL, WHOLE, Entry, Knowledge
from bot.yamlfile import parse_yaml

WEIGHTS = Path(__file__).with_name("weights.yml")
_DECIDED = ("choice", "unreadable")  # rules that leave nothing open
_ACTS = (None, "told", "objection")  # the others are talk, or lean on the last answer as it stands
_PHONES = "contact_agent"
_LEAST = 1e-3  # a probability below it is none
_LIKE = ("like", "like_whole")  # of a part, of the whole message


@dataclass(frozen=True)
class Candidate:
    """Something that may be said, and what speaks for it: names of `weights.yml`.

    Attributes:
        task: whose answer it is; None for what the rules would do.
        point: of the answer; None for the way itself.
        entry: its place in the cell; None for the way itself.
    """

    task: str | None
    point: str | None
    entry: int | None
    signs: dict[str, float]


def choose(knowledge: Knowledge, state: State, heard: Heard, found: Understood) -> Understood:
    """The understanding with the answer that is likeliest meant, which may be another than the rules read out of the message.

    Args:
        knowledge: what is known.
        state: the conversation before the message.
        heard: what was found in it.
        found: what the rules made of it.
    """
    ranked = rank(knowledge, state, heard, found)
    best = ranked[0] if ranked else None
    if best is None or best.task is None:
        return found
    task = best.task if best.task != GENERAL else None
    return replace(found, wishes=(Wish(task, best.point, best.entry),), act=None, ranked=True)


def rank(knowledge: Knowledge, state: State, heard: Heard, found: Understood) -> list[Candidate]:
    """All that may be said, the likeliest first; nothing where the rules leave nothing open."""
    weights = _weights()
    candidates = gather(knowledge, state, heard, found)
    return sorted(candidates, key=lambda one: -sum(weights[name] * sign for name, sign in one.signs.items()))


def gather(knowledge: Knowledge, state: State, heard: Heard, found: Understood) -> list[Candidate]:
    """All that may be said and what speaks for it."""
    if found.act not in _ACTS or found.why in _DECIDED or found.hazard or len(found.wishes) > 1:
        return []
    before = state.within(knowledge)
    opens = before.procedure is None and before.thread is None
    if opens and not any(wish.task and wish.point for wish in found.wishes):
        return []  # who begins with a task wants its way; of no task there is little to choose from
    if found.act and (found.channel or found.region or (found.person and not found.facts)):
        return []  # a way, a place or a person is told: what it changes is looked up
    turn = _Turn(knowledge, before, update(knowledge, before, found), heard, found)
    # What is told of no cell, a source or a question, stands.
    return [] if found.wishes and not turn.proposed else list(turn.candidates())


class _Turn:
    """A message in its conversation, for which candidates are gathered."""

    def __init__(self, knowledge: Knowledge, before: State, after: State, heard: Heard, found: Understood):
        self.knowledge, self.before, self.after, self.found = knowledge, before, after, found
        self.wished = found.wishes[0].task if found.wishes else None
        in_hand = [self.wished] if self.wished else before.chain(knowledge)
        self.standing = [task for task in dict.fromkeys([*in_hand, after.procedure, after.thread]) if task]
        self.tasks = dict.fromkeys([*self.standing, *map(task_of, before.shown), GENERAL, _PHONES])
        if self.wished and dict(heard.whole.intents).get(self.wished, 0.0) >= SURE_TASK:
            self.tasks = {task: None for task in self.standing if self._family(task) == self._family(self.wished)}
        self.says = _most(heard.clauses or (heard.whole,))
        self.way_says = dict(heard.whole.points).get(WHOLE, 0.0)
        self.parts = (heard.whole, *heard.clauses)
        self.asked = {task: dict(heard.whole.asked.get(task, ())) for task in self.tasks}
        self.near = _near(heard, {*self.tasks, *map(self._family, self.tasks), GENERAL})
        self.proposed = plan(knowledge, before, after, found).shown
        self.told = frozenset(found.facts) - {*before.facts}
        self.following = {knowledge.facts[fact].point for fact in self.told if fact in knowledge.facts}

    def _family(self, task: str) -> str:
        """The task to which it belongs, or itself."""
        procedure = self.knowledge.procedures.get(task)
        return procedure.belongs_to if procedure and procedure.belongs_to else task

    def candidates(self) -> Iterator[Candidate]:
        """What the rules would do, the way, and the entries."""
        if self.found.act or not self.found.wishes:
            yield Candidate(None, None, None, {"rules": 1.0, "proposed": 1.0})
        way = self.wished or self.after.procedure
        if way:
            told = any(key.startswith(f"{way}#") for key in self.before.shown)
            proposed = any(key.startswith(f"{way}#") for key in self.proposed)
            signs = {"way_says": _log(self.way_says), "way_told": float(told), "proposed": float(proposed)}
            yield Candidate(way, None, None, {"way": 1.0, **signs})
        for task in self.tasks:
            query = replace(self.after.query(), procedure=task if task != GENERAL else None)
            points = (*self.knowledge.points, WHOLE)
            for owner, point, number, entry in fitting(self.knowledge, query, points, self._may_be_meant):
                signs = self._signs(task, f"{owner}/{point}/{number}", entry, self.near.get((owner, point, number)))
                yield Candidate(task, point, number, signs)

    def _may_be_meant(self, owner: str, point: str, number: int, entry: Entry) -> bool:
        """Whether something is like it, or it is for whatever is not narrower."""
        near = self.near.get((owner, point, number))
        if point == WHOLE:  # who asks for the way seems to ask for something of it
            return near is not None and near["like"] >= LIKE_WHOLE
        return near is not None or not entry.asks

    def _signs(self, task: str, key: str, entry: Entry, near: dict[str, float] | None) -> dict[str, float]:
        owner, point, _ = key.split("/")
        signs = {
            "says": _log(self.says.get(point, 0.0)),
            "asked": _log(self.asked.get(task, {}).get(point, 0.0)),
            "standing": float(task in self.standing),
            "earlier": float(task not in (*self.standing, GENERAL, _PHONES)),
            "phones": float(task == _PHONES and task not in self.standing),
            "silent": float(bool(entry.silent)),
            "when": float(len(entry.when)),
            "when_now": float(not self.told.isdisjoint(entry.when)),
            "follows": float(point in self.following),
            "region": float(bool(entry.region)),
            "channel": float(self.after.channel in entry.channel),
            "told": float(key in self.before.shown),
            "proposed": float(key in self.proposed),
        }
        if near is None:
            return {**signs, "plain": 1.0, "fit": _log(self._plain(owner, point)) - _log(0.0)}
        like = {name: max(0.0, near[name] - UNLIKE) for name in _LIKE}
        return {**signs, **like, "fit": _log(near["fit"]) - _log(0.0)}

    def _plain(self, task: str, point: str) -> float:
        """How likely the point is asked for and nothing narrower, by the part that says most."""
        return max(dict(part.plain.get(task, ())).get(point, 0.0) for part in self.parts)


def _most(parts: tuple[Part, ...]) -> dict[str, float]:
    """Each label with what the part says of it that says most."""
    says: dict[str, float] = {}
    for label, probability in (pair for part in parts for pair in part.points):
        says[label] = max(says.get(label, 0.0), probability)
    return says


def _near(heard: Heard, tasks: set[str]) -> dict[tuple[str, str, int], dict[str, float]]:
    """Of each entry of the tasks how like its examples are to the message or a clause of it, and how likely they find it."""
    found: dict[tuple[str, str, int], dict[str, float]] = {}
    for part in (heard.whole, *heard.clauses):
        for near in part.near:
            if near.kind == BARE or near.task not in tasks:
                continue
            signs = found.setdefault((near.task, near.point, near.entry), {"fit": 0.0, "like": 0.0, "like_whole": 0.0})
            signs["fit"] = max(signs["fit"], part.fit(near))
            for name in _LIKE if part is heard.whole else _LIKE[:1]:
                signs[name] = max(signs[name], near.likeness)
    return found


def _log(probability: float) -> float:
    return log(probability + _LEAST)


@cache
def _weights() -> dict[str, float]:
    return {name: float(weight) for name, weight in parse_yaml(WEIGHTS.read_text(encoding="utf-8")).items()}
