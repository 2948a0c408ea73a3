from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge import render
from bot.knowledge.loader import load, shipped
from bot.knowledge.lookup import ELSEWHERE, Answer, Missing, Near, Query, Unknown, lookup, offers_channel, told
from bot.knowledge.model import BARE, WHOLE


def steps(answer):
    return [str(variant.steps[0].text) for variant in answer.variants]


@pytest.fixture
def find(knowledge):
    return lambda *args, **kwargs: lookup(knowledge, Query(*args, **kwargs))


class TestMostSpecificVariantWins:
    def test_channel_and_place(self, find):
        assert steps(find("bind", "app", "东省海市")) == ["点东海"]

    def test_channel_alone_where_the_place_has_no_text(self, find):
        answer = find("bind", "app", "西省")
        assert steps(answer) == ["把软件下载下来"]
        assert answer.notices == ("elsewhere",)

    def test_text_of_the_province_serves_its_cities(self, find):
        answer = find("bind", "wechat", "东省海市")
        assert steps(answer) == ["搜本地宝"]
        assert (answer.channel, answer.region, answer.notices) == ("wechat", "东省海市", ())

    def test_text_of_a_city_does_not_serve_its_province(self, find):
        answer = find("bind", "app", "东省")
        assert steps(answer) == ["把软件下载下来"]
        assert answer.narrower_regions == ("东省海市",)

    def test_place_without_channels(self, find):
        assert find("rule", region="西省").variants[0].summary.text == "西省也不能借。"
        assert find("rule").variants[0].summary.text == "不能借。"


class TestAsking:
    def test_procedure_first(self, find):
        assert find(None) == find("nonsense") == Missing("procedure", ())

    def test_channel_before_region(self, find):
        assert find("bind") == Missing("channel", ("app", "alipay", "wechat", "counter"))

    def test_own_lead_of_the_place_is_given_at_once(self, find):
        answer = find("bind", region="东省海市")
        assert steps(answer) == ["点东海"]
        assert (answer.channel, answer.chosen, answer.asked_channel) == ("app", True, None)

    def test_own_lead_that_is_excluded_is_not_given(self, find):
        missing = find("bind", region="东省海市", excluded=frozenset({"app"}))
        assert missing == Missing("channel", ("alipay", "wechat", "counter"))

    def test_only_places_that_make_a_difference_are_offered(self, find):
        assert find("bind", "app") == Missing("region", ("东省海市", ELSEWHERE))
        assert find("bind", "alipay") == Missing("region", ("东省海市", "东省", "西省", ELSEWHERE))

    def test_place_is_not_asked_when_it_changes_nothing(self, find):
        assert steps(find("bind", "counter")) == ["到窗口"]

    def test_what_is_not_to_be_asked_is_not_asked(self, find):
        assert isinstance(find("rule"), Answer)

    def test_skipped_slots(self, find):
        assert find("bind", skipped=frozenset({"channel"})) == Missing("region", ("东省海市", ELSEWHERE))
        answer = find("bind", skipped=frozenset({"channel", "region"}))
        assert steps(answer) == ["把软件下载下来"]
        assert answer.chosen

    def test_one_channel_left_is_no_question(self, find):
        answer = find("bind", region="西省", excluded=frozenset({"app", "alipay", "wechat"}))
        assert steps(answer) == ["到窗口"]


class TestOpenPlace:
    def test_asked_where_the_answers_differ(self, find):
        assert find("bind", "app", region_options=("东省海市", "西省")) == Missing("region", ("东省海市", "西省"))
        assert find("rule", region_options=("东省", "西省")) == Missing("region", ("东省", "西省"))

    def test_not_asked_where_they_are_the_same(self, find):
        assert steps(find("bind", "app", region_options=("东省", "西省"))) == ["把软件下载下来"]


class TestMiniProgramme:
    def test_stands_for_its_place_and_asks_for_its_channels_only(self, find):
        assert find("bind", mini_program="local") == Missing("channel", ("alipay", "wechat"))

    def test_with_channel(self, find):
        answer = find("bind", "wechat", mini_program="local")
        assert steps(answer) == ["搜本地宝"]
        assert answer.region == "东省"

    def test_place_that_was_said_wins(self, find):
        assert find("rule", region="西省", mini_program="local").region == "西省"

    def test_for_another_place_only(self, find):
        answer = find("bind", "wechat", "西省", mini_program="local")
        assert answer.notices[0] == "mini_program_of_other_region" and answer.mini_program == "local"

    def test_where_the_procedure_has_none_of_its_channels(self, find):
        assert isinstance(find("rule", mini_program="local"), Answer)


