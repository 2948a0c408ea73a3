"""What the person hears: asking, answering, following up, clarifying."""

import asyncio

import pytest

from actions.answer_procedure import ActionAnswerProcedure
from actions.ask_again import ActionAskAgain
from actions.ask_procedure_form import ActionAskProcedureFormChannel, ActionAskProcedureFormRegion
from actions.clarify import ActionClarify
from actions.follow_up import ActionFollowUp
from actions.refuse import ActionRefuse
from actions.report_problem import ActionReportProblem
from actions.skip_question import ActionSkipQuestion
from actions.start_over import ActionStartOver
from actions.validate_procedure_form import ValidateProcedureForm

YILI = "新疆维吾尔自治区伊犁哈萨克自治州"


@pytest.fixture
def perform(knowledge, dispatcher):
    def run(action, tracker):
        events = action(knowledge).run(dispatcher, tracker, {})
        return dispatcher.messages, {e["name"]: e["value"] for e in events if e["event"] == "slot"}, events

    return run


def titles(message):
    return [button["title"] for button in message["buttons"]]


def payloads(message):
    return [button["payload"] for button in message["buttons"]]


@pytest.mark.parametrize(
    ("slots", "asked"),
    [
        ({"procedure": "bind_family"}, ["channel"]),
        ({"procedure": "bind_family", "channel": "national_app"}, ["region"]),
        ({"procedure": "bind_family", "channel": "counter"}, []),
        ({"procedure": "bind_family", "region": YILI}, []),
        ({"procedure": "contact_agent"}, []),
        ({}, ["procedure"]),
    ],
)
def test_form_asks_only_for_what_changes_the_answer(knowledge, dispatcher, make_tracker, slots, asked):
    action = ValidateProcedureForm(knowledge)
    assert asyncio.run(action.required_slots([], dispatcher, make_tracker(slots), {})) == asked


def test_channel_question_offers_the_channels_and_a_way_out(perform, make_tracker):
    [message], slots, _ = perform(ActionAskProcedureFormChannel, make_tracker({"procedure": "bind_family"}))
    assert titles(message)[:3] == ["用APP", "用微信", "用窗口"]
    assert payloads(message)[-1] == "/no_preference"
    assert slots["asked_procedure"] == "bind_family"


def test_region_question_offers_the_places_that_differ(perform, make_tracker):
    tracker = make_tracker({"procedure": "bind_family", "channel": "national_app"})
    [message], _, _ = perform(ActionAskProcedureFormRegion, tracker)
    assert titles(message) == ["新疆伊犁", "其他地方"]


def test_answer_carries_card_source_and_outcome(perform, make_tracker):
    [message], _, _ = perform(ActionAnswerProcedure, make_tracker({"procedure": "bind_family", "region": YILI}))
    assert "伊犁的步骤" in message["text"]
    assert message["metadata"]["outcome"] == "answer"
    assert message["metadata"]["card"]["source"] == {"document": "指南", "section": "第一节", "as_of": "2025-03"}


def test_agenda_is_taken_up_after_the_answer(perform, make_tracker):
    tracker = make_tracker(
        {"procedure": "contact_agent", "agenda": [{"procedure": "bind_family", "channel": "wechat"}]}
    )
    messages, slots, events = perform(ActionAnswerProcedure, tracker)
    assert "怎么绑" in messages[-1]["text"]
    assert (slots["procedure"], slots["channel"], slots["agenda"]) == ("bind_family", "wechat", [])
    assert {"event": "active_loop", "name": "procedure_form", "timestamp": None} in events


def test_emergency_comes_before_everything(perform, make_tracker):
    tracker = make_tracker({"procedure": "contact_agent"}, entities=[{"entity": "hazard", "value": "emergency"}])
    messages, _, _ = perform(ActionAnswerProcedure, tracker)
    assert "120" in messages[0]["text"]


