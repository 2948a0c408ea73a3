"""What all actions over the knowledge share."""

from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.speech import Speaker
from bot.knowledge.loader import shipped
from bot.knowledge.model import Knowledge
from bot.privacy import NUMBER_LABELS


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
        speaker = Speaker(dispatcher, tracker, self.knowledge)
        if _sent_a_number(tracker) and not speaker.has_said("masked_numbers"):
            speaker.phrase("smalltalk", "masked_numbers")
        return self.perform(speaker, tracker)


def _sent_a_number(tracker: Tracker) -> bool:
    """Whether the message held an identity, phone or card number: the channel has put a label in its place."""
    text = tracker.latest_message.get("text") or ""
    return any(label in text for label in NUMBER_LABELS)
