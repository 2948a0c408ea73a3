"""Narrows what the form asks for to what the answer depends on."""

import re
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

_NOUN = re.compile(r"^(?:那?就?|我?想?|还是)[用走打]?|[吧的了呗呢。.!！~\s]+$")  # what stands around it in an answer
_FOR_THE_FORM = {"inform", "affirm", "deny", "resume"}  # the last three: asked again


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
        if chosen := self._chosen(tracker):
            return chosen
        if intent == "affirm" and tracker.get_slot("step"):
            return [ActionExecutionRejected("procedure_form")]  # "做好了" on the way through the steps
        unsure_but_telling = intent == "nlu_fallback" and said.named(tracker) & said.TOLD
        if intent in _FOR_THE_FORM or intent in self.knowledge.procedures or unsure_but_telling:
            return [SlotSet("procedure", tracker.get_slot("procedure"))]
        return [ActionExecutionRejected("procedure_form")]

    def _chosen(self, tracker: Tracker) -> list[dict]:
        """“第二个” or “2” after a question: what its second button would have said; “电话”: what that button says."""
        missing = lookup(self.knowledge, said.query(tracker))
        if not isinstance(missing, Missing) or tracker.get_slot("requested_slot") != missing.slot:
            return []
        text = tracker.latest_message.get("text") or ""
        # After the choices of a question stands one button more, unless the last choice is already "elsewhere".
        choices = [choice or None for choice in missing.choices] + [None] * (ELSEWHERE not in missing.choices)
        number = ordinal_number(text)
        if number is None:
            number = self._place_of_title(text, missing)
        if number is None or number > len(choices):
            return []
        choice = choices[number - 1]
        if choice is None:
            return said.skipping(tracker, missing.slot)
        return [SlotSet(missing.slot, choice), SlotSet("region_options", None), SlotSet("reopened", None)]

    def _place_of_title(self, text: str, missing: Missing) -> int | None:
        """“电话” or “就电话吧” after the question for the channel: too common a word to be one in any other message."""
        titles = [self.knowledge.channels[id_].title for id_ in missing.choices] if missing.slot == "channel" else []
        noun = _NOUN.sub("", text)
        found = [place for place, title in enumerate(titles, 1) if title == noun]
        return found[0] if found else None

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[str]:
        if problem_with_task(self.knowledge, tracker):
            return []
        result = lookup(self.knowledge, said.query(tracker))
        return [result.slot] if isinstance(result, Missing) else []
