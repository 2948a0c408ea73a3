"""Everything that may be told of a task, put into words as people read it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.knowledge import render
from bot.knowledge.lookup import Answer, Told, Unknown
from bot.knowledge.model import WHOLE, Entry, Knowledge, Variant
from bot.knowledge.points import first


@dataclass(frozen=True)
class Scope:
    """What is looked at; None: whatever it is."""

    channel: str | None = None
    region: str | None = None  # a full name
    point: str | None = None

    def holds(self, part: Variant | Entry) -> bool:
        """Whether somebody of this channel and place may be told the part."""
        # The general texts hold for everybody until a special one comes before them.
        channel = self.channel is None or not part.channel or self.channel in part.channel
        return channel and (self.region is None or part.region is None or self.region.startswith(part.region))


@dataclass(frozen=True)
class Way:
    """A variant and what is shown of it."""

    variant: Variant
    reply: render.Reply
    short: str  # to who asks for less


@dataclass(frozen=True)
class Line:
    """An entry of a cell and what is said for it.

    Attributes:
        text: to who asks.
        yes: to who believes what is so, where the entry has examples of that.
        no: to who believes what is not so.
    """

    entry: Entry
    text: str
    yes: str | None
    no: str | None


@dataclass(frozen=True)
class Shown:
    """A point of a task: its entries, or what is told of an inherited one."""

    point: str
    lines: tuple[Line, ...]
    owner: str | None = None  # where an inherited one stands
    applicable: bool = True


def ways(knowledge: Knowledge, task: str, scope: Scope) -> Iterator[Way]:
    """Every way to do a task, each by itself."""
    procedure = knowledge.procedures.get(task)
    if procedure is None or scope.point not in (None, WHOLE):
        return
    for variant in filter(scope.holds, procedure.variants):
        channel = scope.channel if scope.channel in variant.channel else next(iter(variant.channel), None)
        region = scope.region or variant.region
        kind = Unknown if variant.unknown else Answer
        answer = kind(procedure, (variant,), channel, region, chosen=False, asked_channel=channel)
        yield Way(variant, render.way(knowledge, answer), render.shorter(knowledge, answer))


def points(knowledge: Knowledge, task: str, scope: Scope) -> Iterator[Shown]:
    """Every point of a task, in the order of `points.yml`, then the narrower questions on the whole."""
    cells = knowledge.cells.get(task, {})
    for point in (*knowledge.points, WHOLE):
        cell = cells.get(point)
        if cell is None or scope.point not in (None, point):
            continue
        told = first(knowledge, task, point, scope.channel, scope.region)
        if told is None:
            yield Shown(point, (), applicable=False)
        elif cell.inherited:
            yield Shown(point, (_line(knowledge, told),), owner=told.task)
        else:
            lines = [
                _line(knowledge, Told(task, point, number, entry))
                for number, entry in enumerate(cell.entries)
                if scope.holds(entry)
            ]
            if lines:
                yield Shown(point, tuple(lines))


def _line(knowledge: Knowledge, told: Told) -> Line:
    said, entry = render.point(knowledge, told).text, told.entry
    yes, no = (
        render.point(knowledge, replace(told, verdict=verdict), bare=True).text if examples and entry.say else None
        for verdict, examples in (("yes", entry.yes), ("no", entry.no))
    )
    return Line(entry, said, yes, no)