class TestChannelThatDoesNotFit:
    def test_channel_of_another_place(self, find):
        answer = find("bind", "wechat", "西省")
        assert steps(answer) == ["把软件下载下来"]
        assert answer.notices == ("elsewhere", "channel_of_other_region")
        assert (answer.channel, answer.asked_channel, answer.chosen) == ("app", "wechat", True)

    def test_channel_of_another_place_where_no_place_was_said(self, find):
        answer = find("bind", "wechat", skipped={"region"})
        assert answer.notices == ("channel_of_some_region",)
        assert answer.narrower_regions == ("东省",)

    def test_channel_of_no_variant(self, find):
        answer = find("bind", "phone", "东省海市")
        assert steps(answer) == ["点东海"]
        assert answer.notices == ("channel_not_in_documents",)

    def test_channel_where_channels_play_no_part(self, find):
        assert find("rule", "wechat").notices == ()

    def test_everything_excluded_still_gives_an_answer(self, find):
        excluded = frozenset({"app", "alipay", "wechat", "counter"})
        answer = find("bind", region="西省", excluded=excluded, skipped=frozenset({"channel"}))
        assert answer.channel is None


class TestOtherWays:
    def test_named_without_the_one_shown(self, find):
        assert find("bind", "app", "东省海市").other_channels == ("alipay", "wechat", "counter")

    def test_excluded_and_equal_ones_are_left_out(self, find):
        answer = find("bind", "wechat", "东省", excluded=frozenset({"counter"}))
        assert answer.other_channels == ("app",)


class TestDoubtfulWay:
    def test_stands_after_the_sound_one(self, find):
        answer = find("bind", "alipay", "西省")
        assert steps(answer) == ["把软件下载下来", "传照片"]
        assert answer.channel == "alipay"

    def test_is_not_chosen_for_anybody(self, find):
        query = {"region": "西省", "excluded": frozenset({"app"}), "skipped": frozenset({"channel"})}
        assert steps(find("bind", **query)) == ["到窗口"]


class TestFacts:
    def test_way_for_who_is_known_to_be_a_child(self, find):
        known = {"facts": frozenset({"child"}), "skipped": frozenset({"channel", "region"})}
        assert steps(find("bind", "app", **known)) == ["点孩子"]
        assert steps(find("bind", **known)) == ["点孩子"]
        assert steps(find("bind", "app", "东省海市", **known)) == ["点孩子"]

    def test_other_facts_change_nothing(self, find):
        assert steps(find("bind", "app", "西省", facts=frozenset({"adult"}))) == ["把软件下载下来"]

    def test_that_the_documents_do_not_tell(self, find):
        answer = find("rule", region="东省", facts=frozenset({"adult"}))
        assert isinstance(answer, Unknown)
        assert answer.notices == ()  # it is not called general


