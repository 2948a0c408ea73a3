"""What is said, over whole conversations: understood, remembered, planned, and noted that it was said."""

from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from bot.dialogue.heard import Understood, Wish
from bot.dialogue.plan import Plan, plan, remember
from bot.dialogue.state import State
from bot.dialogue.understand import tapped, understand
from bot.dialogue.update import update
from bot.knowledge.model import Knowledge
from bot.paths import ROOT
from tests.bot.dialogue.arbitrary import HEARD, STATES, TALK, TAPS
from tests.dialogue_tables import PLACES, heard, state
from tests.small_knowledge import GUANGDONG, SICHUAN, YILI, small

RESPONSES = yaml.safe_load((ROOT / "data" / "responses" / "conversation.yml").read_text(encoding="utf-8"))["responses"]
SOURCE = "《指南》"
SURE = 0.95


class Talk:
    """A conversation: `ask` for sentences of one label each, `hear` for the rest, `tap` for buttons."""

    def __init__(self, knowledge: Knowledge, before: State | None = None):
        self.knowledge, self.state, self.last = knowledge, before or State(), Plan(())

    def hear(self, text: str = "", **found: Any) -> Plan:
        return self.answer(understand(self.knowledge, self.state, heard(text, **found)))

    def ask(self, label: str, text: str = "", **found: Any) -> Plan:
        """`task/point`, `/point` (or an act, or a fact) or an intent."""
        intent, _, point = label.partition("/")
        points = {"points": {point: SURE}} if point else {}
        return self.hear(text, intents={intent or "follow_up": SURE}, **points, **found)

    def tap(self, intent: str, **entities: str) -> Plan:
        entities = {key: PLACES.get(value, value) for key, value in entities.items()}
        return self.answer(tapped(self.knowledge, intent, entities))

    def answer(self, understood: Understood) -> Plan:
        after = update(self.knowledge, self.state, understood)
        self.last = plan(self.knowledge, self.state, after, understood)
        self.state = remember(after, self.last)
        return self.last

    @property
    def text(self) -> str:
        return "\n".join(say.text or say.response or "" for say in self.last.says)

    @property
    def outcome(self) -> str:
        return self.last.says[-1].outcome

    @property
    def chips(self) -> list[str]:
        return [chip["title"] for chip in self.last.says[-1].chips]

    @property
    def payloads(self) -> list[str]:
        return [chip["payload"] for chip in self.last.says[-1].chips]


@pytest.fixture
def talk(knowledge):
    return Talk(knowledge)


@pytest.fixture
def phrases(knowledge):
    return knowledge.phrases


class TestPoint:
    def test_is_answered_first_then_what_it_rests_on_then_the_source(self, talk):
        talk.ask("bind_family/materials")
        answer, more, source = talk.text.splitlines()
        assert (answer, more) == ("带户口本。", "原件就行。")
        assert SOURCE in source
        assert talk.outcome == "answer"

    def test_first_message_may_name_one_and_hears_no_page(self, talk):
        talk.ask("bind_family/duration")
        assert talk.text.startswith("三天。") and "打开APP" not in talk.text

    def test_not_the_same_twice_where_something_else_may_be_meant(self, talk):
        talk.ask("bind_family/materials")
        talk.hear("那个要啥", intents={"follow_up": 0.95}, points={"materials": 0.6, "duration": 0.4})
        assert talk.text.startswith("三天。")

    def test_nor_where_a_narrower_entry_is_a_little_like_it(self, talk):
        talk.ask("bind_family/materials")
        talk.ask("/materials", near={"bind_family/materials/3/asks": 0.4})
        assert talk.text.startswith("只拿身份证也行。")

    def test_the_same_once_more_where_nothing_else_can_be_meant(self, talk):
        talk.ask("bind_family/materials")
        talk.ask("/materials")
        assert talk.text.startswith("带户口本。")

    def test_nor_word_for_word_where_there_is_nothing_to_leave_out(self, talk, phrases):
        first = talk.ask("bind_family/hours").says[0].text
        talk.ask("/hours")
        assert talk.text == phrases["holds_silent"] + first

    def test_of_the_task_in_hand(self, talk):
        talk.ask("bind_family")
        talk.ask("/duration")
        assert talk.text.startswith("三天。")

    @pytest.mark.parametrize(("likeness", "answer"), [(0.7, "补卡二十元。"), (0.5, "都不收钱。")])
    def test_of_a_task_told_before_where_it_is_clearly_more_like_what_is_asked_of_that(self, talk, likeness, answer):
        talk.ask("report_lost_card")
        talk.ask("bind_family")
        talk.ask("/fee", near={"report_lost_card/fee/0/asks": likeness, "general/fee/0/asks": 0.45})
        assert talk.text.startswith(answer)

    def test_without_a_task_what_holds_in_general(self, talk):
        talk.ask("/fee")
        assert talk.text.startswith("都不收钱。")

    def test_without_a_task_of_the_one_that_it_mostly_means(self, knowledge):
        duration = knowledge.points["duration"].model_copy(update={"task": "bind_family"})
        talk = Talk(knowledge.model_copy(update={"points": {**knowledge.points, "duration": duration}}))
        talk.ask("/duration")
        assert talk.text.startswith("三天。") and talk.state.procedure == "bind_family"

    def test_silent_cell_names_the_point_the_nearest_and_a_door(self, talk, phrases):
        talk.ask("bind_family/in_person")
        assert talk.text.startswith(phrases["silent"].format(point="要不要本人到场") + "只写了要刷脸。")
        assert phrases["door_window"] in talk.text
        assert talk.outcome == "unknown"

    def test_whom_nobody_answers_is_sent_to_a_window(self, talk, phrases):
        talk.ask("bind_family")
        talk.ask("/channel_ok", told={"unanswered": SURE})
        assert phrases["door_window"] in talk.text and "12393" not in talk.text

    def test_own_cell_wins_over_what_is_silent_in_general(self, talk):
        talk.ask("bind_family/duration", near={"general/duration/1/asks": 0.9})
        assert talk.text.startswith("三天。")

    def test_own_cell_wins_over_what_holds_in_general(self, talk):
        talk.ask("report_lost_card/fee")
        assert talk.text.startswith("补卡二十元。")

    def test_part_of_a_task_has_its_points(self, talk):
        talk.ask("bind_newborn/how_many")
        assert talk.text.startswith("最多六个。")
        talk.ask("/materials")
        assert talk.text.startswith("带出生证明。")

    def test_entry_of_the_region_wins(self, talk):
        talk.ask("bind_family/materials", "伊犁", names=["region 伊犁 伊犁"])
        assert talk.text.startswith("在伊犁三样选一样。")

    def test_entry_of_the_region_is_for_nobody_else(self, talk):
        talk.ask("bind_family/materials", "四川", names=["region 四川 四川"])
        assert talk.text.startswith("带户口本。")

    def test_entry_of_the_channel_wins(self, talk):
        talk.ask("bind_family/materials", "窗口", names=["channel counter 窗口"])
        assert talk.text.startswith("去窗口还要申请表。")

    def test_entry_of_a_fact_wins(self, talk):
        talk.ask("/adult")
        talk.ask("bind_family/face_scan")
        assert talk.text.startswith("满16岁的本人刷脸。")

    def test_fact_that_a_side_question_has_nothing_for_is_of_the_task_under_it(self, talk):
        talk.ask("bind_family")
        talk.ask("report_lost_card/fee")
        talk.state = replace(talk.state, thread="bind_family")
        talk.ask("inform/adult", "他二十了")
        assert talk.text.startswith("满16岁的本人刷脸。")

    def test_example_singles_out_an_entry(self, talk):
        talk.ask("bind_family/materials", near={"bind_family/materials/3/asks": 0.95})
        assert talk.text.startswith("只拿身份证也行。")

    def test_example_that_is_not_like_enough_does_not(self, talk):
        talk.ask("bind_family/materials", near={"bind_family/materials/3/asks": 0.2})
        assert talk.text.startswith("带户口本。")

    @pytest.mark.parametrize(("kind", "verdict"), [("yes", "verdict_yes"), ("no", "verdict_no")])
    def test_belief_gets_a_verdict(self, talk, phrases, kind, verdict):
        talk.ask("bind_family/how_many", near={f"bind_family/how_many/0/{kind}": 0.95})
        assert talk.text.startswith(phrases[verdict] + "最多六个。")

    def test_plain_question_gets_none(self, talk, phrases):
        talk.ask("bind_family/how_many")
        assert not talk.text.startswith((phrases["verdict_yes"], phrases["verdict_no"]))

    def test_narrower_question_than_the_whole(self, talk):
        talk.ask("bind_family", near={"bind_family/whole/0/asks": 0.95})
        assert talk.text.startswith("公婆也能绑。") and "打开APP" not in talk.text

    def test_that_nobody_can_mean_of_the_task_gets_the_way(self, talk):
        talk.tap("query_balance", point="materials")
        assert "选家人" in talk.text

    def test_what_was_just_told_is_no_chip(self, talk):
        talk.ask("bind_family/materials")
        assert "要带什么" not in talk.chips and {"怎么绑", "要多久"} <= set(talk.chips)

    def test_what_else_may_be_meant_is_a_chip(self, talk):
        talk.hear(intents={"bind_family": 0.9}, points={"materials": 0.6, "face_scan": 0.39})
        assert "要刷脸吗" in talk.chips


