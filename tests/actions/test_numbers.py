import pytest

from actions.numbers import ordinal_number


@pytest.mark.parametrize(
    ("text", "number"),
    [("2", 2), ("第二个", 2), ("第 3 个", 3), ("选第一个吧", 1), ("我要第四种", 4), ("就第五个。", 5), ("二", 2)],
)
def test_a_message_that_is_a_number(text, number):
    assert ordinal_number(text) == number


@pytest.mark.parametrize("text", ["", "12", "0", "第二个人", "第二步", "一共几个", "2个人能绑吗", "十"])
def test_anything_more_is_none(text):
    assert ordinal_number(text) is None
