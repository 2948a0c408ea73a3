"""Somebody is stuck: tells what is known about that, else where to ask."""

from rasa_sdk import Tracker

from actions import tracker as said
from actions.base import KnowledgeAction
from actions.speech import Speaker, procedure_button
from bot.knowledge.render import render_problem


class ActionReportProblem(KnowledgeAction):
    """Finds the problem that the message names."""

    def name(self) -> str:
        return "action_report_problem"

    def perform(self, speaker: Speaker, tracker: Tracker) -> list[dict]:
        problem = self.knowledge.problems.get(said.entity(tracker, "problem") or "")
        if problem is not None:
            buttons = [procedure_button(self.knowledge, id_) for id_ in problem.related]
            speaker.say("answer", render_problem(self.knowledge, problem), buttons)
        else:
            agent = procedure_button(self.knowledge, "contact_agent")
            other_way = {"title": self.knowledge.phrases["button_change_channel"], "payload": "/change_channel"}
            speaker.phrase("unknown", "stuck_unknown", [other_way, agent])
        return []
