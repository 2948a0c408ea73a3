"""Events as messages: ids stay, titles are shown, nothing is lost."""

from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered

from bot.channels import transcript

_BUTTONS = [{"title": "用微信", "payload": '/inform{"channel": "wechat"}'}]


def heard(text, id_, **metadata):
    event = UserUttered(text, metadata=metadata or None, timestamp=1_700_000_000)
    event.message_id = id_
    return event


def said(text, buttons=None, **metadata):
    return BotUttered(text, {"buttons": buttons}, {"metadata": metadata}, timestamp=1_700_000_001.5)


EVENTS = [
    ActionExecuted("action_session_start"),
    said("您好"),
    heard("怎么绑定", "u1", client_message_id="c1"),
    SlotSet("procedure", "bind_family"),
    said("用哪种办法？", _BUTTONS, outcome="ask"),
    heard('/inform{"channel": "wechat"}', "u2", client_message_id="c2", title="用微信"),
    said("一", outcome="answer", card={"title": "绑定"}),
    said("二"),
]


def test_conversation_in_order_with_ids_that_stay() -> None:
    told = transcript.messages(EVENTS)
    assert [m["message_id"] for m in told] == ["start-0", "u1", "u1-0", "u2", "u2-0", "u2-1"]
    assert [m["text"] for m in told] == ["您好", "怎么绑定", "用哪种办法？", "用微信", "一", "二"]
    assert [m["role"] for m in told] == ["bot", "user", "bot", "user", "bot", "bot"]
    assert transcript.messages(EVENTS) == told


def test_a_message_has_the_keys_of_the_contract() -> None:
    answer = transcript.messages(EVENTS)[4]
    assert answer == {
        "message_id": "u2-0",
        "role": "bot",
        "time": "2023-11-14T22:13:21.500+00:00",
        "text": "一",
        "buttons": [],
        "card": {"title": "绑定"},
    }


def test_choices_are_all_that_were_shown_and_titles_only_the_last() -> None:
    told = transcript.messages(EVENTS)
    assert transcript.choices(told) == {_BUTTONS[0]["payload"]: "用微信"}
    assert transcript.last_choices(told) == {}
    assert transcript.last_choices(told[:3]) == {"用微信": _BUTTONS[0]["payload"]}
