import numpy as np
import pytest

from bot.evaluation import Answer, Question, auroc, by_kind, calibration_error, lies_in, question, report


def ask(intents, guess, confidence=0.9, channel=None, channels=(), region=None, regions=()):
    return (
        Question("问", tuple(intents.split("+")), channel, region),
        Answer(guess, confidence, confidence < 0.4, frozenset(channels), frozenset(regions)),
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
    "full, label, inside",
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
    assert question({"text": "问", "intent": "a+b", "channel": "", "region": ""}) == Question("问", ("a", "b"))
