"""Nobody takes the time of others by what they type."""

from itertools import islice

import pytest

from benchmarks import hostile
from benchmarks.hostile import FUNCTION, MESSAGE, RANDOM, Talk, crafted, longest, messages, milliseconds


@pytest.fixture(scope="module")
def functions():
    return hostile.functions()


@pytest.fixture(scope="module")
def talk(assistant):
    return Talk(assistant)


def test_no_text_function_takes_long_for_what_was_made_to_be_slow(functions):
    texts = list(crafted())
    took = {name: longest(function, texts) for name, function in functions.items()}
    assert {name: found for name, found in took.items() if found[0] > FUNCTION} == {}


def test_twice_the_text_takes_about_twice_the_time(functions):
    """Only for what a long text can reach: each at 4,000 characters, which the edge never lets in."""
    for name in ("normalise", "spelling", "mask", "terms", "find_places"):
        for text in ("an", "yibao", "1是", "微信", "北京", "路1号", "龘"):
            half, whole = (milliseconds(functions[name], (text * 4000)[:size]) for size in (2000, 4000))
            assert whole < 3 * half + 5, (name, text, half, whole)


def test_messages_at_random_are_answered_at_once(talk):
    """Seed 7, 150 messages; benchmarks/hostile.py says 20,000."""
    took, text = longest(talk.say, messages(150, seed=7))
    assert took <= RANDOM, text


def may_take(talk):
    """What a message may take here and now: a core that is shared is slower for an ordinary message too."""
    return max(MESSAGE, 8 * milliseconds(talk.say, "怎么给我妈绑定亲情账户"))


def test_messages_made_to_be_slow_take_little_cpu(talk):
    took, text = longest(talk.say, islice(crafted(), 0, None, 10))
    assert took <= may_take(talk), text


@pytest.mark.slow
def test_all_messages_made_to_be_slow_take_little_cpu(talk):
    took, text = longest(talk.say, crafted())
    assert took <= may_take(talk), text
