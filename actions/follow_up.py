"""Answers a question that leans on the last answer, or walks through its steps."""

import re
from dataclasses import replace

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions import tracker as said
from actions.base import KnowledgeAction
from actions.speech import Speaker, answer_buttons, menu_buttons, procedure_button, step_buttons
from bot.knowledge.lookup import Answer, Query, Unknown, lookup
from bot.knowledge.model import Knowledge
from bot.knowledge.passages import lines_about
from bot.knowledge.render import part, passage, step

PARTS = ("materials", "duration", "fee", "limits", "url", "source")
_EVERYTHING = frozenset({"channel", "region"})
_YES_OR_NO = re.compile(r"[吗么嘛不没][\s?？!！。~]*$")


class ActionFollowUp(KnowledgeAction):
    """Takes the part that was asked for out of the last answer."""

    def name(self) -> str:
        return "action_follow_up"

    def perform(self, speaker: Speaker, tracker: Tracker) -> list[dict]:
        if tracker.active_loop and isinstance(lookup(self.knowledge, said.query(tracker)), Answer):
            return []  # the message told what the form was missing: the form gives the answer now
        # Asked in the middle of the form: what is still open is taken as "any".
        query = replace(said.query(tracker), skipped=_EVERYTHING, reopened=None)
        shown = said.slot_before_message(tracker, "channel")
        if shown in query.excluded and said.longest(tracker, "aspect") == "other_ways":
            # "除了打电话还有别的办法吗" rules a way out, but leans on the answer about it.
            query = replace(query, channel=shown, excluded=query.excluded - {shown})
        answer = lookup(self.knowledge, query)
        if not isinstance(answer, Answer):
            if not tracker.active_loop:  # the open form asks by itself
                speaker.phrase("ask", "ask_procedure", menu_buttons(self.knowledge))
            return []
        number = _step_asked_for(tracker)
        if number is not None:
            walked = lookup(self.knowledge, replace(query, topic=None)) if isinstance(answer, Unknown) else answer
            return self._say_step(speaker, walked, number)
        if said.intent(tracker) in ("affirm", "no_preference"):
            speaker.phrase("smalltalk", "nothing_open", menu_buttons(self.knowledge))
            return []
        aspect = said.longest(tracker, "aspect")
        if aspect:
            say_part(speaker, self.knowledge, answer, aspect, tracker.latest_message.get("text") or "")
        else:
            self._say_what_fits(speaker, answer, tracker.latest_message.get("text") or "")
        return []

    def _say_what_fits(self, speaker: Speaker, answer: Answer, question: str) -> None:
        """“要照片吗” names no aspect: the lines that tell of it, that none does, or all again to who asks how."""
        buttons = [procedure_button(self.knowledge, answer.procedure.id), *answer_buttons(self.knowledge, answer)]
        if found := lines_about(answer, question):
            speaker.say("answer", passage(self.knowledge, answer, *found), buttons)
        elif _YES_OR_NO.search(question):
            speaker.phrase("unknown", "part_unknown", buttons, title=answer.procedure.title)
        else:
            say_part(speaker, self.knowledge, answer, "repeat")

    def _say_step(self, speaker: Speaker, answer: Answer, number: int) -> list[dict]:
        total = len(answer.variants[0].steps)
        if number > total:
            speaker.phrase("answer", "steps_done" if total else "no_steps", answer_buttons(self.knowledge, answer))
            return [SlotSet("step", None)]
        speaker.say("answer", step(self.knowledge, answer, number), step_buttons(self.knowledge, number < total))
        return [SlotSet("step", number)]


def part_of_last_answer(knowledge: Knowledge, tracker: Tracker) -> tuple[Answer, str] | None:
    """The last answer and its aspect that a message may mean which, by itself, was not understood."""
    aspect = said.longest(tracker, "aspect")
    if tracker.get_slot("answered_procedure") is None or aspect not in PARTS:
        return None
    answer = lookup(knowledge, replace(said.query(tracker), skipped=_EVERYTHING, reopened=None))
    return (answer, aspect) if isinstance(answer, Answer) else None


def say_part(speaker: Speaker, knowledge: Knowledge, answer: Answer, aspect: str, question: str = "") -> None:
    """Utter the part of an answer that is asked for, the lines with the question's words, or that nothing is known."""
    buttons = answer_buttons(knowledge, answer)
    if aspect == "other_ways" and answer.other_channels:
        speaker.phrase("ask", "other_ways", buttons)
    elif aspect in ("repeat", "other_person"):
        if aspect == "other_person":
            speaker.phrase("answer", "other_person")
        speaker.answer(answer)
    elif text := part(knowledge, answer, aspect):
        speaker.say("answer", text, buttons)
    elif elsewhere := _told_elsewhere(knowledge, answer, aspect):
        if text := part(knowledge, elsewhere, aspect):
            speaker.say("answer", text, buttons)
        else:
            speaker.answer(elsewhere)
    elif found := lines_about(answer, question):
        speaker.say("answer", passage(knowledge, answer, *found), buttons)
    else:
        speaker.phrase("unknown", "part_unknown", buttons, title=answer.procedure.title)


def _told_elsewhere(knowledge: Knowledge, answer: Answer, aspect: str) -> Answer | None:
    """The answer of the procedure that tells this aspect, for the same place."""
    query = Query(procedure=answer.procedure.parts.get(aspect), region=answer.region, skipped=_EVERYTHING)
    found = lookup(knowledge, query)
    return found if isinstance(found, Answer) else None


def _step_asked_for(tracker: Tracker) -> int | None:
    """The number of the step that is asked for, from 1, or None where no step is."""
    current, aspect = tracker.get_slot("step") or 0, said.longest(tracker, "aspect")
    if ordinal := said.entity(tracker, "ordinal"):
        return int(ordinal)
    if aspect == "next_step":
        return current + 1
    if aspect == "previous_step":
        return max(current - 1, 1)
    if said.intent(tracker) == "step_by_step":
        return 1
    return current + 1 if said.intent(tracker) in ("affirm", "resume") and current else None
