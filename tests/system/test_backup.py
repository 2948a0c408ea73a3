"""The backup and restore commands of docs/operations.md, run as they stand there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pgserver
import pytest
import sqlalchemy as sa
from rasa.shared.core.events import UserUttered

from bot.stores.tracker_store import ConversationStore
from tests.system.test_tracker_store import DOMAIN, say

pytestmark = pytest.mark.anyio

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
BINARIES = Path(pgserver.__file__).parent / "pginstall" / "bin"


def commands(tool: str) -> list[str]:
    """The two commands of the block that uses a tool: backup, restore."""
    block = next(block for block in re.findall(r"```sh\n(.+?)```", PAGE, re.S) if tool in block)
    return block.strip().splitlines()


def run(command: str, folder: Path, **environment: str) -> None:
    path = f"{BINARIES}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        command, shell=True, cwd=folder, env={**os.environ, "PATH": path, **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


async def texts(url: str, *more: str) -> list[str]:
    """What was said in the conversation, after saying more."""
    store = ConversationStore(DOMAIN, url)
    for text in more:
        await say(store, text, client_message_id=text)
    tracker = await store.retrieve_full_tracker("s")
    store.close()
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


async def test_postgres_comes_back(postgres_url: str, tmp_path: Path) -> None:
    backup, restore = commands("pg_dump")
    said = await texts(postgres_url, "一", "二")
    run(backup, tmp_path, YIBAO_DATABASE_URL=postgres_url)
    engine = sa.create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE events, conversations, heard"))
    engine.dispose()
    run(restore, tmp_path, YIBAO_DATABASE_URL=postgres_url)
    assert await texts(postgres_url, "三") == [*said, "三"]


async def test_sqlite_comes_back(tmp_path: Path) -> None:
    backup, restore = commands("VACUUM INTO")
    url = f"sqlite:///{tmp_path / 'var' / 'conversations.db'}"
    said = await texts(url, "一", "二")
    run(backup, tmp_path)
    assert await texts(url, "没有备份的") == [*said, "没有备份的"]
    run(restore, tmp_path)
    assert await texts(url, "三") == [*said, "三"]
