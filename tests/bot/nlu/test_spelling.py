import pytest

from bot.nlu.spelling import Speller

EXAMPLES = [
    "怎么绑定医保卡",
    "医保卡丢了怎么挂失",
    "绑定医保要多久",
    "余额在哪查",
    "查医保余额",
    "医保卡余额",
    "挂失医保卡",
] * 6


@pytest.fixture(scope="module")
def speller():
    return Speller.learn(EXAMPLES, {"注意": 100, "报销": 100})


@pytest.mark.parametrize(
    "typed, meant",
    [
        ("怎么帮定医宝卡", "怎么绑定医保卡"),
        ("yibao卡丢了怎么guashi", "医保卡丢了怎么挂失"),
        ("yue在哪查", "余额在哪查"),
        ("医保卡丢了", "医保卡丢了"),
        ("注意报销", "注意报销"),
        ("用WPS打开", "用wps打开"),
        ("😀 2025", "😀 2025"),
        ("", ""),
    ],
)
def test_what_sounds_like_the_examples_is_read_so(speller, typed, meant):
    assert speller.read(typed) == meant


def test_what_was_saved_reads_the_same(speller):
    assert Speller(**speller.as_dict()).read("帮定医宝") == speller.read("帮定医宝")


def test_endless_pinyin_ends(speller):
    assert speller.read("yue" * 60)
