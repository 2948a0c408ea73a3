import pytest

from bot.nlu.repairs import repaired


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("查余额不是余额是消费记录", "查消费记录"),
        ("我想挂失,呃不对不是挂失,是解绑", "我想解绑"),
        ("我要绑我妈呀,不是我妈,是我爸", "我要绑我爸"),
        ("帮我看下绑定 不对 不是绑定 是解绑", "帮我看下解绑"),
    ],
)
def test_what_was_taken_back_is_left_out(said, meant):
    assert repaired(said) == meant


@pytest.mark.parametrize(
    "said", ["医保码是不是医保卡", "不是本人能不能用", "这是不是我的卡", "电子卡不是电子卡是什么", "绑的不是我妈是我爸"]
)
def test_other_uses_of_the_words_stay(said):
    assert repaired(said) == said
