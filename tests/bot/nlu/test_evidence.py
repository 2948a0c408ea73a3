import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.evidence import EvidenceClassifier

CONFIG = {
    "evidence": {
        "problem": {"intent": "report_problem", "within": 2, "close": 0.5},
        "channel": {"intent": "inform", "within": 2},
    },
    "yields": {"inform": 0.25},
    "tasks": ["bind_family"],
    "decides": [{"entity": "hazard", "values": ["emergency"], "intent": "out_of_scope", "unless": ["ask_card_rules"]}],
}


def heard(ranking, *entities):
    """The ranking after the component has seen one and entities (name, value)."""
    ranking = [{"name": name, "confidence": confidence} for name, confidence in ranking]
    found = [{"entity": name, "value": value} for name, value in entities]
    message = Message({"intent": ranking[0], "intent_ranking": ranking, "entities": found})
    [message] = EvidenceClassifier(CONFIG).process([message])
    assert message.get("intent") == message.get("intent_ranking")[0]
    return [entry["name"] for entry in message.get("intent_ranking")]


@pytest.mark.parametrize(
    ("ranking", "entities", "intent"),
    [
        ([("nlu_fallback", 0.4), ("a", 0.3), ("report_problem", 0.2)], [("problem", "face")], "report_problem"),
        (
            [("nlu_fallback", 0.4), ("a", 0.3), ("b", 0.2), ("report_problem", 0.1)],
            [("problem", "face")],
            "nlu_fallback",
        ),
        ([("nlu_fallback", 0.4), ("report_problem", 0.3)], [], "nlu_fallback"),
        ([("a", 0.9), ("report_problem", 0.1)], [("problem", "face")], "a"),
        ([("a", 0.4), ("report_problem", 0.2)], [("problem", "face")], "report_problem"),
        ([("a", 0.4), ("inform", 0.39)], [("channel", "wechat")], "a"),
        ([("inform", 0.5), ("bind_family", 0.4)], [], "bind_family"),
        ([("inform", 0.8), ("bind_family", 0.1)], [], "inform"),
        ([("a", 0.9)], [("hazard", "emergency")], "out_of_scope"),
        ([("ask_card_rules", 0.9)], [("hazard", "emergency")], "ask_card_rules"),
        ([("a", 0.9)], [("hazard", "medical")], "a"),
    ],
)
def test_what_is_named_against_what_is_likely(ranking, entities, intent):
    assert heard(ranking, *entities)[0] == intent


def test_what_was_likeliest_is_still_told():
    assert heard([("a", 0.4), ("report_problem", 0.3)], ("problem", "face")) == ["report_problem", "a"]


def test_message_without_anything():
    message = Message({"text": ""})
    [message] = EvidenceClassifier(CONFIG).process([message])
    assert message.get("intent") is None
