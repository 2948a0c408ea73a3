"""Gives the answer the form has found all slots for."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import tracker as said
from actions.base import KnowledgeAction
from actions.speech import say_answer
from bot.knowledge.lookup import Answer, lookup


class ActionAnswerProcedure(KnowledgeAction):
    """Looks the answer up and utters it."""

    def name(self) -> str:
        return "action_answer_procedure"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict]:
        result = lookup(self.knowledge, said.query(tracker))
        if isinstance(result, Answer):
            say_answer(dispatcher, self.knowledge, result)
        return [SlotSet("step", None)]
