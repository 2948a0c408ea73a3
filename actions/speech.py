"""How the actions utter: every message carries its outcome, and a card where there is one."""

import json

from rasa_sdk.executor import CollectingDispatcher

from bot.knowledge.lookup import ELSEWHERE, Answer, Missing, Unknown
from bot.knowledge.model import Knowledge
from bot.knowledge.render import render


def say(dispatcher: CollectingDispatcher, outcome: str, text: str, buttons: list[dict] | None = None) -> None:
    """Utter a text with its outcome (see the contract) in the metadata."""
    dispatcher.utter_message(text=text, buttons=buttons or [], metadata={"outcome": outcome})


def say_answer(dispatcher: CollectingDispatcher, knowledge: Knowledge, answer: Answer) -> None:
    """Utter an answer, the ways on as buttons under its last message."""
    outcome = "unknown" if isinstance(answer, Unknown) else "answer"
    replies = render(knowledge, answer)
    for reply in replies:
        buttons = answer_buttons(knowledge, answer) if reply is replies[-1] else []
        dispatcher.utter_message(text=reply.text, buttons=buttons, metadata={"outcome": outcome, "card": reply.card})


def answer_buttons(knowledge: Knowledge, answer: Answer) -> list[dict]:
    """Other channels, a place inside the named one, another place, related procedures."""
    phrases = knowledge.phrases
    buttons = [channel_button(knowledge, channel) for channel in answer.other_channels]
    for region in answer.narrower_regions:
        title = phrases["button_narrower"].format(region=knowledge.region_title(region))
        buttons.append({"title": title, "payload": inform(region=region)})
    if answer.region:
        buttons.append({"title": phrases["button_change_region"], "payload": "/change_region"})
    return buttons + [procedure_button(knowledge, id_) for id_ in answer.procedure.related]


def choice_buttons(knowledge: Knowledge, missing: Missing) -> list[dict]:
    """The choices of a question, and a way out for who doesn't know."""
    phrases = knowledge.phrases
    if missing.slot == "channel":
        buttons = [channel_button(knowledge, channel) for channel in missing.choices]
    else:
        buttons = [
            {"title": phrases["button_region"].format(region=knowledge.region_title(region)), "payload": inform(region=region)}
            for region in missing.choices
            if region != ELSEWHERE
        ]
    way_out = "button_elsewhere" if ELSEWHERE in missing.choices else "button_any"
    return [*buttons, {"title": phrases[way_out], "payload": "/no_preference"}]


def menu_buttons(knowledge: Knowledge) -> list[dict]:
    """What people come for most."""
    return [procedure_button(knowledge, procedure) for procedure in knowledge.menu]


def step_buttons(knowledge: Knowledge, more: bool) -> list[dict]:
    """Ways on from one step of a walk-through."""
    phrases = knowledge.phrases
    done = {"title": phrases["button_step_done"], "payload": "/affirm"}
    stuck = {"title": phrases["button_stuck"], "payload": "/report_problem"}
    return [done, stuck] if more else [stuck]


def channel_button(knowledge: Knowledge, channel: str) -> dict:
    title = knowledge.phrases["button_channel"].format(channel=knowledge.channels[channel].title)
    return {"title": title, "payload": inform(channel=channel)}


def procedure_button(knowledge: Knowledge, procedure: str) -> dict:
    return {"title": knowledge.procedures[procedure].question, "payload": f"/{procedure}"}


def inform(**entities: str) -> str:
    """The payload that informs of an entity."""
    return "/inform" + json.dumps(entities, ensure_ascii=False)
