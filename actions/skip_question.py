"""Takes "都行" or "不知道" for an answer."""

from rasa_sdk import Tracker

from actions import tracker as said
from actions.base import KnowledgeAction
from actions.speech import Speaker


class ActionSkipQuestion(KnowledgeAction):
    """Notes that the slot just asked for doesn't matter to the person."""

    def name(self) -> str:
        return "action_skip_question"

    def perform(self, speaker: Speaker, tracker: Tracker) -> list[dict]:
        asked = tracker.get_slot("requested_slot")
        return said.skipping(tracker, asked) if asked else []
