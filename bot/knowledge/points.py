"""The matrix task × point: of which kind each cell is, and what is told there first. Pure."""

from collections import Counter
from dataclasses import dataclass
from enum import Enum

from bot.knowledge.lookup import Query, Told, told
from bot.knowledge.model import GENERAL, Knowledge


class Kind(Enum):
    """What was decided of a cell."""

    SAID = "said"
    SILENT = "silent"
    INHERITED = "inherited"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True)
class Matrix:
    """The kind of every cell that was decided, by task (what holds in general comes first) and point."""

    kinds: dict[str, dict[str, Kind]]
    leads_to: dict[tuple[str, str], Kind]  # of an inherited cell: what it comes to

    def counts(self, task: str | None = None) -> Counter[Kind]:
        """How many cells of each kind there are, of a task or in all."""
        rows = self.kinds.values() if task is None else [self.kinds[task]]
        return Counter(kind for row in rows for kind in row.values())


def matrix(knowledge: Knowledge) -> Matrix:
    """All cells; what nobody decided is left out (`yibao validate` names it)."""
    kinds = {
        task: {point: kind(knowledge, task, point) for point in knowledge.points if point in knowledge.cells[task]}
        for task in tasks(knowledge)
    }
    inherited = [(task, point) for task, row in kinds.items() for point in row if row[point] is Kind.INHERITED]
    return Matrix(kinds, {(task, point): _said(first(knowledge, task, point)) for task, point in inherited})


def tasks(knowledge: Knowledge) -> tuple[str, ...]:
    """What has cells: what holds in general, then every task."""
    return tuple(task for task in (GENERAL, *knowledge.procedures) if task in knowledge.cells)


def kind(knowledge: Knowledge, task: str, point: str) -> Kind:
    """The kind of a cell; where some are told something and others not, it is that of who has said nothing yet."""
    cell = knowledge.cells[task][point]
    if cell.inherited:
        return Kind.INHERITED
    return _said(first(knowledge, task, point))


def first(
    knowledge: Knowledge, task: str, point: str, channel: str | None = None, region: str | None = None
) -> Told | None:
    """What a cell tells somebody who has said no more than this, wherever it stands; None where nothing can be told."""
    found = knowledge.entries(task, point)
    if found is None or not found[1]:
        return None
    # A cell may hold narrower questions only; then it begins with the first of them.
    owner, entries = found
    return told(knowledge, Query(task, channel, region), point) or Told(owner, point, 0, entries[0])


def _said(told: Told | None) -> Kind:
    if told is None:
        return Kind.NOT_APPLICABLE
    return Kind.SILENT if told.entry.silent else Kind.SAID
