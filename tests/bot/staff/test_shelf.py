"""Drafts and publishing: two people, broken drafts, and processes that are ended in the middle."""

import asyncio
import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from bot.errors import KnowledgeError
from bot.knowledge import edit
from bot.knowledge.loader import load
from bot.staff.audit import Audit
from bot.staff.shelf import PUBLISHED, Conflict, NeedsTraining, Place, Shelf
from bot.stores import published
from bot.stores.published_rows import Rows

pytestmark = pytest.mark.anyio

DURATION = Place("points/bind_family.yml", ("duration",))
WHAT_IS = Place("points/general.yml", ("what_is",))


@pytest.fixture
def shelf(tmp_path: Path, folder: Path) -> Shelf:
    return open_shelf(tmp_path)


def open_shelf(tmp_path: Path, place: str = "files") -> Shelf:
    url = f"sqlite:///{tmp_path / 'db'}"
    return Shelf(url, Audit(url), published(url, place, tmp_path / "knowledge"))


async def draft(
    shelf: Shelf, place: Place = DURATION, say: str = "审核通常3至5个工作日，通过就绑好了。", who: str = "张三"
):
    standing = await shelf.standing(place)
    number = 1 if place == DURATION else 0
    await shelf.save(place, standing.seen, edit.with_entry(standing.text, number, {"say": say}), who)
    return await shelf.standing(place)


def lines(folder: Path) -> dict[Path, list[str]]:
    return {path: path.read_text("utf-8").splitlines() for path in folder.rglob("*.yml")}


async def test_only_the_line_that_was_changed_is_another(shelf, folder) -> None:
    before = lines(folder)
    await shelf.publish({DURATION: (await draft(shelf)).seen}, "张三")
    after = lines(folder)
    path = folder / DURATION.file
    assert {name for name in before if before[name] != after[name]} == {path}
    changed = [(old, new) for old, new in zip(before[path], after[path], strict=True) if old != new]
    assert changed == [("  say: 审核通常1至2个工作日，通过就绑好了。", "  say: 审核通常3至5个工作日，通过就绑好了。")]
    assert await shelf.drafts() == []


async def test_who_when_what_before_and_after_stand_in_the_audit(shelf) -> None:
    await shelf.publish({DURATION: (await draft(shelf)).seen}, "李四")
    (line,) = await shelf._audit.lines([PUBLISHED])
    assert (line.who, line.place) == ("李四", DURATION.id)
    assert "1至2" in line.before and "3至5" in line.after and "3至5" not in line.before
    assert [one.who for one in await shelf._audit.lines(["draft"])] == ["张三"]


async def test_the_second_of_two_people_is_told_and_nothing_is_lost(shelf) -> None:
    seen = (await shelf.standing(DURATION)).seen
    await draft(shelf, say="张三写的。")
    with pytest.raises(Conflict) as told:
        await shelf.save(DURATION, seen, "duration: not_applicable\n", "李四")
    assert told.value.standing.draft.who == "张三" and "张三写的。" in (await shelf.standing(DURATION)).text


async def test_nobody_publishes_what_they_have_not_seen(shelf, folder) -> None:
    seen = (await draft(shelf, say="先写的。")).seen
    await draft(shelf, say="后写的。", who="李四")
    before = lines(folder)
    with pytest.raises(Conflict):
        await shelf.publish({DURATION: seen}, "张三")
    with pytest.raises(Conflict):
        await shelf.discard(DURATION, seen, "张三")
    assert lines(folder) == before and "后写的。" in (await shelf.standing(DURATION)).text


async def test_a_draft_does_not_undo_what_was_published_meanwhile(shelf, folder) -> None:
    seen = (await draft(shelf)).seen
    path = folder / DURATION.file
    path.write_text(path.read_text("utf-8").replace("审核通常1至2个工作日，通过", "别处改的，通过"), "utf-8")
    with pytest.raises(Conflict):
        await shelf.publish({DURATION: seen}, "张三")
    standing = await shelf.standing(DURATION)
    assert standing.overtaken
    with pytest.raises(Conflict):
        await shelf.publish({DURATION: standing.seen}, "张三")
    assert "别处改的" in path.read_text("utf-8") and standing.draft


