"""The names that are found in messages, over all lexicons: none may mean two things."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml.error import YAMLError

from bot.nlu.text import normalise
from bot.yamlfile import read_yaml_with_lines

OF_NAMES = ("channels", "relatives", "mini_programs", "ordinals")
PLACES = "regions"


@dataclass(frozen=True)
class Name:
    """A name as it stands in a file; `meaning` is an id, of a place the full name; `line` counts from 1."""

    text: str
    lexicon: str
    meaning: str
    line: int

    @property
    def key(self) -> str:
        """The same for names that are found in the same messages."""
        return normalise(self.text).lower()


def names(folder: Path) -> list[Name]:
    """Every name of the lexicons in a knowledge folder; a file that is none is left out (the loader tells of it)."""
    found = []
    for lexicon in OF_NAMES:
        tree = _read(folder / f"{lexicon}.yml")
        for id_, entry in tree.items():
            listed = entry["names"]
            found += [Name(str(n), lexicon, id_, listed.lc.item(place)[0] + 1) for place, n in enumerate(listed)]
    tree = _read(folder / f"{PLACES}.yml")
    for key, turned in (("names", False), ("titles", True)):
        for one, other in (tree.get(key) or {}).items():
            text, meaning = (other, one) if turned else (one, other)
            found.append(Name(str(text), PLACES, str(meaning), tree[key].lc.key(one)[0] + 1))
    return found


def twice(folder: Path) -> Iterator[tuple[Name, Name]]:
    """Names that mean something else already, each with the one before it."""
    programmes = {name: entry["region"] for name, entry in _read(folder / "mini_programs.yml").items()}
    first: dict[str, Name] = {}
    for name in names(folder):
        before = first.setdefault(name.key, name)
        if before is name or (before.lexicon, before.meaning) == (name.lexicon, name.meaning):
            continue
        # Who names a place's own programme names the place too.
        if before.lexicon == "mini_programs" and name.meaning == programmes[before.meaning]:
            continue
        yield name, before


def _read(path: Path) -> dict[str, Any]:
    try:
        tree = read_yaml_with_lines(path)
    except (OSError, UnicodeDecodeError, YAMLError):
        return {}
    return tree if isinstance(tree, dict) else {}