class TestTold:
    @pytest.fixture
    def said(self, knowledge):
        def find(point, procedure="bind", near=(), **query):
            found = told(knowledge, Query(procedure, **query), point, near)
            return found and (found.entry.say or found.entry.silent)

        return find

    @staticmethod
    def near(number, likeness=0.9, kind="asks", point="materials", task="bind"):
        return Near(task, point, number, kind, likeness)

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({}, "带身份证。"),
            ({"region": "西省"}, "带身份证。"),
            ({"region": "东省"}, "东省带户口本。"),
            ({"region": "东省海市"}, "东省带户口本。"),
            ({"channel": "counter"}, "窗口带两样。"),
            ({"channel": "counter", "region": "东省"}, "窗口带两样。"),
            ({"channel": "counter", "region": "东省海市"}, "东海窗口带三样。"),
            ({"channel": "app", "region": "东省海市"}, "东省带户口本。"),
            ({"channel": "counter", "excluded": frozenset({"counter"})}, "带身份证。"),
            ({"facts": frozenset({"child"})}, "孩子带出生证。"),
            ({"facts": frozenset({"child"}), "channel": "counter", "region": "东省海市"}, "孩子带出生证。"),
            ({"facts": frozenset({"adult"})}, "带身份证。"),
        ],
    )
    def test_most_special_entry_is_said(self, said, query, expected):
        assert said("materials", **query) == expected

    def test_what_a_fact_rules_out_is_not_said(self, folder):
        cells = folder / "points" / "bind.yml"
        text = cells.read_text(encoding="utf-8")
        cells.write_text(text.replace("- channel: counter\n  say:", "- channel: counter\n  unless: [adult]\n  say:"))
        knowledge = load(folder)

        def said(*facts: str) -> str | None:
            found = told(knowledge, Query("bind", channel="counter", facts=frozenset(facts)), "materials")
            return found and found.entry.say

        assert (said(), said("unbound"), said("adult")) == ("窗口带两样。", "窗口带两样。", "带身份证。")

    def test_with_what_it_rests_on_and_where_it_stands(self, knowledge):
        found = told(knowledge, Query("bind", region="东省"), "materials")
        assert (found.task, found.point, found.number, found.verdict) == ("bind", "materials", 1, None)
        assert found.entry.more == "原件就行。"

    def test_example_that_the_message_is_like_singles_an_entry_out(self, said):
        assert said("materials", near=(self.near(5),)) == "户口本也行。"
        assert said("materials", near=(self.near(5),), facts=frozenset({"child"}), channel="counter") == "户口本也行。"

    def test_of_two_with_the_same_example_the_more_special_one(self, said):
        near = (self.near(5), self.near(6))
        assert said("materials", near=near) == "户口本也行。"
        assert said("materials", near=near, region="西省") == "西省户口本行不行"

    def test_of_two_the_likelier_one(self, said):
        near = (self.near(1, 0.95, task="general"), self.near(5, 0.6))
        assert said("materials", near=near) == "户口簿随身带着。"
        assert said("materials", near=tuple(reversed(near))) == "户口簿随身带着。"

    def test_of_two_about_as_likely_the_task_s_own(self, said):
        near = (self.near(1, 0.64, task="general"), self.near(5, 0.6))
        assert said("materials", near=near) == "户口本也行。"

    @pytest.mark.parametrize("other", [{"likeness": 0.4}, {"point": "fee"}, {"task": "rule"}, {"number": 99}])
    def test_what_the_message_is_not_like_or_what_is_not_there_changes_nothing(self, said, other):
        assert said("materials", near=(self.near(**{"number": 5, **other}),)) == "带身份证。"

    def test_what_is_faintly_like_it_but_surely_asked_is_told(self, said):
        assert said("materials", near=(replace(self.near(5, 0.4), fit=0.9),)) == "户口本也行。"
        assert said("materials", near=(replace(self.near(5, 0.4), fit=0.5),)) == "带身份证。"
        assert said("materials", near=(replace(self.near(5, 0.2), fit=0.9),)) == "带身份证。"

    @pytest.mark.parametrize(("kind", "verdict"), [("asks", None), ("yes", "yes"), ("no", "no")])
    def test_belief_is_confirmed_or_denied(self, knowledge, kind, verdict):
        found = told(knowledge, Query("bind"), "materials", (self.near(5, 0.95, kind), self.near(5, 0.6, "asks")))
        assert (found.number, found.verdict) == (5, verdict)

    def test_question_in_the_fewest_words_gets_what_holds_in_general(self, said):
        bare = self.near(0, 0.7, BARE, task="general")
        assert said("materials", near=(bare, self.near(5, 0.6))) == "带身份证。"
        assert said("materials", near=(self.near(5, 0.8), bare)) == "户口本也行。"
        assert said("materials", "rule", near=(bare,)) == "带身份证。"

    def test_that_something_is_not_written_is_said_only_of_what_was_surely_asked(self, said):
        assert said("materials", near=(self.near(6, 0.55),), region="西省") == "带身份证。"
        assert said("materials", near=(self.near(6, 0.65),), region="西省") == "西省户口本行不行"

    def test_what_is_denied_is_no_answer_to_a_question_that_only_resembles_it(self, said):
        near = (self.near(5, 0.7, "no"), self.near(6, 0.65))
        assert said("materials", near=near, region="西省") == "西省户口本行不行"
        assert said("materials", near=near[:1]) == "带身份证。"

    def test_inherited_is_that_of_the_parent_or_of_all(self, said, knowledge):
        assert said("materials", "rule", region="东省") == "东省带户口本。"
        assert told(knowledge, Query("rule"), "materials").task == "bind"
        assert said("scan") == said("scan", "rule") == said("scan", None) == "要不要刷脸"
        assert told(knowledge, Query("rule"), "scan").task == "general"

    def test_without_a_task_it_is_told_in_general(self, said):
        assert said("materials", None) == "一般带身份证。"
        assert said("materials", None, near=(self.near(1, task="general"),)) == "户口簿随身带着。"

    def test_what_the_task_does_not_say_may_be_told_in_general(self, said):
        assert said("materials", near=(self.near(1, task="general"),)) == "户口簿随身带着。"

    def test_silence_is_told_too(self, knowledge):
        found = told(knowledge, Query("bind"), "fee")
        assert (found.entry.silent, found.entry.near, found.entry.door) == ("绑定要不要钱", "补卡不要钱。", "none")

    def test_none_where_nobody_can_mean_it(self, said):
        assert said("fee", "rule") is said("nonsense") is said("fee", "nonsense") is None

    def test_narrower_question_than_the_whole_is_told_only_where_it_is_alike(self, said):
        assert said(WHOLE) is None
        assert said(WHOLE, near=(self.near(0, 0.55, point=WHOLE),)) is None
        assert said(WHOLE, near=(self.near(0, 0.7, point=WHOLE),)) == "一张一张绑。"


