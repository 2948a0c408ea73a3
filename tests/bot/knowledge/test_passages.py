import pytest

from bot.knowledge.loader import shipped
from bot.knowledge.lookup import Query, lookup
from bot.knowledge.passages import lines_about
from bot.knowledge.render import passage


@pytest.fixture(scope="module")
def lost():
    return lookup(shipped(), Query("report_lost_card", skipped=frozenset({"channel", "region"})))


@pytest.mark.parametrize(
    ("question", "word"), [("照片要几寸的", "免冠照片"), ("银行能不能办", "银行网点"), ("新卡还得激活不", "及时激活")]
)
def test_the_lines_share_words_with_the_question(lost, question, word):
    variant, lines = lines_about(lost, question)
    assert variant is lost.variants[0]
    assert 1 <= len(lines) <= 2 and all(word in line.text for line in lines)


@pytest.mark.parametrize("question", ["", "能加急不", "怎么弄呢", "医保卡丢了", "我妈妈的医保卡", "ok?"])
def test_what_any_question_has_finds_nothing(lost, question):
    assert lines_about(lost, question) is None


def test_every_line_is_one_of_the_answer(lost):
    variant = lost.variants[0]
    texts = {s.text for s in [*variant.steps, *variant.materials, *variant.notes, variant.duration]}
    assert {line.text for line in lines_about(lost, "身份证件和照片")[1]} <= texts


def test_what_the_shown_way_does_not_say_another_one_may():
    online = lookup(shipped(), Query("report_lost_card", channel="website"))
    variant, lines = lines_about(online, "要照片吗")
    assert variant.title == "医保卡丢了：挂失、补办" and "免冠照片" in lines[0].text


def test_another_place_s_way_is_not_quoted():
    app = lookup(shipped(), Query("bind_family", channel="national_app", region="陕西省"))
    assert lines_about(app, "小程序里点哪儿") is None


def test_a_doubtful_way_is_never_quoted():
    app = lookup(shipped(), Query("bind_family", channel="national_app", region="新疆维吾尔自治区伊犁哈萨克自治州"))
    assert lines_about(app, "照片拍几张") is None


def test_what_is_told_beyond_the_documents_is_quoted_as_such():
    app = lookup(shipped(), Query("bind_family", channel="alipay", region="广东省"))
    variant, lines = lines_about(app, "还要本人刷脸吗")
    text = passage(shipped(), app, variant, lines)
    assert "刷脸" in text and "不是两份文档里的话" in text and "文档里写的是" not in text
