"""Keeps conversations in SQLite or PostgreSQL: masked, bounded in what a turn reads, and never silently lost."""

import asyncio
import json
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, TypeVar

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    LoopInterrupted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot import metrics
from bot.stores import tables
from bot.stores.database import CONNECTIONS, create_engine, make_tables, scrub
from bot.stores.purges import may_purge
from bot.stores.rows import event_of, events_of, heard_rows, mask_together_in, row_of
from bot.stores.tables import MAX_EVENTS
from bot.stores.turns import turn_rows

KEPT_EVENTS = 60  # of MAX_EVENTS, when the older ones become a summary

# A message to a conversation of these that is not there was meant for one that was deleted: it begins none.
_BEGUN_ON_PURPOSE = ("web",)
# The check writes more than a turn does, so that it finds a disk full that is too full for a turn; not at every call.
_CHECK_BYTES = 64 * 1024
_CHECK_SECONDS = 1

_Result = TypeVar("_Result")


class WrittenMeanwhile(Exception):
    """Somebody else has written the conversation since it was read."""


class Deleted(Exception):
    """The conversation that a message was meant for was deleted meanwhile."""


@dataclass
class _Stored:
    """What of a tracker is in the database: rides on the tracker from reading to writing."""

    version: int = 0
    ids: list[int | None] = field(default_factory=list)  # of the tracker's events; None for those of the summary

    @classmethod
    def of(cls, tracker: DialogueStateTracker) -> "_Stored":
        """Nothing, of a tracker that was not read from here: it is a new conversation's, or it can't be claimed."""
        stored: _Stored = vars(tracker).get("stored") or cls()
        return stored

    def ride_on(self, tracker: DialogueStateTracker) -> None:
        vars(tracker)["stored"] = self


