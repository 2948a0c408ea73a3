"""Events as rows of the database and back; what was said is masked on its way in."""

import json
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from rasa.shared.core.events import BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses

from bot.privacy import mask, mask_together

_TOGETHER = 4  # messages in a row in which a number is looked for that is told in pieces

_KINDS: dict[str, type[Event]] = {kind.type_name: kind for kind in all_subclasses(Event) if kind.type_name}


def event_of(data: dict[str, Any]) -> Event:
    """As Rasa's own function does, which looks through all kinds of events for each: most of a turn's reading."""
    event = _KINDS[data["event"]]._from_parameters(data)
    assert event  # every kind makes one
    return event


def events_of(rows: Iterable[sa.engine.Row]) -> list[Event]:
    """The events in rows."""
    return [event_of(json.loads(row.data)) for row in rows]


def row_of(sender_id: str, event: Event) -> dict[str, Any]:
    """The row that keeps an event of a conversation."""
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


def mask_together_in(
    rows: list[dict[str, Any]], tracker: DialogueStateTracker, ids: list[int | None]
) -> dict[int, str]:
    """Mask in new rows what they tell together with earlier messages.

    Args:
        rows: of the tracker's last events.
        tracker: the conversation.
        ids: of the events before those; None where an event has no row.

    Returns:
        The data of the earlier rows that change too, by id.
    """
    events, known = list(tracker.events), len(ids)
    said = [(place, event.text) for place, event in enumerate(events) if isinstance(event, UserUttered) and event.text][
        -_TOGETHER:
    ]
    if not said or said[-1][0] < known:
        return {}
    texts = [mask(text) for _, text in said]
    older: dict[int, str] = {}
    for (place, _), before, after in zip(said, texts, mask_together(texts)):
        id_ = ids[place] if place < known else None
        if before == after or (place < known and id_ is None):
            continue
        row = rows[place - known] if place >= known else row_of(tracker.sender_id, events[place])
        data = json.loads(row["data"])
        data["text"] = data["parse_data"]["text"] = after
        row["data"] = json.dumps(data)
        if id_ is not None:
            older[id_] = row["data"]
    return older


def heard_rows(sender_id: str, events: list[Event], ids: list[int], now: float) -> list[dict[str, Any]]:
    """The rows for messages to which their sender gave an id."""
    return [
        {"sender_id": sender_id, "client_message_id": event.metadata["client_message_id"], "event_id": id_, "time": now}
        for event, id_ in zip(events, ids, strict=True)
        if isinstance(event, UserUttered) and (event.metadata or {}).get("client_message_id")
    ]


def _masked(data: Any, key: str = "") -> Any:
    """What was said or a slot holds, masked; ids and numbers stay."""
    if isinstance(data, dict):
        return {name: _masked(value, name) for name, value in data.items()}
    if isinstance(data, list):
        return [_masked(value, key) for value in data]
    return mask(data) if isinstance(data, str) and key in ("text", "value") else data
