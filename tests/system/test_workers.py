"""Several workers on one port: the same conversations, kills, rolling restarts, with real PostgreSQL and Redis."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import Server
from tests.system.servers import Tally, talk

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture(scope="module")
def server(
    model_path: Path, postgres_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    settings = {"YIBAO_DATABASE_URL": postgres_url, "YIBAO_REDIS_URL": redis_url, "YIBAO_LOG_LEVEL": "INFO"}
    with Server(tmp_path_factory.mktemp("workers"), "--workers", "2", **settings) as server:
        yield server


async def people(server: Server, count: int, messages: int, pause: float = 0.0) -> Tally:
    tally = Tally()
    await asyncio.gather(*(talk(server.url, tally, messages, pause) for _ in range(count)))
    return tally


async def test_sessions_move_freely_between_workers(server: Server) -> None:
    tally = await people(server, 8, 5)
    assert tally.answered == tally.sent == 40
    assert not tally.lost and not tally.doubled and not tally.refused


async def test_frozen_workers_are_replaced_and_nothing_is_lost(server: Server) -> None:
    before = server.workers()
    talking = asyncio.ensure_future(people(server, 4, 6))
    await asyncio.sleep(0.5)
    frozen = time.monotonic()
    for worker in before:
        os.kill(worker, signal.SIGSTOP)
    until = time.monotonic() + 90
    while set(server.workers()) & set(before) and time.monotonic() < until:
        await asyncio.sleep(0.2)
    noticed = time.monotonic() - frozen
    tally = await talking
    print(f"noticed after {noticed:.1f} s, longest {max(tally.seconds):.1f} s")
    assert not set(server.workers()) & set(before) and noticed < 20
    assert tally.answered == tally.sent == 24
    assert not tally.lost and not tally.doubled
    assert "没有应答" in server.log.read_text()


async def test_a_worker_killed_in_mid_turn_loses_and_doubles_nothing(server: Server) -> None:
    before = server.workers()
    talking = asyncio.ensure_future(people(server, 8, 12))
    await asyncio.sleep(1)
    os.kill(before[0], signal.SIGKILL)
    tally = await talking
    assert tally.answered == tally.sent == 96
    assert not tally.lost and not tally.doubled
    until = time.monotonic() + 60
    while len(set(server.workers()) - {before[0]}) < 2 and time.monotonic() < until:
        await asyncio.sleep(0.2)
    assert len(server.workers()) == 2 and before[0] not in server.workers()


async def test_a_rolling_restart_loses_and_doubles_nothing_and_nobody_waits(server: Server) -> None:
    before = server.workers()
    stop = asyncio.Event()
    tally = Tally()

    async def keep_talking() -> None:
        while not stop.is_set():
            await talk(server.url, tally, 5, 0.1)

    talking = [asyncio.ensure_future(keep_talking()) for _ in range(2)]
    server.process.send_signal(signal.SIGHUP)
    until = time.monotonic() + 240
    while set(server.workers()) & set(before) and time.monotonic() < until:
        await asyncio.sleep(0.2)
    stop.set()
    await asyncio.gather(*talking)
    assert not set(server.workers()) & set(before)
    assert tally.answered == tally.sent > 0
    assert not tally.lost and not tally.doubled
    pauses = [later - earlier for earlier, later in zip(tally.times, tally.times[1:], strict=False)]
    print(f"answers {tally.answered}, longest pause {max(pauses):.2f} s, refused {dict(tally.refused)}")
    assert max(pauses) < 5  # the aim is 1 s on a machine whose cores are free


async def test_sigterm_brings_turns_to_their_end(
    model_path: Path, tmp_path: Path, postgres_url: str, redis_url: str
) -> None:
    settings = {"YIBAO_DATABASE_URL": postgres_url, "YIBAO_REDIS_URL": redis_url}
    with Server(tmp_path, **settings) as server:
        talking = asyncio.ensure_future(people(server, 4, 1))
        await asyncio.sleep(0.05)
        server.process.send_signal(signal.SIGTERM)
        code = await asyncio.get_running_loop().run_in_executor(None, server.process.wait, 40)
        talking.cancel()
    assert code == 0
    assert "Traceback" not in server.log.read_text()