class TestWay:
    def test_whole_page_with_source_and_card(self, talk):
        talk.ask("bind_family")
        assert [line[:2] for line in talk.text.splitlines()[1:5]] == ["1.", "2.", "3.", "4."]
        assert SOURCE in talk.text and talk.last.says[0].card["procedure"] == "bind_family"

    def test_is_told_without_a_question(self, talk):
        talk.ask("bind_family")
        assert "打开APP" in talk.text and talk.last.asks is None

    def test_of_the_place(self, talk):
        talk.ask("bind_family", "伊犁", names=["region 伊犁 伊犁"])
        assert "伊犁第一步" in talk.text and "打开APP" not in talk.text

    def test_of_the_channel(self, talk):
        talk.ask("bind_family", "窗口", names=["channel counter 窗口"])
        assert "到窗口" in talk.text and "打开APP" not in talk.text

    def test_whole_page_only_once_then_the_next_step(self, talk):
        talk.ask("bind_family")
        talk.ask("bind_family")
        assert "打开APP" in talk.text and "填家人姓名" not in talk.text
        talk.ask("bind_family")
        assert "点亲情账户" in talk.text and "打开APP" not in talk.text

    def test_short_way_may_be_told_again_but_brings_no_second_card(self, talk):
        talk.ask("unbind_family")
        assert talk.last.says[0].card
        talk.ask("unbind_family")
        assert "上面这个办法" in talk.text and "找到家人" in talk.text and "点解绑" in talk.text
        assert talk.last.says[0].card is None

    def test_who_is_not_bound_hears_it_first(self, talk):
        talk.ask("pay_visit")
        assert "先绑定。" in talk.text

    def test_who_is_bound_does_not(self, talk):
        talk.ask("pay_visit/bound_yes")
        assert "先绑定。" not in talk.text and "出示家人的码" in talk.text

    def test_what_the_documents_do_not_say(self, talk):
        talk.ask("ask_other_insurance")
        assert talk.outcome == "unknown" and "打12345问" in talk.text

    def test_channel_that_is_not_written_of_is_told_so(self, talk, phrases):
        talk.ask("query_balance", "支付宝", names=["channel alipay 支付宝"])
        assert talk.text.startswith(phrases["channel_not_in_documents"].format(channel="支付宝"))
        assert "选家人" in talk.text

    def test_channel_of_another_place_is_told_so(self, talk):
        talk.ask("bind_family", "四川微信", names=["region 四川 四川", "channel wechat 微信"])
        assert talk.text.startswith("微信只给广东的用。") and "打开APP" in talk.text

    def test_channel_that_was_said_of_another_task_is_not_held_against_it(self, talk):
        talk.ask("query_balance", "微信", names=["channel wechat 微信"])
        talk.ask("bind_family", "四川", names=["region 四川 四川"])
        assert "微信" not in talk.text and "打开APP" in talk.text

    def test_way_that_is_asked_for_without_a_name_is_that_of_the_task_in_hand(self, talk):
        talk.ask("bind_family/duration")
        talk.ask("/whole", "怎么弄")
        assert "打开APP" in talk.text

    def test_nobody_who_leans_on_it_is_shown_the_page_again(self, talk):
        talk.ask("bind_family")
        talk.ask("/duration")
        talk.ask("/whole", "怎么弄")
        assert "打开APP" in talk.text and "填家人姓名" not in talk.text

    def test_who_names_it_anew_is(self, talk):
        talk.ask("bind_family")
        talk.ask("/duration")
        talk.ask("bind_family")
        assert "打开APP" in talk.text and "填家人姓名" in talk.text

    def test_chips_name_the_other_ways(self, talk):
        talk.ask("query_balance")
        assert "用微信" in talk.chips

    def test_doubtful_way_is_never_a_chip(self, talk):
        talk.ask("bind_family", "伊犁", names=["region 伊犁 伊犁"])
        assert "用支付宝" not in talk.chips
        talk.ask("/other_ways")
        assert "用支付宝" not in talk.chips

    def test_ruled_out_way_is_neither_told_nor_a_chip(self, talk):
        talk.ask("query_balance", "没有微信", names=["channel_excluded wechat 微信"])
        assert "用微信" not in talk.chips
        talk.hear("支付宝也没有", intents={"inform": SURE}, names=["channel_excluded alipay 支付宝"])
        assert not {"用微信", "用支付宝"} & set(talk.chips)
        talk.ask("bind_family", "不用APP", names=["channel_excluded national_app APP"])
        assert "到窗口" in talk.text and "微信" not in talk.text


