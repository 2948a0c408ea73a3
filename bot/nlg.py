"""Takes the variations of a response in turn: with Rasa's random choice the same may come three times in a row."""

from typing import Any

from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig


class ResponsesInTurn(TemplatedNaturalLanguageGenerator):
    """Says the variation after the one that was said last in the conversation."""

    def __init__(self, domain: Domain | None = None, endpoint_config: EndpointConfig | None = None) -> None:
        super().__init__(domain.responses if domain else {})

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """The next variation (see parent class)."""
        variations = self.responses.get(utter_action)
        if not variations:
            return None
        said = sum(
            isinstance(event, BotUttered) and event.metadata.get("utter_action") == utter_action
            for event in tracker.events
        )
        return self._fill_response(dict(variations[said % len(variations)]), tracker.current_slot_values(), **kwargs)
