"""Narrows what the form asks for to what the answer depends on."""

from typing import Any

from rasa_sdk import Tracker
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
        return []

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[str]:
        result = lookup(self.knowledge, said.query(tracker))
        return [result.slot] if isinstance(result, Missing) else []
