"""Where something stands in the knowledge: for who looks for a word, and for what a change may have left behind. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from pydantic import BaseModel

from bot.knowledge.model import Entry, Knowledge, Source

_LEAST = 4  # characters that tell a statement from others
_AROUND = 4  # characters behind what was changed that belong to it: 1至2 + 个工作日


@dataclass(frozen=True)
class Found:
    """A sentence and where it stands: a cell's entry, or a way."""

    task: str
    point: str | None  # None for a way
    number: int
    text: str


def find(knowledge: Knowledge, words: str, most: int = 100) -> list[Found]:
    """The sentences that hold all the words, the ways' last."""
    wanted = words.split()
    if not wanted:
        return []
    found = []
    for one in _sentences(knowledge):
        if all(word in one.text for word in wanted):
            found.append(one)
            if len(found) == most:
                break
    return found


def left_behind(knowledge: Knowledge, old: str, new: str) -> tuple[str, list[Found]]:
    """What was said before and is not any more, and the sentences that say it still."""
    changes = [c for c in SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if c[0] != "equal"]
    if not changes:
        return "", []
    fragment = old[changes[0][1] : changes[-1][2] + _AROUND].strip("。，；：")
    if len(fragment) < _LEAST or fragment in new:
        return "", []
    return fragment, find(knowledge, fragment.replace(" ", ""))


def _sentences(knowledge: Knowledge) -> Iterator[Found]:
    for task, cells in knowledge.cells.items():
        for point, cell in cells.items():
            for number, entry in enumerate(cell.entries):
                for text in _texts_of(entry):
                    yield Found(task, point, number, text)
    for task, procedure in knowledge.procedures.items():
        for number, variant in enumerate(procedure.variants):
            for text in _strings(variant):
                yield Found(task, None, number, text)


def _texts_of(entry: Entry) -> Iterator[str]:
    yield from filter(None, (entry.say, entry.more, entry.silent, entry.near))


def _strings(tree: Any) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, list):
        for item in tree:
            yield from _strings(item)
    elif isinstance(tree, BaseModel) and not isinstance(tree, Source):
        for name in type(tree).model_fields:
            if name not in ("channel", "region", "when", "after", "regions"):
                yield from _strings(getattr(tree, name))