def test_offers_channel(knowledge):
    assert offers_channel(knowledge, "bind", "wechat")
    assert not offers_channel(knowledge, "rule", "wechat")
    assert not offers_channel(knowledge, "nonsense", "wechat")


# -- every question gets one of the three results, on the knowledge that is shipped

SHIPPED = shipped()
CHANNELS = list(SHIPPED.channels)
OWN_PLACES = {variant.region for procedure in SHIPPED.procedures.values() for variant in procedure.variants}
PLACES = [*sorted(OWN_PLACES - {None}), "广东省深圳市", "湖北省武汉市"]
QUERIES = st.builds(
    Query,
    procedure=st.sampled_from([*SHIPPED.procedures, "nonsense", None]),
    channel=st.sampled_from([*CHANNELS, None]),
    region=st.sampled_from([*PLACES, None]),
    facts=st.frozensets(st.sampled_from(list(SHIPPED.facts)), max_size=3),
    mini_program=st.sampled_from([*SHIPPED.mini_programs, None]),
    region_options=st.lists(st.sampled_from(PLACES), max_size=3, unique=True).map(tuple),
    excluded=st.frozensets(st.sampled_from(CHANNELS)),
    skipped=st.frozensets(st.sampled_from(["channel", "region"])),
)


NEAR = st.builds(
    Near,
    task=st.sampled_from([*SHIPPED.procedures, "general", "nonsense"]),
    point=st.sampled_from([*SHIPPED.points, WHOLE]),
    entry=st.integers(0, 9),
    kind=st.sampled_from(["asks", "yes", "no"]),
    likeness=st.floats(0, 1),
)


def check_reply(reply):
    assert reply.text
    assert "{" not in reply.text
    assert "None" not in reply.text
    assert reply.card["title"]
    assert reply.card["disclaimer"] == SHIPPED.phrases["disclaimer"]


def check_shown(answer):
    assert answer.variants
    reply = render.way(SHIPPED, answer)
    check_reply(reply)
    assert reply.text.endswith(render.short_source(SHIPPED, answer.variants[0].source))
    assert reply.card["source"]["document"]
    assert render.shorter(SHIPPED, answer)
    for number in range(1, len(answer.variants[0].steps) + 1):
        assert f"第{number}步" in render.step(SHIPPED, answer, number)


@given(QUERIES, st.sampled_from([*SHIPPED.points, WHOLE]), st.lists(NEAR, max_size=3).map(tuple))
def test_every_point_is_told_unless_nobody_can_mean_it(query, point, near):
    found = told(SHIPPED, query, point, near)
    if found is None:
        assert point == WHOLE or SHIPPED.entries(query.procedure, point) is None
    else:
        assert SHIPPED.cells[found.task][found.point].entries[found.number] is found.entry
        check_reply(render.point(SHIPPED, found))


@given(QUERIES)
def test_every_query_is_answered_or_leads_to_a_question(query):
    result = lookup(SHIPPED, query)
    if isinstance(result, Answer):
        check_shown(result)
    else:
        assert isinstance(result, Missing)
        assert result.slot in ("procedure", "channel", "region")
        assert result.slot == "procedure" or len(result.choices) > 1
        assert result.slot not in query.skipped


@given(QUERIES)
def test_a_question_is_asked_once(query):
    """Answering each question with its first or last choice ends in an answer."""
    for pick in (0, -1):
        asked = replace(query, procedure=query.procedure or "bind_family")
        for _ in range(3):
            result = lookup(SHIPPED, asked)
            if not isinstance(result, Missing) or result.slot == "procedure":
                break
            choice = result.choices[pick]
            skipped = asked.skipped | {result.slot} if choice == ELSEWHERE else asked.skipped
            asked = replace(asked, **{result.slot: choice or None}, skipped=skipped)
        assert isinstance(result, Answer) or query.procedure == "nonsense"


def test_every_channel_of_every_place_is_answered():
    for procedure in SHIPPED.procedures:
        for channel in [*CHANNELS, None]:
            for region in [*PLACES, None]:
                check_shown(
                    lookup(SHIPPED, Query(procedure, channel, region, skipped=frozenset({"channel", "region"})))
                )
