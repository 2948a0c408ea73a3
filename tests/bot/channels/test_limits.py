"""Rates, with a clock of the test's own."""

import asyncio
import time

import pytest

from bot.channels import limits
from bot.channels.limits import CpuBudget, RateLimit, metered


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
    assert len(limit._buckets._buckets) == 10
    assert limit.wait("999") == 60  # the newest are kept


def test_who_has_used_up_the_processor_waits_and_others_do_not() -> None:
    clock = Clock()
    budget = CpuBudget(seconds_per_minute=60, clock=clock)
    budget.spend("a", 29)
    assert budget.wait("a") == 0
    budget.spend("a", 4)  # more than was left: known only afterwards
    assert (budget.wait("a"), budget.wait("b")) == (3, 0)
    clock.now += 3.5
    assert budget.wait("a") == 0


def test_only_the_own_steps_are_metered() -> None:
    def burn(seconds: float) -> None:
        until = time.thread_time() + seconds
        while time.thread_time() < until:
            pass

    async def work() -> str:
        burn(0.05)
        await asyncio.sleep(0.1)
        burn(0.05)
        return "done"

    async def scene() -> list[float]:
        spent: list[float] = []

        async def on_account() -> str:
            return await metered(work(), spent.append)

        running = asyncio.ensure_future(on_account())
        await asyncio.sleep(0.01)
        burn(0.05)  # somebody else's, while it waits
        assert await running == "done"
        return spent

    spent = asyncio.run(scene())
    assert 0.1 <= sum(spent) < 0.14


def test_what_is_metered_can_be_cancelled_and_can_fail() -> None:
    async def scene() -> list[str]:
        told = []

        async def waits() -> None:
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                told.append("cancelled")
                raise

        async def fails() -> None:
            await asyncio.sleep(0)
            raise KeyError("x")

        async def on_account(work) -> None:
            await metered(work, lambda seconds: None)

        running = asyncio.ensure_future(on_account(waits()))
        await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        with pytest.raises(KeyError):
            await on_account(fails())
        return told

    assert asyncio.run(scene()) == ["cancelled"]
