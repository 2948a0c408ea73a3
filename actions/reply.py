"""Says what is planned, and notes that it was said."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import tracker as conversation
from bot.dialogue.plan import Plan, Say, plan, remember
from bot.dialogue.state import State
from bot.knowledge.loader import shipped
from bot.knowledge.model import Knowledge
from bot.privacy import NUMBER_LABELS


class Reply(Action):
    """Utters the plan of the latest message; every message carries its outcome, and a card where there is one."""

    def __init__(self, knowledge: Knowledge | None = None):
        self._own = knowledge

    @property
    def knowledge(self) -> Knowledge:
        """What answers now, unless one was given."""
        return self._own or shipped()

    def name(self) -> str:
        return "action_reply"

    def run(  # type: ignore[override]  # the SDK takes it with or without `async`
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        state = conversation.state(tracker)
        planned = self._plan(tracker, state)
        for say in [*self._warning(tracker), *planned.says]:
            _utter(dispatcher, say)
        return conversation.slots(remember(state, planned))

    def _plan(self, tracker: Tracker, state: State) -> Plan:
        before = State.read(tracker.get_slot("before") or {})
        return plan(self.knowledge, before, state, conversation.understood(self.knowledge, tracker))

    def _warning(self, tracker: Tracker) -> list[Say]:
        """Once: an identity, phone or card number, for which the channel has put a label, need not be sent."""
        text, warning = tracker.latest_message.get("text") or "", self.knowledge.phrases["masked_numbers"]
        told = any(event["event"] == "bot" and event.get("text") == warning for event in tracker.events)
        sent = any(label in text for label in NUMBER_LABELS)
        return [Say("smalltalk", warning)] if sent and not told else []


class AskProcedure(Reply):
    """Asks, in the form's name, which matter it is."""

    def name(self) -> str:
        return "action_ask_procedure_form_procedure"


class AskRegion(Reply):
    """Asks, in the form's name, where the card is insured."""

    def name(self) -> str:
        return "action_ask_procedure_form_region"


class AskChannel(Reply):
    """Asks, in the form's name, by what way."""

    def name(self) -> str:
        return "action_ask_procedure_form_channel"


class ValidateForm(Action):
    """Tells the form what is still to be asked: nothing, unless the message left a question."""

    def __init__(self, knowledge: Knowledge | None = None):
        self._own = knowledge

    @property
    def knowledge(self) -> Knowledge:
        """What answers now, unless one was given."""
        return self._own or shipped()

    def name(self) -> str:
        return "validate_procedure_form"

    def run(  # type: ignore[override]  # the SDK takes it with or without `async`
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        before = State.read(tracker.get_slot("before") or {})
        understood = conversation.understood(self.knowledge, tracker)
        planned = plan(self.knowledge, before, conversation.state(tracker), understood)
        # Rasa rejects a form that sets no slot, and asks on where `requested_slot` is set.
        return [SlotSet("asks", planned.asks is not None), SlotSet("requested_slot", planned.asks)]


def _utter(dispatcher: CollectingDispatcher, say: Say) -> None:
    if say.response:
        dispatcher.utter_message(response=say.response)
        return
    metadata = {"outcome": say.outcome, "card": say.card}
    dispatcher.utter_message(text=say.text, buttons=list(say.chips), metadata=metadata)