def test_materials_come_out_of_the_last_answer(perform, make_tracker):
    tracker = make_tracker(
        {"procedure": "bind_family", "channel": "national_app", "skipped": ["region"]},
        intent="follow_up",
        entities=[{"entity": "aspect", "value": "materials"}],
    )
    [message], _, _ = perform(ActionFollowUp, tracker)
    assert "户口本" in message["text"] and "打开APP" not in message["text"]


def test_what_the_documents_do_not_say_is_said_to_be_unknown(perform, make_tracker):
    tracker = make_tracker(
        {"procedure": "bind_family"}, intent="follow_up", entities=[{"entity": "aspect", "value": "fee"}]
    )
    [message], _, _ = perform(ActionFollowUp, tracker)
    assert message["metadata"]["outcome"] == "unknown" and "12393" in message["text"]


@pytest.mark.parametrize(
    ("intent", "entities", "before", "step", "text"),
    [
        ("step_by_step", [], None, 1, "打开APP"),
        ("follow_up", [{"entity": "aspect", "value": "next_step"}], 1, 2, "点我的"),
        ("affirm", [], 1, 2, "点我的"),
        ("follow_up", [{"entity": "aspect", "value": "previous_step"}], 2, 1, "打开APP"),
        ("follow_up", [{"entity": "ordinal", "value": "2"}], None, 2, "点我的"),
        ("affirm", [], 2, None, "完了"),
    ],
)
def test_walking_through_the_steps(perform, make_tracker, intent, entities, before, step, text):
    tracker = make_tracker({"procedure": "bind_family", "step": before}, intent=intent, entities=entities)
    [message], slots, _ = perform(ActionFollowUp, tracker)
    assert text in message["text"]
    assert slots["step"] == step


def test_follow_up_without_a_task_asks_for_one(perform, make_tracker):
    [message], _, _ = perform(ActionFollowUp, make_tracker(intent="follow_up"))
    assert message["metadata"]["outcome"] == "ask" and "/bind_family" in payloads(message)


def test_first_time_not_understood_offers_the_likeliest(perform, make_tracker):
    tracker = make_tracker(intent="nlu_fallback")
    tracker.latest_message["intent_ranking"] = [
        {"name": "nlu_fallback", "confidence": 0.4},
        {"name": "bind_family", "confidence": 0.3},
        {"name": "out_of_scope", "confidence": 0.2},
    ]
    [message], _, _ = perform(ActionClarify, tracker)
    assert payloads(message) == ["/bind_family", "/deny"]


def test_third_time_not_understood_points_to_a_person(perform, make_tracker):
    misheard = {"event": "user", "text": "", "parse_data": {"intent": {"name": "nlu_fallback"}}}
    [message], _, _ = perform(ActionClarify, make_tracker(intent="nlu_fallback", events=[misheard, misheard]))
    assert "12393" in message["text"]


def test_the_same_text_is_never_said_three_times_alike(perform, make_tracker):
    user = {"event": "user", "text": "", "parse_data": {"intent": {"name": "out_of_scope"}}}
    events, said = [], []
    for _ in range(3):
        messages, _, _ = perform(ActionRefuse, make_tracker(intent="out_of_scope", events=events))
        said.append(messages[-1]["text"])
        events = [*events, user, {"event": "bot", "text": said[-1]}]
    assert len(set(said)) == 3


@pytest.mark.parametrize(("hazard", "says"), [("emergency", "120"), ("fraud", "违法"), ("medical", "医生")])
def test_dangers_are_refused_with_the_reason(perform, make_tracker, hazard, says):
    tracker = make_tracker(intent="out_of_scope", entities=[{"entity": "hazard", "value": hazard}])
    [message], _, _ = perform(ActionRefuse, tracker)
    assert says in message["text"] and message["metadata"]["outcome"] == "out_of_scope"


