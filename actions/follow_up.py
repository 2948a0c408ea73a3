"""Answers a question that leans on the last answer, or walks through its steps."""

from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import tracker as said
from actions.base import KnowledgeAction
from actions.speech import answer_buttons, menu_buttons, say, say_answer, step_buttons
from bot.knowledge.lookup import Answer, lookup
from bot.knowledge.render import part, step


class ActionFollowUp(KnowledgeAction):
    """Takes the part that was asked for out of the last answer."""

    def name(self) -> str:
        return "action_follow_up"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict]:
        query = said.query(tracker)
        # Asked in the middle of the form: what is still open is taken as "any".
        answer = lookup(self.knowledge, replace(query, skipped=frozenset({"channel", "region"})))
        if not isinstance(answer, Answer):
            say(dispatcher, "ask", self.knowledge.phrases["ask_procedure"], menu_buttons(self.knowledge))
            return []
        number = self._step(tracker, answer)
        if number is not None:
            return self._say_step(dispatcher, answer, number)
        aspect = said.entity(tracker, "aspect") or "repeat"
        if aspect == "other_ways" and answer.other_channels:
            buttons = answer_buttons(self.knowledge, answer)
            say(dispatcher, "ask", self.knowledge.phrases["ask_channel"], buttons)
        elif aspect in ("repeat", "other_person"):
            say_answer(dispatcher, self.knowledge, answer)
        else:
            text = part(self.knowledge, answer, aspect)
            if text is None:
                unknown = self.knowledge.phrases["part_unknown"].format(title=answer.procedure.title)
                say(dispatcher, "unknown", unknown, answer_buttons(self.knowledge, answer))
            else:
                say(dispatcher, "answer", text, answer_buttons(self.knowledge, answer))
        return []

    def _step(self, tracker: Tracker, answer: Answer) -> int | None:
        """The number of the step that is asked for, from 1."""
        current = tracker.get_slot("step")
        if said.intent(tracker) == "step_by_step":
            return 1
        if said.intent(tracker) == "affirm":
            return (current or 0) + 1
        ordinal = said.entity(tracker, "ordinal")
        if ordinal:
            return int(ordinal)
        aspect = said.entity(tracker, "aspect")
        if aspect == "next_step":
            return (current or 0) + 1
        if aspect == "previous_step":
            return max((current or 2) - 1, 1)
        return None

    def _say_step(self, dispatcher: CollectingDispatcher, answer: Answer, number: int) -> list[dict]:
        total = len(answer.variants[0].steps)
        if total == 0 or number > total:
            phrase = "no_steps" if total == 0 else "steps_done"
            say(dispatcher, "answer", self.knowledge.phrases[phrase], answer_buttons(self.knowledge, answer))
            return [SlotSet("step", None)]
        say(dispatcher, "answer", step(self.knowledge, answer, number), step_buttons(self.knowledge, number < total))
        return [SlotSet("step", number)]
