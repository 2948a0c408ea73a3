"""Writes all slots after a message, at once."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import tracker as conversation
from bot.dialogue.plan import plan
from bot.dialogue.update import update
from bot.knowledge.loader import shipped
from bot.knowledge.model import Knowledge


class Update(Action):
    """Rasa runs it after every message, and once more when a form begins: a message that was read changes nothing."""

    def __init__(self, knowledge: Knowledge | None = None):
        self._own = knowledge

    def name(self) -> str:
        return "action_validate_slot_mappings"

    def run(  # type: ignore[override]  # the SDK takes it with or without `async`
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        knowledge = self._own or shipped()
        before = conversation.state(tracker)
        message = tracker.latest_message.get("message_id")
        if message and message == before.heard:
            return []
        understood = conversation.understood(knowledge, tracker)
        after = update(knowledge, before, understood)
        asks = plan(knowledge, before, after, understood).asks
        kept = conversation.slots(after.read_at(message))
        return [*kept, SlotSet("before", before.slots()), SlotSet("asks", asks is not None)]