async def test_drafts_of_other_places_of_the_file_stay(shelf) -> None:
    other = Place(DURATION.file, ("what_is",))
    await draft(shelf, other, "就是另外一句。", "李四")
    await shelf.publish({DURATION: (await draft(shelf)).seen}, "张三")
    await shelf.publish({other: (await shelf.standing(other)).seen}, "李四")
    assert load(shelf.published.folder).cells["bind_family"]["what_is"].entries[0].say == "就是另外一句。"
    assert "3至5" in (await shelf.standing(DURATION)).published


@pytest.mark.parametrize(
    "text",
    [
        "duration: nonsense\n",
        "duration:\n- say: 没有出处\n",
        "duration:\n- say: [坏\n",
        "duration:\n- say: 好\n  source: {document: nowhere}\n",
        "other: inherited\n",
        "",
    ],
)
async def test_a_broken_draft_is_not_published(shelf, folder, text) -> None:
    before = lines(folder)
    await shelf.save(DURATION, (await shelf.standing(DURATION)).seen, text, "张三")
    with pytest.raises(KnowledgeError):
        await shelf.publish({DURATION: (await shelf.standing(DURATION)).seen}, "张三")
    assert lines(folder) == before and (await shelf.standing(DURATION)).draft


async def test_what_is_learned_is_not_published(shelf, folder) -> None:
    before = lines(folder)
    standing = await shelf.standing(DURATION)
    await shelf.save(DURATION, standing.seen, edit.with_entry(standing.text, 1, {"yes": ["两天就好对吧"]}), "张三")
    with pytest.raises(NeedsTraining):
        await shelf.publish({DURATION: (await shelf.standing(DURATION)).seen}, "张三")
    assert lines(folder) == before


async def test_a_folder_that_can_not_be_written_loses_nothing(shelf, folder, monkeypatch) -> None:
    before, standing = lines(folder), await draft(shelf)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="space"):
            await shelf.publish({DURATION: standing.seen}, "张三")
    await shelf.settle()
    assert lines(folder) == before and len(await shelf.drafts()) == 1
    await shelf.publish({DURATION: standing.seen}, "张三")  # once there is room
    assert "3至5" in (folder / DURATION.file).read_text("utf-8") and not await shelf.drafts()


def _publish_and_die(tmp_path: Path, place: str, seen: dict[Place, str], last: int) -> None:
    """Publish, and end without a word before the step of this number."""
    steps = 0

    def dying(work):
        def step(*arguments, **named):
            nonlocal steps
            steps += 1
            if steps == last:
                os.kill(os.getpid(), signal.SIGKILL)
            return work(*arguments, **named)

        return step

    os.fsync, os.replace = dying(os.fsync), dying(os.replace)
    Shelf._forget, Audit.settle, Rows._write = dying(Shelf._forget), dying(Audit.settle), dying(Rows._write)
    asyncio.run(open_shelf(tmp_path, place).publish(seen, "张三"))


@pytest.mark.slow
@pytest.mark.parametrize("place", ["files", "database"])
async def test_a_process_that_is_killed_leaves_all_or_nothing(place, folder, tmp_path) -> None:
    """Two files are published together; killed at each step, both are new once somebody comes next, or both are old."""
    shelf = open_shelf(tmp_path, place)
    shelf.published.begin()
    start = multiprocessing.get_context("forkserver")
    start.set_forkserver_preload(["bot.staff.shelf"])
    done, last, code = [], 0, -signal.SIGKILL
    while code:
        last += 1
        say, other = f"审核通常{last + 10}个工作日，通过就绑好了。", f"第{last}回的说法。"
        await draft(shelf, DURATION, say)
        await draft(shelf, WHAT_IS, other)
        seen = {changed: (await shelf.standing(changed)).seen for changed in (DURATION, WHAT_IS)}
        process = start.Process(target=_publish_and_die, args=(tmp_path, place, seen, last))
        process.start()
        await asyncio.to_thread(process.join)
        code = process.exitcode
        load(folder, shelf.published.texts())  # whatever stands there is whole
        await open_shelf(tmp_path, place).settle()
        texts = [shelf.published.text(folder / changed.file) for changed in (DURATION, WHAT_IS)]
        assert (say in texts[0]) is (other in texts[1])
        done.append(say in texts[0])
        assert len(await shelf.drafts()) == (0 if done[-1] else 2)
        assert len(await shelf._audit.lines([PUBLISHED])) == 2 * sum(done)
    assert len(done) > 3 and done[-1]
    assert not await shelf._audit.lines(["publishing"])
