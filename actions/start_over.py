"""Forgets the conversation so far."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import AllSlotsReset
from rasa_sdk.executor import CollectingDispatcher

from actions.base import KnowledgeAction
from actions.speech import menu_buttons, say


class ActionStartOver(KnowledgeAction):
    """Empties all slots and asks what to do."""

    def name(self) -> str:
        return "action_start_over"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict]:
        say(dispatcher, "smalltalk", self.knowledge.phrases["started_over"], menu_buttons(self.knowledge))
        return [AllSlotsReset()]
