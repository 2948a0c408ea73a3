"""What the bot says, as the contract's messages."""

from collections.abc import Iterable
from typing import Any

from rasa.core.channels.channel import OutputChannel

# The outcome of a turn with several messages is that of the most telling one.
_TELLING = ("ask", "answer", "unknown", "out_of_scope", "smalltalk")


class Replies(OutputChannel):
    """Collects what the bot says, as the contract's messages."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        """The channel's name in stored conversations (see parent class)."""
        return "yibao"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Collect it (see parent class)."""
        self.messages.append(reply(message))


def reply(message: dict[str, Any]) -> dict[str, Any]:
    """A message of Rasa's as one of the contract's: text, buttons, card; `outcome` for whom it concerns."""
    metadata = message.get("metadata") or {}
    buttons = [{"title": b["title"], "payload": b["payload"]} for b in message.get("buttons") or []]
    return {
        "text": message.get("text") or "",
        "buttons": buttons,
        "card": metadata.get("card"),
        "outcome": metadata.get("outcome", "smalltalk"),
    }


def most_telling(outcomes: Iterable[str]) -> str:
    """The outcome of a turn whose messages have these; `error` where nothing was said."""
    found = set(outcomes)
    return next((outcome for outcome in _TELLING if outcome in found), "error")
