import time

import pytest

from bot.edge import COMMAND_LABEL, MAX_CHARACTERS, NothingSaid, TextTooLong, clean


def seconds(function, text):
    """The CPU time of the quickest of three calls."""
    times = []
    for _ in range(3):
        started = time.thread_time()
        function(text)
        times.append(time.thread_time() - started)
    return min(times)


@pytest.mark.parametrize(
    "typed",
    [
        "/restart",
        "  /restart",
        "／restart",
        "\u200b/restart",
        "/ /restart",
        "//restart",
        "\ufeff ／ restart",
        '/bind_family{"channel":"alipay"}',
    ],
)
def test_nothing_typed_is_a_payload(typed):
    assert clean(typed) == COMMAND_LABEL


def test_what_stands_behind_a_command_is_kept():
    assert clean('/inform{"channel":"wechat"} 怎么绑定') == f"{COMMAND_LABEL} 怎么绑定"
    assert clean("/怎么绑定") == "怎么绑定"
    assert clean("/APP里怎么绑定") == "APP里怎么绑定"
    assert clean("restart") == "restart"


def test_text_is_kept_as_it_was_typed():
    assert clean(" 怎麼綁定我媽的醫保？ ") == "怎麼綁定我媽的醫保？"


def test_personal_numbers_are_masked():
    assert "13800138000" not in clean("我电话13800138000，怎么绑定")


@pytest.mark.parametrize("typed", ["", "   ", "\u200b", "\x00\x07", "/", " / / "])
def test_nothing_to_read(typed):
    with pytest.raises(NothingSaid):
        clean(typed)


def test_too_long():
    assert len(clean("绑" * MAX_CHARACTERS)) == MAX_CHARACTERS
    with pytest.raises(TextTooLong):
        clean("绑" * (MAX_CHARACTERS + 1))


def test_the_limit_counts_what_normalising_makes_of_a_text():
    assert clean("\ufdfa" * 11)  # 18 characters each
    with pytest.raises(TextTooLong):
        clean("\ufdfa" * 12)


@pytest.mark.parametrize("sign", ["/", "／", "\u200b/", "/ "])
def test_many_slashes_cost_no_more_than_other_signs(sign):
    text = (sign * MAX_CHARACTERS)[: MAX_CHARACTERS - 2] + "绑定"
    assert clean(text) == "绑定"
    assert seconds(clean, text) < 0.01
