"""Asks for what the form misses, with the choices as buttons."""

from abc import abstractmethod

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions import tracker as said
from actions.base import KnowledgeAction
from actions.speech import Speaker, choice_buttons, menu_buttons
from bot.knowledge.lookup import Missing, lookup


class AskSlot(KnowledgeAction):
    """Asks for one slot of the form, and notes for which procedure."""

    @property
    @abstractmethod
    def slot(self) -> str:
        """The slot that is asked for."""

    def name(self) -> str:
        return f"action_ask_procedure_form_{self.slot}"

    def perform(self, speaker: Speaker, tracker: Tracker) -> list[dict]:
        if (
            said.intent(tracker) == "thank"
            and said.entity(tracker, "dismissal")
            and tracker.get_slot("asked_procedure")
        ):
            return []  # "算了，我回去再弄，谢谢": the question stands, but is not put again
        query = said.query(tracker)
        missing = lookup(self.knowledge, query)
        if isinstance(missing, Missing) and missing.slot != "procedure":
            open_places = missing.slot == "region" and query.region_options
            phrase = "ask_region_options" if open_places else f"ask_{missing.slot}"
            title = self.knowledge.procedures[query.procedure].title
            speaker.ask(phrase, choice_buttons(self.knowledge, missing), self._heard(tracker), title=title)
        else:
            speaker.phrase("ask", "ask_procedure", menu_buttons(self.knowledge))
        return [SlotSet("asked_procedure", query.procedure)]

    def _heard(self, tracker: Tracker) -> str:
        """What to say first to who told something else than what was asked for; nothing to who didn't."""
        told = [found for found in tracker.latest_message.get("entities") or [] if found["entity"] in said.TOLD]
        region = tracker.get_slot("region")
        if region and any(found.get("aside") for found in told):
            return self.knowledge.phrases["kept_region"].format(region=self.knowledge.region_title(region))
        return self.knowledge.phrases["noted"] if told else ""


class ActionAskProcedureFormProcedure(AskSlot):
    """Asks what the person wants done."""

    slot = "procedure"


class ActionAskProcedureFormChannel(AskSlot):
    """Asks for the channel."""

    slot = "channel"


class ActionAskProcedureFormRegion(AskSlot):
    """Asks where the card's owner is insured."""

    slot = "region"
