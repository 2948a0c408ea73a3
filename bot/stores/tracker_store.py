"""Keeps conversations in SQLite or PostgreSQL: masked, bounded in what a turn reads, and never silently lost."""

import asyncio
import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, TypeVar

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Event,
    LoopInterrupted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses
from sqlalchemy.orm import Session, declarative_base, sessionmaker

from bot import metrics
from bot.privacy import mask, mask_together
from bot.stores.database import CONNECTIONS, create_engine, make_tables, scrub
from bot.stores.purges import may_purge
from bot.stores.turns import firsts, turns
from bot.stores.turns import metadata as turns_metadata
from bot.stores.turns import rows as turn_rows

# A turn reads at most so many events (about ten a turn); beyond, the older ones become a summary of what they led to.
MAX_EVENTS = 120
KEPT_EVENTS = 60

# A message to a conversation of these that is not there was meant for one that was deleted: it begins none.
_BEGUN_ON_PURPOSE = ("web",)
# The check writes more than a turn does, so that it finds a disk full that is too full for a turn; not at every call.
_CHECK_BYTES = 64 * 1024
_CHECK_SECONDS = 1
_TOGETHER = 4  # messages in a row in which a number is looked for that is told in pieces

_KINDS = {kind.type_name: kind for kind in all_subclasses(Event) if kind.type_name}

_Result = TypeVar("_Result")
_Base = declarative_base()
_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # only INTEGER counts up by itself in SQLite


class _Event(_Base):
    """As in Rasa's own table, but with room for more than 2^31 events."""

    __tablename__ = "events"

    id = sa.Column(_Id, primary_key=True)
    sender_id = sa.Column(sa.String(255), nullable=False)
    type_name = sa.Column(sa.String(255), nullable=False)
    timestamp = sa.Column(sa.Float, index=True)
    intent_name = sa.Column(sa.String(255))
    action_name = sa.Column(sa.String(255))
    data = sa.Column(sa.Text)
    __table_args__ = (sa.Index("ix_events_sender", "sender_id", "id"),)


class _Conversation(_Base):
    """Where the part of a conversation begins that a turn reads, and how often it was written."""

    __tablename__ = "conversations"

    sender_id = sa.Column(sa.String(255), primary_key=True)
    version = sa.Column(sa.Integer, nullable=False)
    updated = sa.Column(sa.Float, nullable=False, index=True)
    start = sa.Column(_Id, nullable=False)
    summary = sa.Column(sa.Text, nullable=False)


class _Heard(_Base):
    """Messages by the id that their sender gave them: the same one is never taken twice."""

    __tablename__ = "heard"

    sender_id = sa.Column(sa.String(255), primary_key=True)
    client_message_id = sa.Column(sa.String(255), primary_key=True)
    event_id = sa.Column(_Id, nullable=False)
    time = sa.Column(sa.Float, nullable=False, index=True)


class _Check(_Base):
    """What the check writes, to see whether it can."""

    __tablename__ = "checks"

    id = sa.Column(_Id, primary_key=True)
    data = sa.Column(sa.LargeBinary, nullable=False)


_events, _conversations, _heard, _checks = (kind.__table__ for kind in (_Event, _Conversation, _Heard, _Check))
_sender = sa.bindparam("sender")
# What every turn asks, written once: building and caching a statement anew took longer than the database's answer.
_FIND = sa.select(_conversations.c.version, _conversations.c.start, _conversations.c.summary).where(
    _conversations.c.sender_id == _sender
)
_READ = (
    sa.select(_events.c.id, _events.c.type_name, _events.c.data)
    .where(_events.c.sender_id == _sender, _events.c.id >= sa.bindparam("start"))
    .order_by(_events.c.id)
)
_READ_TURN = _READ.limit(MAX_EVENTS)
_READ_SAID = _READ.where(_events.c.type_name.in_((UserUttered.type_name, BotUttered.type_name)))
_NEWEST = (
    sa.select(_events.c.id)
    .where(_events.c.sender_id == _sender)
    .order_by(_events.c.id.desc())
    .limit(sa.bindparam("count"))
)
_FIND_HEARD = sa.select(_heard.c.event_id).where(
    _heard.c.sender_id == _sender, _heard.c.client_message_id == sa.bindparam("message")
)
_CLAIM = (
    sa.update(_conversations)
    .where(_conversations.c.sender_id == _sender, _conversations.c.version == sa.bindparam("read"))
    .values(version=_conversations.c.version + 1, updated=sa.bindparam("now"))
)
_BEGIN = sa.insert(_conversations).values(version=1, start=0, summary="[]")
_MOVE = (
    sa.update(_conversations)
    .where(_conversations.c.sender_id == _sender)
    .values(start=sa.bindparam("first"), summary=sa.bindparam("short"))
)


