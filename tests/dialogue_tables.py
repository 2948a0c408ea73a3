"""What the tests of the dialogue write in short: wishes, places, and what was heard in a message."""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.dialogue.heard import Heard, Named, Part, Wish
from bot.dialogue.state import State
from bot.knowledge.lookup import Near
from tests.small_knowledge import GUANGDONG, SICHUAN, YILI

PLACES = {"伊犁": YILI, "广东": GUANGDONG, "四川": SICHUAN}


def wish(short: str) -> Wish:
    """`task/point`, `/point` of what is in hand, or `task`."""
    task, _, point = short.partition("/")
    return Wish(task or None, point or None)


def state(procedure: str | None = None, **known: Any) -> State:
    """A case file; the thread is the procedure unless it is told."""
    lists = {key: tuple(value) for key, value in known.items() if isinstance(value, list)}
    region = {"region": PLACES.get(known["region"], known["region"])} if known.get("region") else {}
    return State(procedure=procedure, **{"thread": procedure, **known, **lists, **region})


def heard(
    text: str = "",
    intents: Mapping[str, float] | None = None,
    points: Mapping[str, float] | None = None,
    names: Iterable[str] = (),
    clauses: Iterable[Mapping[str, Any]] = (),
    hazards: Mapping[str, float] | None = None,
    near: Mapping[str, Any] | None = None,
    asked: Mapping[str, Mapping[str, float]] | None = None,
    told: Mapping[str, float] | None = None,
    readable: bool = True,
) -> Heard:
    """What was found in a message; see `understanding.yml` for how it is written."""
    parts = []
    for clause in clauses:
        start = text.index(clause["says"])
        found = _ranking(clause.get("intents")), _ranking(clause.get("points"))
        near_clause = tuple(_near(clause.get("near")))
        told_by = _ranking(clause.get("told"))
        fits, end = _fits(clause.get("near")), start + len(clause["says"])
        parts.append(Part(clause["says"], *found, near_clause, start, end, fits, told=told_by))
    of_tasks = {task: _ranking(found) for task, found in (asked or {}).items()}
    found = _ranking(intents), _ranking(points), tuple(_near(near))
    whole = Part(text, *found, 0, len(text), _fits(near), of_tasks, told=_ranking(told))
    named = tuple(_named(name, text) for name in names)
    return Heard(whole, tuple(parts), named, _ranking(hazards), readable)


def _ranking(found: Mapping[str, float] | None) -> tuple[tuple[str, float], ...]:
    return tuple(sorted((found or {}).items(), key=lambda item: -item[1]))


def _near(found: Mapping[str, Any] | None) -> Iterable[Near]:
    """Of each key how like its examples are, or that and how well it fits."""
    for key, says in (found or {}).items():
        task, point, entry, kind = key.split("/")
        yield Near(task, point, int(entry), kind, says[0] if isinstance(says, list | tuple) else says)


def _fits(found: Mapping[str, Any] | None) -> dict[str, dict[str, float]]:
    """By task how well the keys fit of which that is said."""
    fits: dict[str, dict[str, float]] = {}
    for key, says in (found or {}).items():
        if isinstance(says, list | tuple):
            fits.setdefault(key.split("/")[0], {})[key] = says[1]
    return fits


def _named(short: str, text: str) -> Named:
    entity, value, words, *role = short.split()
    start = text.index(words)
    return Named(entity, PLACES.get(value, value), start, start + len(words), "aside" in role, "insured" in role)
