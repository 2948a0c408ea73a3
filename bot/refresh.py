"""Knowledge files that change while the server runs: each worker takes them up as a whole, or keeps what it has."""

import asyncio
from pathlib import Path

from sanic.log import logger

from bot.errors import KnowledgeError
from bot.knowledge.examples import examples
from bot.knowledge.loader import load, take_up
from bot.knowledge.model import Knowledge
from bot.paths import KNOWLEDGE
from bot.training import TEXTS

SECONDS = 1.0  # between two looks

_Stamps = frozenset[tuple[Path, int, int, int]]


async def keep_fresh(folder: Path = KNOWLEDGE) -> None:
    """Look at the files every second and take up what they say; never returns.

    What is learned (names, example questions) does not change without training: such files are told of and left.
    """
    seen = trained = None
    while True:
        try:
            # The first look too: a file may have changed while the model was loading.
            stamps = _stamps(folder)
            if stamps != seen:
                knowledge, learned = await asyncio.to_thread(_read, folder)
                trained = trained or learned
                if learned == trained:
                    take_up(knowledge)
                else:
                    logger.warning("knowledge has changed in what is learned: train and restart to take it up")
                seen = stamps
        except KnowledgeError as error:
            logger.error("knowledge has faults and is not taken up: %s", error)
            seen = stamps
        except OSError as error:  # such as a file that is just being put in its place: the next look finds it
            logger.warning("knowledge could not be read: %s", error)
        await asyncio.sleep(SECONDS)


def _stamps(folder: Path) -> _Stamps:
    found = ((path, path.stat()) for path in folder.rglob("*.yml"))
    return frozenset((path, stat.st_mtime_ns, stat.st_size, stat.st_ino) for path, stat in found)


def _read(folder: Path) -> tuple[Knowledge, tuple]:
    """What the files say, and what of it is learned."""
    knowledge = load(folder)
    lexicons = [path.read_bytes() for path in sorted(folder.glob("*.yml")) if path.name not in TEXTS]
    return knowledge, (*lexicons, *examples(folder / "points"))
