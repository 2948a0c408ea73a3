"""Narrows what the form asks for to what the answer depends on."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import FormValidationAction

from actions import tracker as said
from bot.knowledge.loader import shipped
from bot.knowledge.lookup import Missing, lookup
from bot.knowledge.model import Knowledge


class ValidateProcedureForm(FormValidationAction):
    """Names the next slot to ask for; what a message brings is checked in `validate_slots`."""

    def __init__(self, knowledge: Knowledge | None = None):
        self.knowledge = knowledge or shipped()

    def name(self) -> str:
        return "validate_procedure_form"

    async def get_validation_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict]:
        """Nothing to validate, but a message that is about the form must not look empty to it.

        Rasa rejects the form when a message fills no slot; the rule that leads into the form would call it again, and so on.
        """
        if said.intent(tracker) == "inform":
            return [SlotSet("procedure", tracker.get_slot("procedure"))]
        return []

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[str]:
        result = lookup(self.knowledge, said.query(tracker))
        return [result.slot] if isinstance(result, Missing) else []
