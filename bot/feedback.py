"""What people think of answers: one SQL table beside the tracker store's."""

import asyncio
import re
import time
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa

from bot.privacy import mask
from bot.stores.database import create_engine, make_tables, scrub
from bot.stores.purges import may_purge

# PostgreSQL can't hold these.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

metadata = sa.MetaData()
votes = sa.Table(
    "feedback",
    metadata,
    sa.Column("session_id", sa.String(64), primary_key=True),
    sa.Column("message_id", sa.String(80), primary_key=True),
    sa.Column("value", sa.SmallInteger, nullable=False),
    sa.Column("comment", sa.Text),
    sa.Column("text", sa.Text, nullable=False),  # the answer it is about, as it was then
    sa.Column("time", sa.DateTime(timezone=True), nullable=False),
)


class Feedback:
    """The votes of all sessions; a later vote on the same message replaces the earlier one."""

    def __init__(self, database_url: str):
        self._engine = create_engine(database_url)
        self._made = False

    async def store(self, session_id: str, message_id: str, value: int, text: str, comment: str | None) -> None:
        """Keep a vote (1 or -1) on an answer; personal data in the comment is masked."""
        row = {
            "session_id": session_id,
            "message_id": message_id,
            "value": value,
            "comment": mask(_storable(comment)) if comment else None,
            "text": _storable(text),
            "time": datetime.fromtimestamp(time.time(), timezone.utc),
        }
        same = (votes.c.session_id == session_id) & (votes.c.message_id == message_id)
        await self._run(votes.delete().where(same), votes.insert().values(row))

    async def of(self, session_id: str) -> dict[str, int]:
        """The votes of a session by message id."""
        query = sa.select(votes.c.message_id, votes.c.value).where(votes.c.session_id == session_id)
        return {message_id: value for message_id, value in await self._run(query)}

    async def forget(self, session_id: str) -> None:
        """Delete the votes of a session for good."""
        await self._run(votes.delete().where(votes.c.session_id == session_id))
        await asyncio.to_thread(scrub, self._engine)

    async def purge(self, days: float) -> None:
        """Delete what is older than so many days, unless the clock has jumped ahead."""
        await asyncio.to_thread(self._purge, time.time(), days * 86400)

    async def _run(self, *statements: sa.sql.Executable) -> list[Any]:
        return await asyncio.to_thread(self._execute, *statements)

    def _execute(self, *statements: sa.sql.Executable) -> list[Any]:
        if not self._made:
            make_tables(metadata, self._engine)
            self._made = True
        with self._engine.begin() as connection:
            results = [connection.execute(statement) for statement in statements]
            return results[-1].fetchall() if results[-1].returns_rows else []

    def _purge(self, now: float, seconds: float) -> None:
        ((newest,),) = self._execute(sa.select(sa.func.max(votes.c.time)))
        if may_purge(self._engine, "feedback", now, _timestamp(newest)):
            before = datetime.fromtimestamp(now - seconds, timezone.utc)
            self._execute(votes.delete().where(votes.c.time < before))
            scrub(self._engine)


def _storable(text: str) -> str:
    return _UNSTORABLE.sub("", text)


def _timestamp(time: datetime | None) -> float | None:
    if time is None:
        return None
    # SQLite keeps no time zone.
    return (time if time.tzinfo else time.replace(tzinfo=timezone.utc)).timestamp()
