"""Declines what the bot must not or can't answer, with where to turn instead."""

from rasa_sdk import Tracker

from actions import tracker as said
from actions.base import KnowledgeAction
from actions.follow_up import part_of_last_answer, say_part
from actions.speech import Speaker, menu_buttons, procedure_button

_PATIENCE = 2  # refusals and misunderstandings in a row before a person is named
_SURE = 0.9  # below it a short question after an answer, such as "要多少钱", is taken to be about that answer
_LOST_PHONE = '/report_lost_card{"topic": "lost_phone"}'
_GRAVE = {"emergency", "despair"}  # nobody is shown a menu then


class ActionRefuse(KnowledgeAction):
    """Tells why, by the kind of danger if the message names one."""

    def name(self) -> str:
        return "action_refuse"

    def perform(self, speaker: Speaker, tracker: Tracker) -> list[dict]:
        hazard = said.entity(tracker, "hazard") or "none"
        meant = part_of_last_answer(self.knowledge, tracker)
        if meant and hazard == "none" and said.confidence(tracker) < _SURE:
            say_part(speaker, self.knowledge, *meant)
            return []
        if hazard == "none" and said.misunderstood(tracker) > _PATIENCE:
            speaker.phrase("out_of_scope", "clarify_person", [procedure_button(self.knowledge, "contact_agent")])
            return []
        if hazard == "none" and said.longest(tracker, "topic") == "lost_phone":
            about_code = {"title": self.knowledge.phrases["button_lost_phone"], "payload": _LOST_PHONE}
            speaker.phrase("out_of_scope", "refuse_lost_phone", [about_code])
            return []
        buttons = [] if hazard in _GRAVE else menu_buttons(self.knowledge)
        speaker.phrase("out_of_scope", f"refuse_{hazard}", buttons)
        return []
