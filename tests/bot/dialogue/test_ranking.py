"""Which prepared answer is meant: what wins, what is never a candidate, and that the weights and the conversations are whole."""

import pytest
from hypothesis import given, settings

from bot.dialogue.heard import Wish
from bot.dialogue.ranking import WEIGHTS, choose, gather, rank
from bot.dialogue.understand import understand
from bot.dialogue.update import update
from bot.knowledge.loader import shipped
from bot.knowledge.model import GENERAL
from bot.paths import ROOT
from bot.yamlfile import read_yaml
from scripts.choose_weights import label
from tests.bot.dialogue.arbitrary import HEARD, STATES
from tests.dialogue_tables import heard, state
from tests.small_knowledge import SICHUAN, YILI, small

ONLY_ID, LIKE_ID = 3, "bind_family/materials/3/asks"
BARE = {"follow_up": 0.9}, {"materials": 0.9}
CONVERSATIONS = sorted((ROOT / "conversations").glob("*.yml"))


def chosen(before, said):
    return choose(small(), before, said, understand(small(), before, said))


def binding(**known):
    return state("bind_family", shown=["bind_family#1"], **known)


class TestChosen:
    def test_the_narrow_answer_to_who_asks_for_it(self):
        found = chosen(binding(), heard("只有身份证", *BARE, near={LIKE_ID: (0.8, 0.9)}))
        assert found.wishes == (Wish("bind_family", "materials", ONLY_ID),)

    def test_the_plain_answer_to_who_asks_for_nothing_narrower(self):
        assert chosen(binding(), heard("要带什么", *BARE)).wishes == (Wish("bind_family", "materials", 0),)

    def test_what_holds_only_where_they_are_insured(self):
        there, elsewhere = (
            chosen(binding(region=r), heard("要带什么", *BARE)).wishes[0].entry for r in (YILI, SICHUAN)
        )
        assert (there, elsewhere) == (1, 0)

    def test_a_question_that_is_told_as_a_statement(self):
        told = heard("就一张身份证", {"inform": 0.9}, {"other_told": 0.9}, near={LIKE_ID: (0.8, 0.95)})
        found = chosen(binding(), told)
        assert (found.act, found.wishes) == (None, (Wish("bind_family", "materials", ONLY_ID),))

    def test_nothing_to_who_tells_what_nothing_is_like(self):
        told = heard("我妈快七十了", {"inform": 0.9}, {"other_told": 0.9})
        assert chosen(binding(), told) == understand(small(), binding(), told)

    def test_of_the_task_that_is_surely_named_and_of_no_other(self):
        named = heard("补卡只带身份证", {"report_lost_card": 0.99}, {"materials": 0.9}, near={LIKE_ID: (0.9, 0.9)})
        assert chosen(binding(), named).wishes[0].task == "report_lost_card"


class TestLeftToTheRules:
    @pytest.mark.parametrize(
        "said",
        [
            heard("不想活了", {"out_of_scope": 0.9}, {"none": 0.9}, hazards={"die": 0.9}, near={LIKE_ID: (0.9, 0.9)}),
            heard("微信", {"inform": 0.9}, {"none": 0.9}, names=["channel wechat 微信"]),
            heard("谢谢", {"thank": 0.9}, {"none": 0.9}, near={LIKE_ID: (0.9, 0.9)}),
            heard("再说一遍", {"follow_up": 0.9}, {"repeat": 0.9}),
        ],
        ids=["danger", "a way", "talk", "again"],
    )
    def test_what_is_no_question_for_an_answer(self, said):
        assert chosen(binding(), said) == understand(small(), binding(), said)

    def test_who_begins_with_a_task_gets_its_way(self):
        said = heard("怎么绑我妈", {"bind_family": 0.95}, {"whole": 0.9}, near={LIKE_ID: (0.9, 0.9)})
        assert chosen(state(), said).wishes == (Wish("bind_family"),)


@settings(max_examples=100, deadline=None)
@given(STATES, HEARD)
def test_every_candidate_holds_for_what_is_known(before, said):
    known = small()
    found = understand(known, before, said)
    after = update(known, before, found)
    programme = known.mini_programs.get(after.programme or "")
    place = after.region or (programme.region if programme else "")
    for one in gather(known, before, said, found):
        if one.entry is not None:
            entry = known.entries(one.task if one.task != GENERAL else None, one.point)[1][one.entry]
            assert place.startswith(entry.region or "")
            assert set(entry.when) <= set(after.facts)
            assert not entry.channel or not set(entry.channel) <= set(after.excluded)


def test_each_sign_has_a_weight_and_each_weight_a_sign():
    before = binding(region=YILI)
    said = heard("只有身份证", *BARE, near={LIKE_ID: (0.8, 0.9)})
    told = heard("我妈快七十了", {"inform": 0.9}, {"other_told": 0.9})
    signs = {
        name
        for one in (said, told)
        for c in rank(small(), before, one, understand(small(), before, one))
        for name in c.signs
    }
    assert signs == set(read_yaml(WEIGHTS))


@pytest.mark.parametrize("path", CONVERSATIONS, ids=lambda path: path.stem)
def test_the_right_answers_and_the_facts_of_the_conversations_exist(path):
    known = shipped()
    for conversation in read_yaml(path):
        for turn in conversation["turns"]:
            assert {fact.rstrip("?") for fact in turn.get("told", [])} <= set(known.facts), turn["user"]
            for good in turn.get("good", []):
                task, _, point = good.split()[0].partition("/")
                if point in ("", "way"):
                    assert good == "rules" or task in known.procedures, good
                    continue
                found = known.entries(task if task != GENERAL else None, point)
                assert found and good in {label(f"{task}/{point}/{number}") for number in range(len(found[1]))}, good
