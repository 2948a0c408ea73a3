import pytest

from bot.nlu.dialects import Dialects, read_dialects
from bot.paths import KNOWLEDGE


@pytest.fixture(scope="module")
def dialects():
    return Dialects(read_dialects(KNOWLEDGE / "dialects.yml"))


@pytest.mark.parametrize(
    ("typed", "standard"),
    [
        ("张卡唔见咗点算", "张卡不见了怎么办"),
        ("使唔使带身份证", "要不要带身份证"),
        ("👴的💳丢了😭", "爷爷的卡丢了😭"),
        ("饿大的卡咋弄", "我爸的卡怎么弄"),
        ("返回上一步，三点整，我饿了", "返回上一步，三点整，我饿了"),
        ("", ""),
    ],
)
def test_dialect_reads_as_the_standard_words(dialects, typed, standard):
    assert dialects.standard(typed) == standard


def test_without_words_nothing_changes():
    assert Dialects({}).standard("唔见咗") == "唔见咗"