class TestQuestion:
    @pytest.fixture
    def asked(self, talk):
        talk.ask("bind_family", "微信", names=["channel wechat 微信"])
        assert (talk.last.asks, talk.outcome) == ("region", "ask")
        return talk

    def test_only_where_nothing_else_can_be_said(self, talk):
        talk.ask("bind_family", "窗口", names=["channel counter 窗口"])
        assert talk.last.asks is None
        talk.ask("query_balance", "微信", names=["channel wechat 微信"])
        assert talk.last.asks is None and "微信里查" in talk.text

    def test_not_for_a_channel_that_was_said_of_another_task(self, talk):
        talk.ask("query_balance", "微信", names=["channel wechat 微信"])
        talk.ask("bind_family")
        assert talk.last.asks is None and "打开APP" in talk.text

    def test_not_where_the_place_is_known(self, talk):
        talk.ask("bind_family", "广东微信", names=["region 广东 广东", "channel wechat 微信"])
        assert talk.last.asks is None and "搜粤医保" in talk.text

    def test_offers_the_places_that_make_a_difference(self, asked):
        assert asked.chips == ["伊犁", "广东", asked.knowledge.phrases["button_elsewhere"]]

    def test_its_answer_brings_the_way(self, asked):
        asked.hear("广东", intents={"inform": SURE}, names=["region 广东 广东"])
        assert "搜粤医保" in asked.text and asked.last.asks is None

    def test_its_button_brings_the_way(self, asked):
        asked.tap("inform", region=GUANGDONG)
        assert "搜粤医保" in asked.text

    def test_another_place_gets_the_way_that_is_left(self, asked):
        asked.tap("inform", region="")
        assert "打开APP" in asked.text and asked.last.asks is None

    @pytest.mark.parametrize("label", ["no_preference", "change_region"])
    def test_who_does_not_care_gets_the_way_that_is_left(self, asked, label):
        asked.ask(label)
        assert "打开APP" in asked.text and asked.last.asks is None

    def test_who_taps_that_they_do_not_care_too(self, asked):
        asked.tap("no_preference")
        assert "打开APP" in asked.text and asked.last.asks is None

    def test_place_that_is_known_already_is_taken_note_of(self, talk, phrases):
        talk.ask("bind_family", "四川", names=["region 四川 四川"])
        talk.ask("/duration")
        talk.ask("inform", "四川的", names=["region 四川 四川"])
        assert talk.text == phrases["heard"]

    @pytest.mark.parametrize(
        "label", ["bind_family", "/materials", "thank", "cancel", "/complaint", "/worry", "unbind_family"]
    )
    def test_is_put_only_once(self, asked, label):
        asked.ask(label)
        assert asked.last.asks is None
        asked.ask("bind_family", "微信", names=["channel wechat 微信"])
        assert asked.last.asks is None and asked.outcome == "answer"

    def test_something_else_is_answered(self, asked):
        asked.ask("/duration")
        assert asked.text.startswith("三天。")

    def test_name_of_several_places_is_asked_for_though_a_place_was_asked_for(self, asked):
        asked.ask("bind_family", "延边", names=["region_option 伊犁 延边", "region_option 四川 延边"])
        assert asked.last.asks == "region" and asked.chips == ["伊犁", "四川"]

    def test_name_of_several_places_is_cleared_up_once(self, talk):
        talk.ask("bind_family", "延边", names=["region_option 伊犁 延边", "region_option 四川 延边"])
        assert talk.last.asks == "region"
        talk.ask("bind_family")
        assert talk.last.asks is None and talk.outcome == "answer"

    def test_what_task_is_asked_where_none_is(self, talk):
        talk.hear("微信", intents={"inform": SURE}, names=["channel wechat 微信"])
        assert talk.last.asks == "procedure" and "微信" in talk.text
        talk.ask("query_balance")
        assert "微信里查" in talk.text

    def test_point_of_no_task_is_not_said_to_be_unwritten(self, talk, phrases):
        talk.ask("/channel_ok")
        assert talk.text == phrases["which_task"].format(point="这个渠道行吗")
        assert '/bind_family{"point": "channel_ok"}' in talk.payloads
        talk.ask("bind_family")
        assert talk.text.startswith(phrases["silent"].format(point="这个渠道行不行"))

    def test_of_which_task_is_asked_once(self, talk, phrases):
        talk.ask("/channel_ok")
        talk.ask("/channel_ok", "就问行不行")
        assert talk.text.startswith(phrases["silent"].format(point="这样行不行")) and talk.last.asks is None

    def test_tasks_that_a_question_is_like_are_offered_first(self, talk):
        talk.ask("/channel_ok", near={"query_balance/channel_ok/0/asks": 0.6})
        assert talk.payloads[0] == '/query_balance{"point": "channel_ok"}'

    def test_trouble_is_answered_whatever_task_it_is_of(self, talk, phrases):
        talk.ask("/stuck_dead")
        assert phrases["silent"].format(point="点了没反应怎么办") in talk.text

    def test_what_is_told_of_no_task_brings_no_silence(self, talk, phrases):
        talk.ask("/apart")
        assert talk.last.asks == "procedure" and talk.text == phrases["what_matter"]