def test_known_problem_is_told_with_its_source(perform, make_tracker):
    tracker = make_tracker(intent="report_problem", entities=[{"entity": "problem", "value": "face"}])
    [message], _, _ = perform(ActionReportProblem, tracker)
    assert "脸要清楚" in message["text"] and "指南" in message["text"]


def test_unknown_problem_leads_to_a_person(perform, make_tracker):
    [message], _, _ = perform(ActionReportProblem, make_tracker(intent="report_problem"))
    assert "12393" in message["text"] and message["metadata"]["outcome"] == "unknown"


def test_no_preference_skips_the_slot_that_was_asked(perform, make_tracker):
    _, slots, _ = perform(ActionSkipQuestion, make_tracker({"requested_slot": "channel"}))
    assert slots["skipped"] == ["channel"]


def test_change_region_forgets_it_and_asks(perform, make_tracker):
    _, slots, _ = perform(ActionAskAgain, make_tracker({"region": YILI}, intent="change_region"))
    assert slots["region"] is None and slots["reopened"] == "region"


def test_start_over_empties_the_slots(perform, make_tracker):
    _, _, events = perform(ActionStartOver, make_tracker({"region": YILI}))
    assert events[0]["event"] == "reset_slots"


@pytest.mark.parametrize(("confidence", "outcome"), [(0.5, "unknown"), (0.97, "out_of_scope")])
def test_unsure_refusal_after_an_answer_is_taken_for_a_part_of_it(perform, make_tracker, confidence, outcome):
    slots = {"procedure": "contact_agent", "answered_procedure": "contact_agent"}
    tracker = make_tracker(slots, intent="out_of_scope", entities=[{"entity": "aspect", "value": "fee"}])
    tracker.latest_message["intent"]["confidence"] = confidence
    [message], _, _ = perform(ActionRefuse, tracker)
    assert message["metadata"]["outcome"] == outcome


def test_same_task_again_with_an_aspect_gives_that_part(perform, make_tracker):
    slots = {"procedure": "bind_family", "answered_procedure": "bind_family", "skipped": ["channel", "region"]}
    tracker = make_tracker(slots, intent="bind_family", entities=[{"entity": "aspect", "value": "materials"}])
    [message], _, _ = perform(ActionAnswerProcedure, tracker)
    assert "户口本" in message["text"] and "打开APP" not in message["text"]


def test_a_follow_up_before_anything_is_known_leaves_asking_to_the_open_form(perform, make_tracker):
    assert perform(ActionFollowUp, make_tracker({}, intent="follow_up", active_loop="procedure_form"))[0] == []


def test_a_follow_up_on_nothing_is_asked_back(perform, make_tracker):
    [message], _, _ = perform(ActionFollowUp, make_tracker({}, intent="follow_up"))
    assert message["buttons"]


class TestProblemBesideTask:
    """What is in the way is told instead of the steps that failed."""

    FACE = [{"entity": "problem", "value": "face"}]

    def test_what_is_known_about_it(self, perform, make_tracker):
        tracker = make_tracker({"procedure": "bind_family", "channel": "counter"}, "bind_family", self.FACE)
        [message], slots, _ = perform(ActionAnswerProcedure, tracker)
        assert "脸要清楚" in message["text"] and "去窗口" not in message["text"]
        assert payloads(message) == ["/bind_family", "/contact_agent"]
        assert slots["answered_procedure"] == "bind_family"

    def test_that_nothing_is_known(self, perform, make_tracker):
        frozen = [{"entity": "problem", "value": "frozen"}]
        tracker = make_tracker({"procedure": "bind_family", "channel": "counter"}, "bind_family", frozen)
        [message], _, _ = perform(ActionAnswerProcedure, tracker)
        assert message["metadata"]["outcome"] == "unknown" and "12393" in message["text"]

    def test_nothing_is_asked_before(self, knowledge, dispatcher, make_tracker):
        tracker = make_tracker({"procedure": "bind_family"}, "bind_family", self.FACE)
        assert asyncio.run(ValidateProcedureForm(knowledge).required_slots([], dispatcher, tracker, {})) == []

    def test_a_task_that_it_says_nothing_of_is_answered(self, perform, make_tracker):
        tracker = make_tracker({"procedure": "contact_agent"}, "contact_agent", self.FACE)
        [message], _, _ = perform(ActionAnswerProcedure, tracker)
        assert "打12393" in message["text"]

    def test_a_way_that_does_not_work_leads_to_the_others(self, perform, make_tracker):
        named = [*self.FACE, {"entity": "channel_excluded", "value": "wechat"}]
        tracker = make_tracker({"procedure": "bind_family", "channel": "counter"}, "bind_family", named)
        [message], _, _ = perform(ActionAnswerProcedure, tracker)
        assert "去窗口" in message["text"]


