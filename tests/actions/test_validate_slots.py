import asyncio

import pytest

from actions.validate_slots import ValidateSlots


@pytest.fixture
def validate(knowledge, dispatcher):
    action = ValidateSlots(knowledge)

    def run(tracker):
        events = asyncio.run(action.run(dispatcher, tracker, {"slots": {}}))
        return {event["name"]: event["value"] for event in events}

    return run


def slot(name, value):
    return {"event": "slot", "name": name, "value": value}


def with_slots(tracker, **set_now):
    tracker.events.extend(slot(name, value) for name, value in set_now.items())
    tracker.slots.update(set_now)
    return tracker


def test_new_task_forgets_a_channel_it_does_not_have(validate, make_tracker):
    tracker = make_tracker({"channel": "wechat"}, intent="contact_agent")
    assert validate(with_slots(tracker, procedure="contact_agent"))["channel"] is None


def test_new_task_keeps_a_channel_it_has(validate, make_tracker):
    tracker = make_tracker({"channel": "wechat"}, intent="bind_family")
    assert "channel" not in validate(with_slots(tracker, procedure="bind_family"))


def test_new_task_brings_its_own_topic(validate, make_tracker):
    tracker = make_tracker({"topic": "old"}, intent="bind_family")
    assert validate(with_slots(tracker, procedure="bind_family"))["topic"] is None


def test_named_channel_is_no_longer_ruled_out_or_skipped(validate, make_tracker):
    tracker = make_tracker({"excluded_channels": ["wechat", "counter"], "skipped": ["channel", "region"]})
    changes = validate(with_slots(tracker, channel="wechat"))
    assert changes["excluded_channels"] == ["counter"]
    assert changes["skipped"] == ["region"]


def test_ruled_out_channel_is_dropped(validate, make_tracker):
    tracker = make_tracker({"channel": "wechat"})
    assert validate(with_slots(tracker, excluded_channels=["wechat"]))["channel"] is None


def test_open_place_makes_the_last_region_void(validate, make_tracker):
    tracker = make_tracker({"region": "广东省"})
    assert validate(with_slots(tracker, region_options=["北京市", "吉林省长春市"]))["region"] is None


def test_clear_place_settles_the_open_one(validate, make_tracker):
    tracker = make_tracker({"region_options": ["北京市", "吉林省长春市"]})
    assert validate(with_slots(tracker, region="北京市"))["region_options"] is None


def test_a_topic_in_passing_puts_its_own_task_on_the_agenda(validate, make_tracker):
    topic = {"entity": "topic", "value": "about", "start": 0, "end": 6}
    tracker = make_tracker(
        {"asked_procedure": "bind_family", "channel": "wechat"},
        intent="bind_family",
        entities=[topic],
        active_loop="procedure_form",
    )
    assert validate(with_slots(tracker, procedure="bind_family"))["agenda"] == [
        {"procedure": "bind_family", "channel": "wechat"}
    ]


def test_digression_puts_the_open_task_on_the_agenda(validate, make_tracker):
    tracker = make_tracker({"asked_procedure": "bind_family"}, intent="contact_agent", active_loop="procedure_form")
    assert validate(with_slots(tracker, procedure="contact_agent"))["agenda"] == [
        {"procedure": "bind_family", "channel": None}
    ]


def test_change_of_mind_drops_the_open_task(validate, make_tracker):
    tracker = make_tracker(
        {"asked_procedure": "bind_family"},
        intent="contact_agent",
        entities=[{"entity": "dismissal", "value": "dismissal"}],
        active_loop="procedure_form",
    )
    assert validate(with_slots(tracker, procedure="contact_agent"))["agenda"] == []


def test_digression_keeps_the_channel_of_the_open_task(validate, make_tracker):
    slots = {"asked_procedure": "bind_family", "channel": "wechat"}
    tracker = make_tracker(slots, intent="contact_agent", active_loop="procedure_form")
    assert validate(with_slots(tracker, procedure="contact_agent"))["agenda"] == [
        {"procedure": "bind_family", "channel": "wechat"}
    ]


def test_further_wishes_come_before_what_was_open(validate, make_tracker):
    open_task = {"procedure": "query_balance", "channel": "phone"}
    wishes = [{"intent": "bind_family"}, {"intent": "contact_agent"}]
    tracker = make_tracker({"agenda": [open_task]}, intent="bind_family", wishes=wishes)
    assert validate(with_slots(tracker, procedure="bind_family"))["agenda"] == [
        {"procedure": "contact_agent", "channel": None},
        open_task,
    ]


@pytest.mark.parametrize(("aside", "region"), [(True, "广东省"), (False, "上海市")])
def test_place_named_in_passing_does_not_replace_the_place_of_insurance(validate, make_tracker, aside, region):
    events = [slot("region", "广东省")]
    entity = {"entity": "region", "value": "上海市", **({"aside": True} if aside else {})}
    tracker = make_tracker({}, intent="ask_cross_province_care", entities=[entity], events=events)
    assert validate(with_slots(tracker, region="上海市"))["region"] == region


def test_further_wish_that_is_a_part_of_the_first_leads_to_who_tells_it(validate, make_tracker):
    aspect = {"entity": "aspect", "value": "duration", "start": 9, "end": 11}
    wishes = [{"intent": "bind_family", "start": 0, "end": 5}, {"intent": "follow_up", "start": 6, "end": 12}]
    tracker = make_tracker({}, intent="bind_family", entities=[aspect], wishes=wishes)
    assert validate(with_slots(tracker, procedure="bind_family"))["agenda"] == [
        {"procedure": "contact_agent", "channel": None}
    ]


@pytest.mark.parametrize(("denied", "left"), [("广东省", None), ("广东省深圳市", None), ("湖南省", "广东省深圳市")])
def test_a_place_that_is_denied_is_forgotten(validate, make_tracker, denied, left):
    tracker = make_tracker({"region": "广东省深圳市"}, intent="inform")
    found = validate(with_slots(tracker, denied_region=denied))
    assert (found["region"], found["denied_region"]) == (left, None)
