"""Somebody is stuck: tells what is known about that, else where to ask."""

from rasa_sdk import Tracker

from actions import tracker as said
from actions.base import KnowledgeAction
from actions.speech import Speaker, procedure_button
from bot.knowledge.model import Knowledge, Problem
from bot.knowledge.render import render_problem


class ActionReportProblem(KnowledgeAction):
    """Finds the problem that the message names."""

    def name(self) -> str:
        return "action_report_problem"

    def perform(self, speaker: Speaker, tracker: Tracker) -> list[dict]:
        named = said.values(tracker, "problem")
        # "人脸识别过不去" names the scan and that it fails: what fails is told.
        problem = max((self.knowledge.problems[id_] for id_ in named), key=lambda p: bool(p.procedures), default=None)
        procedure = tracker.get_slot("procedure")
        say_problem(speaker, self.knowledge, None if problem and procedure in problem.silent else problem)
        return []


def problem_with_task(knowledge: Knowledge, tracker: Tracker) -> Problem | None:
    """What a message about a task says is in the way of it: more to the point than the steps that failed."""
    if said.entity(tracker, "channel_excluded"):
        return None  # of a way that does not work the others are told
    named = (knowledge.problems[id_] for id_ in said.values(tracker, "problem"))
    return next((p for p in named if said.intent(tracker) in (*p.procedures, *p.silent)), None)


def say_problem(speaker: Speaker, knowledge: Knowledge, problem: Problem | None, procedure: str | None = None) -> None:
    """Utter what is known about a problem, or where to ask; the steps of the procedure are a tap away."""
    steps = [procedure_button(knowledge, procedure)] if procedure else []
    if problem is not None and problem.says and procedure not in problem.silent:
        related = [procedure_button(knowledge, id_) for id_ in problem.related if id_ != procedure]
        speaker.say("answer", render_problem(knowledge, problem), steps + related)
    else:
        other_way = {"title": knowledge.phrases["button_change_channel"], "payload": "/change_channel"}
        agent = procedure_button(knowledge, "contact_agent")
        speaker.phrase("unknown", "stuck_unknown", [*steps, other_way, agent])