class TestSteps:
    @pytest.fixture
    def shown(self, talk):
        talk.ask("bind_family")
        return talk

    @pytest.fixture
    def walking(self, shown):
        """The first step was told."""
        shown.ask("/step", "第1步", names=["ordinal 1 第1步"])
        assert self.step(shown, 1) in shown.text
        return shown

    def step(self, talk, number):
        return talk.knowledge.phrases["step"].format(
            number=number, total=4, text=["打开APP", "点亲情账户", "填家人姓名", "提交"][number - 1]
        )

    def test_button_begins_with_the_first(self, shown, phrases):
        shown.ask("/shorter")
        walk = next(chip for chip in shown.last.says[-1].chips if chip["title"] == phrases["button_walk"])
        assert walk["payload"] == '/follow_up{"point": "step"}'
        shown.tap("follow_up", point="step")
        assert self.step(shown, 1) in shown.text

    def test_what_is_done_is_no_step_of_a_way_that_was_not_told(self, talk):
        talk.ask("query_balance/channel_ok")
        talk.ask("/step", "绑了呀")
        assert "1. " in talk.text

    def test_to_the_last_and_no_further(self, walking, phrases):
        for number in (2, 3, 4):
            walking.ask("affirm")
            assert self.step(walking, number) in walking.text
        walking.ask("affirm")
        assert walking.text.startswith(phrases["steps_done"]) and "办完还要做什么" in walking.chips

    def test_after_the_last_they_hear_how_long_it_takes(self, walking):
        walking.ask("/step", "第8步", names=["ordinal 8 第8步"])
        assert "三天" in walking.text

    def test_step_is_known_by_its_own_words(self, shown, phrases):
        shown.ask("/step", "家人姓名填了")
        assert self.step(shown, 4) in shown.text
        shown.ask("/step", "已提交")
        assert shown.text.startswith(phrases["steps_done"])

    def test_button_leads_to_the_next(self, walking, phrases):
        assert walking.chips[0] == phrases["button_step_done"] and walking.payloads[0] == "/affirm"
        walking.tap("affirm")
        assert self.step(walking, 2) in walking.text

    def test_after_the_last_they_do_not_begin_again_by_themselves(self, walking):
        walking.ask("/step", "第4步", names=["ordinal 4 第4步"])
        walking.ask("affirm")
        walking.ask("affirm")
        assert "打开APP" not in walking.text

    def test_what_is_done_of_the_page_was_its_first_step(self, shown):
        shown.ask("/step", "下好了")
        assert self.step(shown, 2) in shown.text

    def test_what_was_told_to_be_done_is_no_next_step(self, talk, phrases):
        talk.ask("report_lost_card")
        talk.ask("/reported", "打过电话了")
        talk.ask("/step", "下一步呢")
        assert phrases["step"].format(number=2, total=2, text="补卡") in talk.text

    @pytest.mark.parametrize(
        ("number", "wanted"),
        [("2", 2), ("3", 3), ("99", 4), ("98", 3), ("-1", 1)],
        ids=["second", "third", "last", "next", "previous"],
    )
    def test_by_number(self, walking, number, wanted):
        walking.tap("affirm")
        walking.ask("/step", "这步", names=[f"ordinal {number} 这步"])
        assert self.step(walking, wanted) in walking.text

    def test_before_the_first_there_is_none(self, walking):
        walking.ask("/step", "上步", names=["ordinal -1 上步"])
        assert self.step(walking, 1) in walking.text

    def test_number_that_no_step_has(self, shown, phrases):
        shown.ask("/step", "第8步", names=["ordinal 8 第8步"])
        assert shown.text.startswith(phrases["steps_done"])

    def test_go_on_after_a_side_question(self, walking):
        walking.ask("contact_agent")
        assert "12393" in walking.text
        walking.ask("/step", "下一步", names=["ordinal 98 下一步"])
        assert self.step(walking, 2) in walking.text

    def test_go_on_after_a_point(self, walking):
        walking.ask("/materials")
        walking.ask("/step", "好了，下一步", names=["ordinal 98 下一步"])
        assert self.step(walking, 2) in walking.text

    def test_fact_on_the_way_leads_on(self, walking):
        walking.ask("/card_here")
        assert self.step(walking, 2) in walking.text

    def test_one_may_be_stuck(self, walking):
        assert {"找不到按钮", "点了没反应"} <= set(walking.chips)

    def test_of_the_task_that_is_named(self, talk):
        talk.ask("query_balance")
        talk.ask("bind_family/step", "绑定的第2步", names=["ordinal 2 第2步"])
        assert "点亲情账户" in talk.text

    def test_without_a_task_there_is_nothing_to_walk(self, talk):
        talk.ask("/step", "第二步", names=["ordinal 2 第二步"])
        assert talk.outcome == "ask"


class TestThread:
    def test_after_a_question_in_passing_one_leans_on_the_task_before_it(self, talk):
        talk.ask("bind_family")
        talk.ask("contact_agent")
        talk.ask("/materials")
        assert talk.text.startswith("带户口本。")

    def test_what_only_the_question_in_passing_has_is_answered_all_the_same(self, talk):
        talk.ask("bind_family")
        talk.ask("contact_agent")
        talk.ask("/hours")
        assert talk.text.startswith("热线白天有人。")

    def test_resume(self, talk):
        talk.ask("unbind_family")
        talk.ask("contact_agent")
        talk.ask("resume")
        assert "找到家人" in talk.text

    def test_resume_without_a_task(self, talk):
        talk.ask("resume")
        assert talk.outcome == "ask"


class TestSwitch:
    def test_what_differs_for_another_channel(self, talk):
        talk.ask("query_balance")
        talk.ask("/switch", "微信呢", names=["channel wechat 微信"])
        assert "微信里查" in talk.text

    def test_what_differs_for_another_place(self, talk):
        talk.ask("bind_family/materials")
        talk.ask("/switch", "伊犁呢", names=["region 伊犁 伊犁"])
        assert talk.text.startswith("在伊犁三样选一样。")

    def test_that_nothing_differs_for_another_place(self, talk, phrases):
        talk.ask("bind_family/materials")
        talk.ask("/switch", "四川呢", names=["region 四川 四川"])
        assert talk.text == phrases["same_in_region"].format(region="四川", say="带户口本。")

    def test_nor_for_a_narrower_question_that_was_answered(self, talk, phrases):
        talk.ask("bind_family/materials", near={"bind_family/materials/3/asks": 0.95})
        talk.ask("inform", "在四川", names=["region 四川 四川"])
        assert talk.text == phrases["same_in_region"].format(region="四川", say="只拿身份证也行。")

    def test_page_that_stands_right_above_is_not_told_again_for_a_place_without_a_text_of_its_own(self, talk, phrases):
        talk.ask("bind_family")
        talk.ask("inform", "在四川交的", names=["region 四川 四川"])
        assert talk.text == phrases["above_in_region"].format(region="四川", title="绑定")

    def test_what_is_written_for_everywhere_is_not_said_to_be_unwritten_there(self, talk, phrases):
        talk.ask("ask_fund_sharing")
        talk.ask("inform", "在四川交的", names=["region 四川 四川"])
        assert talk.text == phrases["above_in_region"].format(region="四川", title="家庭共济")

    def test_nor_of_what_is_written_for_no_place(self, talk, phrases):
        talk.ask("ask_other_insurance")
        talk.ask("inform", "在四川交的", names=["region 四川 四川"])
        assert talk.text == phrases["silent_in_region"].format(region="四川", point="别的保险")

    def test_place_told_late_changes_what_was_asked_before_it(self, talk):
        talk.ask("bind_family/materials")
        talk.ask("/fee")
        talk.ask("inform", "我们伊犁的", names=["region 伊犁 伊犁"])
        assert talk.text.startswith("在伊犁三样选一样。")

    def test_that_nothing_is_written_for_another_place_either(self, talk, phrases):
        talk.ask("bind_family/in_person")
        talk.ask("/switch", "四川呢", names=["region 四川 四川"])
        assert talk.text == phrases["silent_in_region"].format(region="四川", point="要不要本人到场")

    def test_that_nothing_differs_for_another_person(self, talk):
        talk.ask("bind_family/duration")
        talk.ask("/switch", "那我婆婆呢", names=["relative mother_in_law 婆婆"])
        assert talk.outcome in ("answer", "smalltalk") and SOURCE not in talk.text
        assert talk.last.says[0].card is None

    def test_page_is_not_sent_again_for_another_person(self, talk):
        talk.ask("bind_family")
        page = talk.text
        talk.ask("/switch", "那我婆婆呢", names=["relative mother_in_law 婆婆"])
        assert talk.text.startswith("也一样：") and "打开APP" in talk.text and len(talk.text) < len(page)

    def test_person_with_a_place_of_their_own_gets_what_differs(self, talk):
        talk.ask("bind_family", "我妈伊犁", names=["relative mother 我妈", "region 伊犁 伊犁 insured"])
        talk.ask("/switch", "婆婆四川", names=["relative mother_in_law 婆婆", "region 四川 四川"])
        assert "打开APP" in talk.text
        talk.ask("bind_family/materials", "我妈", names=["relative mother 我妈"])
        assert talk.text.startswith("在伊犁三样选一样。")

    def test_to_another_task(self, talk):
        talk.ask("bind_family/materials")
        talk.ask("bind_newborn/switch", "那新生儿呢", names=["relative child 新生儿"])
        assert "先给孩子参保" in talk.text

    def test_channel_that_does_not_lead_there(self, talk):
        talk.ask("query_balance")
        talk.ask("/switch", "支付宝呢", names=["channel alipay 支付宝"])
        assert "查余额走这个渠道行不行" in talk.text and talk.outcome == "unknown"

    def test_bare_channel_after_its_page(self, talk):
        talk.ask("bind_family")
        talk.hear("APP", intents={"inform": SURE}, names=["channel national_app APP"])
        assert "打开APP" in talk.text and "填家人姓名" not in talk.text


