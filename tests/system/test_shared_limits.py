"""Rates of all workers together, counted in a real Redis."""

import asyncio

import pytest

from bot.channels.limits import SharedLimit

pytestmark = pytest.mark.anyio


async def test_workers_share_a_rate(redis_url: str) -> None:
    workers = [SharedLimit("test", 10, redis_url) for _ in range(2)]
    waits = await asyncio.gather(*(workers[number % 2].wait("a") for number in range(20)))
    assert waits.count(0) == 10
    assert {wait for wait in waits if wait} <= {5, 6}
    assert await workers[0].wait("b") == 0


async def test_a_worker_without_redis_still_has_its_own() -> None:
    for url in (None, "redis://127.0.0.1:1"):
        limit = SharedLimit("test", 3, url)
        assert [bool(await limit.wait("a")) for _ in range(5)] == [False, False, False, True, True]
