"""The lock stores: in memory, and on a real Redis."""

import asyncio
import time
from collections.abc import Callable

import pytest
from rasa.core.lock_store import LockError, LockStore

from bot.stores import locks
from bot.stores.lock_store import RedisLocks

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["memory", "redis"])
def workers(request: pytest.FixtureRequest) -> list[LockStore]:
    """The lock stores of two workers; memory has but one."""
    if request.param == "memory":
        return [locks(None)] * 2
    url = request.getfixturevalue("redis_url")
    return [locks(url), locks(url)]


class Turns:
    """Counts how many turns run at the same time."""

    def __init__(self) -> None:
        self.running = self.most = 0
        self.ended: list[float] = []
        self.waited: list[float] = []

    async def take(self, store: LockStore, conversation: str, seconds: float) -> None:
        async with store.lock(conversation):
            if self.ended:
                self.waited.append(time.perf_counter() - self.ended[-1])
            self.running += 1
            self.most = max(self.most, self.running)
            await asyncio.sleep(seconds)
            self.running -= 1
            self.ended.append(time.perf_counter())


async def test_one_turn_of_a_person_at_a_time(workers: list[LockStore]) -> None:
    for number in range(14):
        turns = Turns()
        await asyncio.gather(*(turns.take(store, f"pair-{number}", 0.01) for store in workers))
        assert turns.most == 1 and len(turns.ended) == 2


async def test_who_waits_goes_on_soon(workers: list[LockStore]) -> None:
    turns = Turns()
    await asyncio.gather(*(turns.take(workers[number % 2], "five", 0.03) for number in range(5)))
    assert turns.most == 1 and len(turns.waited) == 4
    assert sorted(turns.waited)[1] <= 0.05


async def test_people_do_not_wait_for_each_other(workers: list[LockStore]) -> None:
    turns = Turns()
    await asyncio.gather(*(turns.take(workers[number % 2], f"person-{number}", 0.1) for number in range(10)))
    assert turns.most == 10


async def test_a_turn_that_failed_leaves_no_lock(workers: list[LockStore]) -> None:
    with pytest.raises(ZeroDivisionError):
        async with workers[0].lock("failed"):
            raise ZeroDivisionError
    turns = Turns()
    await asyncio.wait_for(turns.take(workers[1], "failed", 0), 1)
    assert len(turns.ended) == 1


@pytest.fixture
def short_lease(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], RedisLocks]:
    monkeypatch.setattr("bot.stores.lock_store._LEASE", 0.5)
    return RedisLocks


async def test_a_long_turn_keeps_its_lock(short_lease: Callable, redis_url: str) -> None:
    turns, store = Turns(), short_lease(redis_url)
    await asyncio.gather(turns.take(store, "long", 1.2), turns.take(store, "long", 0.01))
    assert turns.most == 1


async def test_the_lock_of_a_process_that_died_is_free_after_the_lease(short_lease: Callable, redis_url: str) -> None:
    store = short_lease(redis_url)
    await store._redis.lock("yibao:lock:dead", timeout=0.5).acquire()  # nobody renews it
    started = time.perf_counter()
    async with store.lock("dead"):
        assert 0.3 < time.perf_counter() - started < 0.8


async def test_without_redis_there_is_an_error_and_no_turn() -> None:
    store = locks("redis://127.0.0.1:1")
    with pytest.raises(LockError):
        async with store.lock("nobody"):
            pytest.fail("a turn ran without a lock")
