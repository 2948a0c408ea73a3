"""Keeps the conversations of one process as they are, for the shell and for trials."""

from typing import Any

from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker


class MemoryStore(InMemoryTrackerStore):
    """Rasa's own writes each conversation as JSON and looks through all kinds of events to read it: half of a long one's turn."""

    store: dict[str, Any]  # sender -> events

    def __init__(self, domain: Domain | None = None) -> None:
        super().__init__(domain or Domain.empty())

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep what happened (see parent class)."""
        await self.stream_events(tracker)
        self.store[tracker.sender_id] = list(tracker.events)

    def deserialise_tracker(self, sender_id: str, serialised_tracker: Any) -> DialogueStateTracker:
        """The conversation after its events (see parent class)."""
        return DialogueStateTracker.from_events(sender_id, serialised_tracker, self.domain.slots)