class TestQuestionWithoutAspect:
    ANSWERED = {"procedure": "bind_family", "channel": "national_app", "answered_procedure": "bind_family"}

    @pytest.mark.parametrize(
        ("question", "heard", "not_heard"),
        [
            ("户口本非要不可吗", "户口本", "打开APP"),
            ("能加急不", "文档里没有说", "打开APP"),
            ("咋个弄呢", "打开APP", "没有说"),
        ],
    )
    def test_the_line_that_fits_or_that_none_does(self, perform, make_tracker, question, heard, not_heard):
        [message], _, _ = perform(ActionFollowUp, make_tracker(self.ANSWERED, "follow_up", text=question))
        assert heard in message["text"] and not_heard not in message["text"]

    def test_an_aspect_that_is_not_told_as_such_may_stand_in_a_line(self, perform, make_tracker):
        url = [{"entity": "aspect", "value": "url"}]
        [message], _, _ = perform(
            ActionFollowUp, make_tracker(self.ANSWERED, "follow_up", url, text="在我的哪里打开APP")
        )
        assert "打开APP" in message["text"] and message["metadata"]["outcome"] == "answer"


class TestChoiceByNumber:
    def choose(self, knowledge, dispatcher, tracker):
        tracker.events.insert(-1, {"event": "action", "name": "procedure_form"})
        tracker.events.insert(-1, {"event": "action", "name": "action_listen"})
        tracker.events.append({"event": "action", "name": "procedure_form"})
        return asyncio.run(ValidateProcedureForm(knowledge).get_validation_events(dispatcher, tracker, {}))

    @pytest.mark.parametrize(("text", "slot"), [("第二个", ("channel", "wechat")), ("4", ("skipped", ["channel"]))])
    def test_stands_for_the_button(self, knowledge, dispatcher, make_tracker, text, slot):
        slots = {"procedure": "bind_family", "requested_slot": "channel"}
        events = self.choose(knowledge, dispatcher, make_tracker(slots, "affirm", text=text))
        assert (events[0]["name"], events[0]["value"]) == slot

    @pytest.mark.parametrize("text", ["窗口", "就窗口吧", "用窗口"])
    def test_so_does_its_noun(self, knowledge, dispatcher, make_tracker, text):
        slots = {"procedure": "bind_family", "requested_slot": "channel"}
        [chosen, *_] = self.choose(knowledge, dispatcher, make_tracker(slots, "inform", text=text))
        assert (chosen["name"], chosen["value"]) == ("channel", "counter")

    @pytest.mark.parametrize("text", ["9", "第二个人", "不要窗口", "窗口在哪"])
    def test_no_button_no_choice(self, knowledge, dispatcher, make_tracker, text):
        slots = {"procedure": "bind_family", "requested_slot": "channel"}
        events = self.choose(knowledge, dispatcher, make_tracker(slots, "inform", text=text))
        assert [(event["name"], event["value"]) for event in events] == [("procedure", "bind_family")]

    def test_done_on_the_way_through_the_steps_is_no_answer(self, knowledge, dispatcher, make_tracker):
        slots = {"procedure": "bind_family", "requested_slot": "channel", "step": 1}
        [event] = self.choose(knowledge, dispatcher, make_tracker(slots, "affirm"))
        assert event["event"] == "action_execution_rejected"


