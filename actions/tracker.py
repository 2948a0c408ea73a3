"""The conversation as the dialogue knows it: out of a tracker, and back into its slots."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from bot.dialogue.heard import Understood, Wish
from bot.dialogue.state import State
from bot.dialogue.understand import tapped
from bot.knowledge.lookup import Near
from bot.knowledge.model import Knowledge


def state(tracker: Tracker) -> State:
    """The case file in the slots."""
    return State.read(tracker.current_slot_values())


def understood(knowledge: Knowledge, tracker: Tracker) -> Understood:
    """What the latest message means: as the pipeline left it, or as the button says."""
    message = tracker.latest_message
    kept = message.get("understood")
    if kept:
        return _read(kept)
    entities = {found["entity"]: found["value"] for found in message.get("entities") or []}
    return tapped(knowledge, (message.get("intent") or {}).get("name") or "", entities)


def slots(after: State) -> list[dict[str, Any]]:
    """The events that keep a state."""
    kept = {"procedure": after.procedure, "channel": after.channel, "region": after.region, "case": after.case()}
    return [SlotSet(name, value) for name, value in kept.items()]


def _read(kept: dict[str, Any]) -> Understood:
    wishes = tuple(Wish(**wish) for wish in kept["wishes"])
    doubt = tuple(Wish(**wish) for wish in kept["doubt"])
    near = tuple(Near(**near) for near in kept["near"])
    plain: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in kept.items()}
    return Understood(**{**plain, "wishes": wishes, "doubt": doubt, "near": near})
