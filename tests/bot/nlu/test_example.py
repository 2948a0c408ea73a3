"""A training sentence may be copied and fingerprinted cheaply, but it stays a message of its own."""

from copy import deepcopy

from rasa.shared.nlu.training_data.message import Message

from bot.nlu.example import Example


def test_a_copy_is_equal_and_can_be_changed_alone() -> None:
    first = Example({"text": "怎么绑", "intent": "bind_family", "entities": [{"entity": "channel"}]})
    second = deepcopy(first)
    assert second == first
    second.set("intent", "unbind_family")
    second.get("entities").append({"entity": "region"})
    assert first.get("intent") == "bind_family"
    assert first.get("entities") == [{"entity": "channel"}]


def test_the_fingerprint_is_that_of_the_same_message_in_rasa_also_after_a_change() -> None:
    example, message = Example({"text": "怎么绑"}), Message({"text": "怎么绑"})
    assert example.fingerprint() == message.fingerprint()
    for one in (example, message):
        one.set("intent", "bind_family")
        one.set("intent", "bind_family")
    assert example.fingerprint() == message.fingerprint()
    assert deepcopy(example).fingerprint() == message.fingerprint()