class TestLeaning:
    def test_shorter_point_is_its_first_sentence(self, talk):
        talk.ask("bind_family/materials")
        talk.ask("/shorter")
        assert talk.text == "带户口本。"

    def test_shorter_way_is_a_breath(self, talk, phrases):
        talk.ask("bind_family")
        talk.ask("/shorter")
        assert talk.text == "打开APP加家人。" and phrases["button_walk"] in talk.chips

    def test_shorter_way_without_a_short_text(self, talk):
        talk.ask("unbind_family")
        talk.ask("/shorter")
        assert talk.text == "找到家人；点解绑。"

    def test_repeat(self, talk):
        talk.ask("bind_family")
        page = talk.text
        talk.ask("thank")
        talk.ask("/repeat")
        assert talk.text == page

    @pytest.mark.parametrize("act", ["repeat", "shorter", "step", "objection"])
    def test_leans_on_nothing_where_nothing_was_said(self, talk, act):
        talk.ask(f"/{act}")
        assert talk.outcome == "ask" and talk.chips

    def test_objection_to_a_point_holds_to_it(self, talk, phrases):
        talk.ask("bind_family/duration")
        talk.ask("/objection")
        assert talk.text.startswith(phrases["holds"] + "三天。") and SOURCE in talk.text

    def test_who_said_so_is_told_once_and_then_what_is_behind_it(self, talk):
        talk.ask("bind_family/materials")
        talk.ask("/provenance")
        assert "指南" in talk.text
        talk.ask("/provenance")
        assert talk.text.startswith("不是官方发的。")
        talk.ask("/objection")
        assert "不是官方发的" not in talk.text and "以当地医保部门的答复为准" in talk.text

    def test_narrower_question_than_who_said_so(self, talk):
        talk.ask("bind_family/materials")
        talk.ask("/provenance", near={"general/provenance/1/asks": 0.9})
        assert talk.text.startswith("听当地的。")

    def test_objection_to_silence(self, talk, phrases):
        talk.ask("bind_family/in_person")
        talk.ask("/objection")
        assert talk.text.startswith(phrases["holds_silent"])

    def test_objection_to_a_way_names_the_document(self, talk):
        talk.ask("bind_family")
        talk.ask("/objection")
        assert SOURCE in talk.text and "填家人姓名" not in talk.text

    def test_complaint_gets_an_apology_and_one_step(self, talk, phrases):
        talk.ask("bind_family")
        talk.ask("/complaint")
        assert talk.text.startswith(phrases["sorry_stepwise"])
        assert "打开APP" in talk.text and "填家人姓名" not in talk.text

    def test_complaint_about_the_telephone_gets_another_door(self, talk, phrases):
        talk.ask("bind_family")
        talk.ask("/complaint", near={"contact_agent/whole/0/asks": 0.95})
        assert talk.text.startswith(phrases["sorry"] + "打不通就去窗口排队。")

    def test_complaint_out_of_nothing(self, talk, phrases):
        talk.ask("/complaint")
        assert talk.text == phrases["sorry_short"] and talk.chips

    def test_worry_is_met_first_and_then_the_thing_to_do(self, talk, phrases):
        talk.ask("report_lost_card/worry")
        assert talk.text.startswith(phrases["calm"]) and "打12333" in talk.text

    def test_worry_after_the_way_is_told_what_to_do_meanwhile(self, talk, phrases):
        talk.ask("bind_family")
        talk.ask("/worry")
        assert talk.text.startswith(phrases["calm"] + "没绑好先用家人的实体卡。")

    def test_worry_while_a_detail_was_in_hand_too(self, talk, phrases):
        talk.ask("bind_family/materials")
        talk.ask("/worry")
        assert talk.text.startswith(phrases["calm"] + "没绑好先用家人的实体卡。")

    def test_worry_without_a_matter(self, talk, phrases):
        talk.ask("/worry")
        assert talk.text.startswith(phrases["calm"]) and talk.outcome == "ask"

    def test_other_ways(self, talk):
        talk.ask("bind_family")
        talk.ask("/other_ways")
        assert talk.text.startswith("还能去窗口。") and "用窗口" in talk.chips


