"""What all actions over the knowledge share."""

from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.speech import Speaker
from bot.knowledge.loader import shipped
from bot.knowledge.model import Knowledge


class KnowledgeAction(Action, ABC):
    """An action that takes its data at creation: the shipped knowledge, or a test's."""

    def __init__(self, knowledge: Knowledge | None = None):
        self.knowledge = knowledge or shipped()

    @abstractmethod
    def name(self) -> str:
        """The action's name in the domain."""

    @abstractmethod
    def perform(self, speaker: Speaker, tracker: Tracker) -> list[dict]:
        """Read the tracker, ask the knowledge, speak, return events."""

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict]:
        return self.perform(Speaker(dispatcher, tracker, self.knowledge), tracker)
