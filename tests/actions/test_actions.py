"""The actions: slots in, the dialogue asked, messages and slots out."""

import json
from dataclasses import asdict

import pytest

from actions import tracker as conversation
from actions.reply import AskChannel, AskProcedure, AskRegion, Reply, ValidateForm
from actions.update import Update
from bot.dialogue.heard import Understood, Wish
from bot.dialogue.state import State
from bot.knowledge.lookup import Near
from bot.privacy import NUMBER_LABELS
from bot.yamlfile import read_yaml
from tests.small_knowledge import GUANGDONG, YILI


def entity(name, value):
    return {"entity": name, "value": value}


def as_sent(understood):
    """An understanding as the pipeline's output carries it."""
    return json.loads(json.dumps(asdict(understood)))


def written(events):
    assert all(event["event"] == "slot" for event in events)
    return {event["name"]: event["value"] for event in events}


@pytest.fixture
def perform(knowledge, dispatcher):
    """Runs an action; gives back the slots that it set."""

    def run(action, tracker):
        return written(action(knowledge).run(dispatcher, tracker, {}))

    return run


@pytest.fixture
def turn(knowledge, make_tracker):
    """A message through `Update`, then `Reply`, as Rasa runs them; gives back the slots and what was said."""
    from rasa_sdk.executor import CollectingDispatcher

    def run(slots=None, **message):
        tracker, said = make_tracker(slots, **message), CollectingDispatcher()
        for action in (Update, Reply):
            tracker.slots.update(written(action(knowledge).run(said, tracker, {})))
        return tracker.slots, said.messages

    return run


class TestUpdate:
    def test_writes_all_slots_at_once(self, perform, make_tracker):
        slots = perform(Update, make_tracker(intent="bind_family", entities=[entity("channel", "counter")]))
        assert (slots["procedure"], slots["channel"], slots["region"]) == ("bind_family", "counter", None)
        assert slots["asks"] is False
        assert slots["case"]["thread"] == "bind_family"

    def test_same_message_twice_changes_nothing(self, perform, make_tracker):
        tracker = make_tracker(intent="bind_family", message_id="m1")
        tracker.slots.update(perform(Update, tracker))
        assert perform(Update, tracker) == {}

    def test_next_message_is_read_though_it_says_the_same(self, perform, make_tracker):
        first = perform(Update, make_tracker(intent="affirm", message_id="m1"))
        assert perform(Update, make_tracker(first, intent="affirm", message_id="m2"))["case"]["heard"] == "m2"

    def test_what_leads_nowhere_is_counted_once_a_message(self, perform, make_tracker):
        lost = as_sent(Understood("doubt", "nlu_fallback"))
        tracker = make_tracker(understood=lost, message_id="m1")
        for _ in range(3):
            tracker.slots.update(perform(Update, tracker))
        assert tracker.slots["case"]["lost"] == 1

    def test_keeps_the_case_file_before_the_message(self, perform, make_tracker):
        tracker = make_tracker(
            {"procedure": "bind_family", "region": YILI, "case": {"step": 2}}, intent="query_balance"
        )
        before = State.read(perform(Update, tracker)["before"])
        assert (before.procedure, before.region, before.step) == ("bind_family", YILI, 2)

    def test_says_whether_a_question_is_to_be_put(self, perform, make_tracker):
        slots = perform(Update, make_tracker(intent="bind_family", entities=[entity("channel", "wechat")]))
        assert slots["asks"] is True

    def test_what_it_writes_goes_through_json(self, perform, make_tracker):
        wishes = Wish("bind_family"), Wish("query_balance", "fee")
        understood = as_sent(Understood("several", "bind_family", wishes, person="mother", region=YILI))
        slots = perform(Update, make_tracker(understood=understood))
        read = State.read(json.loads(json.dumps(slots)))
        assert read == State.read(slots) and (read.aside, read.regions) == (("query_balance",), (("mother", YILI),))

    def test_start_over_leaves_nothing(self, perform, make_tracker):
        before = {"procedure": "bind_family", "channel": "wechat", "region": YILI, "case": {"facts": ["adult"]}}
        slots = perform(Update, make_tracker(before, intent="start_over"))
        assert (slots["procedure"], slots["channel"], slots["region"]) == (None, None, None)
        assert set(slots["case"]) <= {"heard"}


