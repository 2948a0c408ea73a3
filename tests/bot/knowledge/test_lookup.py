from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.loader import load
from bot.knowledge.lookup import ELSEWHERE, Answer, Missing, Query, Unknown, lookup, offers_channel
from bot.knowledge.render import render
from bot.paths import KNOWLEDGE


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
        assert steps(answer) == ["下载"]
        assert answer.notices == ("elsewhere",)

    def test_text_of_the_province_serves_its_cities(self, find):
        answer = find("bind", "wechat", "东省海市")
        assert steps(answer) == ["搜本地宝"]
        assert (answer.channel, answer.region, answer.notices) == ("wechat", "东省海市", ())

    def test_text_of_a_city_does_not_serve_its_province(self, find):
        answer = find("bind", "app", "东省")
        assert steps(answer) == ["下载"]
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
        assert steps(answer) == ["下载"]
        assert answer.chosen

    def test_one_channel_left_is_no_question(self, find):
        answer = find("bind", region="西省", excluded=frozenset({"app", "alipay", "wechat"}))
        assert steps(answer) == ["到窗口"]


class TestOpenPlace:
    def test_asked_where_the_answers_differ(self, find):
        assert find("bind", "app", region_options=("东省海市", "西省")) == Missing("region", ("东省海市", "西省"))
        assert find("rule", region_options=("东省", "西省")) == Missing("region", ("东省", "西省"))

    def test_asked_where_they_read_the_same_all_the_same(self, find):
        assert find("bind", "app", region_options=("东省", "西省")) == Missing("region", ("东省", "西省"))


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
        assert steps(answer) == ["下载"]
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
        assert find("bind", "wechat", topic="refund").notices == ()

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
        assert steps(answer) == ["下载", "传照片"]
        assert answer.channel == "alipay"

    def test_is_not_chosen_for_anybody(self, find):
        query = {"region": "西省", "excluded": frozenset({"app"}), "skipped": frozenset({"channel"})}
        assert steps(find("bind", **query)) == ["到窗口"]


class TestTopic:
    def test_that_the_documents_do_not_tell(self, find):
        answer = find("bind", topic="refund")
        assert isinstance(answer, Unknown)
        assert answer.notices == ()

    def test_unknown_is_not_called_general(self, find):
        assert find("bind", region="西省", topic="refund").notices == ()

    def test_told_for_another_place_only_falls_back(self, find):
        assert find("bind", region="西省", topic="fee").variants[0].summary.text == "西省收一元。"
        assert steps(find("bind", "app", "东省海市", "fee")) == ["点东海"]

    def test_of_another_procedure_changes_nothing(self, find):
        assert find("rule", topic="fee") == find("rule")


def test_offers_channel(knowledge):
    assert offers_channel(knowledge, "bind", "wechat")
    assert not offers_channel(knowledge, "rule", "wechat")
    assert not offers_channel(knowledge, "nonsense", "wechat")


# -- every question gets one of the three results, on the knowledge that is shipped

SHIPPED = load(KNOWLEDGE)
CHANNELS = list(SHIPPED.channels)
OWN_PLACES = {variant.region for procedure in SHIPPED.procedures.values() for variant in procedure.variants}
PLACES = [*sorted(OWN_PLACES - {None}), "广东省深圳市", "湖北省武汉市"]
QUERIES = st.builds(
    Query,
    procedure=st.sampled_from([*SHIPPED.procedures, "nonsense", None]),
    channel=st.sampled_from([*CHANNELS, None]),
    region=st.sampled_from([*PLACES, None]),
    topic=st.sampled_from([*SHIPPED.topics, None]),
    mini_program=st.sampled_from([*SHIPPED.mini_programs, None]),
    region_options=st.lists(st.sampled_from(PLACES), max_size=3, unique=True).map(tuple),
    excluded=st.frozensets(st.sampled_from(CHANNELS)),
    skipped=st.frozensets(st.sampled_from(["channel", "region"])),
)


def check_shown(answer):
    assert answer.variants
    for reply in render(SHIPPED, answer):
        assert SHIPPED.phrases["source"].format(source="") in reply.text
        assert reply.text.endswith(SHIPPED.phrases["disclaimer"])
        assert "{" not in reply.text
        assert "None" not in reply.text
        assert reply.card["source"]["document"]


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
                for topic in [*SHIPPED.topics, None]:
                    query = Query(procedure, channel, region, topic, skipped=frozenset({"channel", "region"}))
                    check_shown(lookup(SHIPPED, query))
