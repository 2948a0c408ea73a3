"""Connections to SQLite while other processes open the same new database."""

import sqlite3
import threading

import pytest
import sqlalchemy as sa

from bot.stores import database
from bot.stores.database import create_engine


@pytest.fixture
def held(tmp_path):
    """A new database that somebody is just beginning to write."""
    path = tmp_path / "new.db"
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN EXCLUSIVE")
    yield path, holder
    holder.close()


def test_who_opens_a_new_database_waits_for_who_opens_it_too(held, monkeypatch):
    """SQLite itself gives up at once on the second switch to the log: two workers could not start together."""
    path, holder = held
    refused = threading.Event()

    def let_go():
        refused.wait(30)
        holder.execute("ROLLBACK")

    class Watched:
        def __init__(self, connection):
            self._connection = connection
            connection.execute("PRAGMA busy_timeout=0")  # as SQLite does for the switch itself

        def execute(self, statement):
            try:
                return self._connection.execute(statement)
            except sqlite3.OperationalError:
                refused.set()
                raise

    freer = threading.Thread(target=let_go)
    freer.start()
    prepare = database._keep_a_log
    monkeypatch.setattr(database, "_keep_a_log", lambda connection: prepare(Watched(connection)))
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    freer.join()
    engine.dispose()
    assert refused.is_set()


def test_a_database_that_stays_locked_is_given_up(held, monkeypatch):
    path, _ = held
    monkeypatch.setattr(database, "SECONDS", 0.1)
    engine = create_engine(f"sqlite:///{path}")
    with pytest.raises(sa.exc.OperationalError, match="locked"), engine.connect():
        pass
    engine.dispose()
