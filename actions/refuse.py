"""Declines what the bot must not or can't answer, with where to turn instead."""

from rasa_sdk import Tracker

from actions import tracker as said
from actions.base import KnowledgeAction
from actions.speech import Speaker, menu_buttons


class ActionRefuse(KnowledgeAction):
    """Tells why, by the kind of danger if the message names one."""

    def name(self) -> str:
        return "action_refuse"

    def perform(self, speaker: Speaker, tracker: Tracker) -> list[dict]:
        hazard = said.entity(tracker, "hazard") or "none"
        speaker.phrase("out_of_scope", f"refuse_{hazard}", menu_buttons(self.knowledge))
        return []
