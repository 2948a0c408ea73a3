"""What is remembered of a message."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from bot.dialogue.heard import Understood, Wish
from bot.dialogue.state import State
from bot.dialogue.understand import tapped, understand
from bot.dialogue.update import update
from tests.bot.dialogue.arbitrary import HEARD, STATES, TAPS
from tests.dialogue_tables import state, wish
from tests.small_knowledge import GUANGDONG, SICHUAN, YILI, small


def means(*wishes: str, why: str = "task", **rest) -> Understood:
    """An understanding of some wishes."""
    meant = tuple(map(wish, wishes))
    return Understood(why, (meant[0].task if meant else None) or "follow_up", meant, **rest)


@pytest.fixture
def after(knowledge):
    """The state after some messages, one behind the other."""

    def run(before: State, *messages: Understood) -> State:
        for message in messages:
            before = update(knowledge, before, message)
        return before

    return run


class TestWays:
    def test_what_is_ruled_out_adds_up(self, after):
        said = means(act="inform", excluded=("wechat",)), means(act="inform", excluded=("alipay",))
        assert after(state("bind_family"), *said).excluded == ("wechat", "alipay")

    def test_stays_ruled_out_over_another_task(self, after):
        found = after(state("bind_family", excluded=["wechat"]), means("query_balance"), means("bind_family"))
        assert found.excluded == ("wechat",)

    def test_what_is_named_is_no_longer_ruled_out(self, after):
        found = after(state("bind_family", excluded=["wechat", "alipay"]), means(act="inform", channel="wechat"))
        assert (found.channel, found.excluded) == ("wechat", ("alipay",))

    def test_the_way_that_was_wanted_may_be_ruled_out(self, after):
        found = after(state("bind_family", channel="wechat"), means(act="inform", excluded=("wechat",)))
        assert (found.channel, found.excluded) == (None, ("wechat",))

    def test_ruled_out_and_named_at_once_is_ruled_out(self, after):
        found = after(state("bind_family"), means("bind_family", channel="wechat", excluded=("wechat",)))
        assert (found.channel, found.excluded) == (None, ("wechat",))

    def test_way_holds_for_the_next_question(self, after):
        found = after(state(), means("bind_family", channel="counter"), means("/materials"))
        assert found.channel == "counter"

    def test_way_is_dropped_where_the_next_task_has_none_such(self, after):
        assert after(state("bind_family", channel="counter"), means("query_balance")).channel is None
        assert after(state("bind_family", channel="wechat"), means("query_balance")).channel == "wechat"

    def test_way_that_the_task_does_not_have_is_kept_where_it_was_just_said(self, after):
        assert after(state("bind_family"), means("query_balance", channel="counter")).channel == "counter"

    def test_side_question_leaves_the_way(self, after):
        found = after(state("bind_family", channel="counter"), means("contact_agent"), means("/materials"))
        assert found.channel == "counter"

    def test_programme_stays_with_its_channels_only(self, after):
        found = after(state("bind_family"), means("bind_family", programme="local", channel="wechat"))
        assert found.programme == "local"
        assert after(found, means(act="inform", channel="alipay")).programme == "local"
        assert after(found, means(act="inform", channel="counter")).programme is None

    def test_programme_names_no_place(self, after):
        found = after(state("bind_family", region=SICHUAN), means("bind_family", programme="local"))
        assert found.region == SICHUAN
        assert after(state("bind_family"), means("bind_family", programme="local")).region is None


class TestPlaces:
    def test_correction_replaces(self, after):
        assert after(state("bind_family", region=YILI), means(act="inform", region=SICHUAN)).region == SICHUAN

    def test_what_is_denied_goes(self, after):
        before = state("bind_family", region=GUANGDONG)
        assert after(before, means(act="inform", region_denied=GUANGDONG)).region is None
        assert after(before, means(act="inform", region_denied=SICHUAN)).region == GUANGDONG
        corrected = means(act="inform", region_denied=GUANGDONG, region=SICHUAN)
        assert after(before, corrected).region == SICHUAN

    def test_a_province_that_is_denied_takes_its_town_along(self, after):
        before = state("bind_family", region="广东省深圳市")
        assert after(before, means(act="inform", region_denied=GUANGDONG)).region is None

    def test_open_name_makes_the_last_place_void(self, after):
        found = after(state("bind_family", region=YILI), means(act="inform", region_options=(GUANGDONG, SICHUAN)))
        assert (found.region, found.region_options) == (None, (GUANGDONG, SICHUAN))

    def test_place_closes_the_open_name(self, after):
        before = state("bind_family", region_options=[GUANGDONG, SICHUAN], asked="region", put=["region"])
        found = after(before, means(act="inform", region=SICHUAN))
        assert (found.region, found.region_options) == (SICHUAN, ())

    def test_who_does_not_know_closes_it_too(self, after):
        before = state("bind_family", region_options=[GUANGDONG, SICHUAN], asked="region", put=["region"])
        assert after(before, means(act="no_preference", skipped=True)).region_options == ()

    def test_each_relative_has_a_place(self, after):
        mothers = after(state(), means("bind_family", person="mother", region=YILI))
        hers = after(mothers, means(act="switch", person="mother_in_law", region=SICHUAN))
        assert (mothers.region, hers.region) == (YILI, SICHUAN)
        assert after(hers, means(act="switch", person="mother")).region == YILI
        assert after(hers, means("/materials")).region == SICHUAN

    def test_place_that_was_said_before_the_person_is_theirs_too(self, after):
        mothers = after(state("bind_family", region=YILI), means("bind_family", person="mother"))
        hers = after(mothers, means(act="switch", person="mother_in_law", region=SICHUAN))
        assert after(hers, means(act="switch", person="mother")).region == YILI

    def test_correction_is_of_the_person_in_hand(self, after):
        before = after(state(), means("bind_family", person="mother", region=YILI))
        moved = after(before, means(act="inform", region=GUANGDONG), means(act="switch", person="father"))
        assert after(moved, means(act="switch", person="mother")).region == GUANGDONG

    def test_what_is_denied_of_a_relative_does_not_come_back(self, after):
        before = after(state(), means("bind_family", person="mother", region=YILI))
        moved = after(before, means(act="inform", region_denied=YILI), means(act="switch", person="father"))
        assert after(moved, means(act="switch", person="mother")).region is None


class TestFacts:
    def test_add_up(self, after):
        found = after(state("bind_family"), means(act="told", facts=("device_old",)), means(facts=("card_here",)))
        assert found.facts == ("device_old", "card_here")

    def test_what_is_of_one_relative_is_forgotten_with_the_next(self, after):
        """What is of who asks stays; who only mentions somebody else means no other relative."""
        before = state("bind_family", person="mother", facts=["bound_yes", "at_hospital"])
        assert after(before, means(act="switch", person="father", facts=("adult",))).facts == ("at_hospital", "adult")
        assert after(before, means(act="switch", person="mother")).facts == ("bound_yes", "at_hospital")
        assert after(before, means("/in_person", person="brother")).facts == ("bound_yes", "at_hospital")

    def test_of_one_group_the_last_holds(self, after):
        found = after(state("bind_family", facts=["bound_no", "device_old"]), means(act="told", facts=("bound_yes",)))
        assert found.facts == ("device_old", "bound_yes")

    def test_said_twice_is_one(self, after):
        before = state("bind_family", facts=["bound_no", "device_old"])
        assert set(after(before, means(act="told", facts=("bound_no",))).facts) == {"device_old", "bound_no"}

    def test_of_what_nobody_knows_nothing_is_kept(self, after):
        assert after(state("bind_family"), means(facts=("moonstruck",))).facts == ()

    def test_own_matter(self, after):
        found = after(state("bind_family", person="mother"), means("query_balance", person="self"))
        assert "self" in found.facts
        assert "self" not in after(found, means(act="switch", person="mother")).facts

    def test_fact_makes_the_matter_where_none_is(self, after):
        found = after(state(), means(act="told", facts=("at_hospital",)))
        assert (found.procedure, found.thread) == ("pay_visit", "pay_visit")

    def test_fact_leaves_the_matter_that_is(self, after):
        found = after(state("bind_family", point="materials"), means(act="told", facts=("at_hospital",)))
        assert (found.procedure, found.point) == ("bind_family", "materials")

    def test_some_take_over_whatever_was(self, after):
        assert after(state("bind_family"), means(act="told", facts=("card_lost",))).procedure == "report_lost_card"

    def test_task_that_is_asked_wins_over_what_a_fact_makes_it(self, after):
        found = after(state(), means("unbind_family", act="told", facts=("card_lost",)))
        assert found.procedure == "unbind_family"


class TestMatter:
    def test_task_and_point(self, after):
        found = after(state(), means("bind_family/materials"))
        assert (found.procedure, found.thread, found.point) == ("bind_family", "bind_family", "materials")

    def test_point_alone_keeps_the_task(self, after):
        found = after(state("bind_family", point="materials"), means("/duration"))
        assert (found.procedure, found.thread, found.point) == ("bind_family", "bind_family", "duration")

    def test_side_question_keeps_the_thread(self, after):
        found = after(state("bind_family", step=2), means("contact_agent"))
        assert (found.procedure, found.thread) == ("contact_agent", "bind_family")
        assert after(found, means("ask_fund_sharing")).thread == "bind_family"

    def test_step_outlives_a_side_question(self, after):
        found = after(state("bind_family", step=2), means("contact_agent"), means("bind_family"))
        assert found.step == 2

    def test_side_question_first_has_no_thread(self, after):
        assert after(state(), means("contact_agent")).thread is None

    def test_other_task_begins_at_its_first_step(self, after):
        assert after(state("bind_family", step=2), means("query_balance")).step == 0

    def test_other_task_is_the_new_thread(self, after):
        assert after(state("bind_family"), means("contact_agent"), means("query_balance")).thread == "query_balance"

    def test_wishes_that_wait(self, after):
        found = after(state(), means("bind_family", "query_balance", "/fee", why="several"))
        assert (found.procedure, found.aside) == ("bind_family", ("query_balance",))
        assert after(found, means("query_balance")).aside == ()

    def test_talk_changes_nothing(self, after):
        before = state("bind_family", channel="wechat", region=YILI, point="materials", facts=["adult"], step=2)
        for act in ("thank", "greet", "goodbye", "ask_capabilities", "affirm", "deny", "cancel", "worry", "complaint"):
            assert after(before, means(act=act, why="talk")) == before, act

    @pytest.mark.parametrize("refused", ["/medical", ""])
    def test_what_is_refused_leaves_the_matter_and_its_point(self, after, refused):
        before = state("bind_family", point="materials")
        found = after(before, Understood("outside", "out_of_scope", (wish(refused),), act="out_of_scope"))
        assert (found.procedure, found.thread, found.point) == ("bind_family", "bind_family", "materials")

    def test_start_over_forgets_everything(self, after):
        before = state("bind_family", channel="wechat", region=YILI, facts=["adult"], excluded=["alipay"], step=3)
        assert after(before, means(act="start_over", why="talk")) == State()


class TestQuestion:
    @pytest.fixture
    def asked(self):
        return state("bind_family", channel="wechat", asked="region", put=["region"])

    @pytest.mark.parametrize("act", ["greet", "thank", "ask_capabilities"])
    def test_side_remark_leaves_it_open(self, after, asked, act):
        assert after(asked, means(act=act, why="talk")).asked == "region"

    @pytest.mark.parametrize(
        "answered", [means(act="inform", region=YILI), means("/materials"), means(act="cancel", why="talk")]
    )
    def test_anything_else_closes_it_and_it_is_known_to_have_been_put(self, after, asked, answered):
        found = after(asked, answered)
        assert (found.asked, found.put) == (None, ("region",))


class TestDanger:
    def test_what_is_told_beside_it_makes_the_matter(self, after):
        found = after(state(), means(facts=["at_hospital"], hazard="emergency", why="danger_alone"))
        assert (found.procedure, found.facts) == ("pay_visit", ("at_hospital",))


class TestLost:
    def test_counts_what_led_nowhere(self, after):
        lost = means(why="doubt"), means(why="unreadable"), means(act="out_of_scope", why="outside")
        assert after(state(), *lost).lost == 3

    @pytest.mark.parametrize("found", [means("bind_family"), means(act="thank", why="talk"), means(why="tap")])
    def test_what_is_understood_ends_it(self, after, found):
        assert after(state(lost=2), found).lost == 0

    def test_danger_is_not_being_lost(self, after):
        poison = Understood("outside", "out_of_scope", (Wish(None, "medical"),), act="out_of_scope", hazard="poison")
        assert after(state(), poison).lost == 0


@settings(max_examples=150, deadline=None)
@given(STATES, HEARD)
def test_something_is_always_remembered(before, said):
    knowledge = small()
    found = understand(knowledge, before, said)
    kept = update(knowledge, before, found)
    assert not set(kept.excluded) & {kept.channel}
    assert kept.channel in {*knowledge.channels, None} and kept.procedure in {*knowledge.procedures, None}
    # It goes through the tracker as JSON and comes back the same.
    assert State.read(kept.slots()) == kept
    ruled_out = set(before.excluded) | set(found.excluded)
    if found.act != "start_over":
        assert ruled_out - {found.channel} <= set(kept.excluded)


@settings(max_examples=100, deadline=None)
@given(STATES, TAPS)
def test_every_button_is_remembered(before, tap):
    kept = update(small(), before, tapped(small(), *tap))
    assert State.read(kept.slots()) == kept


@settings(max_examples=50, deadline=None)
@given(STATES)
def test_nothing_meant_changes_nothing_but_the_open_question(before):
    known = replace(before, channel=None, asked=None)
    assert update(small(), known, Understood("tap", "affirm", act="step")) == replace(known, lost=0)
