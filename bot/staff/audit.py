"""Who changed what and when: one SQL table, a line for every change; nothing deletes them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

import sqlalchemy as sa

from bot.privacy import mask
from bot.stores.database import create_engine, make_tables

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
        did: `login`, `refused`, `draft`, `discard`, `publish`, `undo`, or what a page of its own calls it.
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
        await asyncio.to_thread(self.note_now, who, did, place, before, after)

    def note_now(self, who: str, did: str, place: str = "", before: str = "", after: str = "") -> int:
        """The same for who is in a thread already; gives the line's number."""
        row = {"time": datetime.now(timezone.utc), "who": who, "did": did, "place": place}
        insert = _lines.insert().values({**row, "before": mask(before), "after": mask(after)})
        return self._run(lambda connection: connection.execute(insert).inserted_primary_key[0])

    async def lines(self, did: Sequence[str], place: str | None = None, most: int = 200) -> list[Line]:
        """The newest lines of some kinds, of one place or of all, the newest first."""
        here = _lines.c.did.in_(did) if place is None else _lines.c.did.in_(did) & (_lines.c.place == place)
        query = sa.select(_lines).where(here).order_by(_lines.c.number.desc()).limit(most)
        return await asyncio.to_thread(self._run, lambda connection: [Line(*row) for row in connection.execute(query)])

    def _run(self, work):
        if not self._made:
            make_tables(_metadata, self._engine)
            self._made = True
        with self._engine.begin() as connection:
            return work(connection)