class WrittenMeanwhile(Exception):
    """Somebody else has written the conversation since it was read."""


class Deleted(Exception):
    """The conversation that a message was meant for was deleted meanwhile."""


@dataclass
class _Stored:
    """What of a tracker is in the database: rides on the tracker from reading to writing."""

    version: int = 0
    ids: list[int | None] = field(default_factory=list)  # of the tracker's events; None for those of the summary


class ConversationStore(SQLTrackerStore):
    """Rasa's SQL store with a bounded window, optimistic locking, its own threads, retention and deletion."""

    SQLEvent = _Event

    def __init__(
        self, domain: Domain | None = None, host: str = "", event_broker: EventBroker | None = None, **kwargs: Any
    ) -> None:
        """Prepare the store; the database is first asked at the first use.

        Args:
            domain: the assistant's domain.
            host: the database's URL, named as Rasa hands it over from endpoints.yml.
            event_broker: see parent class.
        """
        # Not SQLTrackerStore's: it waits for the database without end and opens up to 150 connections.
        TrackerStore.__init__(self, domain or Domain.empty(), event_broker)
        self.engine = create_engine(host)
        self.sessionmaker = sessionmaker(bind=self.engine)
        self._threads = ThreadPoolExecutor(CONNECTIONS, "store")
        # SQLite lets one write at a time; the others poll for their turn without any order and may give up: here they
        # stand in line, and only other processes are polled for.
        sqlite = self.engine.dialect.name == "sqlite"
        self._writers = ThreadPoolExecutor(1, "store-writer") if sqlite else self._threads
        self._made, self._making = False, threading.Lock()
        self._sound, self._checked = False, 0.0  # whether the last check found it well, and when

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The latest part of the conversation (see parent class)."""
        return await self._run(self._threads, self._read, sender_id, True)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """All of the conversation (see parent class)."""
        return await self._run(self._threads, self._read, conversation_id, False)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Write what is new (see parent class).

        Raises:
            WrittenMeanwhile: another turn was faster, or the message was taken before.
            Deleted: the conversation is no more.
        """
        await self.stream_events(tracker)
        # A tracker that was not read from here is a new conversation's, or it can't be claimed.
        stored = getattr(tracker, "stored", _Stored())
        new = list(tracker.events)[len(stored.ids) :]
        if new:
            await self._run(self._writers, self._write, tracker, stored, new, metrics.turn_began())
            metrics.kept(new)

    async def keys(self) -> list[str]:
        """The ids of all conversations (see parent class)."""
        return await self._run(self._threads, self._senders)

    async def answer_to(self, sender_id: str, client_message_id: str) -> list[Event]:
        """The message that came with this id and all that was said to it, none if it was never heard."""
        return await self._run(self._threads, self._answer_to, sender_id, client_message_id)

    async def said(self, sender_id: str) -> list[Event]:
        """What was said on both sides in the latest part of the conversation; less work than the tracker."""
        return await self._run(self._threads, self._read_said, sender_id)

    async def forget(self, sender_id: str) -> None:
        """Delete a conversation for good."""
        await self._run(self._writers, self._forget, sender_id)

    async def purge(self, days: float) -> None:
        """Delete what is older than so many days, unless the clock has jumped ahead."""
        await self._run(self._writers, self._purge, time.time(), days * 86400)

    async def check(self) -> None:
        """Read and write something; raises what goes wrong."""
        await self._run(self._writers, self._check)

    def close(self) -> None:
        """Let go of threads and connections."""
        self._threads.shutdown()
        self._writers.shutdown()
        self.engine.dispose()

    async def _run(self, threads: ThreadPoolExecutor, work: Callable[..., _Result], *arguments: Any) -> _Result:
        with metrics.store_operation(work.__name__.strip("_")):
            return await asyncio.get_running_loop().run_in_executor(threads, self._with_tables, work, *arguments)

    def _with_tables(self, work: Callable[..., _Result], *arguments: Any) -> _Result:
        with self._making:
            if not self._made:
                make_tables(_Base.metadata, self.engine)
                make_tables(turns_metadata, self.engine)
                self._made = True
        try:
            return work(*arguments)
        except sa.exc.SQLAlchemyError:
            self._sound = False  # the next check looks closely
            raise

    @contextmanager
    def session_scope(self) -> Iterator[Session]:
        """A session that is closed at its end (see parent class, which ends the process at any ValueError in it)."""
        with self.sessionmaker() as session:
            yield session

    @contextmanager
    def _transaction(self) -> Iterator[sa.engine.Connection]:
        """All that is done in it is kept, or nothing."""
        with self.session_scope() as session:
            yield session.connection()
            session.commit()

    def _read(self, sender_id: str, latest: bool) -> DialogueStateTracker | None:
        with self.session_scope() as session:
            connection = session.connection()
            conversation = connection.execute(_FIND, {"sender": sender_id}).first()
            if conversation is None:
                return None
            start = conversation.start if latest else 0
            rows = connection.execute(_READ, {"sender": sender_id, "start": start}).all()
        summary = json.loads(conversation.summary) if latest else []
        tracker = DialogueStateTracker.from_events(
            sender_id, [_event(data) for data in summary] + _in(rows), self.domain.slots
        )
        tracker.stored = _Stored(conversation.version, [None] * len(summary) + [row.id for row in rows])
        return tracker

    def _read_said(self, sender_id: str) -> list[Event]:
        with self.session_scope() as session:
            connection = session.connection()
            conversation = connection.execute(_FIND, {"sender": sender_id}).first()
            if conversation is None:
                return []
            rows = connection.execute(_READ_SAID, {"sender": sender_id, "start": conversation.start}).all()
        return _in(rows)

    def _write(self, tracker: DialogueStateTracker, stored: _Stored, new: list[Event], began: float | None) -> None:
        sender, now = tracker.sender_id, time.time()
        if not stored.version and any(_is_for_one_that_was_begun(event) for event in new):
            raise Deleted(sender)
        rows = [_row(sender, event) for event in new]
        told = _told_together(tracker, rows, stored.ids)
        with self._transaction() as connection:
            # First, so that of two writers one waits here and then finds that it came too late.
            if not self._claim(connection, sender, stored.version, now):
                raise WrittenMeanwhile(sender)
            connection.execute(sa.insert(_events), rows)
            for id_, data in told.items():
                connection.execute(sa.update(_events).where(_events.c.id == id_).values(data=data))
            # Nobody else writes this conversation until the transaction ends.
            own = connection.execute(_NEWEST, {"sender": sender, "count": len(rows)}).scalars().all()[::-1]
            ids = stored.ids + own
            if came_to := list(turn_rows(sender, new, own, tracker.get_slot("procedure"), began)):
                connection.execute(sa.insert(turns), came_to)
            if heard := _messages_heard(sender, new, own, now):
                try:
                    connection.execute(sa.insert(_heard), heard)
                except sa.exc.IntegrityError as error:
                    raise WrittenMeanwhile(sender) from error
            window = self._window(tracker, ids, len(stored.ids))
            if window is not None:
                start, summary = window
                connection.execute(_MOVE, {"sender": sender, "first": start, "short": json.dumps(summary)})
        tracker.stored = _Stored(stored.version + 1, ids)

    @staticmethod
    def _claim(connection: sa.engine.Connection, sender_id: str, version: int, now: float) -> bool:
        if version:
            return connection.execute(_CLAIM, {"sender": sender_id, "read": version, "now": now}).rowcount == 1
        try:
            connection.execute(_BEGIN, {"sender_id": sender_id, "updated": now})
        except sa.exc.IntegrityError:
            return False
        return True

    def _window(
        self, tracker: DialogueStateTracker, ids: list[int | None], known: int
    ) -> tuple[int, list[dict]] | None:
        """Where the next turn begins to read and the summary of what was before; None if that stays as it is."""
        events = list(tracker.events)
        new_session = _last(events, SessionStarted)
        if new_session >= known:
            return ids[new_session], []
        if len(events) <= MAX_EVENTS:
            return None
        # At the beginning of a turn, and never inside the summary.
        cut = next(
            (
                position
                for position in range(len(events) - KEPT_EVENTS, len(events))
                if isinstance(events[position], UserUttered) and ids[position] is not None
            ),
            None,
        )
        return None if cut is None else (ids[cut], self._summary(tracker.sender_id, events[:cut]))

    def _summary(self, sender_id: str, events: list[Event]) -> list[dict]:
        """Events that lead to the same state."""
        before = DialogueStateTracker.from_events(sender_id, events, self.domain.slots)
        then = events[-1].timestamp
        slots = [SlotSet(name, slot.value, then) for name, slot in before.slots.items() if slot.value is not None]
        loop = [ActiveLoop(before.active_loop_name, then)] if before.active_loop_name else []
        interrupted = [LoopInterrupted(True, then)] if before.is_active_loop_interrupted else []
        short = [SessionStarted(then), *slots, *loop, *interrupted, ActionExecuted(ACTION_LISTEN_NAME, timestamp=then)]
        return [event.as_dict() for event in short]

    def _answer_to(self, sender_id: str, client_message_id: str) -> list[Event]:
        with self.session_scope() as session:
            connection = session.connection()
            first = connection.execute(_FIND_HEARD, {"sender": sender_id, "message": client_message_id}).scalar()
            if first is None:
                return []
            rows = connection.execute(_READ_TURN, {"sender": sender_id, "start": first}).all()
        return _in([*rows[:1], *takewhile(lambda row: row.type_name != UserUttered.type_name, rows[1:])])

    def _senders(self) -> list[str]:
        with self.session_scope() as session:
            return [sender_id for (sender_id,) in session.query(_Conversation.sender_id)]

    def _forget(self, sender_id: str) -> None:
        with self._transaction() as connection:
            for table in (_events, _heard, _conversations, turns, firsts):
                connection.execute(sa.delete(table).where(table.c.sender_id == sender_id))
        scrub(self.engine)

    def _purge(self, now: float, seconds: float) -> None:
        with self.session_scope() as session:
            newest = session.query(sa.func.max(_Conversation.updated)).scalar()
        if not may_purge(self.engine, "conversations", now, newest):
            return
        with self._transaction() as connection:
            times = (_events.c.timestamp, _heard.c.time, _conversations.c.updated, turns.c.time, firsts.c.time)
            for column in times:
                connection.execute(sa.delete(column.table).where(column < now - seconds))
        scrub(self.engine)

    def _check(self) -> None:
        with self.session_scope() as session:
            session.query(_Conversation.sender_id).first()
        if self._sound and time.monotonic() < self._checked + _CHECK_SECONDS:
            return
        with self._transaction() as connection:
            # The new one first: it needs room.
            (written,) = connection.execute(
                sa.insert(_checks).values(data=os.urandom(_CHECK_BYTES))
            ).inserted_primary_key
            connection.execute(sa.delete(_checks).where(_checks.c.id != written))
        self._sound, self._checked = True, time.monotonic()


