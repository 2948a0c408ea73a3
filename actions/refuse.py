"""Declines what the bot must not or can't answer, with where to turn instead."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import tracker as said
from actions.base import KnowledgeAction
from actions.speech import menu_buttons, say


class ActionRefuse(KnowledgeAction):
    """Tells why, by the kind of danger if the message names one."""

    def name(self) -> str:
        return "action_refuse"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict]:
        hazard = said.entity(tracker, "hazard") or "none"
        say(dispatcher, "out_of_scope", self.knowledge.phrases[f"refuse_{hazard}"], menu_buttons(self.knowledge))
        return []
