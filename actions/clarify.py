"""Not understood: the likeliest meanings as buttons, then what the bot can do, then a person."""

from rasa_sdk import Tracker

from actions import tracker as said
from actions.base import KnowledgeAction
from actions.follow_up import part_of_last_answer, say_part
from actions.speech import Speaker, menu_buttons, procedure_button

_GUESSES = 3
_LIKELY = 0.05  # below it a guess only puzzles


class ActionClarify(KnowledgeAction):
    """Offers something else at every turn, so that nobody hears the same sentence twice."""

    def name(self) -> str:
        return "action_clarify"

    def perform(self, speaker: Speaker, tracker: Tracker) -> list[dict]:
        meant = part_of_last_answer(self.knowledge, tracker)
        if meant:
            say_part(speaker, self.knowledge, *meant)
            return []
        guesses = [procedure_button(self.knowledge, id_) for id_ in self._guesses(tracker)]
        times = said.misunderstood(tracker)
        if times <= 1 and guesses:
            none_of_them = {"title": self.knowledge.phrases["button_none_of_them"], "payload": "/deny"}
            speaker.phrase("ask", "clarify_guesses", [*guesses, none_of_them])
        elif times <= 1:
            speaker.phrase("ask", "clarify_nothing", menu_buttons(self.knowledge))
        elif times == 2:
            speaker.phrase("ask", "clarify_menu", menu_buttons(self.knowledge))
        else:
            speaker.phrase("ask", "clarify_person", [procedure_button(self.knowledge, "contact_agent")])
        return []

    def _guesses(self, tracker: Tracker) -> list[str]:
        ranking = tracker.latest_message.get("intent_ranking") or []
        likely = [entry["name"] for entry in ranking if entry["confidence"] >= _LIKELY]
        return [name for name in likely if name in self.knowledge.procedures][:_GUESSES]
