"""Which sentences a new name would touch, before it is written into a lexicon. Pure but for reading the files."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.lexicons import PLACES, Name, names
from bot.nlu.terms import TermFinder
from bot.nlu.text import normalise
from bot.nlu_data import Sentence
from bot.places import full_names

_WORD = "word"


@dataclass(frozen=True)
class Hit:
    """A sentence in which the word would be found, and the names that are found at the same place now."""

    sentence: Sentence
    over: tuple[Name, ...]


def known(folder: Path) -> list[Name]:
    """Every name of the lexicons in a knowledge folder, and every place by its full name."""
    return [*names(folder), *(Name(full, PLACES, full, 0) for full in full_names())]


def like(word: str, known: Iterable[Name]) -> list[Name]:
    """The names that are the word, are in it or have it in them."""
    said = normalise(word).lower()
    return [name for name in known if said in name.key or name.key in said]


def hits(word: str, sentences: Iterable[Sentence], known: Iterable[Name]) -> list[Hit]:
    """The sentences in which the word would be found as a name, as the pipeline finds names."""
    said = normalise(word).lower()
    around = like(word, known)
    finder = TermFinder({_WORD: {_WORD: [said]}}, {})
    found = []
    for sentence in sentences:
        text = normalise(sentence.text)
        if said not in text.lower():
            continue
        places = [(term.start, term.end) for term in finder.find(text)]
        if places:
            found.append(Hit(sentence, tuple(name for name in around if _overlaps(text.lower(), name.key, places))))
    return found


def _overlaps(text: str, name: str, places: list[tuple[int, int]]) -> bool:
    start = text.find(name)
    while start >= 0:
        if any(start < end and begin < start + len(name) for begin, end in places):
            return True
        start = text.find(name, start + 1)
    return False