class ConversationStore(TrackerStore):
    """A bounded window of each conversation, optimistic locking, its own threads, retention and deletion."""

    def __init__(
        self, domain: Domain | None = None, host: str = "", event_broker: EventBroker | None = None, **kwargs: Any
    ) -> None:
        """Prepare the store; the database is first asked at the first use.

        Args:
            domain: the assistant's domain.
            host: the database's URL, named as Rasa hands it over from endpoints.yml.
            event_broker: see parent class.
            kwargs: what else stands in endpoints.yml.
        """
        super().__init__(domain or Domain.empty(), event_broker, **kwargs)
        self.engine = create_engine(host)
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
        stored = _Stored.of(tracker)
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
                make_tables(tables.metadata, self.engine)
                self._made = True
        try:
            return work(*arguments)
        except sa.exc.SQLAlchemyError:
            self._sound = False  # the next check looks closely
            raise

    def _read(self, sender_id: str, latest: bool) -> DialogueStateTracker | None:
        with self.engine.connect() as connection:
            conversation = connection.execute(tables.FIND, {"sender": sender_id}).first()
            if conversation is None:
                return None
            start = conversation.start if latest else 0
            rows = connection.execute(tables.READ, {"sender": sender_id, "start": start}).all()
        summary = json.loads(conversation.summary) if latest else []
        tracker = DialogueStateTracker.from_events(
            sender_id, [*map(event_of, summary), *events_of(rows)], self.domain.slots
        )
        _Stored(conversation.version, [None] * len(summary) + [row.id for row in rows]).ride_on(tracker)
        return tracker

    def _read_said(self, sender_id: str) -> list[Event]:
        with self.engine.connect() as connection:
            conversation = connection.execute(tables.FIND, {"sender": sender_id}).first()
            if conversation is None:
                return []
            start = {"sender": sender_id, "start": conversation.start}
            return events_of(connection.execute(tables.READ_SAID, start).all())

    def _write(self, tracker: DialogueStateTracker, stored: _Stored, new: list[Event], began: float | None) -> None:
        sender, now = tracker.sender_id, time.time()
        if not stored.version and any(_is_for_one_that_was_begun(event) for event in new):
            raise Deleted(sender)
        rows = [row_of(sender, event) for event in new]
        edited = mask_together_in(rows, tracker, stored.ids)
        with self.engine.begin() as connection:
            # First, so that of two writers one waits here and then finds that it came too late.
            if not _claim(connection, sender, stored.version, now):
                raise WrittenMeanwhile(sender)
            connection.execute(sa.insert(tables.events), rows)
            for id_, data in edited.items():
                connection.execute(tables.EDIT, {"event": id_, "told": data})
            # Nobody else writes this conversation until the transaction ends.
            newest = connection.execute(tables.NEWEST, {"sender": sender, "count": len(rows)}).scalars().all()[::-1]
            if came_to := list(turn_rows(sender, new, newest, tracker.get_slot("procedure"), began)):
                connection.execute(sa.insert(tables.turns), came_to)
            if heard := heard_rows(sender, new, newest, now):
                try:
                    connection.execute(sa.insert(tables.heard), heard)
                except sa.exc.IntegrityError as error:
                    raise WrittenMeanwhile(sender) from error
            ids = [*stored.ids, *newest]
            window = self._window(tracker, ids, len(stored.ids))
            if window is not None:
                start, summary = window
                connection.execute(tables.MOVE, {"sender": sender, "first": start, "short": json.dumps(summary)})
        _Stored(stored.version + 1, ids).ride_on(tracker)

    def _window(
        self, tracker: DialogueStateTracker, ids: list[int | None], known: int
    ) -> tuple[int | None, list[dict[str, Any]]] | None:
        """Where the next turn begins to read and the summary of what was before; None if that stays as it is."""
        events = list(tracker.events)
        new_session = _last(events, SessionStarted)
        if new_session >= known:
            return ids[new_session], []
        if len(events) <= MAX_EVENTS:
            return None
        # At the beginning of a turn, and never inside the summary.
        late = range(len(events) - KEPT_EVENTS, len(events))
        turns = (place for place in late if isinstance(events[place], UserUttered) and ids[place] is not None)
        cut = next(turns, None)
        return None if cut is None else (ids[cut], self._summary(tracker.sender_id, events[:cut]))

    def _summary(self, sender_id: str, events: list[Event]) -> list[dict[str, Any]]:
        """Events that lead to the same state."""
        before = DialogueStateTracker.from_events(sender_id, events, self.domain.slots)
        then = events[-1].timestamp
        slots = [SlotSet(name, slot.value, then) for name, slot in before.slots.items() if slot.value is not None]
        loop = [ActiveLoop(before.active_loop_name, then)] if before.active_loop_name else []
        interrupted = [LoopInterrupted(True, then)] if before.is_active_loop_interrupted else []
        short = [SessionStarted(then), *slots, *loop, *interrupted, ActionExecuted(ACTION_LISTEN_NAME, timestamp=then)]
        return [event.as_dict() for event in short]

    def _answer_to(self, sender_id: str, client_message_id: str) -> list[Event]:
        with self.engine.connect() as connection:
            message = {"sender": sender_id, "message": client_message_id}
            first = connection.execute(tables.FIND_HEARD, message).scalar()
            if first is None:
                return []
            rows = connection.execute(tables.READ_TURN, {"sender": sender_id, "start": first}).all()
        return events_of([*rows[:1], *takewhile(lambda row: row.type_name != UserUttered.type_name, rows[1:])])

    def _senders(self) -> list[str]:
        with self.engine.connect() as connection:
            return list(connection.execute(tables.SENDERS).scalars())

    def _forget(self, sender_id: str) -> None:
        with self.engine.begin() as connection:
            for statement in tables.FORGET:
                connection.execute(statement, {"sender": sender_id})
        scrub(self.engine)

    def _purge(self, now: float, seconds: float) -> None:
        with self.engine.connect() as connection:
            newest = connection.execute(tables.LAST_WRITTEN).scalar()
        if not may_purge(self.engine, "conversations", now, newest):
            return
        with self.engine.begin() as connection:
            for statement in tables.PURGE:
                connection.execute(statement, {"before": now - seconds})
        scrub(self.engine)

    def _check(self) -> None:
        with self.engine.connect() as connection:
            connection.execute(tables.SENDERS.limit(1)).first()
        if self._sound and time.monotonic() < self._checked + _CHECK_SECONDS:
            return
        with self.engine.begin() as connection:
            # The new one first: it needs room.
            made = connection.execute(sa.insert(tables.checks).values(data=os.urandom(_CHECK_BYTES)))
            connection.execute(tables.EMPTY_CHECKS, {"kept": made.inserted_primary_key[0]})
        self._sound, self._checked = True, time.monotonic()


def _claim(connection: sa.engine.Connection, sender_id: str, version: int, now: float) -> bool:
    if version:
        claim = connection.execute(tables.CLAIM, {"sender": sender_id, "read": version, "now": now})
        return bool(claim.rowcount == 1)
    try:
        connection.execute(tables.BEGIN, {"sender_id": sender_id, "updated": now})
    except sa.exc.IntegrityError:
        return False
    return True


def _is_for_one_that_was_begun(event: Event) -> bool:
    return isinstance(event, UserUttered) and event.input_channel in _BEGUN_ON_PURPOSE


def _last(events: list[Event], kind: type[Event]) -> int:
    return next((i for i in range(len(events) - 1, -1, -1) if isinstance(events[i], kind)), -1)
