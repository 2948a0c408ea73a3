"""What becomes of a database under the program: its files go, its disk fills up, an id doesn't fit into it."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import aiohttp
import psutil
import pytest
import sqlalchemy as sa

from bot.channels.web import WebInput
from bot.feedback import Feedback
from bot.server import build
from bot.settings import read as read_settings
from bot.stores import locks
from bot.stores.database import FilesGone
from bot.stores.tracker_store import ConversationStore
from tests.serving import Server, on_loopback
from tests.system.test_tracker_store import DOMAIN, say

pytestmark = pytest.mark.anyio


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "conversations.db"


@pytest.fixture
def store(path: Path) -> Iterator[ConversationStore]:
    store = ConversationStore(DOMAIN, f"sqlite:///{path}")
    yield store
    store.close()


def delete(path: Path) -> None:
    for file in path.parent.glob("conversations.db*"):
        file.unlink()


def replace(path: Path) -> None:
    copy = path.with_name("copy")
    with sqlite3.connect(path) as database:
        database.execute("VACUUM INTO ?", [str(copy)])
    delete(path)
    copy.rename(path)


LOSSES = {
    "all files": delete,
    "the database": lambda path: path.unlink(),
    "its log": lambda path: path.with_name("conversations.db-wal").unlink(),
    "the log's index": lambda path: path.with_name("conversations.db-shm").unlink(),
    "the folder": lambda path: shutil.rmtree(path.parent),
    "another in its place": replace,
}


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES)
async def test_files_that_go_are_noticed_at_once(
    store: ConversationStore, path: Path, lose: Callable[[Path], None]
) -> None:
    await say(store, "一")
    lose(path)
    for work in (lambda: say(store, "二"), lambda: store.retrieve("s"), store.check, store.keys, store.check):
        with pytest.raises((FilesGone, sa.exc.OperationalError)):
            await work()


async def test_a_database_that_is_gone_is_not_begun_anew(store: ConversationStore, path: Path) -> None:
    await say(store, "一")
    delete(path)
    results = await asyncio.gather(*(say(store, "二", f"s{n}") for n in range(20)), return_exceptions=True)
    assert not [result for result in results if not isinstance(result, sa.exc.SQLAlchemyError)]
    assert not path.exists()


async def test_votes_notice_it_too(path: Path) -> None:
    feedback = Feedback(f"sqlite:///{path}")
    await feedback.store("s", "m", 1, "答", None)
    delete(path)
    with pytest.raises(sa.exc.SQLAlchemyError):
        await feedback.store("s", "m", -1, "答", None)


async def test_what_was_not_lost_is_there_after_a_restart(store: ConversationStore, path: Path) -> None:
    """The log is deleted: nothing is written on into it, and the last connection brings it into the database."""
    await say(store, "一")
    path.with_name("conversations.db-wal").unlink()
    with pytest.raises(FilesGone):
        await say(store, "二")
    store.close()
    again = ConversationStore(DOMAIN, f"sqlite:///{path}")
    await say(again, "三")
    tracker = await again.retrieve_full_tracker("s")
    again.close()
    assert [event.text for event in tracker.events if event.type_name == "user"] == ["一", "三"]


async def test_a_full_disk_is_an_error_and_noticed_and_what_was_kept_stays(store: ConversationStore) -> None:
    async def told() -> list[str]:
        tracker = await store.retrieve_full_tracker("s")
        return [event.text for event in tracker.events if event.type_name == "user"]

    await say(store, "一", client_message_id="a")
    await store.check()

    def limit(pages: int) -> None:
        # On every connection; SQLite then says what it says on a full disk.
        store.engine.dispose()
        sa.event.listen(store.engine, "connect", lambda c, record: c.execute(f"PRAGMA max_page_count={pages}"))

    limit(1)  # no page more than there are

    async def talk_on() -> None:
        for number in range(50):
            await say(store, "二" * 200, client_message_id=f"b{number}")

    with pytest.raises(sa.exc.OperationalError, match="full"):
        await talk_on()
    with pytest.raises(sa.exc.OperationalError, match="full"):
        await store.check()
    kept = await told()
    assert kept[0] == "一"
    limit(1_000_000)
    await store.check()
    await say(store, "三", client_message_id="c")
    assert await told() == [*kept, "三"]


async def test_the_check_leaves_the_database_as_small_as_it_was(store: ConversationStore, path: Path) -> None:
    sizes = []
    for _ in range(20):
        store._sound = False
        await store.check()
        sizes.append(path.stat().st_size)
    assert sizes[-1] < 400_000


async def test_checks_that_come_often_write_seldom(store: ConversationStore) -> None:
    await store.check()
    written = []
    sa.event.listen(store.engine, "commit", lambda connection: written.append(connection))
    for _ in range(20):
        await store.check()
    assert len(written) <= 1


async def test_health_tells_of_it(path: Path) -> None:
    url = f"sqlite:///{path}"
    store = ConversationStore(DOMAIN, url)
    agent = SimpleNamespace(tracker_store=store, lock_store=locks(None), is_ready=lambda: True)
    app = build(agent, [WebInput(Feedback(url))], read_settings())
    async with on_loopback(app) as address, aiohttp.ClientSession() as client:

        async def health() -> int:
            async with client.get(f"{address}/healthz") as answer:
                return answer.status

        assert await health() == 200
        delete(path)
        assert await health() == 503
    store.close()


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["deleted", "full"])
def test_a_server_tells_people_and_whoever_watches_it(model_path: Path, tmp_path: Path, fault: str) -> None:
    import requests

    with Server(tmp_path) as server:
        web = f"{server.url}/webhooks/web"
        session = requests.post(f"{web}/sessions", timeout=20).json()["session_id"]

        def say(number: int) -> int:
            body = {"session_id": session, "client_message_id": str(number), "text": "怎么绑定家人"}
            return requests.post(f"{web}/messages", json=body, timeout=20).status_code

        assert say(0) == 200 and requests.get(f"{server.url}/healthz", timeout=20).status_code == 200
        if fault == "deleted":
            for file in tmp_path.glob("conversations.db*"):
                file.unlink()
            assert say(1) == 503
        else:
            # No file may grow: the log of the database is as on a full disk.
            psutil.Process(server.process.pid).rlimit(psutil.RLIMIT_FSIZE, (4096, -1))
            assert 503 in [say(number) for number in range(1, 4)]
        assert requests.get(f"{server.url}/healthz", timeout=20).status_code == 503
        assert requests.post(f"{web}/sessions", timeout=20).status_code == 503
        assert requests.get(f"{server.url}/livez", timeout=20).status_code == 200
        if fault == "full":
            psutil.Process(server.process.pid).rlimit(psutil.RLIMIT_FSIZE, (-1, -1))
            assert say(9) == 200 and requests.get(f"{server.url}/healthz", timeout=20).status_code == 200


# -- what doesn't fit into PostgreSQL


async def test_an_id_that_does_not_fit_ends_one_call_and_not_the_process(postgres_url: str) -> None:
    store = ConversationStore(DOMAIN, postgres_url)
    for work in (store.retrieve, store.retrieve_full_tracker, store.said, store.forget):
        with pytest.raises(ValueError, match="NUL"):
            await work("\0")
    await store.check()
    store.close()


@pytest.mark.parametrize("comment", ["\0", "没\0看懂", "\ud800", "好\udfff"])
async def test_a_comment_that_does_not_fit_is_kept_without_it(database_url: str, comment: str) -> None:
    feedback = Feedback(database_url)
    await feedback.store("s", "m", -1, "答\0", comment)
    assert await feedback.of("s") == {"m": -1}
