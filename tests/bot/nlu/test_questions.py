"""The cells' example questions: learned, kept, and told apart."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bot.nlu.kernel_model import Features
from bot.nlu.questions import Questions
from bot.nlu.tfidf import Tfidf

TOLD = {
    "bind/fee/0/asks": ["要不要钱", "收不收费", "绑一个要多少钱"],
    "bind/fee/1/asks": ["要不要押金", "押金交多少", "先交押金吗"],
    # The same questions answered for another place: nothing in them tells the two apart.
    "bind/fee/2/asks": ["先交押金吗", "押金退不退"],
    "bind/time/0/asks": ["几天能好", "要等多久", "多长时间办完"],
    "bind/time/0/yes": ["当天就好吧"],
    "lost/fee/0/asks": ["补卡要钱吗"],
    "general/fee/0/bare": ["要钱吗"],
    "lost/fee/1/bare": ["新的那张得掏多少"],
}
TEXTS = list(dict.fromkeys(text for texts in TOLD.values() for text in texts))
KEYS = [tuple(key for key, texts in TOLD.items() if text in texts) for text in TEXTS]


@pytest.fixture(scope="module")
def tfidf():
    return Tfidf("characters", 1, 2).fit(TEXTS * 2)


def features(tfidf, texts):
    rows = tfidf.transform(texts)
    return Features(csr_matrix(rows, dtype=np.float32), np.zeros((len(texts), 1), dtype=np.float32))


@pytest.fixture(scope="module")
def questions(tfidf):
    return Questions.learn(features(tfidf, TEXTS), KEYS, ridge=0.1, sharpness=1.5)


def asked(questions, tfidf, text, most=10, length=5):
    [found] = questions.asked(features(tfidf, [text]), most, length)
    return found


def test_the_points_of_each_task_are_ranked_by_how_likely_they_are_asked_for(questions, tfidf):
    points = asked(questions, tfidf, "要几天才能好").points
    assert [point for point, _ in points["bind"]] == ["time", "fee"]
    assert sum(says for _, says in points["bind"]) == pytest.approx(1, abs=1e-4)


def test_what_stands_alone_in_a_task_is_its_point(questions, tfidf):
    assert asked(questions, tfidf, "要几天").points["lost"] == [("fee", 1.0)]


def test_who_asks_in_the_fewest_words_asks_for_nothing_narrower(questions, tfidf):
    [bare] = (says for point, says in asked(questions, tfidf, "要钱吗").plain["lost"] if point == "fee")
    [narrow] = (says for point, says in asked(questions, tfidf, "补卡要多少钱").plain["lost"] if point == "fee")
    assert bare > 0.5 > narrow


def test_what_asks_for_nothing_narrower_in_one_task_says_nothing_of_another(questions, tfidf):
    plain = asked(questions, tfidf, "新的那张得掏多少").plain
    [own] = (says for point, says in plain["lost"] if point == "fee")
    [other] = (says for point, says in plain["bind"] if point == "fee")
    assert own > 0.5 > other


def test_the_entry_that_is_asked_for_fits_best(questions, tfidf):
    fits = asked(questions, tfidf, "押金要交多少").fits["bind"]
    assert fits["bind/fee/1/asks"] > fits["bind/fee/0/asks"]
    assert fits["bind/fee/1/asks"] > fits["bind/time/0/asks"]


def test_entries_that_share_a_question_fit_alike(questions, tfidf):
    fits = asked(questions, tfidf, "押金退不退").fits["bind"]
    assert fits["bind/fee/1/asks"] == fits["bind/fee/2/asks"]


def test_a_belief_fits_as_its_entry_does(questions, tfidf):
    fits = asked(questions, tfidf, "当天就能好").fits["bind"]
    assert fits["bind/time/0/yes"] == fits["bind/time/0/asks"]


def test_an_entry_is_named_once_and_no_more_than_are_wanted(questions, tfidf):
    near = asked(questions, tfidf, "要不要押金", most=3).near
    assert len(near) == len({key for key, *_ in near}) == 3
    assert near[0] == ("bind/fee/1/asks", pytest.approx(1, abs=1e-4))
    assert [likeness for _, likeness in near] == sorted((likeness for _, likeness in near), reverse=True)


def test_what_was_written_says_the_same(questions, tfidf, tmp_path):
    questions.write(tmp_path)
    again = Questions.read(tmp_path)
    for text in ("押金退不退", "几天", "龘"):
        found, wanted = asked(again, tfidf, text), asked(questions, tfidf, text)
        assert found.near == wanted.near
        for kind in ("fits", "points", "plain"):
            assert dict(getattr(found, kind)) == dict(getattr(wanted, kind))


def test_an_example_is_wholly_like_itself_whatever_directions_are_left_out():
    dense = np.random.default_rng(0).normal(size=(40, 400)).astype(np.float32)
    dense /= np.linalg.norm(dense, axis=1, keepdims=True)
    keys = [(f"bind/fee/{number}/asks",) for number in range(len(dense))]
    told = Features(csr_matrix((len(dense), 1), dtype=np.float32), dense)
    questions = Questions.learn(told, keys, ridge=0.1, sharpness=1.5)
    assert questions.features.dense.shape[1] < 400
    for number, found in enumerate(questions.asked(told, most=2, length=1)):
        assert found.near[0] == (*keys[number], pytest.approx(1, abs=1e-4))
        assert found.near[1][1] < 0.9


def test_of_a_task_that_has_no_questions_nothing_is_found(questions, tfidf):
    found = asked(questions, tfidf, "要几天")
    assert "zero" not in found.points and found.plain.get("nothing") is None
    assert sorted(found.points) == ["bind", "lost"] and len(found.points) == 2


def test_where_none_were_learned_there_are_none(tmp_path):
    assert Questions.read(tmp_path) is None
