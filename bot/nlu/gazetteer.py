"""Finds the places named in a text and reduces each to the prefecture or province it lies in."""

from __future__ import annotations

import contextlib
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import spacy
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from bot.nlu.text import normalise

Locations = Mapping[str, Mapping[str, Any]]

_PROVINCE, _PREFECTURE, _COUNTY = range(3)
# The dictionary's name for "counties that no prefecture is above of".
_DIRECT = "直辖行政区划"
# Stands for every character that no name has.
_OTHER = "\ufffd"
# The matcher's labels.
_PHRASE, _SURE, _WEAK = "phrase", "sure", "weak"
# Ordinary words to hold against a weak name: how often they must occur (jieba's counts; 5 misses 1.4 % of the weak names
# in simple sentences, 100 misses 0.9 % but takes 西林 out of 阿莫西林) and how long they may be.
_COMMON, _LONGEST = 5, 4


@dataclass(frozen=True)
class Place:
    """A place named in a text; `candidates` are the full names it may stand for."""

    start: int
    end: int
    name: str
    candidates: tuple[str, ...]


class Gazetteer:
    """The matcher over the tables that `build` makes; `find_places` asks it."""

    def __init__(self, tables: Mapping[str, Any]) -> None:
        self.names: dict[str, list[str]] = tables["names"]
        self.weak = frozenset(tables["weak"])
        self.not_before = re.compile(tables["not_before"])
        self.not_before_weak = re.compile(tables["not_before_weak"])
        self.joint = re.compile(tables["joint"])
        # On characters: behind a word segmenter 江西人 and 北京市民 are words, and the place in them is missed.
        self._vocab = spacy.blank("zh").vocab
        self._known = frozenset().union(*self.names, *tables["phrases"])
        self._matcher = PhraseMatcher(self._vocab)
        self._add(_PHRASE, tables["phrases"])
        self._add(_SURE, (name for name in self.names if name not in self.weak))
        self._add(_WEAK, self.weak)
        # A set, not the matcher: there a phrase costs 6 kB.
        self._words = frozenset(tables["words"])

    def _add(self, label: str, phrases: Iterable[str]) -> None:
        self._matcher.add(label, [self._characters(phrase) for phrase in phrases])

    def _characters(self, text: str) -> Doc:
        # spaCy's own segmenter hangs a blank on the character before it, and the offsets slip.
        # And it keeps every character it sees for ever: those of no name are one to it.
        return Doc(self._vocab, words=[character if character in self._known else _OTHER for character in text])

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return the (start, end) of every name in `text`, in order and without overlaps."""
        strings = self._vocab.strings
        matches = [(strings[label], start, end) for label, start, end in self._matcher(self._characters(text))]
        # Sure names before weak ones (从[江苏], not [从江]苏), then the longest, then the first.
        matches.sort(key=lambda match: (match[0] == _WEAK, match[1] - match[2], match[1]))
        taken = bytearray(len(text))
        found = []
        for label, start, end in matches:
            if any(taken[start:end]) or (label == _WEAK and self._in_word(text, start, end, taken)):
                continue
            taken[start:end] = b"\1" * (end - start)
            if label != _PHRASE:
                found.append((start, end))
        return sorted(found)

    def _in_word(self, text: str, start: int, end: int, taken: bytearray) -> bool:
        """Tell whether an ordinary word of free characters holds the span or cuts into it."""
        for first in range(max(0, start - _LONGEST + 1), end):
            for last in range(max(first + 2, start + 1), min(len(text), first + _LONGEST) + 1):
                inside = start <= first and last <= end
                if not inside and text[first:last] in self._words and not any(taken[first:last]):
                    return True
        return False


def find_places(text: str, gazetteer: Gazetteer) -> list[Place]:
    """Return the places in `text` from left to right; parts of one address are one place."""
    places: list[Place] = []
    for start, end in gazetteer.spans(text):
        name = text[start:end]
        weak = name in gazetteer.weak
        if gazetteer.not_before.match(text, end) or (weak and gazetteer.not_before_weak.match(text, end)):
            continue
        place = Place(start, end, name, tuple(gazetteer.names[name]))
        joined = _join(places[-1], place, text, gazetteer.joint) if places else None
        if joined:
            places[-1] = joined
        # 东莞长安: a town of the city before it, which shares its name with a county elsewhere
        elif not (weak and places and places[-1].end == start):
            places.append(place)
    return places


def _join(left: Place, right: Place, text: str, joint: re.Pattern[str]) -> Place | None:
    if not joint.fullmatch(text, left.end, right.start):
        return None
    candidates = dict.fromkeys(
        max(wide, narrow, key=len)
        for wide in left.candidates
        for narrow in right.candidates
        if lies_in(narrow, wide) or lies_in(wide, narrow)
    )
    return Place(left.start, right.end, text[left.start : right.end], tuple(candidates)) if candidates else None


def lies_in(narrow: str, wide: str) -> bool:
    """Tell whether the full name `narrow` is `wide` or a part of it."""
    return narrow.startswith(wide)


def build(locations: Locations, config: Mapping[str, Any], words: Mapping[str, int]) -> dict[str, Any]:
    """Make the tables of a Gazetteer, plain JSON.

    Args:
        locations: provinces with prefectures with counties, as jionlp gives them.
        config: knowledge/regions.yml.
        words: ordinary words with how often they occur.
    """
    ranked: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    dropped = {*config["generic"], *config["ordinary"]}
    for name, full, rank in _entries(locations, set(config["without_counties"])):
        name = normalise(name)
        if name not in dropped:
            ranked[name][rank].add(full)
    names, weak = {}, []
    for name, by_rank in ranked.items():
        best = min(by_rank)
        fulls = set.union(*by_rank.values()) if name in config["open_names"] else by_rank[best]
        names[name] = sorted(fulls)
        # Two characters meet by chance in every other sentence (居[民和]职工), so a county's need a second look.
        if best == _COUNTY and len(name) == 2:
            weak.append(name)
    names.update({normalise(name): [full] for name, full in config["names"].items()})
    weak = [name for name in weak if name not in config["names"]]
    return {
        "names": names,
        "weak": weak,
        "phrases": [phrase for phrase in map(normalise, config["phrases"]) if phrase not in names],
        "words": _rivals(words, weak, names),
        "not_before": "|".join(config["not_before"]),
        "not_before_weak": "|".join(config["not_before_weak"]),
        "joint": config["joint"],
    }


def _entries(locations: Locations, without_counties: set[str]) -> Iterator[tuple[str, str, int]]:
    for province, prefectures in locations.items():
        short = prefectures["_alias"]
        # A municipality's (and Hong Kong's) only prefecture is itself.
        alone = {province, short} & set(_children(prefectures))
        for name in (province, short, f"{short}自治区" if "自治区" in province else f"{short}省"):
            if not alone or name in (province, short):
                yield name, province, _PROVINCE
        for prefecture, counties in _children(prefectures).items():
            direct = prefecture.endswith(_DIRECT)
            full = province if alone else province + prefecture
            if not (alone or direct):
                for name in {prefecture, *_prefecture_names(prefecture, counties["_alias"])}:
                    yield name, full, _PREFECTURE
            if province in without_counties:
                continue
            for county, detail in _children(counties).items():
                if not county.endswith(_DIRECT):
                    for name in {county, *_county_names(county, detail["_alias"])}:
                        yield name, province + county if direct else full, _COUNTY


def _children(node: Mapping[str, Any]) -> dict[str, Any]:
    return {name: child for name, child in node.items() if not name.startswith("_")}


def _prefecture_names(prefecture: str, aliases: list[str]) -> Iterator[str]:
    yield from aliases
    if prefecture.endswith("自治州"):
        yield from (f"{alias}州" for alias in aliases if not alias.endswith("州"))


def _county_names(county: str, alias: str) -> Iterator[str]:
    yield alias
    if county.endswith(("自治县", "自治旗")) and alias[-1] not in "县旗":
        yield alias + county[-1]


def _rivals(words: Mapping[str, int], weak: Sequence[str], names: Mapping[str, Any]) -> list[str]:
    """Return the common words that can cut into a weak name or hold it, and hold no sure one."""
    known = set(weak)
    firsts, lasts = {name[0] for name in weak}, {name[1] for name in weak}
    rivals = []
    for word, count in words.items():
        # In 金山人 the place counts, not 山人.
        if count < _COMMON or not 2 <= len(word) <= _LONGEST or word in names or (len(word) == 2 and word[1] == "人"):
            continue
        parts = {word[i:j] for i in range(len(word)) for j in range(i + 2, len(word) + 1)}
        if any(part in names and part not in known for part in parts):
            continue
        if word[0] in lasts or word[-1] in firsts or parts & known:
            rivals.append(word)
    return rivals


def read_locations() -> Locations:
    """Return jionlp's dictionary of provinces, prefectures and counties (2,900 counties; slow to import)."""
    # It greets on standard output, which belongs to the program's answers.
    with contextlib.redirect_stdout(io.StringIO()):
        import jionlp

        locations: Locations = jionlp.china_location_loader(detail=False)
    return locations


def read_words() -> dict[str, int]:
    """Return jieba's dictionary as shipped, word to count; no user dictionary of this process is in it."""
    import jieba

    lines = (Path(jieba.__file__).parent / "dict.txt").read_text(encoding="utf-8").splitlines()
    return {word: int(count) for word, count, _ in (line.split(" ") for line in lines)}