class TestFacts:
    def test_not_bound_makes_it_the_matter(self, talk, phrases):
        talk.ask("query_balance")
        talk.ask("/bound_no")
        assert talk.text.startswith(phrases["first_bind"]) and "打开APP" in talk.text

    def test_not_bound_leaves_standing_what_binding_is_for(self, talk):
        talk.ask("pay_visit")
        talk.ask("/bound_no")
        assert (talk.state.procedure, talk.state.thread) == ("bind_family", "pay_visit")

    def test_not_bound_and_then_the_point_is_of_binding(self, talk):
        talk.ask("query_balance")
        talk.ask("/bound_no")
        talk.ask("/materials")
        assert talk.text.startswith("带户口本。")

    def test_who_says_that_it_is_bound_hears_where_to_press_not_the_way_from_its_beginning(self, talk):
        talk.ask("query_balance/first")
        talk.ask("/bound_yes")
        assert talk.text.startswith("在我的账户里。") and "选家人" not in talk.text

    def test_says_what_it_changes(self, talk):
        talk.ask("bind_family/face_scan")
        talk.ask("/adult")
        assert talk.text.startswith("满16岁的本人刷脸。")

    def test_says_what_it_makes_one_want_to_know(self, talk):
        talk.ask("bind_family")
        talk.ask("/device_old")
        assert talk.text.startswith("没有手机就去窗口。")

    def test_takes_over(self, talk):
        talk.ask("bind_family")
        talk.ask("/card_lost")
        assert "打12333" in talk.text

    def test_without_a_matter_makes_one(self, talk):
        talk.ask("/at_hospital")
        assert "出示家人的码" in talk.text

    def test_beside_a_task_changes_it(self, talk):
        talk.ask("bind_family/employee")
        talk.ask("/materials")
        assert talk.text.startswith("职工另带社保卡。")

    def test_that_changes_nothing_gets_no_page_and_no_question(self, talk):
        talk.ask("bind_family")
        talk.ask("/resident")
        assert "填家人姓名" not in talk.text and talk.last.asks is None

    def test_that_changes_nothing_may_imply_a_question(self, talk):
        talk.ask("bind_family")
        imply = {"intents": {"follow_up": 0.95}, "points": {"other_told": 0.75, "duration": 0.2}}
        talk.hear("我不得闲", **imply)
        assert "三天。" not in talk.text
        talk.hear("我不得闲", **imply, near={"general/duration/0/asks": 0.4})
        assert talk.text.startswith("三天。")

    def test_whose_it_is_told_alone_gets_that_it_is_the_same(self, talk, phrases):
        talk.ask("bind_family")
        talk.ask("/other_told", "我妈的", names=["relative mother 我妈"])
        assert talk.text == phrases["same_point"].format(say="打开APP加家人。")

    def test_example_of_just_this_statement(self, talk):
        talk.ask("bind_family")
        talk.ask("/other_told", near={"bind_family/how_many/0/asks": 0.95})
        assert "最多六个。" in talk.text


class TestSeveral:
    CLAUSES = [
        {"says": "怎么解绑家人", "intents": {"unbind_family": SURE}},
        {"says": "卡丢了怎么办", "intents": {"report_lost_card": SURE}},
        {"says": "绑定要几天", "intents": {"bind_family": SURE}, "points": {"duration": SURE}},
    ]

    @pytest.fixture
    def several(self, talk):
        text = "，".join(clause["says"] for clause in self.CLAUSES)
        talk.hear(text, intents={"unbind_family": 0.5, "bind_family": 0.4}, clauses=self.CLAUSES)
        return talk

    def test_all_are_answered_in_order(self, several):
        assert len(several.last.says) == 3
        for say, part in zip(several.last.says, ["找到家人", "打12333", "三天。"]):
            assert part in say.text

    def test_chips_only_at_the_end_and_few(self, several):
        *first, last = several.last.says
        assert not any(say.chips for say in first)
        assert 0 < len(last.chips) <= 4

    def test_all_count_as_shown(self, several):
        assert set(several.state.shown) == {"unbind_family#0", "report_lost_card#0", "bind_family/duration/0"}

    def test_question_comes_last_with_its_choices(self, talk, phrases):
        clauses = [
            {"says": "微信怎么绑", "intents": {"bind_family": SURE}},
            {"says": "怎么解绑家人", "intents": {"unbind_family": SURE}},
        ]
        said = {"intents": {"bind_family": 0.9}, "names": ["channel wechat 微信"], "clauses": clauses}
        talk.hear("微信怎么绑，怎么解绑家人", **said)
        assert "找到家人" in talk.last.says[0].text
        assert talk.outcome == "ask" and talk.last.asks == "region"
        assert talk.chips == ["伊犁", "广东", phrases["button_elsewhere"]]

    def test_danger_then_all_of_them(self, talk, phrases):
        text = "，".join(clause["says"] for clause in self.CLAUSES)
        talk.hear(text, intents={"unbind_family": 0.9}, clauses=self.CLAUSES, hazards={"emergency": SURE})
        assert [say.text for say in talk.last.says][0] == phrases["danger_emergency"]
        assert len(talk.last.says) == 4


class TestDanger:
    @pytest.mark.parametrize("hazard", ["poison", "emergency"])
    def test_first_then_the_rest(self, talk, phrases, hazard):
        talk.ask("bind_family", hazards={hazard: SURE})
        first, rest = talk.last.says
        assert (first.text, first.outcome) == (phrases[f"danger_{hazard}"], "out_of_scope")
        assert not first.chips and "打开APP" in rest.text

    def test_first_then_the_point(self, talk, phrases):
        talk.ask("bind_family")
        talk.ask("/materials", hazards={"emergency": SURE})
        assert [say.text.splitlines()[0] for say in talk.last.says] == [phrases["danger_emergency"], "带户口本。"]

    def test_while_a_question_is_open(self, talk, phrases):
        talk.ask("bind_family", "微信", names=["channel wechat 微信"])
        talk.ask("/materials", hazards={"emergency": SURE})
        assert talk.last.says[0].text == phrases["danger_emergency"] and "带户口本" in talk.text

    def test_before_the_question_that_must_be_put(self, talk, phrases):
        talk.ask("bind_family", "微信", names=["channel wechat 微信"], hazards={"emergency": SURE})
        assert talk.last.says[0].text == phrases["danger_emergency"] and talk.last.asks == "region"

    @pytest.mark.parametrize("hazard", ["die", "scam", "fraud"])
    def test_some_stand_alone(self, talk, phrases, hazard):
        talk.ask("bind_family", hazards={hazard: SURE})
        assert talk.text == phrases[f"danger_{hazard}"]

    @pytest.mark.parametrize("hazard", ["die", "poison", "emergency"])
    def test_nobody_in_danger_is_shown_a_menu(self, talk, phrases, hazard):
        talk.hear("救命", hazards={hazard: SURE})
        assert talk.text == phrases[f"danger_{hazard}"] and not talk.chips

    def test_with_a_fact_is_never_unsaid(self, talk, phrases):
        talk.ask("/at_hospital", hazards={"emergency": SURE})
        assert talk.last.says[0].text == phrases["danger_emergency"]

    def test_fact_beside_danger_is_kept(self, talk):
        talk.ask("/at_hospital", hazards={"emergency": SURE})
        talk.ask("/materials")
        assert talk.text.startswith("带手机就行。")

    def test_who_is_swindled_hears_what_to_do_now_and_not_the_same_again(self, talk, phrases):
        talk.hear("让我转账", hazards={"scam": SURE})
        for goes_on in (lambda: talk.hear("验证码念了", hazards={"scam": SURE}), lambda: talk.ask("/other_told")):
            goes_on()
            assert talk.text == phrases["danger_scam_after"]
        assert "96110" in talk.text and "110" in talk.text
        talk.ask("/card_lost")
        assert talk.text != phrases["danger_scam_after"]

    def test_next_message_goes_on(self, talk):
        talk.ask("bind_family")
        talk.hear("我妈晕倒了", hazards={"emergency": SURE})
        talk.ask("/materials")
        assert talk.text.startswith("带户口本。")

    def test_every_danger_has_its_words(self, phrases):
        assert "12356" in phrases["danger_die"] and "120" in phrases["danger_die"]
        assert "120" in phrases["danger_poison"] and "120" in phrases["danger_emergency"]
        assert "96110" in phrases["danger_scam"]


