"""Columns along time as plain shapes, which the template draws: no script, no style of their own. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 180  # of the drawing, in its own units; the page makes it as wide as there is room
_GAP = 0.2  # of a column's place
_TICKS = 6


@dataclass(frozen=True)
class Column:
    """A rectangle: one number of one row."""

    x: float
    y: float
    width: float
    height: float
    row: int
    told: str


@dataclass(frozen=True)
class Chart:
    """Rows of numbers over the same places in time.

    Attributes:
        title: what it shows.
        rows: the name of each row with its numbers; None is too little to be shown.
        heads: what stands under the places.
        columns: to be drawn; those of a row behind come first.
        ticks: places that are named under the drawing, with their x.
        most: the highest number, at the top; 0 where there is none.
    """

    title: str
    rows: tuple[tuple[str, tuple[int | None, ...]], ...]
    heads: tuple[str, ...]
    columns: tuple[Column, ...]
    ticks: tuple[tuple[float, str], ...]
    most: int


def along_time(title: str, heads: Sequence[str], rows: Sequence[tuple[str, Sequence[int | None]]]) -> Chart:
    """A chart of rows, side by side at each place."""
    most = max((number for _, numbers in rows for number in numbers if number), default=0)
    place = WIDTH / max(len(heads), 1)
    width = place * (1 - _GAP) / max(len(rows), 1)
    columns = [
        Column(
            round(number_of * place + place * _GAP / 2 + row * width, 1),
            round(HEIGHT - HEIGHT * number / most, 1),
            round(width, 1),
            round(HEIGHT * number / most, 1),
            row,
            f"{heads[number_of]} {name} {number:,}",
        )
        for row, (name, numbers) in enumerate(rows)
        for number_of, number in enumerate(numbers)
        if number
    ]
    every = max(1, -(-len(heads) // _TICKS))
    ticks = [(round((number + 0.5) * place, 1), heads[number]) for number in range(0, len(heads), every)]
    said = tuple((name, tuple(numbers)) for name, numbers in rows)
    return Chart(title, said, tuple(heads), tuple(columns), tuple(ticks), most)