class TestReply:
    def test_message_has_text_buttons_and_metadata(self, turn):
        _, [said] = turn(intent="bind_family")
        assert "打开APP" in said["text"]
        assert said["metadata"]["outcome"] == "answer"
        assert said["metadata"]["card"]["source"] == {"document": "指南", "section": "第一节", "as_of": "2025-03"}
        assert said["buttons"] and all(set(button) == {"title", "payload"} for button in said["buttons"])

    def test_point_without_a_written_answer_is_unknown(self, turn):
        _, [said] = turn(intent="bind_family", entities=[entity("point", "in_person")])
        assert said["metadata"]["outcome"] == "unknown" and "要不要本人到场" in said["text"]

    def test_talk_is_a_response_of_the_domain(self, turn):
        _, [said] = turn(intent="greet")
        assert said["response"] == "utter_greet" and not said["text"]

    def test_several_messages_in_order(self, turn):
        wishes = (Wish("unbind_family"), Wish("query_balance"))
        understood = as_sent(Understood("several", "unbind_family", wishes, hazard="emergency"))
        _, said = turn(understood=understood)
        assert [message["metadata"]["outcome"] for message in said] == ["out_of_scope", "answer", "answer"]
        assert "120" in said[0]["text"] and "找到家人" in said[1]["text"] and "选家人" in said[2]["text"]

    def test_remembers_what_it_said(self, turn):
        slots, _ = turn(intent="bind_family")
        assert State.read(slots).shown == ("bind_family#1",)
        slots, [said] = turn(slots, intent="follow_up", entities=[entity("point", "repeat")], message_id="2")
        assert "打开APP" in said["text"]

    def test_pipeline_is_believed_and_not_the_intent(self, turn):
        near = (Near("bind_family", "how_many", 0, "no", 0.95),)
        understood = as_sent(Understood("task", "bind_family", (Wish("bind_family", "how_many"),), near=near))
        _, [said] = turn(intent="greet", understood=understood)
        assert "不对" in said["text"] and "最多六个" in said["text"]

    def test_question_is_known_to_have_been_put(self, turn):
        slots, [said] = turn(intent="bind_family", entities=[entity("channel", "wechat")])
        assert said["metadata"]["outcome"] == "ask"
        assert (State.read(slots).asked, State.read(slots).put) == ("region", ("region",))
        _, [said] = turn(slots, intent="inform", entities=[entity("region", GUANGDONG)], message_id="2")
        assert "搜粤医保" in said["text"]

    @pytest.mark.parametrize("label", NUMBER_LABELS)
    def test_warns_of_numbers_that_were_masked(self, knowledge, turn, label):
        _, [warning, answer] = turn(intent="bind_family", text=f"我妈{label}怎么绑")
        assert warning["text"] == knowledge.phrases["masked_numbers"] and not warning["buttons"]
        assert "打开APP" in answer["text"]

    def test_warns_once(self, knowledge, turn):
        warned = [{"event": "bot", "text": knowledge.phrases["masked_numbers"]}]
        _, said = turn(intent="bind_family", text=f"{NUMBER_LABELS[0]}怎么绑", events=warned)
        assert len(said) == 1

    def test_does_not_warn_of_what_was_not_sent(self, turn):
        _, said = turn(intent="bind_family", text="身份证号要填吗，怎么绑")
        assert len(said) == 1


class TestForm:
    def test_has_nothing_to_ask_where_something_can_be_said(self, perform, make_tracker):
        tracker = make_tracker(intent="bind_family")
        tracker.slots.update(perform(Update, tracker))
        assert perform(ValidateForm, tracker) == {"asks": False, "requested_slot": None}

    @pytest.mark.parametrize(
        ("intent", "entities", "slot"),
        [
            ("bind_family", [entity("channel", "wechat")], "region"),
            ("inform", [entity("channel", "wechat")], "procedure"),
        ],
    )
    def test_asks_for_what_the_plan_asks_for(self, perform, make_tracker, intent, entities, slot):
        tracker = make_tracker(intent=intent, entities=entities)
        tracker.slots.update(perform(Update, tracker))
        assert perform(ValidateForm, tracker) == {"asks": True, "requested_slot": slot}

    def test_asks_nothing_a_second_time(self, turn, perform, make_tracker):
        slots, _ = turn(intent="bind_family", entities=[entity("channel", "wechat")])
        tracker = make_tracker(slots, intent="thank", message_id="2")
        tracker.slots.update(perform(Update, tracker))
        assert perform(ValidateForm, tracker) == {"asks": False, "requested_slot": None}

    @pytest.mark.parametrize("action", [AskProcedure, AskRegion, AskChannel])
    def test_asks_with_the_words_of_the_plan(self, knowledge, perform, make_tracker, dispatcher, action):
        tracker = make_tracker(intent="bind_family", entities=[entity("channel", "wechat")])
        tracker.slots.update(perform(Update, tracker))
        slots = perform(action, tracker)
        [said] = dispatcher.messages
        assert said["metadata"]["outcome"] == "ask"
        assert [button["title"] for button in said["buttons"]][-1] == knowledge.phrases["button_elsewhere"]
        assert State.read(slots).put == ("region",)


def test_actions_have_the_names_that_the_domain_declares():

    from bot.paths import DOMAIN

    declared = set(read_yaml(DOMAIN)["actions"])
    assert {
        action().name() for action in (Update, Reply, AskProcedure, AskRegion, AskChannel, ValidateForm)
    } == declared


class TestTracker:
    def test_understanding_comes_through_as_it_was(self, knowledge, make_tracker):
        understood = Understood(
            "thread",
            "follow_up",
            (Wish(None, "materials"),),
            facts=("adult",),
            excluded=("wechat",),
            region=YILI,
            region_options=(GUANGDONG,),
            doubt=(Wish("bind_family", "fee"),),
            near=(Near("bind_family", "fee", 0, "asks", 0.7),),
            spans=((0, 3),),
        )
        read = conversation.understood(knowledge, make_tracker(understood=as_sent(understood)))
        assert {**asdict(read), "spans": None} == {**asdict(understood), "spans": None}
        assert [tuple(span) for span in read.spans] == [(0, 3)]

    def test_button_says_what_it_means(self, knowledge, make_tracker):
        tracker = make_tracker(intent="bind_family", entities=[entity("point", "materials")])
        assert conversation.understood(knowledge, tracker).wishes == (Wish("bind_family", "materials"),)

    def test_state_goes_into_slots_and_back(self, make_tracker):
        before = State("bind_family", "wechat", YILI, thread="bind_family", regions=(("mother", YILI),), step=2)
        slots = written(conversation.slots(before))
        assert conversation.state(make_tracker(json.loads(json.dumps(slots)))) == before

    def test_what_an_older_version_wrote_is_forgotten(self, make_tracker):
        tracker = make_tracker({"procedure": "bind_family", "case": {"agenda": [1], "step": 2}})
        assert conversation.state(tracker) == State("bind_family", step=2)
