"""Knowledge that changes while the server runs."""

import asyncio
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import refresh
from bot.knowledge.loader import load, shipped, take_up
from bot.paths import KNOWLEDGE
from bot.stores.published import Files

pytestmark = pytest.mark.anyio

CELLS, OLD, NEW = "points/bind_family.yml", "审核通常1至2个工作日，通过就绑好了。", "审核通常9个工作日。"


@pytest.fixture
async def running(folder: Path, monkeypatch):
    monkeypatch.setattr(refresh, "SECONDS", 0.05)
    before = shipped()
    task = asyncio.ensure_future(refresh.keep_fresh(Files(folder)))
    await until(lambda: shipped() is not before)
    yield task
    assert not task.done()
    task.cancel()
    take_up(before)


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(1200):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise TimeoutError


def write(path: Path, old: str, new: str) -> None:
    """Put a changed file in the place of another."""
    text = path.read_text("utf-8")
    assert old in text
    path.with_suffix(".new").write_text(text.replace(old, new), "utf-8")
    os.replace(path.with_suffix(".new"), path)


def said() -> str | None:
    return shipped().cells["bind_family"]["duration"].entries[1].say


async def test_a_changed_text_is_taken_up_and_is_all_that_is_new(running, folder) -> None:
    write(folder / CELLS, f"say: {OLD}", f"say: {NEW}")
    await until(lambda: said() == NEW)
    assert shipped() == load(folder)


@pytest.mark.parametrize(("old", "new"), [(f"  say: {OLD}", "  say: [broken"), (f"  say: {OLD}\n", "")])
async def test_a_broken_file_leaves_what_was_and_its_mending_is_taken_up(running, folder, caplog, old, new) -> None:
    write(folder / CELLS, old, new)
    await until(lambda: "bind_family.yml" in caplog.text)
    assert said() == OLD
    shutil.copy(KNOWLEDGE / CELLS, folder / CELLS)
    write(folder / CELLS, f"say: {OLD}", f"say: {NEW}")
    await until(lambda: said() == NEW)


async def test_a_file_that_is_no_utf_8_leaves_what_was(running, folder, caplog) -> None:
    (folder / CELLS).write_bytes(b"\xff\xfe")
    await until(lambda: "UTF-8" in caplog.text)
    assert said() == OLD


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [(CELLS, "一两个工作日就好对吧", "一两个工作日就行对吧"), ("relatives.yml", "我妈", "俺娘")]
    + [(CELLS, "duration:\n", "duration:\n- {silent: 新的, asks: [新的问法], door: none}\n")],
)
async def test_what_is_learned_waits_for_training(running, folder, caplog, name, old, new) -> None:
    caplog.set_level(logging.WARNING, "sanic.root")
    before = shipped()
    write(folder / name, old, new)
    await until(lambda: "train and restart" in caplog.text)
    assert shipped() is before
