"""Forgets the conversation so far."""

from rasa_sdk import Tracker
from rasa_sdk.events import AllSlotsReset

from actions.base import KnowledgeAction
from actions.speech import Speaker, menu_buttons


class ActionStartOver(KnowledgeAction):
    """Empties all slots and asks what to do."""

    def name(self) -> str:
        return "action_start_over"

    def perform(self, speaker: Speaker, tracker: Tracker) -> list[dict]:
        speaker.phrase("smalltalk", "started_over", menu_buttons(self.knowledge))
        return [AllSlotsReset()]