def test_elsewhere_may_be_typed(perform, make_tracker):
    tracker = make_tracker({"procedure": "bind_family", "requested_slot": "region"}, "change_region")
    _, slots, _ = perform(ActionAskAgain, tracker)
    assert slots == {"skipped": ["region"], "reopened": None}


def test_the_first_misunderstanding_is_no_second_one(perform, make_tracker):
    [message], _, _ = perform(ActionClarify, make_tracker(intent="nlu_fallback"))
    assert "还是" not in message["text"] and message["buttons"]


@pytest.mark.parametrize(("hazard", "number"), [("despair", "12356"), ("emergency", "120")])
def test_nobody_in_danger_is_shown_a_menu(perform, make_tracker, hazard, number):
    named = [{"entity": "hazard", "value": hazard}]
    [message], _, _ = perform(ActionRefuse, make_tracker(intent="out_of_scope", entities=named))
    assert number in message["text"] and message["buttons"] == []


def test_who_sends_a_number_is_told_once_not_to(perform, make_tracker):
    text = "【身份证号】帮我绑"
    first, _, _ = perform(ActionClarify, make_tracker(intent="nlu_fallback", text=text))
    assert len(first) == 2 and "不要在这里发" in first[0]["text"]
    told = [{"event": "bot", "text": first[0]["text"]}]
    messages, _, _ = perform(ActionClarify, make_tracker(intent="nlu_fallback", text=text, events=told))
    assert sum("不要在这里发" in message["text"] for message in messages) == 1  # the first time's


def test_what_the_form_is_about_to_answer_is_not_said_before(perform, make_tracker):
    slots = {"procedure": "bind_family", "channel": "counter"}
    messages, _, _ = perform(ActionFollowUp, make_tracker(slots, "follow_up", active_loop="procedure_form"))
    assert messages == []


BOT_ASKED = {"event": "bot", "text": "“绑定”，您想用哪种办法？"}


@pytest.mark.parametrize(
    ("entity", "opening"),
    [
        ({"entity": "region", "value": "陕西省"}, "记下了。"),
        ({"entity": "region", "value": "广东省", "aside": True}, "还是按卡在陕西省参保来说"),
        (None, "再说一遍："),
    ],
)
def test_a_question_put_again_says_what_was_heard(perform, make_tracker, entity, opening):
    slots = {"procedure": "bind_family", "region": "陕西省"}
    tracker = make_tracker(slots, "inform", entities=[entity] if entity else [], events=[BOT_ASKED])
    [message], _, _ = perform(ActionAskProcedureFormChannel, tracker)
    assert message["text"].startswith(opening) and "您想用哪种办法" in message["text"]


@pytest.mark.parametrize(("entities", "asked_again"), [([], True), ([{"entity": "dismissal", "value": "x"}], False)])
def test_who_leaves_with_thanks_is_not_asked_again(perform, make_tracker, entities, asked_again):
    slots = {"procedure": "bind_family", "asked_procedure": "bind_family"}
    messages, _, _ = perform(ActionAskProcedureFormChannel, make_tracker(slots, "thank", entities=entities))
    assert bool(messages) is asked_again


def test_a_lost_phone_is_none_of_its_business_but_the_code_on_it(perform, make_tracker):
    named = [{"entity": "topic", "value": "lost_phone"}]
    [message], _, _ = perform(ActionRefuse, make_tracker(intent="out_of_scope", entities=named))
    assert message["metadata"]["outcome"] == "out_of_scope"
    assert [button["payload"] for button in message["buttons"]] == ['/report_lost_card{"topic": "lost_phone"}']
