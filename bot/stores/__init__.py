"""Where conversations are kept, and what keeps two turns of one person apart."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from rasa.core.lock_store import LockStore
from rasa.core.tracker_store import FailSafeTrackerStore, InMemoryTrackerStore, TrackerStore
from rasa.shared.core.events import Event, UserUttered
from sanic.log import logger
from sqlalchemy.engine.url import make_url

from bot.errors import BotError, SettingsError
from bot.paths import KNOWLEDGE
from bot.stores.database import create_engine
from bot.stores.lock_store import MemoryLocks, RedisLocks
from bot.stores.published import Files, Published
from bot.stores.published_rows import Rows
from bot.stores.tracker_store import ConversationStore

__all__ = ["answer_to", "check", "conversations", "forget", "keep_purging", "locks", "opened", "published", "said"]

_PURGE_SECONDS = 3600


class Purged(Protocol):
    """A store whose content expires."""

    async def purge(self, days: float) -> None:
        """Delete what is older than so many days."""


def conversations(database_url: str) -> ConversationStore:
    """The tracker store of a database.

    Raises:
        SettingsError: the database can't be reached.
    """
    with opened(database_url):
        return ConversationStore(host=database_url)


@contextmanager
def opened(database_url: str) -> Iterator[sa.engine.Engine]:
    """A database as long as somebody looks into it.

    Raises:
        SettingsError: it can't be reached.
        BotError: it does not answer in the middle.
    """
    engine = create_engine(database_url)
    try:
        with engine.connect():
            pass
    except sa.exc.SQLAlchemyError as error:
        engine.dispose()
        kind = make_url(database_url).get_backend_name()
        raise SettingsError(f"YIBAO_DATABASE_URL 指的数据库（{kind}）连不上，请检查地址和权限。") from error
    try:
        yield engine
    except sa.exc.SQLAlchemyError as error:
        raise BotError("数据库没有答上来，请过一会儿再试。") from error
    finally:
        engine.dispose()


def locks(redis_url: str | None) -> LockStore:
    """The lock store: in Redis if there is one, else in memory."""
    return RedisLocks(redis_url) if redis_url else MemoryLocks()


def published(database_url: str, place: str, folder: Path = KNOWLEDGE) -> Published:
    """The published knowledge: in the database, or in the files of this machine."""
    return Rows(database_url, folder) if place == "database" else Files(folder)


async def forget(store: TrackerStore, sender: str) -> None:
    """Delete a conversation for good, which Rasa's stores can't."""
    inner = _inner(store)
    if isinstance(inner, InMemoryTrackerStore):
        inner.store.pop(sender, None)
    else:
        await inner.forget(sender)


async def answer_to(store: TrackerStore, sender: str, client_message_id: str) -> list[Event]:
    """The message with this id and all that was said to it, none if it was never heard."""
    inner = _inner(store)
    if not isinstance(inner, InMemoryTrackerStore):
        return await inner.answer_to(sender, client_message_id)
    tracker = await inner.retrieve_full_tracker(sender)
    turns = _turns(tracker.events) if tracker else []
    return next((turn for turn in turns if turn[0].metadata.get("client_message_id") == client_message_id), [])


async def said(store: TrackerStore, sender: str) -> list[Event]:
    """What was said on both sides in the latest part of a conversation, none if there is none."""
    inner = _inner(store)
    if not isinstance(inner, InMemoryTrackerStore):
        return await inner.said(sender)
    tracker = await inner.retrieve(sender)
    return list(tracker.events) if tracker else []


async def check(store: TrackerStore) -> None:
    """Let a database read and write something; raises what goes wrong."""
    inner = _inner(store)
    if isinstance(inner, ConversationStore):
        await inner.check()


async def keep_purging(days: int, *stores: Purged) -> None:
    """Delete what is older than so many days, now and every hour; never returns."""
    while True:
        for store in stores:
            try:
                await store.purge(days)
            except sa.exc.SQLAlchemyError as error:
                # The next hour tries again.
                logger.error("what is too old could not be deleted", exc_info=error)
        await asyncio.sleep(_PURGE_SECONDS)


def _turns(events: Iterable[Event]) -> list[list[Event]]:
    """Events by the message they follow."""
    turns: list[list[Event]] = []
    for event in events:
        if isinstance(event, UserUttered):
            turns.append([event])
        elif turns:
            turns[-1].append(event)
    return turns


def _inner(store: TrackerStore) -> "ConversationStore | InMemoryTrackerStore":
    """The store itself: an agent may have Rasa's wrapper around it."""
    inner = store._tracker_store if isinstance(store, FailSafeTrackerStore) else store
    if not isinstance(inner, (ConversationStore, InMemoryTrackerStore)):
        raise TypeError(f"no store of this assistant: {type(inner).__name__}")
    return inner
