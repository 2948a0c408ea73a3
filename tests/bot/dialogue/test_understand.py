"""What a message means: `understanding.yml`, row by row, and that something is always meant."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from bot.dialogue.heard import Understood
from bot.dialogue.understand import RULES, tapped, understand
from tests.bot.dialogue.arbitrary import HEARD, STATES, TAPS
from tests.dialogue_tables import PLACES, heard, state, wish
from tests.small_knowledge import small

GROUPS = yaml.safe_load((Path(__file__).parent / "understanding.yml").read_text(encoding="utf-8"))
ROWS = [
    pytest.param(row, id=f"{group['group']}, {number}".replace(" ", "_"))
    for group in GROUPS
    for number, row in enumerate(group["rows"], 1)
]
HEARD_KEYS = ("intents", "points", "names", "clauses", "hazards", "near", "asked", "told", "readable")
# How the table calls a field, and what stands in it where nothing is meant.
FIELDS = {
    "why": "why",
    "intent": "intent",
    "wishes": "wishes",
    "act": "act",
    "facts": "facts",
    "hazard": "hazard",
    "channel": "channel",
    "excluded": "excluded",
    "region": "region",
    "options": "region_options",
    "denied": "region_denied",
    "programme": "programme",
    "person": "person",
    "number": "number",
    "skipped": "skipped",
}


def meaning(knowledge, row: dict[str, Any]) -> Understood:
    if "tap" in row:
        tap = {key: PLACES.get(value, value) for key, value in row["tap"].items()}
        return tapped(knowledge, tap.pop("intent"), tap)
    before = dict(row.get("before") or {})
    said = {key: row[key] for key in HEARD_KEYS if key in row}
    return understand(knowledge, state(before.pop("procedure", None), **before), heard(row["says"], **said))


def expected(means: dict[str, Any]) -> dict[str, Any]:
    empty = Understood("", "")
    told = {name: means.get(name, getattr(empty, field)) for name, field in FIELDS.items()}
    told["wishes"] = told["wishes"] if told["wishes"] == "any" else tuple(map(wish, told["wishes"]))
    for name in ("facts", "excluded", "options"):
        told[name] = tuple(PLACES.get(value, value) for value in told[name])
    for name in ("region", "denied"):
        told[name] = PLACES.get(told[name], told[name])
    return {name: value for name, value in told.items() if value != "any"}


@pytest.mark.parametrize("row", ROWS)
def test_meaning(knowledge, row):
    means = dict(row["means"])
    doubt = means.pop("doubt", None)
    assert set(means) <= set(FIELDS), "the table has a key that nothing compares"
    understood = meaning(knowledge, row)
    wanted = expected(means)
    assert {name: getattr(understood, FIELDS[name]) for name in wanted} == wanted, row["says"]
    if doubt is not None:
        assert understood.doubt == tuple(map(wish, doubt)), row["says"]


def test_every_rule_decides_a_row():
    decided = {row["means"]["why"] for group in GROUPS for row in group["rows"]}
    assert {name for name, _ in RULES} <= decided
    assert len(ROWS) >= 150


def test_wishes_stand_where_they_were_said(knowledge):
    text = "怎么绑我妈，余额在哪里查"
    clauses = [
        {"says": "怎么绑我妈", "intents": {"bind_family": 0.95}},
        {"says": "余额在哪里查", "intents": {"query_balance": 0.95}},
    ]
    found = understand(knowledge, state(), heard(text, {"bind_family": 0.6, "query_balance": 0.4}, clauses=clauses))
    assert [text[slice(*span)] for span in found.spans] == ["怎么绑我妈", "余额在哪里查"]


def test_the_examples_that_are_near_go_along(knowledge):
    found = understand(knowledge, state(), heard("补卡", {"report_lost_card": 0.9}, near={"general/fee/0/asks": 0.7}))
    assert [(near.task, near.point, near.likeness) for near in found.near] == [("general", "fee", 0.7)]


@pytest.mark.parametrize("intent", ["bind_family", "follow_up", "greet"])
def test_what_is_not_likely_at_all_means_nothing(knowledge, intent):
    assert understand(knowledge, state("bind_family"), heard("嗯", {intent: 0.0}, {"fee": 0.0})).why == "doubt"


@settings(max_examples=150, deadline=None)
@given(STATES, HEARD)
def test_something_is_always_meant(before, said):
    knowledge = small()
    found = understand(knowledge, before, said)
    assert found.why in dict(RULES)
    assert found.intent
    assert all(one.task is None or one.task in knowledge.procedures for one in (*found.wishes, *found.doubt))
    assert len(found.wishes) <= 3 and len(found.doubt) <= 3
    assert set(found.facts) <= set(knowledge.facts)


@settings(max_examples=150, deadline=None)
@given(STATES, HEARD)
def test_grave_danger_is_never_overlooked(before, said):
    likely = {hazard for hazard, says in said.hazards if says >= 0.9}
    found = understand(small(), before, said)
    gravest = [hazard for hazard in ("die", "poison", "emergency", "scam", "fraud") if hazard in likely]
    order = ["die", "poison", "emergency", "scam", "fraud", None]
    assert not gravest or order.index(found.hazard) <= order.index(gravest[0])


@settings(deadline=None)
@given(TAPS)
def test_every_button_means_something(tap):
    intent, entities = tap
    found = tapped(small(), intent, entities)
    assert (found.why, found.intent) == ("tap", intent)
    assert found.act or found.wishes
