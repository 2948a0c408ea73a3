"""A tracker's events as the contract's messages; ids and times come out the same at every reading."""

from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

from rasa.shared.core.events import BotUttered, Event, UserUttered

from bot.channels.replies import reply

_START = "start"  # stands for the message that what the bot says first answers


def messages(events: Iterable[Event]) -> list[dict[str, Any]]:
    """The whole conversation in order."""
    found: list[dict[str, Any]] = []
    answered, count = _START, 0
    for event in events:
        if isinstance(event, UserUttered) and event.text:
            answered, count = event.message_id or _START, 0
            found.append(_said(event))
        elif isinstance(event, BotUttered):
            found.append(bot_message(answered, count, event.message()))
            count += 1
    return found


def bot_message(answered: str, count: int, message: dict[str, Any]) -> dict[str, Any]:
    """One message of the bot's.

    Args:
        answered: the id of the message it answers.
        count: how many answers to it came before.
        message: as Rasa hands it to an output channel.
    """
    parts = reply(message)
    del parts["outcome"]
    return {
        "message_id": f"{answered}-{count}",
        "role": "bot",
        "time": _time(message.get("timestamp")),
        **parts,
    }


def choices(history: list[dict[str, Any]]) -> dict[str, str]:
    """Every payload that was shown, with its title."""
    return {button["payload"]: button["title"] for message in history for button in message.get("buttons") or []}


def last_choices(history: list[dict[str, Any]]) -> dict[str, str]:
    """The titles shown after the last message of the person's, with their payloads."""
    last = max((i for i, message in enumerate(history) if message["role"] == "user"), default=-1)
    return {title: payload for payload, title in choices(history[last + 1 :]).items()}


def _said(event: UserUttered) -> dict[str, Any]:
    metadata = event.metadata or {}
    return {
        "message_id": event.message_id,
        "client_message_id": metadata.get("client_message_id"),
        "role": "user",
        "time": _time(event.timestamp),
        # A tapped button is shown by its title.
        "text": metadata.get("title") or event.text,
        "buttons": [],
        "card": None,
    }


def _time(timestamp: float | None) -> str:
    return datetime.fromtimestamp(timestamp or 0, timezone.utc).isoformat(timespec="milliseconds")
