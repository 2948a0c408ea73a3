"""Asks for what the form misses, with the choices as buttons."""

from abc import abstractmethod
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import tracker as said
from actions.base import KnowledgeAction
from actions.speech import choice_buttons, menu_buttons, say
from bot.knowledge.lookup import Missing, lookup


class AskSlot(KnowledgeAction):
    """Asks for one slot of the form."""

    @property
    @abstractmethod
    def slot(self) -> str:
        """The slot that is asked for."""

    def name(self) -> str:
        return f"action_ask_procedure_form_{self.slot}"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict]:
        query, phrases = said.query(tracker), self.knowledge.phrases
        missing = lookup(self.knowledge, query)
        if isinstance(missing, Missing) and missing.slot != "procedure":
            open_places = missing.slot == "region" and query.region_options
            text = phrases["ask_region_options" if open_places else f"ask_{missing.slot}"]
            say(dispatcher, "ask", text, choice_buttons(self.knowledge, missing))
        else:
            say(dispatcher, "ask", phrases["ask_procedure"], menu_buttons(self.knowledge))
        return []


class ActionAskProcedureFormProcedure(AskSlot):
    """Asks what the person wants done."""

    slot = "procedure"


class ActionAskProcedureFormChannel(AskSlot):
    """Asks for the channel."""

    slot = "channel"


class ActionAskProcedureFormRegion(AskSlot):
    """Asks where the card's owner is insured."""

    slot = "region"
