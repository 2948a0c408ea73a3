"""Knowledge files that change while the server runs: each worker takes them up as a whole, or keeps what it has."""

import asyncio
from pathlib import Path
from typing import Any

from sanic.log import logger

from bot.errors import KnowledgeError
from bot.knowledge.loader import load, take_up
from bot.knowledge.model import Knowledge
from bot.paths import KNOWLEDGE
from bot.training import TEXTS

SECONDS = 1.0  # between two looks

_Learned = tuple[list[bytes], list[tuple[Any, ...]]]
_Stamps = dict[Path, tuple[int, int, int]]


async def keep_fresh(folder: Path = KNOWLEDGE) -> None:
    """Look at the files every second and take up what they say; never returns.

    What is learned (names, example questions) does not change without training: such files are told of and left.
    """
    seen: _Stamps = {}
    known: Knowledge | None = None
    trained: _Learned | None = None
    while True:
        try:
            # The first look too: a file may have changed while the model was loading.
            stamps = _stamps(folder)
            if stamps != seen:
                changed = [path for path in stamps if stamps[path] != seen.get(path)]
                same_files = stamps.keys() == seen.keys()
                read, learned = await asyncio.to_thread(_read, folder, changed, known if same_files else None)
                known, trained = read, trained or learned
                if learned == trained:
                    take_up(read)
                else:
                    logger.warning("knowledge has changed in what is learned: train and restart to take it up")
                seen = stamps
        except KnowledgeError as error:
            logger.error("knowledge has faults and is not taken up: %s", error)
            seen, known = stamps, None
        except (OSError, UnicodeDecodeError) as error:  # the next look reads all: it may tell what is wrong
            logger.warning("knowledge could not be read: %s", error)
            known = None
        await asyncio.sleep(SECONDS)


def _stamps(folder: Path) -> _Stamps:
    found = ((path, path.stat()) for path in folder.rglob("*.yml"))
    return {path: (stat.st_mtime_ns, stat.st_size, stat.st_ino) for path, stat in found}


def _read(folder: Path, changed: list[Path], known: Knowledge | None) -> tuple[Knowledge, _Learned]:
    """What the files say, those read again that have changed, and what of it is learned."""
    texts = {path: path.read_text(encoding="utf-8") for path in changed} if known else {}
    knowledge = load(folder, texts, known)
    lexicons = [path.read_bytes() for path in sorted(folder.glob("*.yml")) if path.name not in TEXTS]
    examples = [
        (task, point, number, entry.asks, entry.yes, entry.no)
        for task, cells in knowledge.cells.items()
        for point, cell in cells.items()
        for number, entry in enumerate(cell.entries)
        if entry.examples
    ]
    return knowledge, (lexicons, examples)
