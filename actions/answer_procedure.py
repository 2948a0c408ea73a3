"""Gives the answer the form has found all slots for, then takes up what else is open."""

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet

from actions import tracker as said
from actions.base import KnowledgeAction
from actions.follow_up import PARTS, say_part
from actions.report_problem import problem_with_task, say_problem
from actions.speech import Speaker
from bot.knowledge.lookup import Answer, lookup

# Entities by which the answer may become another one.
_CHANGES = {"channel", "region", "region_option", "mini_program", "channel_excluded", "topic"}


class ActionAnswerProcedure(KnowledgeAction):
    """Looks the answer up and utters it; the next item of the agenda goes through the form like any other."""

    def name(self) -> str:
        return "action_answer_procedure"

    def perform(self, speaker: Speaker, tracker: Tracker) -> list[dict]:
        if said.entity(tracker, "hazard") == "emergency":
            speaker.phrase("answer", "refuse_emergency")
        result = lookup(self.knowledge, said.query(tracker))
        problem = problem_with_task(self.knowledge, tracker)
        if problem:
            say_problem(speaker, self.knowledge, problem, tracker.get_slot("procedure"))
        elif isinstance(result, Answer):
            aspect = self._aspect_of_the_same(tracker)
            if aspect:
                say_part(speaker, self.knowledge, result, aspect)
            else:
                speaker.answer(result)
        events = [SlotSet("step", None), SlotSet("asked_procedure", None)]
        events.append(SlotSet("answered_procedure", tracker.get_slot("procedure")))
        agenda = tracker.get_slot("agenda") or []
        if not agenda:
            return events
        following, *rest = agenda
        speaker.phrase("answer", "resume", question=self.knowledge.procedures[following["procedure"]].question)
        taken_up = {
            "procedure": following["procedure"],
            "channel": tracker.get_slot("channel") or following["channel"],
            "topic": None,
            "agenda": rest,
        }
        # The loop is already open when the form runs: it does not read the slots out of this message again.
        return [*events, *(SlotSet(*slot) for slot in taken_up.items()), ActiveLoop("procedure_form")]

    @staticmethod
    def _aspect_of_the_same(tracker: Tracker) -> str | None:
        """The aspect that is asked of the answer just given: "补卡要多少钱" after the page on a lost card."""
        names = {found["entity"] for found in tracker.latest_message.get("entities") or []}
        if tracker.get_slot("answered_procedure") != tracker.get_slot("procedure") or names & _CHANGES:
            return None
        aspect = said.longest(tracker, "aspect")
        return aspect if aspect in PARTS else None
