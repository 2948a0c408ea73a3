"""The assistant as one object: a message in, a turn out. Shell, scripts and HTTP channels all talk to this."""

import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.action_results import check_quickly
from bot.channels.replies import Replies, most_telling
from bot.edge import clean
from bot.errors import ModelError
from bot.inprocess import InProcessActions
from bot.nlg import ResponsesInTurn
from bot.paths import MODELS
from bot.stores.memory import MemoryStore


@dataclass
class Turn:
    """One message and all that came of it; the fields of `yibao chat --json`."""

    text: str
    intent: str | None = None
    point: str | None = None
    why: str | None = None
    confidence: float = 0.0
    ranking: list[list[Any]] = field(default_factory=list)
    entities: list[dict[str, Any]] = field(default_factory=list)
    wishes: list[dict[str, Any]] = field(default_factory=list)
    slots: dict[str, Any] = field(default_factory=dict)
    outcome: str = "error"
    replies: list[dict[str, Any]] = field(default_factory=list)
    ms: float = 0.0


class Assistant:
    """A loaded model with its actions and its store of conversations."""

    def __init__(self, agent: Agent):
        self.agent = agent

    @classmethod
    def load(cls, model: Path | None = None, store: TrackerStore | None = None) -> "Assistant":
        """Load a model file, the newest of `models/` if none is named.

        Raises:
            ModelError: there is none, or it can't be loaded.
        """
        path = model or newest_model()
        check_quickly()
        try:
            agent = Agent(
                generator=ResponsesInTurn(),
                tracker_store=store or MemoryStore(),
                action_endpoint=InProcessActions(),
            )
            agent.load_model(str(path))
        except Exception as error:  # whatever a broken archive makes Rasa raise
            raise ModelError(f"模型 {path.name} 读不出来，可能坏了。请运行 yibao train --force 重新训练。") from error
        return cls(agent)

    async def say(
        self, sender: str, text: str, *, payload: bool = False, metadata: dict[str, Any] | None = None
    ) -> Turn:
        """Take one message of a person through the dialogue.

        Args:
            sender: whose conversation it is.
            text: what was typed, or a button's payload.
            payload: the text is the payload of a button that was shown; never set for typed text.
            metadata: kept with the message.

        Raises:
            bot.edge.TextTooLong, bot.edge.NothingSaid: see `bot.edge.clean`.
        """
        started = time.perf_counter()
        text = text if payload else clean(text)
        replies = Replies()
        message = UserMessage(text, replies, sender, input_channel=Replies.name(), metadata=metadata or {})
        await self.agent.handle_message(message)
        tracker = await self.agent.tracker_store.retrieve(sender)
        assert tracker  # it was just written
        turn = last_turn(text, tracker, replies.messages)
        turn.ms = round((time.perf_counter() - started) * 1000, 1)
        return turn

    async def understand(self, text: str) -> Turn:
        """What a message is understood as, outside any conversation."""
        return as_turn(await self.parse(text))

    async def parse(self, text: str) -> dict[str, Any]:
        """The same with all that the components found, `bot.nlu.understanding.UNDERSTOOD` among it."""
        parsed: dict[str, Any] = await self.agent.parse_message(clean(text))
        return parsed


def newest_model(folder: Path = MODELS) -> Path:
    """The newest model file.

    Raises:
        ModelError: there is none.
    """
    models = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        raise ModelError("还没有训练好的模型。请先运行 yibao train。")
    return models[-1]


def new_sender() -> str:
    """The id of a new conversation: 128 random bits."""
    return secrets.token_hex(16)


def as_turn(parsed: dict[str, Any], text: str = "") -> Turn:
    """What a parsed message was understood as; `text` stands in for one that has none."""
    text = parsed.get("text") or text
    intent = parsed.get("intent") or {}
    ranking = [[entry["name"], round(entry["confidence"], 4)] for entry in parsed.get("intent_ranking") or []]
    entities = [
        {key: entity[key] for key in ("entity", "value", "start", "end") if key in entity}
        for entity in parsed.get("entities") or []
    ]
    name = intent.get("name")
    wishes = parsed.get("wishes") or [{"intent": name, "start": 0, "end": len(text)}]
    # A button has passed no pipeline: it says itself what it means.
    tapped = next((e["value"] for e in entities if e["entity"] == "point"), None)
    point, why = parsed.get("point") or tapped, parsed.get("why") or "tap"
    return Turn(text, name, point, why, round(intent.get("confidence") or 0.0, 4), ranking, entities, wishes)


def last_turn(text: str, tracker: DialogueStateTracker, messages: list[dict[str, Any]]) -> Turn:
    """The last turn of a conversation.

    Args:
        text: what was typed, for a message that was never parsed.
        tracker: the conversation after it.
        messages: what the bot said, as `bot.channels.replies.reply` makes them.
    """
    # Not tracker.latest_message: a stored tracker replays without the messages that a form took.
    heard = next((event for event in reversed(tracker.events) if isinstance(event, UserUttered)), None)
    parsed: Any = heard.parse_data if heard else {}
    turn = as_turn(parsed, text)
    turn.slots = {name: tracker.get_slot(name) for name in ("procedure", "channel", "region")}
    turn.outcome = most_telling([message.pop("outcome") for message in messages])
    turn.replies = messages
    return turn
