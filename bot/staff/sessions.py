"""Who is logged in: one SQL table beside the tracker store's, so that every worker knows."""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import sqlalchemy as sa

from bot.stores.database import create_engine, make_tables

SECONDS = 12 * 3600

_metadata = sa.MetaData()
_sessions = sa.Table(
    "staff_sessions",
    _metadata,
    # Hashes only: who reads the database can neither use a session nor try passwords.
    sa.Column("token", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(20), nullable=False),
    sa.Column("password", sa.String(64), nullable=False),
    sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
)


@dataclass(frozen=True)
class Session:
    """Somebody who is logged in, and the token that every form of theirs carries."""

    name: str
    csrf: str


class Sessions:
    """The sessions of all workers."""

    def __init__(self, database_url: str, passwords: Mapping[str, str]):
        """Say where they are kept.

        Args:
            database_url: the database of the conversations.
            passwords: the hash of everybody's password, by name.
        """
        self._engine = create_engine(database_url)
        self._passwords = passwords
        self._made = False

    async def begin(self, name: str) -> str:
        """The token of a new session."""
        token, now = secrets.token_urlsafe(32), datetime.now(timezone.utc)
        row = {
            "token": _digest(token),
            "name": name,
            "password": _digest(self._passwords[name]),
            "ends": now + timedelta(seconds=SECONDS),
        }
        await asyncio.to_thread(
            self._run, _sessions.delete().where(_sessions.c.ends < now), _sessions.insert().values(row)
        )
        return token

    async def of(self, token: str | None) -> Session | None:
        """The session of a token, unless it has ended or the password is another since."""
        if not token:
            return None
        found = sa.select(_sessions.c.name, _sessions.c.password).where(
            (_sessions.c.token == _digest(token)) & (_sessions.c.ends > datetime.now(timezone.utc))
        )
        for name, password in await asyncio.to_thread(self._run, found):
            if name in self._passwords and _digest(self._passwords[name]) == password:
                return Session(name, hmac.new(token.encode(), b"csrf", "sha256").hexdigest())
        return None

    async def end(self, token: str | None) -> None:
        """End a session for good."""
        await asyncio.to_thread(self._run, _sessions.delete().where(_sessions.c.token == _digest(token or "")))

    def _run(self, *statements: sa.sql.Executable) -> list[Any]:
        if not self._made:
            make_tables(_metadata, self._engine)
            self._made = True
        with self._engine.begin() as connection:
            results = [connection.execute(statement) for statement in statements]
            return results[-1].fetchall() if results[-1].returns_rows else []


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
