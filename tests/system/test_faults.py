"""What fails while people talk: Redis and PostgreSQL are killed and come back, the database is slow, the disk full.

Every message is answered exactly once or its sender is told to try again; nothing that was answered is lost.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa

from tests.serving import Server
from tests.system.servers import Postgres, Redis, Tally, talk

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

_DOWN_SECONDS = 10


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    server = Redis()
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    # Not pytest's folder, see conftest.py.
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = Postgres(Path(folder) / "data")
        yield server
        server.close()


@pytest.fixture(scope="module")
def server(
    model_path: Path, postgres: Postgres, redis: Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    settings = {"YIBAO_DATABASE_URL": postgres.url, "YIBAO_REDIS_URL": redis.url}
    with Server(tmp_path_factory.mktemp("faults"), **settings) as server:
        yield server


async def _talk_while_down(server: Server, store: Redis | Postgres) -> Tally:
    """People talk; the store is killed and comes back."""
    tally = Tally()
    talking = [asyncio.ensure_future(talk(server.url, tally, 12, 0.5)) for _ in range(4)]
    await asyncio.sleep(2)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, store.kill)
    await asyncio.sleep(_DOWN_SECONDS)
    async with aiohttp.ClientSession() as client, client.get(f"{server.url}/healthz") as health:
        assert health.status == 503
    await loop.run_in_executor(None, store.start)
    await asyncio.gather(*talking)
    print(f"answered {tally.answered}, refused {dict(tally.refused)}, longest {max(tally.seconds):.1f} s")
    return tally


@pytest.mark.parametrize("name", ["redis", "postgres"])
async def test_a_store_that_dies_and_comes_back_loses_and_doubles_nothing(
    server: Server, name: str, request: pytest.FixtureRequest
) -> None:
    tally = await _talk_while_down(server, request.getfixturevalue(name))
    assert tally.answered == tally.sent == 48
    assert tally.refused["503"] > 0  # told to try again, not answered as if all were well
    assert not tally.lost and not tally.doubled
    async with aiohttp.ClientSession() as client, client.get(f"{server.url}/healthz") as health:
        assert health.status == 200
    assert "Traceback" not in server.log.read_text() or '"error"' in server.log.read_text()


async def test_a_slow_database_delays_only_who_waits_for_it(server: Server, postgres: Postgres) -> None:
    await talk(server.url, Tally(), 1)  # the tables are there
    engine = sa.create_engine(postgres.url)
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "CREATE FUNCTION slow() RETURNS trigger AS 'BEGIN PERFORM pg_sleep(2); RETURN NEW; END' LANGUAGE plpgsql;"
                "CREATE TRIGGER slow BEFORE INSERT OR UPDATE ON conversations FOR EACH ROW EXECUTE FUNCTION slow()"
            )
        )
    try:
        tally = Tally()
        talking = asyncio.gather(*(talk(server.url, tally, 2) for _ in range(4)))
        waits = []
        async with aiohttp.ClientSession() as client:
            while not talking.done():
                started = time.perf_counter()
                async with client.get(f"{server.url}/livez") as alive:
                    assert alive.status == 200
                waits.append(time.perf_counter() - started)
                await asyncio.sleep(0.05)
        await talking
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text("DROP TRIGGER slow ON conversations; DROP FUNCTION slow()"))
        engine.dispose()
    assert tally.answered == 8 and not tally.lost and not tally.doubled
    assert min(tally.seconds) > 2
    assert sorted(waits)[len(waits) // 2] < 0.5
