"""Narrows what the form asks for to what the answer depends on."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActionExecutionRejected, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import FormValidationAction

from actions import tracker as said
from actions.numbers import ordinal_number
from actions.report_problem import problem_with_task
from bot.knowledge.loader import shipped
from bot.knowledge.lookup import ELSEWHERE, Missing, lookup
from bot.knowledge.model import Knowledge

_FOR_THE_FORM = {"inform", "affirm", "deny", "resume"}  # the last three: asked again

_TOLD = {"channel", "channel_excluded", "mini_program", "region", "region_option"}


class ValidateProcedureForm(FormValidationAction):
    """Names the next slot to ask for; what a message brings is checked in `validate_slots`."""

    def __init__(self, knowledge: Knowledge | None = None):
        self.knowledge = knowledge or shipped()

    def name(self) -> str:
        return "validate_procedure_form"

    async def get_validation_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict]:
        """Tell the form whether a message is for it.

        Left alone, Rasa takes every message that fills a slot for an answer, and rejects one that fills none: a
        complaint that names a channel would be swallowed, and a bare "APP" said twice would go round in circles.
        """
        intent = said.intent(tracker)
        # Called later in a turn the form only asks on: what came before it has had its say.
        if said.action_before_form(tracker) != "action_listen":
            return []
        if chosen := self._chosen_by_number(tracker):
            return chosen
        if intent == "affirm" and tracker.get_slot("step"):
            return [ActionExecutionRejected("procedure_form")]  # "做好了" on the way through the steps
        named = {found["entity"] for found in tracker.latest_message.get("entities") or []}
        unsure_but_telling = intent == "nlu_fallback" and named & _TOLD
        if intent in _FOR_THE_FORM or intent in self.knowledge.procedures or unsure_but_telling:
            return [SlotSet("procedure", tracker.get_slot("procedure"))]
        return [ActionExecutionRejected("procedure_form")]

    def _chosen_by_number(self, tracker: Tracker) -> list[dict]:
        """“第二个” or “2” after a question: what its second button would have said."""
        number = ordinal_number(tracker.latest_message.get("text") or "")
        missing = lookup(self.knowledge, said.query(tracker))
        if number is None or not isinstance(missing, Missing) or tracker.get_slot("requested_slot") != missing.slot:
            return []
        # After the choices of a question stands one button more, unless the last choice is already "elsewhere".
        choices = [choice or None for choice in missing.choices] + [None] * (ELSEWHERE not in missing.choices)
        if number > len(choices):
            return []
        choice = choices[number - 1]
        if choice is None:
            return said.skipping(tracker, missing.slot)
        return [SlotSet(missing.slot, choice), SlotSet("region_options", None), SlotSet("reopened", None)]

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[str]:
        if problem_with_task(self.knowledge, tracker):
            return []
        result = lookup(self.knowledge, said.query(tracker))
        return [result.slot] if isinstance(result, Missing) else []
