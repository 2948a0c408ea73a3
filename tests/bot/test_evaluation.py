from dataclasses import asdict

import numpy as np
import pytest

from bot.dialogue.heard import Understood, Wish
from bot.evaluation import (
    Answer,
    Label,
    Question,
    auroc,
    by_kind,
    calibration_error,
    expected,
    is_right,
    is_right_to_the_point,
    lies_in,
    points,
    question,
    report,
)


def ask(intents, guess, confidence=0.9, channel=None, channels=(), region=None, regions=(), points=()):
    row = {"text": "问", "intent": intents, "channel": channel, "region": region}
    return (
        question(row),
        Answer(guess, confidence, confidence < 0.4, frozenset(channels), frozenset(regions), frozenset(points)),
    )


def test_either_of_two_labels_is_right():
    questions, answers = zip(
        ask("bind+limits", "limits"), ask("bind", "limits", 0.3), ask("out_of_scope", "out_of_scope")
    )
    found = report(questions, answers)
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.in_scope_accuracy == 0.5
    assert found.out_of_scope_recall == 1
    assert found.wrongly_refused == 0
    assert found.asked_back == pytest.approx(1 / 3)
    assert {score.name: score.support for score in found.intents} == {"bind": 1, "limits": 1, "out_of_scope": 1}


def test_entities_count_both_ways():
    questions, answers = zip(
        ask("bind", "bind", channel="wechat", channels=["wechat", "counter"], region="湖南", regions=["湖南省衡阳市"]),
        ask("bind", "bind", region="广东", regions=["广西壮族自治区"]),
    )
    channel, region = report(questions, answers).entities
    assert (channel.precision, channel.recall) == (0.5, 1)
    assert (region.precision, region.recall, region.f1) == (0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    ("full", "label", "inside"),
    [
        ("新疆维吾尔自治区伊犁哈萨克自治州", "新疆伊犁", True),
        ("广东省深圳市", "广东", True),
        ("广东省", "广东深圳", False),
        ("青海省海南藏族自治州", "海南", False),
    ],
)
def test_a_region_lies_in_its_label(full, label, inside):
    assert lies_in(full, label) is inside


def test_calibration_error_is_the_gap_between_sure_and_right():
    assert calibration_error(np.array([1, 0, 1, 1]), np.array([0.75] * 4)) == pytest.approx(0)
    assert calibration_error(np.array([0, 0]), np.array([0.95, 0.95])) == pytest.approx(0.95)


def test_auroc_counts_ties_half():
    assert auroc(np.array([1, 0]), np.array([0.9, 0.1])) == 1
    assert auroc(np.array([1, 0]), np.array([0.5, 0.5])) == 0.5
    assert np.isnan(auroc(np.array([1, 1]), np.array([0.5, 0.5])))


def test_kinds_stay_in_order():
    assert by_kind(["a", "b", "a"], [True, False, False]) == [("a", 2, 0.5), ("b", 1, 0.0)]


def test_a_row_without_entities_has_none():
    found = question({"text": "问", "intent": "a+b", "channel": "", "region": ""})
    assert found == Question("问", (Label("a"), Label("b")))


@pytest.mark.parametrize(
    ("intent", "also", "labels"),
    [
        ("bind", None, ["bind"]),
        ("bind", "", ["bind"]),
        ("bind", "limits", ["bind", "limits"]),
        ("bind/fee+bind", "limits/how_many + bind", ["bind/fee", "bind", "limits/how_many"]),
        ("bind/none", "", ["bind/whole"]),  # as some files call it
    ],
)
def test_a_second_right_label_stands_beside_or_in_its_own_column(intent, also, labels):
    assert [str(label) for label in question({"text": "问", "intent": intent, "also": also}).labels] == labels


def test_either_column_is_right():
    row = question({"text": "问", "intent": "bind/fee", "also": "limits"})
    assert row.intents == ("bind", "limits")
    assert is_right(row, Answer("limits", 1.0)) and expected(row, Answer("limits", 1.0)) == "limits"
    assert not is_right(row, Answer("unbind", 1.0)) and expected(row, Answer("unbind", 1.0)) == "bind"


@pytest.mark.parametrize(
    ("label", "guess", "heard", "right"),
    [
        ("bind/fee", "bind", ["fee"], True),
        ("bind/fee", "bind", ["materials"], False),
        ("bind/fee", "unbind", ["fee"], False),
        ("bind/fee", "bind", [], False),
        ("bind/fee+bind/materials", "bind", ["materials"], True),
        ("bind/fee+unbind/materials", "bind", ["materials"], False),
        ("bind/fee+unbind", "unbind", ["materials"], True),
        ("bind/whole", "bind", ["whole"], True),
        ("bind/whole", "bind", ["fee"], False),
        ("bind", "bind", ["fee"], True),
    ],
)
def test_the_point_is_judged_where_it_is_labelled(label, guess, heard, right):
    assert is_right_to_the_point(*ask(label, guess, points=heard)) is right


def test_accuracy_of_the_points_beside_that_of_the_intents():
    questions, answers = zip(
        ask("bind/fee", "bind", points=["fee"]),
        ask("bind/fee", "bind", points=["hours"]),
        ask("bind/fee", "unbind", points=["fee"]),
        ask("bind", "bind", points=["hours"]),
    )
    found = report(questions, answers)
    assert (found.accuracy, found.pointed) == (0.75, 3)
    assert found.point_accuracy == pytest.approx(1 / 3)
    assert found.point_accuracy_of_right == 0.5


def test_no_points_to_judge():
    found = report(*zip(ask("bind", "bind", points=["fee"])))
    assert found.pointed == 0 and np.isnan(found.point_accuracy)


@pytest.mark.parametrize(
    ("understood", "behind_the_slash"),
    [
        (Understood("task", "bind", (Wish("bind", "fee"),)), {"fee"}),
        (Understood("task", "bind", (Wish("bind"),)), {"whole"}),
        (Understood("thread", "follow_up", (Wish(None, "fee"),)), {"fee"}),
        (Understood("several", "bind", (Wish("bind", "fee"), Wish("unbind", "hours"))), {"fee"}),
        (Understood("task", "unbind", (Wish("unbind", "hours"),)), set()),  # it was taken for another task
        (Understood("fact", "bind", (Wish("bind"),), act="told", facts=("child", "apart")), {"child", "apart"}),
        (Understood("fact", "inform", act="told"), {"other_told"}),
        (Understood("act", "follow_up", act="repeat"), {"repeat"}),
        (Understood("talk", "greet", act="greet"), {"whole"}),
    ],
)
def test_what_may_stand_behind_the_slash(understood, behind_the_slash):
    assert points(asdict(understood), "bind") == behind_the_slash
