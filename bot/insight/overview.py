"""How many asked what, what came of it and how long it took, in any span of days; no number below five."""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa

from bot.feedback import metadata as votes_metadata
from bot.feedback import votes
from bot.insight.span import Span
from bot.knowledge.model import Knowledge
from bot.stores.database import make_tables
from bot.stores.tables import metadata, turns
from bot.stores.turns import day_of

FEWEST = 5  # below it somebody might be recognised
_MOST = 10  # of a list
# So many days are looked at together, the first that leaves no more than so many pieces of the span.
_WIDTHS, _PIECES = (1, 7, 30, 90), 62
_MS = 10  # response times are counted so fine
Counts = Counter[Any]


@dataclass(frozen=True)
class Piece:
    """Some days together; None stands for what is too little to be shown.

    Attributes:
        first: its first day.
        last: its last day.
        questions: what people typed or tapped.
        asked_back: how many of them were answered with a question.
        up: 👍 given.
        down: 👎 given.
        typical_ms: the time that half of the answers took at most.
        slow_ms: the same of 95 in a hundred.
    """

    first: int
    last: int
    questions: int | None
    asked_back: int | None
    up: int | None
    down: int | None
    typical_ms: int | None
    slow_ms: int | None


@dataclass(frozen=True)
class Overview:
    """A span at a glance: all of it, its pieces in order, and what was asked most."""

    span: Span
    whole: Piece
    pieces: tuple[Piece, ...]
    outcomes: tuple[tuple[str, int], ...]
    tasks: tuple[tuple[str, int], ...]
    points: tuple[tuple[str, int], ...]
    silent: tuple[tuple[str, int], ...]


def read(engine: sa.engine.Engine, knowledge: Knowledge, span: Span) -> Overview:
    """The figures of a span out of the database of conversations."""
    for tables in (metadata, votes_metadata):
        make_tables(tables, engine)
    width = next((w for w in _WIDTHS if len(span.days) <= w * _PIECES), _WIDTHS[-1])
    inside = sa.and_(turns.c.time >= span.begin, turns.c.time < span.end)
    piece = ((turns.c.day - span.first) / width).label("piece")
    count = sa.func.count()
    tenths = (turns.c.ms / _MS).label("tenths")
    by_piece = sa.select(piece, turns.c.outcome, tenths, count).where(inside).group_by(piece, turns.c.outcome, tenths)
    by_what = sa.select(turns.c.task, turns.c.point, turns.c.outcome, count).where(inside)
    by_what = by_what.group_by(turns.c.task, turns.c.point, turns.c.outcome)
    begin, end = (datetime.fromtimestamp(moment, timezone.utc) for moment in (span.begin, span.end))
    voted = sa.select(votes.c.time, votes.c.value).where(votes.c.time >= begin, votes.c.time < end)
    with engine.connect() as connection:
        counted = connection.execute(by_piece).all()
        asked = connection.execute(by_what).all()
        given = Counter(((_day(time) - span.first) // width, value) for time, value in connection.execute(voted))
    outcomes = _counted((number, outcome, n) for number, outcome, _, n in counted)
    times = _counted((number, tenths, n) for number, _, tenths, n in counted if tenths is not None)
    pieces = []
    for number, first in enumerate(span.days[::width]):
        own = (outcomes.get(number, Counter()), times.get(number, Counter()), given[number, 1], given[number, -1])
        pieces.append(_piece(first, min(first + width - 1, span.last), *own))
    all_outcomes, all_times = _sum(outcomes.values()), _sum(times.values())
    up, down = (sum(n for (_, value), n in given.items() if value == wanted) for wanted in (1, -1))
    return Overview(
        span,
        _piece(span.first, span.last, all_outcomes, all_times, up, down),
        tuple(pieces),
        tuple((_OUTCOMES[name], n) for name, n in all_outcomes.most_common() if name in _OUTCOMES and n >= FEWEST),
        *_asked(knowledge, asked),
    )


_OUTCOMES = {
    "answer": "有答案",
    "unknown": "文档没写",
    "ask": "反问了一句",
    "out_of_scope": "不归这里管",
    "smalltalk": "寒暄",
    "error": "没答上",
}


def _asked(knowledge: Knowledge, rows: Iterable[sa.engine.Row]) -> Iterable[tuple[tuple[str, int], ...]]:
    """Tasks, points and silent points with how often they were asked, the most asked first."""
    tasks, points, silent = Counter[str](), Counter[str](), Counter[str]()
    for task, point, outcome, count in rows:
        what = knowledge.procedures[task].title if task in knowledge.procedures else ""
        title = knowledge.points[point].title if point in knowledge.points else ""
        tasks[what] += count
        points[title] += count
        if outcome == "unknown" and (what or title):
            silent["：".join(filter(None, (what, title)))] += count
    for counts in (tasks, points, silent):
        yield tuple((title, n) for title, n in counts.most_common() if title and n >= FEWEST)[:_MOST]


def _piece(first: int, last: int, outcomes: Counts, times: Counts, up: int, down: int) -> Piece:
    asked, back, liked, disliked = (n if n >= FEWEST else None for n in (outcomes.total(), outcomes["ask"], up, down))
    return Piece(first, last, asked, back, liked, disliked, _quantile(times, 0.5), _quantile(times, 0.95))


def _quantile(times: Counts, share: float) -> int | None:
    """The time in ms that a share of the answers took at most."""
    if times.total() < FEWEST:
        return None
    seen = 0
    for tenths in sorted(times):
        seen += times[tenths]
        if seen >= share * times.total():
            return int(tenths + 1) * _MS
    raise AssertionError("the last time is the longest")


def _counted(rows: Iterable[tuple[int, Hashable, int]]) -> dict[int, Counts]:
    counts: dict[int, Counts] = {}
    for piece, name, count in rows:
        counts.setdefault(piece, Counter())[name] += count
    return counts


def _sum(counters: Iterable[Counts]) -> Counts:
    return sum(counters, Counter())


def _day(time: datetime) -> int:
    # SQLite keeps no time zone.
    return day_of((time if time.tzinfo else time.replace(tzinfo=timezone.utc)).timestamp())
