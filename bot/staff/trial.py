"""A talk with the bot as it would answer with a draft; nothing of it is kept or counted."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage

from bot.assistant import new_sender
from bot.channels import taps
from bot.channels.replies import Replies
from bot.edge import MAX_CHARACTERS, NothingSaid, TextTooLong, clean
from bot.knowledge.loader import trying
from bot.knowledge.model import Knowledge
from bot.privacy import mask
from bot.stores.memory import MemoryStore

MOST = 12  # messages of a talk: each is said anew at every step, since workers share no memory


@dataclass(frozen=True)
class Exchange:
    """A message, masked, and what the bot said to it."""

    said: str
    replies: tuple[dict[str, Any], ...]


async def talk(agent: Agent, knowledge: Knowledge, said: Sequence[str]) -> list[Exchange]:
    """Say the messages one after the other; typing the title of a button taps it."""
    assert agent.processor  # there is a model
    assert agent.domain
    processor = copy(agent.processor)
    # The processor's own method, not the agent's, which is watched: see bot/metrics.py.
    processor.tracker_store = MemoryStore(agent.domain)
    sender = new_sender()
    choices: dict[str, str] = {}
    found: list[Exchange] = []
    with trying(knowledge):
        for text in said[:MOST]:
            replies, tapped = Replies(), taps.tapped(text, choices)
            try:
                shown = clean(text)
            except TextTooLong:
                found.append(Exchange(mask(text[:MAX_CHARACTERS]), (_too_long(knowledge),)))
                continue
            except NothingSaid:
                continue
            await processor.handle_message(UserMessage(tapped or shown, replies, sender))
            choices = {button["title"]: button["payload"] for reply in replies.messages for button in reply["buttons"]}
            found.append(Exchange(shown, tuple(replies.messages)))
    return found


def _too_long(knowledge: Knowledge) -> dict[str, Any]:
    return {"text": knowledge.phrases["too_long"].format(limit=MAX_CHARACTERS), "buttons": []}
