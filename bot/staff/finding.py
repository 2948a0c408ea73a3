"""Where something stands in the knowledge: for who looks for a word, and for what a change may have left behind. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from bot.knowledge.model import Entry, Knowledge
from bot.staff import ways
from bot.staff.shelf import Place

MOST = 200
_LEAST = 4  # characters that tell a statement from others
_AROUND = 4  # characters behind what was changed that belong to it: 1至2 + 个工作日
_TEXTS = ("say", "more", "silent", "near")


@dataclass(frozen=True)
class Found:
    """A sentence: its place, the keys that lead to it in the place's own part, and what it says."""

    place: Place
    keys: tuple[str | int, ...]
    text: str

    @property
    def id(self) -> str:
        """As a form names it."""
        return f"{self.place.id}:{'/'.join(map(str, self.keys))}"


def find(knowledge: Knowledge, words: str) -> list[Found]:
    """The first `MOST` sentences that hold all the words, those of the ways last."""
    wanted, found = words.split(), []
    for one in _sentences(knowledge) if wanted else ():
        if all(word in one.text for word in wanted):
            found.append(one)
            if len(found) == MOST:
                break
    return found


def left_behind(old: str, new: str) -> str:
    """What was said before and is not any more; empty where it is too short to be told from other things."""
    changes = [c for c in SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if c[0] != "equal"]
    if not changes:
        return ""
    fragment = old[changes[0][1] : changes[-1][2] + _AROUND].strip("。，；：")
    return "" if len(fragment) < _LEAST or fragment in new or " " in fragment else fragment


def texts_of(entry: Entry) -> dict[str, str]:
    """The sentences of an entry by their keys."""
    return {name: getattr(entry, name) for name in _TEXTS if getattr(entry, name)}


def _sentences(knowledge: Knowledge) -> Iterator[Found]:
    for task, decided in knowledge.cells.items():
        for point, cell in decided.items():
            place = Place.of_cell(task, point)
            for number, entry in enumerate(cell.entries):
                yield from (Found(place, (number, name), text) for name, text in texts_of(entry).items())
    for task, procedure in knowledge.procedures.items():
        for number, variant in enumerate(procedure.variants):
            place = Place.of_way(task, number)
            yield from (Found(place, keys, text) for keys, text in ways.sentences(variant))
