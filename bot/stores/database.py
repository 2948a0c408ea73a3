"""Connections to SQLite or PostgreSQL that give up in time, notice files that are gone, and leave no bytes behind."""

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sanic.log import logger
from sqlalchemy.pool import QueuePool

CONNECTIONS = 16  # of one engine
SECONDS = 5  # after which a connection or a statement is given up


class FilesGone(sa.exc.SQLAlchemyError):
    """A database's files were deleted or replaced while they were in use."""


def create_engine(url: str) -> sa.engine.Engine:
    """An engine that gives up on a database that doesn't answer, and tells no values in its errors."""
    parsed = sa.engine.make_url(url)
    shared: dict[str, Any] = {
        "future": True,
        "hide_parameters": True,
        "pool_size": CONNECTIONS,
        "max_overflow": 0,
        "pool_timeout": SECONDS,
    }
    if parsed.get_backend_name() == "sqlite":
        # Made here and never by a connection: a file that is gone shall be noticed, not begun anew.
        with suppress(OSError):  # connecting tells what is wrong
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            Path(parsed.database).touch()
        waiting = {"timeout": SECONDS, "check_same_thread": False}
        engine = sa.create_engine(url, poolclass=QueuePool, connect_args=waiting, **shared)
        sa.event.listen(engine, "do_connect", _open_what_is_there)
        sa.event.listen(engine, "connect", _prepare_sqlite)
        _Files(engine, parsed.database)
        return engine
    options = f"-c statement_timeout={SECONDS * 1000} -c lock_timeout={SECONDS * 1000}"
    patience = {"connect_timeout": SECONDS, "tcp_user_timeout": SECONDS * 1000, "options": options}
    return sa.create_engine(url, pool_pre_ping=True, connect_args=patience, **shared)


def make_tables(metadata: sa.MetaData, engine: sa.engine.Engine) -> None:
    """Make the tables that are missing."""
    for _ in metadata.tables:
        try:
            metadata.create_all(engine)
        except sa.exc.DBAPIError:
            # Another worker makes the same table at the same time: the next look finds it.
            continue
        return
    metadata.create_all(engine)


def scrub(engine: sa.engine.Engine) -> None:
    """See to it that what was deleted is in no file of SQLite's any more; PostgreSQL's vacuum does it there."""
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        # Deleting has overwritten it in new pages of the log; this brings them into the file and empties the log.
        busy, *_ = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
    if busy:
        logger.warning("what was deleted stays in the database's log until the next purge: somebody is reading it")


class _Files:
    """Notices that an SQLite database's files are not those that were opened: SQLite itself writes on into them."""

    def __init__(self, engine: sa.engine.Engine, path: str):
        self._paths = (path, f"{path}-wal", f"{path}-shm")
        self._opened: tuple[int, ...] | None = None
        sa.event.listen(engine, "connect", self._open)
        sa.event.listen(engine, "begin", self._look)
        sa.event.listen(engine, "engine_disposed", self._let_go)

    def _open(self, connection: Any, record: Any) -> None:
        if self._opened is None:
            self._opened = self._found()

    def _look(self, connection: sa.engine.Connection) -> None:
        if self._found() != self._opened:
            # Until a restart, even if other files are there now: connections to both at once would spoil them.
            raise FilesGone("the files of the database are gone or others")

    def _let_go(self, engine: sa.engine.Engine) -> None:
        self._opened = None  # SQLite deletes its log behind the last connection

    def _found(self) -> tuple[int, ...]:
        try:
            return tuple(os.stat(path).st_ino for path in self._paths)
        except OSError:
            return ()


def _open_what_is_there(dialect: Any, record: Any, arguments: list[Any], parameters: dict[str, Any]) -> Any:
    return dialect.connect(f"{Path(arguments[0]).as_uri()}?mode=rw", uri=True, **parameters)


def _prepare_sqlite(connection: Any, record: Any) -> None:
    # Readers and the writer don't wait for each other; what is deleted is overwritten.
    _keep_a_log(connection)
    connection.execute("PRAGMA secure_delete=ON")
    connection.execute("PRAGMA user_version").fetchone()  # a first look opens the log


def _keep_a_log(connection: Any) -> None:
    """Switch to the log; of several processes that open a new database at once SQLite gives up on all but one without waiting."""
    until = time.monotonic() + SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return
