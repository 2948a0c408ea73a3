import pytest

from bot.knowledge.loader import shipped
from bot.knowledge.lookup import Query, lookup
from bot.knowledge.passages import lines_about


@pytest.fixture(scope="module")
def lost():
    return lookup(shipped(), Query("report_lost_card", skipped=frozenset({"channel", "region"})))


@pytest.mark.parametrize(
    ("question", "word"), [("照片要几寸的", "免冠照片"), ("银行能不能办", "银行网点"), ("新卡还得激活不", "及时激活")]
)
def test_the_lines_share_words_with_the_question(lost, question, word):
    lines = lines_about(lost, question)
    assert 1 <= len(lines) <= 2 and all(word in line for line in lines)


@pytest.mark.parametrize("question", ["", "能加急不", "怎么弄呢", "医保卡丢了", "我妈妈的医保卡", "ok?"])
def test_what_any_question_has_finds_nothing(lost, question):
    assert lines_about(lost, question) == []


def test_every_line_is_one_of_the_answer(lost):
    variant = lost.variants[0]
    texts = {s.text for s in [*variant.steps, *variant.materials, *variant.notes, variant.duration]}
    assert set(lines_about(lost, "身份证件和照片")) <= texts
