"""Gives the answer the form has found all slots for, then takes up what else is open."""

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet

from actions import tracker as said
from actions.base import KnowledgeAction
from actions.speech import Speaker
from bot.knowledge.lookup import Answer, lookup


class ActionAnswerProcedure(KnowledgeAction):
    """Looks the answer up and utters it; the next item of the agenda goes through the form like any other."""

    def name(self) -> str:
        return "action_answer_procedure"

    def perform(self, speaker: Speaker, tracker: Tracker) -> list[dict]:
        if said.entity(tracker, "hazard") == "emergency":
            speaker.phrase("answer", "refuse_emergency")
        result = lookup(self.knowledge, said.query(tracker))
        if isinstance(result, Answer):
            speaker.answer(result)
        events = [SlotSet("step", None), SlotSet("asked_procedure", None)]
        agenda = tracker.get_slot("agenda") or []
        if not agenda:
            return events
        following, *rest = agenda
        speaker.phrase("answer", "resume", question=self.knowledge.procedures[following].question)
        # The loop is already open when the form runs: it does not read the slots out of this message again.
        reopened = [SlotSet("procedure", following), SlotSet("topic", None), SlotSet("agenda", rest)]
        return [*events, *reopened, ActiveLoop("procedure_form")]