class TestOutside:
    def test_refused_with_what_can_be_asked(self, talk, phrases):
        talk.ask("out_of_scope")
        assert (talk.text, talk.outcome) == (phrases["refuse_none"], "out_of_scope") and talk.chips

    @pytest.mark.parametrize("said", ["out_of_scope", "deny"])
    def test_who_has_heard_all_of_the_task_in_hand_is_offered_the_rest(self, talk, said):
        talk.ask("bind_family/materials")
        for point in ("duration", "in_person", "fee"):
            talk.ask(f"/{point}")
        talk.ask(said)
        assert talk.chips

    def test_refused_with_its_reason(self, talk, phrases):
        talk.ask("out_of_scope/medical")
        assert talk.text == phrases["refuse_medical"]

    def test_leaves_the_point_in_hand(self, talk):
        talk.ask("bind_family/materials")
        talk.ask("out_of_scope/medical")
        talk.ask("/switch", "伊犁呢", names=["region 伊犁 伊犁"])
        assert talk.text.startswith("在伊犁三样选一样。")

    def test_guess_is_no_flat_refusal(self, talk):
        said = {"names": ["region 伊犁 伊犁", "channel national_app APP", "relative spouse 家属"]}
        talk.hear("伊犁用APP解绑家属怎么操作", intents={"out_of_scope": 0.62, "unbind_family": 0.38}, **said)
        assert "找到家人" in talk.text or "/unbind_family" in talk.payloads


class TestTalk:
    @pytest.mark.parametrize("act", TALK)
    @pytest.mark.parametrize("before", ["", "bind_family", "contact_agent"])
    def test_has_words(self, talk, act, before):
        if before:
            talk.ask(before)
        talk.ask(act)
        assert all(say.text or say.response in RESPONSES for say in talk.last.says)

    @pytest.mark.parametrize("act", ["thank", "goodbye", "cancel", "deny", "/complaint", "/worry"])
    def test_asks_for_nothing_that_was_not_asked(self, talk, act):
        talk.ask("bind_family", "微信", names=["channel wechat 微信"])
        talk.ask(act)
        assert talk.last.asks is None

    def test_button_of_an_older_version_is_answered(self, talk):
        talk.tap("report_problem")
        assert all(say.text or say.response in RESPONSES for say in talk.last.says)

    def test_start_over(self, talk, phrases):
        talk.ask("bind_family", "微信", names=["channel wechat 微信"])
        talk.ask("start_over")
        assert talk.text == phrases["started_over"] and len(talk.chips) == 4
        talk.ask("/step")
        assert talk.outcome == "ask"


class TestDoubt:
    def test_offers_what_may_be_meant(self, talk, phrases):
        likely = {"bind_family": 0.22, "unbind_family": 0.21, "report_lost_card": 0.2, "thank": 0.19}
        talk.hear("这个那个", intents=likely)
        assert (talk.text, talk.outcome) == (phrases["which_meant"], "ask")
        assert talk.chips == ["怎么绑", "怎么解绑", "卡丢了怎么办"]

    def test_answers_a_guess_and_asks_whether_it_is_meant(self, talk):
        talk.hear("老人那个事", intents={"follow_up": 0.5, "unbind_family": 0.24, "pay_visit": 0.12})
        assert talk.text.startswith("您问的是“怎么解绑”吧？") and "找到家人" in talk.text

    def test_two_likely_tasks_are_both_within_reach(self, talk):
        talk.hear("解绑还是挂失", intents={"unbind_family": 0.5, "report_lost_card": 0.48})
        said = talk.text + " ".join(talk.chips)
        assert ("找到家人" in said or "怎么解绑" in said) and "卡丢了怎么办" in said

    def test_offers_the_menu_where_nothing_is_likely(self, talk, phrases):
        talk.hear("嗯嗯")
        assert talk.text == phrases["what_matter"] and len(talk.chips) == 4

    def test_second_time_helps_to_put_it_otherwise(self, talk, phrases):
        talk.hear("嗯嗯")
        talk.hear("啊啊")
        assert talk.text == phrases["what_matter_again"]

    def test_third_time_names_a_person(self, talk, phrases):
        for _ in range(3):
            talk.hear("嗯嗯")
        assert talk.text == phrases["lost_person"] and talk.chips == ["找人工"]

    def test_third_refusal_names_a_person(self, talk, phrases):
        for _ in range(3):
            talk.ask("out_of_scope")
        assert talk.text == phrases["lost_person"]

    def test_being_understood_in_between_begins_anew(self, talk, phrases):
        talk.hear("嗯嗯")
        talk.hear("嗯嗯")
        talk.ask("bind_family")
        talk.hear("嗯嗯")
        assert talk.text != phrases["lost_person"]

    def test_letters_that_nobody_can_read(self, talk, phrases):
        talk.hear("asdf", intents={"bind_family": SURE}, readable=False)
        assert talk.text == phrases["what_matter"]


# -- whatever is heard, in whatever state


def fits(planned: Plan, before: State) -> None:
    """What holds of every plan."""
    assert planned.says
    for say in planned.says:
        assert say.text or say.response in RESPONSES
        assert say.outcome in ("answer", "unknown", "ask", "smalltalk", "out_of_scope")
        assert len(say.chips) <= 4
        assert len({chip["title"] for chip in say.chips}) == len(say.chips)
    assert not any(say.chips for say in planned.says[:-1])
    if planned.asks == "region" and not before.region_options:
        assert planned.says[-1].outcome == "ask"


