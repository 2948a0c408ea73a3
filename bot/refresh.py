"""Published knowledge that changes while the server runs: each worker takes it up as a whole, or keeps what it has."""

import asyncio
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sanic.log import logger

from bot.errors import BotError, KnowledgeError
from bot.knowledge.loader import load, shipped, take_up
from bot.knowledge.model import Knowledge
from bot.stores.published import Published, Stamps
from bot.training import TEXTS

SECONDS = 1.0  # between two looks

_Learned = tuple[list[bytes], list[tuple[Any, ...]]]


async def keep_fresh(published: Published) -> None:
    """Look every second at what is published and take it up; never returns.

    What is learned (names, example questions) does not change without training: such files are told of and left.
    """
    trained = await asyncio.to_thread(learned, shipped(), published.folder)
    seen: Stamps = {}
    known: Knowledge | None = None
    failing = False
    while True:
        try:
            # The first look too: something may have changed while the model was loading.
            stamps = await asyncio.to_thread(published.stamps)
            if stamps != seen:
                changed = [path for path in stamps if stamps[path] != seen.get(path)]
                same_files = stamps.keys() == seen.keys()
                known = await asyncio.to_thread(_read, published, changed, known if same_files else None)
                if await asyncio.to_thread(learned, known, published.folder) == trained:
                    take_up(known)
                else:
                    logger.warning("knowledge has changed in what is learned: train and restart to take it up")
                seen = stamps
            failing = False
        except KnowledgeError as error:
            logger.error("knowledge has faults and is not taken up: %s", error)
            seen, known = stamps, None
        # The next look reads all: it may tell what is wrong.
        except (OSError, UnicodeDecodeError, sa.exc.SQLAlchemyError) as error:
            if not failing:  # a database may be away for long
                logger.warning("knowledge could not be read: %s", error)
            known, failing = None, True
        await asyncio.sleep(SECONDS)


def begin(published: Published) -> None:
    """Take up what is published before anybody is answered.

    Raises:
        BotError: its example questions are not those that the model learned, or it has faults.
    """
    published.begin()
    texts = published.texts()
    if not texts:
        return  # the files, as they were read already
    knowledge = load(published.folder, texts)
    if learned(knowledge, published.folder) != learned(shipped(), published.folder):
        raise BotError(
            "数据库里的知识和这个版本学过的例句不一样。工作台上的改动先 yibao knowledge export 合并好，"
            "再用这个版本 yibao knowledge import，然后启动。"
        )
    take_up(knowledge)


def _read(published: Published, changed: list[Path], known: Knowledge | None) -> Knowledge:
    """What is published, those files read again that have changed."""
    texts = {path: published.text(path) for path in changed} if known else published.texts()
    return load(published.folder, texts, known)


def learned(knowledge: Knowledge, folder: Path) -> _Learned:
    """What of the knowledge is learned: its names, which only the files have, and its example questions."""
    lexicons = [path.read_bytes() for path in sorted(folder.glob("*.yml")) if path.name not in TEXTS]
    examples = [
        (task, point, number, entry.asks, entry.yes, entry.no)
        for task, cells in knowledge.cells.items()
        for point, cell in cells.items()
        for number, entry in enumerate(cell.entries)
        if entry.examples
    ]
    return lexicons, examples
