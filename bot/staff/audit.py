"""Who changed what and when: one SQL table, a line for every change; nothing deletes them."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TypeVar

import sqlalchemy as sa

from bot.privacy import mask
from bot.stores.database import create_engine, make_tables

_Result = TypeVar("_Result")
_metadata = sa.MetaData()
_lines = sa.Table(
    "staff_audit",
    _metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("time", sa.DateTime(timezone=True), nullable=False),
    sa.Column("who", sa.String(20), nullable=False),
    sa.Column("did", sa.String(20), nullable=False),
    sa.Column("place", sa.String(200), nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
)


@dataclass(frozen=True)
class Line:
    """Something that somebody did.

    Attributes:
        did: `login`, `refused`, or what a page calls it.
        place: where, as the page that did it names places; empty for a login.
        before, after: the texts; empty where there was or is none.
    """

    number: int
    time: datetime
    who: str
    did: str
    place: str
    before: str
    after: str


class Audit:
    """The lines of all workers."""

    def __init__(self, database_url: str):
        self._engine = create_engine(database_url)
        self._made = False

    async def note(self, who: str, did: str, place: str = "", before: str = "", after: str = "") -> None:
        """Write a line; personal data in it is masked."""
        await asyncio.to_thread(self.note_now, who, did, [(place, _masked(before), _masked(after))])

    def note_now(self, who: str, did: str, changes: Iterable[tuple[str, str, str]]) -> list[int]:
        """Write lines, all or none, for who is in a thread already and knows that no personal data are in them.

        Args:
            who: did it.
            did: what, to all places.
            changes: the places, with the texts before and after.

        Returns:
            their numbers.
        """
        time = datetime.now(timezone.utc)
        rows = [
            {"time": time, "who": who, "did": did, "place": place, "before": before, "after": after}
            for place, before, after in changes
        ]
        return self._run(
            lambda connection: [connection.execute(_lines.insert().values(row)).inserted_primary_key[0] for row in rows]
        )

    def settle(self, numbers: Sequence[int], did: str) -> None:
        """Say of lines that were written beforehand what came of them."""
        update = _lines.update().where(_lines.c.number.in_(numbers)).values(did=did)
        self._run(lambda connection: connection.execute(update))

    async def lines(self, did: Sequence[str], place: str | None = None, most: int = 200) -> list[Line]:
        """The newest lines of some kinds, of one place or of all, the newest first."""
        return await asyncio.to_thread(self.lines_now, did, place, most)

    def lines_now(self, did: Sequence[str], place: str | None = None, most: int = 200) -> list[Line]:
        """The same for who is in a thread already."""
        here = _lines.c.did.in_(did) if place is None else _lines.c.did.in_(did) & (_lines.c.place == place)
        query = sa.select(_lines).where(here).order_by(_lines.c.number.desc()).limit(most)
        return self._run(lambda connection: [Line(*row) for row in connection.execute(query)])

    async def line(self, number: int) -> Line | None:
        """The line of a number."""
        query = sa.select(_lines).where(_lines.c.number == number)
        found = await asyncio.to_thread(self._run, lambda connection: connection.execute(query).fetchall())
        return Line(*found[0]) if found else None

    def _run(self, work: Callable[[sa.engine.Connection], _Result]) -> _Result:
        if not self._made:
            make_tables(_metadata, self._engine)
            self._made = True
        with self._engine.begin() as connection:
            return work(connection)


def _masked(text: str) -> str:
    # Line by line: a number does not go on in the next one.
    return "\n".join(map(mask, text.split("\n")))