def _event(data: dict) -> Event:
    """As Rasa's own function does, which looks through all kinds of events for each: most of a turn's reading."""
    return _KINDS[data["event"]]._from_parameters(data)


def _in(rows: Iterable[sa.engine.Row]) -> list[Event]:
    return [_event(json.loads(row.data)) for row in rows]


def _is_for_one_that_was_begun(event: Event) -> bool:
    return isinstance(event, UserUttered) and event.input_channel in _BEGUN_ON_PURPOSE


def _row(sender_id: str, event: Event) -> dict[str, Any]:
    data = event.as_dict()
    if isinstance(event, (UserUttered, BotUttered, SlotSet)):
        data = _masked(data)
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": ((data.get("parse_data") or {}).get("intent") or {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }


def _masked(data: Any, key: str = "") -> Any:
    """What was said or a slot holds, masked; ids and numbers stay."""
    if isinstance(data, dict):
        return {name: _masked(value, name) for name, value in data.items()}
    if isinstance(data, list):
        return [_masked(value, key) for value in data]
    return mask(data) if isinstance(data, str) and key in ("text", "value") else data


def _told_together(tracker: DialogueStateTracker, rows: list[dict[str, Any]], ids: list[int | None]) -> dict[int, str]:
    """Mask in the new rows what they tell together with earlier messages; the data of those that change too, by id."""
    events, known = list(tracker.events), len(ids)
    said = [place for place, event in enumerate(events) if isinstance(event, UserUttered) and event.text][-_TOGETHER:]
    if not said or said[-1] < known:
        return {}
    texts = [mask(events[place].text) for place in said]
    older: dict[int, str] = {}
    for place, before, after in zip(said, texts, mask_together(texts)):
        if before == after or (place < known and ids[place] is None):
            continue
        row = rows[place - known] if place >= known else _row(tracker.sender_id, events[place])
        data = json.loads(row["data"])
        data["text"] = data["parse_data"]["text"] = after
        row["data"] = json.dumps(data)
        if place < known:
            older[ids[place]] = row["data"]
    return older


def _messages_heard(sender_id: str, events: list[Event], ids: list[int], now: float) -> list[dict[str, Any]]:
    return [
        {"sender_id": sender_id, "client_message_id": event.metadata["client_message_id"], "event_id": id_, "time": now}
        for event, id_ in zip(events, ids, strict=True)
        if isinstance(event, UserUttered) and (event.metadata or {}).get("client_message_id")
    ]


def _last(events: list[Event], kind: type[Event]) -> int:
    return next((i for i in range(len(events) - 1, -1, -1) if isinstance(events[i], kind)), -1)
