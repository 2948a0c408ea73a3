"""Opens a slot again that a person wants to change."""

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions import tracker as said
from actions.base import KnowledgeAction
from actions.speech import Speaker

_FORGOTTEN = {
    "change_channel": ["channel", "mini_program", "excluded_channels", "skipped"],
    "change_region": ["region", "region_options", "mini_program", "skipped"],
}


class ActionAskAgain(KnowledgeAction):
    """Forgets the channel or the region; the form then asks for it."""

    def name(self) -> str:
        return "action_ask_again"

    def perform(self, speaker: Speaker, tracker: Tracker) -> list[dict]:
        intent = said.intent(tracker) or ""
        asked = tracker.get_slot("requested_slot")
        if asked == "region" and intent == "change_region":
            # "其他地方", typed instead of tapped.
            return said.skipping(tracker, asked)
        forgotten = [SlotSet(slot, None) for slot in _FORGOTTEN.get(intent, [])]
        return [*forgotten, SlotSet("reopened", intent.removeprefix("change_"))]