@settings(max_examples=200, deadline=None)
@given(STATES, HEARD)
def test_something_is_always_said(before, said):
    knowledge = small()
    found = understand(knowledge, before, said)
    after = update(knowledge, before, found)
    planned = plan(knowledge, before, after, found)
    fits(planned, before)
    if found.hazard:
        assert planned.says[0].text == knowledge.phrases[f"danger_{found.hazard}"]
    ruled_out = [f'"channel": "{channel}"' for channel in after.excluded]
    payloads = [chip["payload"] for say in planned.says for chip in say.chips]
    assert not any(channel in payload for channel in ruled_out for payload in payloads)
    kept = remember(after, planned)
    assert State.read(kept.slots()) == kept


@settings(max_examples=150, deadline=None)
@given(STATES, TAPS)
def test_every_button_is_answered(before, tap):
    knowledge = small()
    found = tapped(knowledge, *tap)
    planned = plan(knowledge, before, update(knowledge, before, found), found)
    fits(planned, before)


@settings(max_examples=50, deadline=None)
@given(STATES, HEARD)
def test_every_chip_that_is_offered_leads_somewhere(before, said):
    knowledge = small()
    talk = Talk(knowledge, before)
    talk.answer(understand(knowledge, before, said))
    for chip in talk.last.says[-1].chips:
        intent, _, rest = chip["payload"].removeprefix("/").partition("{")
        Talk(knowledge, talk.state).tap(intent, **(yaml.safe_load("{" + rest) if rest else {}))


OLDER = {
    "task": state("moon_card"),
    "thread": state("bind_family", thread="moon_card"),
    "channel": state("bind_family", channel="fax"),
    "programme": state("bind_family", programme="moon"),
    "ruled out": state("bind_family", excluded=["fax"]),
    "fact": state("bind_family", facts=["moonstruck"]),
    "point": state("bind_family", point="moon"),
    "entry": state("bind_family", point="materials", shown=["bind_family/materials/99"]),
    "what was shown": state("bind_family", point="moon", shown=["moon_card#3", "moon_card/moon/2"]),
}


@pytest.mark.parametrize(
    "label", ["bind_family", "/materials", "/objection", "/shorter", "/card_here", "/step", "thank"]
)
@pytest.mark.parametrize("gone", OLDER)
def test_case_file_of_older_knowledge_is_answered(knowledge, gone, label):
    """A deployed bot gets new knowledge while conversations go on."""
    talk = Talk(knowledge, replace(OLDER[gone]))
    talk.ask(label, "微信", names=["channel wechat 微信"])
    fits(talk.last, State())


def test_remembers_what_was_said_and_not_what_was_talked(knowledge):
    talk = Talk(knowledge)
    talk.ask("bind_family/duration")
    kept = talk.state.said
    talk.ask("thank")
    assert talk.state.said == kept and kept.startswith("三天。")


def test_same_message_is_planned_the_same(knowledge):
    before = state("bind_family", region=SICHUAN)
    found = Understood("thread", "follow_up", (Wish(None, "materials"),))
    after = update(knowledge, before, found)
    assert plan(knowledge, before, after, found) == plan(knowledge, before, after, found)


def test_places_of_the_tables_are_those_of_the_knowledge():
    assert set(PLACES.values()) == {YILI, GUANGDONG, SICHUAN} == set(small().region_titles)


class TestProgrammeOfAPlace:
    """A programme that serves one province, asked for by people of others."""

    ELSEWHERE = "不行，“粤医保”只给在广东参保的人用。"

    @pytest.mark.parametrize("label", ["/channel_ok", "/allowed", "/duration", "inform"])
    def test_is_refused_elsewhere_with_what_does_it_there(self, talk, label):
        talk.ask("bind_family", "四川", names=["region 四川 四川"])
        talk.ask(label, "粤医保", names=["mini_program local 粤医保"])
        assert talk.text.startswith(self.ELSEWHERE) and "写了APP和窗口" in talk.text

    def test_comes_up_again_with_another_place(self, talk):
        talk.ask("bind_family", "粤医保", names=["mini_program local 粤医保"])
        talk.ask("/channel_ok", "四川的", names=["region 四川 四川"])
        assert talk.text.startswith(self.ELSEWHERE)

    def test_that_is_of_no_use_leaves_the_way_as_it_was(self, talk):
        talk.ask("bind_family", "四川", names=["region 四川 四川"])
        talk.ask("/channel_ok", "微信粤医保", names=["channel wechat 微信", "mini_program local 粤医保"])
        assert (talk.state.channel, talk.state.programme) == (None, None)
        talk.ask("/materials")
        assert talk.text.startswith("带户口本。")

    def test_is_a_channel_at_home(self, talk):
        talk.ask("bind_family", "广东", names=["region 广东 广东"])
        talk.ask("/allowed", "粤医保", names=["mini_program local 粤医保"])
        assert self.ELSEWHERE not in talk.text and talk.last.shown[0].startswith("bind_family/channel_ok/")


def test_second_channel_with_the_same_way_is_told_that_it_is_the_same(talk, phrases):
    talk.ask("bind_family", "广东 支付宝", names=["region 广东 广东", "channel alipay 支付宝"])
    talk.ask("inform", "微信呢", names=["channel wechat 微信"])
    assert talk.text.startswith(phrases["same_point"].partition("{")[0]) and "粤医保" in talk.text
    talk.ask("inform", "微信", names=["channel wechat 微信"])
    assert "搜粤医保" in talk.text


def test_asked_whether_it_is_the_same_as_another_task_compares_with_what_is_in_hand(talk):
    talk.ask("query_balance")
    talk.ask("bind_family/difference")
    assert talk.text.startswith("余额不是账户。")


def test_example_that_only_a_clause_is_like_singles_the_entry_out(talk):
    talk.ask("bind_family")
    clause = {"says": "只传身份证行吗", "intents": {"follow_up": SURE}, "points": {"materials": SURE}}
    likeness = {"near": {"bind_family/materials/3/asks": 0.9}}
    talk.ask("/materials", "户口本在老家锁着，只传身份证行吗", clauses=[{**clause, **likeness}])
    assert talk.text.startswith("只拿身份证也行。")


class TestAllowed:
    """What a task allows in general is no answer to who asks whether something of another kind is."""

    NEAR = {"pay_visit/allowed/1/asks": 0.7}

    def test_what_is_forbidden_is_so_in_every_task(self, talk):
        talk.ask("query_balance")
        talk.ask("/allowed", near=self.NEAR)
        assert talk.text.startswith("自己看病不能用家人的码。")

    @pytest.mark.parametrize("near", [{}, {"general/allowed/0/bare": 0.8}, {"pay_visit/allowed/1/asks": 0.45}])
    def test_who_asks_for_nothing_narrower_hears_what_the_task_allows(self, talk, near):
        talk.ask("query_balance")
        talk.ask("/allowed", near={**(self.NEAR if "general/allowed/0/bare" in near else {}), **near})
        assert talk.text.startswith("家人的余额能查。")
