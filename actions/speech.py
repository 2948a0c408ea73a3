"""How the actions utter: every message carries its outcome, and a card where there is one."""

import json
from itertools import takewhile

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.knowledge.lookup import ELSEWHERE, Answer, Missing, Unknown
from bot.knowledge.model import Knowledge
from bot.knowledge.render import render

_REPEATS = ("", "repeat_once", "repeat_again")  # phrases before a text that was just said


class Speaker:
    """Utters for one action; never the same sentence twice in a row."""

    def __init__(self, dispatcher: CollectingDispatcher, tracker: Tracker, knowledge: Knowledge):
        self._dispatcher, self._tracker, self._knowledge = dispatcher, tracker, knowledge

    def say(self, outcome: str, text: str, buttons: list[dict] | None = None, card: dict | None = None) -> None:
        """Utter a text with its outcome (see the contract) in the metadata."""
        opening = _REPEATS[self._times_just_said(text) % len(_REPEATS)]
        spoken = f"{self._knowledge.phrases[opening]}\n{text}" if opening else text
        self._dispatcher.utter_message(text=spoken, buttons=buttons or [], metadata={"outcome": outcome, "card": card})

    def ask(self, phrase: str, buttons: list[dict], heard: str, **values: str) -> None:
        """Utter a question; behind what was `heard` it does not count as said again."""
        text = self._knowledge.phrases[phrase].format(**values)
        self.say("ask", f"{heard}\n{text}" if heard and self._times_just_said(text) else text, buttons)

    def phrase(self, outcome: str, phrase: str, buttons: list[dict] | None = None, **values: str) -> None:
        """Utter a phrase of the knowledge."""
        self.say(outcome, self._knowledge.phrases[phrase].format(**values), buttons)

    def answer(self, answer: Answer) -> None:
        """Utter an answer, the ways on as buttons under its last message."""
        outcome = "unknown" if isinstance(answer, Unknown) else "answer"
        replies = render(self._knowledge, answer)
        for reply in replies:
            buttons = answer_buttons(self._knowledge, answer) if reply is replies[-1] else []
            self.say(outcome, reply.text, buttons, reply.card)

    def has_said(self, phrase: str) -> bool:
        """Whether a phrase of the knowledge was uttered in this conversation."""
        text = self._knowledge.phrases[phrase]
        return any(event["event"] == "bot" and event.get("text") == text for event in self._tracker.events)

    def _times_just_said(self, text: str) -> int:
        """How many of the latest turns, without a break, said this text."""
        turns: list[list[str]] = [[]]
        for event in self._tracker.events:
            if event["event"] == "user":
                turns.append([])
            elif event["event"] == "bot":
                turns[-1].append(event.get("text") or "")
        past = reversed(turns[:-1])
        return sum(1 for _ in takewhile(lambda said: any(earlier.endswith(text) for earlier in said), past))


def answer_buttons(knowledge: Knowledge, answer: Answer) -> list[dict]:
    """Other channels, a place inside the named one, another place, related procedures."""
    phrases = knowledge.phrases
    buttons = [channel_button(knowledge, channel) for channel in answer.other_channels]
    for region in answer.narrower_regions:
        title = phrases["button_narrower"].format(region=knowledge.region_title(region))
        buttons.append({"title": title, "payload": inform(region=region)})
    if answer.region and not answer.procedure.nationwide:
        buttons.append({"title": phrases["button_change_region"], "payload": "/change_region"})
    return buttons + [procedure_button(knowledge, id_) for id_ in answer.procedure.related]


def choice_buttons(knowledge: Knowledge, missing: Missing) -> list[dict]:
    """The choices of a question, and a way out for who doesn't know."""
    phrases = knowledge.phrases
    if missing.slot == "channel":
        buttons = [channel_button(knowledge, channel) for channel in missing.choices]
    else:
        buttons = [region_button(knowledge, region) for region in missing.choices if region != ELSEWHERE]
    way_out = "button_elsewhere" if ELSEWHERE in missing.choices else "button_any"
    return [*buttons, {"title": phrases[way_out], "payload": "/no_preference"}]


def menu_buttons(knowledge: Knowledge) -> list[dict]:
    """What people come for most."""
    return [procedure_button(knowledge, procedure) for procedure in knowledge.menu]


def step_buttons(knowledge: Knowledge, more: bool) -> list[dict]:
    """Ways on from one step of a walk-through."""
    phrases = knowledge.phrases
    done = {"title": phrases["button_step_done" if more else "button_all_done"], "payload": "/affirm"}
    stuck = {"title": phrases["button_stuck"], "payload": "/report_problem"}
    return [done, stuck]


def channel_button(knowledge: Knowledge, channel: str) -> dict:
    title = knowledge.phrases["button_channel"].format(channel=knowledge.channels[channel].title)
    return {"title": title, "payload": inform(channel=channel)}


def region_button(knowledge: Knowledge, region: str) -> dict:
    return {"title": knowledge.region_title(region), "payload": inform(region=region)}


def procedure_button(knowledge: Knowledge, procedure: str) -> dict:
    return {"title": knowledge.procedures[procedure].question, "payload": f"/{procedure}"}


def inform(**entities: str) -> str:
    """The payload that informs of an entity."""
    return "/inform" + json.dumps(entities, ensure_ascii=False)
