"""The knowledge of several machines: rows in a real database, and a folder of files on each machine that stays as it is."""

import asyncio
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot import refresh
from bot.cli import main
from bot.errors import BotError
from bot.knowledge import edit
from bot.knowledge.loader import shipped, take_up
from bot.paths import KNOWLEDGE
from bot.staff.audit import Audit
from bot.staff.shelf import PUBLISHED, Conflict, Place, Shelf
from bot.stores.published_rows import Rows

pytestmark = pytest.mark.anyio

DURATION = Place("points/bind_family.yml", ("duration",))
OLD, NEW = "审核通常1至2个工作日，通过就绑好了。", "审核通常9个工作日。"


@pytest.fixture
def machines(tmp_path: Path, database_url: str) -> list[Rows]:
    """Two machines with the same release and one database."""
    folders = [Path(shutil.copytree(KNOWLEDGE, tmp_path / name / "knowledge")) for name in ("one", "other")]
    rows = [Rows(database_url, folder) for folder in folders]
    rows[0].begin()
    return rows


def shelf(rows: Rows, database_url: str) -> Shelf:
    return Shelf(database_url, Audit(database_url), rows)


async def publish(desk: Shelf, say: str = NEW) -> None:
    standing = await desk.standing(DURATION)
    await desk.save(DURATION, standing.seen, edit.with_entry(standing.text, 1, {"say": say}), "张三")
    await desk.publish({DURATION: (await desk.standing(DURATION)).seen}, "张三")


def files(rows: Rows) -> dict[str, str]:
    return {str(path.relative_to(rows.folder)): path.read_text("utf-8") for path in rows.folder.rglob("*.yml")}


def write(rows: Rows, old: str, new: str) -> None:
    """A release that says something else."""
    path = rows.folder / DURATION.file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


async def test_what_one_machine_publishes_all_tell_and_no_file_is_another(machines, database_url) -> None:
    one, other = machines
    before, stamps = files(one), other.stamps()
    await publish(shelf(one, database_url))
    path = other.folder / DURATION.file
    assert NEW in other.text(path) and OLD not in other.text(path)
    assert [name for name, stamp in other.stamps().items() if stamp != stamps[name]] == [path]
    assert files(one) == files(other) == before
    assert NEW in (await shelf(other, database_url).standing(DURATION)).published


async def test_of_two_machines_that_publish_at_once_one_is_told(machines, database_url) -> None:
    desks = [shelf(rows, database_url) for rows in machines]
    standing = await desks[0].standing(DURATION)
    await desks[0].save(DURATION, standing.seen, edit.with_entry(standing.text, 1, {"say": NEW}), "张三")
    seen = (await desks[1].standing(DURATION)).seen
    with ThreadPoolExecutor(2) as both:
        tries = [both.submit(asyncio.run, desk.publish({DURATION: seen}, "张三")) for desk in desks]
    faults = [one.exception() for one in tries]
    assert sorted(type(fault).__name__ for fault in faults) == sorted(["NoneType", Conflict.__name__])
    assert NEW in machines[1].text(machines[1].folder / DURATION.file)
    assert len(await desks[0]._audit.lines([PUBLISHED])) == 1


async def test_what_is_published_goes_into_the_files_and_only_its_line(machines, database_url) -> None:
    one, other = machines
    await publish(shelf(one, database_url))
    before = files(other)
    assert other.export() == [other.folder / DURATION.file]
    after = files(other)
    changed = [line for line in after[DURATION.file].splitlines() if line not in before[DURATION.file].splitlines()]
    assert changed == [f"  say: {NEW}"]
    assert {name for name in before if before[name] != after[name]} == {DURATION.file}
    assert other.export() == [] and other.differs() == []


async def test_a_release_does_not_wipe_out_what_was_never_exported(machines, database_url) -> None:
    one, other = machines
    await publish(shelf(one, database_url))
    write(other, "审核通常1至2个工作日", "审核通常4个工作日")
    with pytest.raises(BotError, match=r"bind_family\.yml"):
        other.take_in()
    assert NEW in one.text(one.folder / DURATION.file)
    assert other.take_in(all_of_it=True) == [other.folder / DURATION.file]
    assert "4个工作日" in one.text(one.folder / DURATION.file)


async def test_a_release_made_of_what_was_exported_is_taken_in(machines, database_url) -> None:
    one, other = machines
    await publish(shelf(one, database_url))
    other.export()
    write(other, NEW, "审核通常9个工作日左右。")
    assert other.take_in() == [other.folder / DURATION.file] and other.take_in() == []
    assert "9个工作日左右" in one.text(one.folder / DURATION.file)


async def test_a_release_before_its_import_answers_with_what_is_published(machines, database_url) -> None:
    one, other = machines
    await publish(shelf(one, database_url))
    before = shipped()
    refresh.begin(other)
    try:
        assert shipped().cells["bind_family"]["duration"].entries[1].say == NEW
    finally:
        take_up(before)


async def test_a_model_that_learned_other_examples_does_not_start(machines) -> None:
    one, other = machines
    write(other, "一两个工作日就好对吧", "一两个工作日就行对吧")
    other.take_in()
    before = shipped()
    with pytest.raises(BotError, match="yibao knowledge import"):
        refresh.begin(one)
    assert shipped() is before


async def test_a_running_worker_takes_up_what_another_machine_publishes(machines, database_url, monkeypatch) -> None:
    one, other = machines
    monkeypatch.setattr(refresh, "SECONDS", 0.05)
    before = shipped()
    task = asyncio.ensure_future(refresh.keep_fresh(other))
    try:
        await publish(shelf(one, database_url))
        await asyncio.wait_for(_until_said(NEW), 60)
        assert not task.done()
    finally:
        task.cancel()
        take_up(before)


async def _until_said(say: str) -> None:
    while shipped().cells["bind_family"]["duration"].entries[1].say != say:
        await asyncio.sleep(0.05)


async def test_the_shell_carries_it_both_ways(machines, database_url, monkeypatch, capsys) -> None:
    one, other = machines
    await publish(shelf(one, database_url))
    monkeypatch.setattr("bot.paths.KNOWLEDGE", other.folder)
    monkeypatch.setenv("YIBAO_DATABASE_URL", database_url)
    assert main(["knowledge", "export"]) == 1 and "YIBAO_KNOWLEDGE=database" in capsys.readouterr().err
    monkeypatch.setenv("YIBAO_KNOWLEDGE", "database")
    assert main(["knowledge", "export"]) == 0
    assert "bind_family.yml" in capsys.readouterr().out and NEW in files(other)[DURATION.file]
    assert main(["knowledge", "import"]) == 0
    assert "没有变化" in capsys.readouterr().out
