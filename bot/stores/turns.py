"""What each turn came to: a row a turn, without a word of what was said. The staff's figures are read from it."""

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rasa.shared.core.events import BotUttered, Event, UserUttered

from bot.channels.replies import most_telling, reply
from bot.dialogue.understand import LEANING

# Why a person should look at a turn.
MISUNDERSTOOD, DOUBTFUL, SILENT = "misunderstood", "doubtful", "silent"
# An answer below this probability of its intent, beside which something else was likely too, may be a wrong one: about
# one in ten of the sentences of tests/nlu.
_SURE = 0.6
_NOT_UNDERSTOOD = ("doubt", "unreadable")  # rules of bot.dialogue.understand
_CHINA = 8 * 3600  # seconds that its clocks are ahead of UTC
_DAY = 86400


def day_of(seconds: float) -> int:
    """The day of a time, counted from 1970 as China's calendars have it."""
    return int((seconds + _CHINA) // _DAY)


def begin_of(day: int) -> float:
    """The time at which a day begins."""
    return day * _DAY - _CHINA


def turn_rows(
    sender: str, events: Iterable[Event], ids: Iterable[int], task: str | None, began: float | None
) -> Iterator[dict[str, Any]]:
    """The rows of the turns among new events.

    Args:
        sender: whose they are.
        events: what is written.
        ids: theirs.
        task: what the conversation is about after them.
        began: when the latest of the turns began, on the monotonic clock.
    """
    for heard, id_, answered in _turns(zip(events, ids)):
        outcome = most_telling(reply(event.message())["outcome"] for event in answered if isinstance(event, BotUttered))
        parsed: Mapping[str, Any] = heard.parse_data or {}
        intent = (parsed.get("intent") or {}).get("name")
        # A button has passed no pipeline: it says itself what it means.
        tapped = next((e["value"] for e in heard.entities or [] if e.get("entity") == "point"), None)
        yield {
            "event_id": id_,
            "sender_id": sender,
            "message_id": heard.message_id,
            "time": heard.timestamp,
            "day": day_of(heard.timestamp),
            "channel": heard.input_channel,
            "task": task if intent == task or intent in LEANING else None,
            "point": parsed.get("point") or tapped,
            "outcome": outcome,
            "ms": None if began is None else round((time.monotonic() - began) * 1000),
            "miss": _miss(parsed, outcome),
        }


def _miss(parsed: Mapping[str, Any], outcome: str) -> str | None:
    understood = parsed.get("understood")
    if understood is None:  # a button: nothing was to be understood
        return None
    if understood["why"] in _NOT_UNDERSTOOD:
        return DOUBTFUL if outcome in ("answer", "unknown") else MISUNDERSTOOD  # a guess, or a question
    if outcome == "unknown":
        return SILENT
    unsure = bool(understood["doubt"]) and parsed["intent"]["confidence"] < _SURE
    return DOUBTFUL if unsure and outcome == "answer" else None


def _turns(events: Iterable[tuple[Event, int]]) -> Iterator[tuple[UserUttered, int, list[Event]]]:
    """Every message with its id and what followed it."""
    heard: UserUttered | None = None
    id_, answered = 0, list[Event]()
    for event, own in events:
        if isinstance(event, UserUttered):
            if heard is not None:
                yield heard, id_, answered
            heard, id_, answered = event, own, []
        elif heard is not None:
            answered.append(event)
    if heard is not None:
        yield heard, id_, answered
