"""Which sentences a new name would touch, before it is written into a lexicon. Pure but for reading the files."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from bot.nlu.terms import TermFinder
from bot.nlu.text import normalise
from bot.nlu_data import Sentence
from bot.places import full_names

LEXICONS = ("channels", "relatives", "mini_programs", "ordinals")
_WORD = "word"


@dataclass(frozen=True)
class Known:
    """A name that is in a lexicon already and has letters in common with the word in one way or another."""

    lexicon: str
    id: str
    name: str


@dataclass(frozen=True)
class Hit:
    """A sentence in which the word would be found, and the names that are found at the same place now."""

    sentence: Sentence
    over: tuple[Known, ...]


def names(folder: Path) -> list[Known]:
    """Every name of the lexicons in a knowledge folder, and every place by its full name."""
    found = []
    for lexicon in LEXICONS:
        tree = YAML(typ="safe").load((folder / f"{lexicon}.yml").read_text(encoding="utf-8"))
        found += [Known(lexicon, id_, name) for id_, entry in tree.items() for name in entry["names"]]
    regions = YAML(typ="safe").load((folder / "regions.yml").read_text(encoding="utf-8"))
    found += [Known("regions", full, name) for name, full in regions["names"].items() if isinstance(full, str)]
    found += [Known("regions", full, title) for full, title in regions["titles"].items()]
    return found + [Known("regions", full, full) for full in full_names()]


def like(word: str, known: Iterable[Known]) -> list[Known]:
    """The names that are the word, are in it or have it in them."""
    said = normalise(word).lower()
    return [name for name in known if said in name.name.lower() or name.name.lower() in said]


def hits(word: str, sentences: Iterable[Sentence], known: Iterable[Known]) -> list[Hit]:
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
            found.append(
                Hit(sentence, tuple(name for name in around if _overlaps(text.lower(), name.name.lower(), places)))
            )
    return found


def _overlaps(text: str, name: str, places: list[tuple[int, int]]) -> bool:
    start = text.find(name)
    while start >= 0:
        if any(start < end and begin < start + len(name) for begin, end in places):
            return True
        start = text.find(name, start + 1)
    return False
