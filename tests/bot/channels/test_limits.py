"""Rates, with a clock of the test's own."""

import pytest

from bot.channels import limits
from bot.channels.limits import RateLimit


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_burst_then_wait_then_go_on() -> None:
    clock = Clock()
    limit = RateLimit(per_minute=60, burst=3, clock=clock)
    assert [limit.wait("a") for _ in range(4)] == [0, 0, 0, 1]
    clock.now += 1
    assert [limit.wait("a"), limit.wait("a")] == [0, 1]


def test_keys_do_not_share() -> None:
    limit = RateLimit(per_minute=1, clock=Clock())
    assert [limit.wait("a"), limit.wait("b"), limit.wait("a")] == [0, 0, 60]


def test_who_is_refused_waits_no_longer_for_it() -> None:
    clock = Clock()
    limit = RateLimit(per_minute=1, clock=clock)
    waits = [limit.wait("a") for _ in range(100)]
    assert waits[0] == 0 and set(waits[1:]) == {60}


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_KEYS", 10)
    limit = RateLimit(per_minute=1, clock=Clock())
    for number in range(1000):
        limit.wait(str(number))
    assert len(limit._buckets) == 10
    assert limit.wait("999") == 60  # the newest are kept
