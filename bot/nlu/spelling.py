"""Reads what was meant where a homophone or pinyin was typed: 医宝 and yibao are 医保 to whoever knows the examples.

A noisy channel (Kernighan, Church & Gale 1990) that knows sounds only: a stretch becomes words of the examples that
sound the same, if then fewer neighbouring characters are strangers to each other.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

from bot.nlu.sounds import syllables

_HAN = re.compile(r"[\u4e00-\u9fff]")
_RUN = re.compile(r"[\u4e00-\u9fff]+")
_PIECE = re.compile(r"[a-z]+|.", re.DOTALL)
_LONGEST = 4
# How often the examples must have words that a stretch is read into, and how often if that makes only one pair less strange.
_KNOWN, _COMMON = 3, 15
# How often a word of the dictionary must occur in general (jieba's counts) to vouch for its pairs.
_ORDINARY = 5
# Written this many times more rarely than another of the same sound, a pair is a slip of the keyboard.
_SLIP = 20
# Ways to cut pinyin (yue: 月, 余额) that are tried.
_CUTS = 6
# Characters and syllables that are looked at, in all cuts together: a whole page of pinyin is read one way.
_UNITS = 300
# Letters of the longest syllable (zhuang).
_SYLLABLE = 6


class _Unit(NamedTuple):
    """A character as written, or a syllable in letters; without a sound it is neither."""

    written: str
    sound: str | None


class Speller:
    """Knows the words of the examples by their sounds."""

    def __init__(self, words: dict[str, tuple[str, int]], pairs: Iterable[str], syllables: Iterable[str]):
        """Build from what `learn` found, which `as_dict` gives.

        Args:
            words: sounds, joined by blanks, to what the examples write for them and how often.
            pairs: characters that may stand side by side.
            syllables: in letters, without tones.
        """
        self._words, self._pairs, self._syllables = words, frozenset(pairs), frozenset(syllables)

    @classmethod
    def learn(cls, texts: Iterable[str], dictionary: Mapping[str, int]) -> "Speller":
        """Learn from examples, of which some may be misspelt, and from ordinary words with how often they occur."""
        counts: Counter[str] = Counter()
        for text in texts:
            for run in _RUN.findall(text):
                for size in range(2, _LONGEST + 1):
                    for start in range(len(run) - size + 1):
                        counts[run[start : start + size]] += 1
        sounds = {gram: _key(map(_sound, gram)) for gram, count in counts.items() if count >= _KNOWN or len(gram) == 2}
        commonest: Counter[str] = Counter()
        words: dict[str, tuple[str, int]] = {}
        for gram, count in counts.most_common():
            if key := sounds.get(gram):
                commonest[key] = max(commonest[key], count)
                if count >= _KNOWN:
                    words.setdefault(key, (gram, count))
        pairs = {gram for gram, n in counts.items() if len(gram) == 2 and commonest[sounds[gram]] < n * _SLIP}
        ordinary = (word for word, count in dictionary.items() if count >= _ORDINARY)
        pairs.update(a + b for word in ordinary for a, b in zip(word, word[1:]))
        syllables = {_sound(character) for gram in counts for character in gram if len(gram) == 2}
        return cls(words, pairs, syllables)

    def as_dict(self) -> dict[str, Any]:
        """All that is needed to build the same again, as JSON types."""
        return {"words": self._words, "pairs": sorted(self._pairs), "syllables": sorted(self._syllables)}

    def read(self, text: str) -> str:
        """The text as it was meant; what sounds like nothing known stays."""
        cuts = self._cuts(text)
        few = cuts[: max(1, _UNITS // max(1, len(cuts[0])))]
        return min((self._mend(units) for units in few), key=lambda read: read[0])[1]

    def _mend(self, units: list[_Unit]) -> tuple[int, str]:
        units = list(units)
        sounds = [unit.sound and _blurred(unit.sound) for unit in units]
        strangers = self._strangers(units)
        for size in range(_LONGEST, 1, -1):
            for start in range(len(units) - size + 1):
                end = start + size
                if not strangers:
                    break
                if None in sounds[start:end]:
                    continue
                word, count = self._words.get(" ".join(filter(None, sounds[start:end])), ("", 0))
                if len(word) != size or word == "".join(unit.written for unit in units[start:end]):
                    continue
                # Counted around the window only: over the whole text, once a window, long messages take seconds.
                before, after = units[max(0, start - 1) : start], units[end : end + 1]
                gain = self._strangers([*before, *units[start:end], *after]) - (count < _COMMON)
                if gain <= 0:
                    continue
                meant = _spelt(word)
                gain -= self._strangers([*before, *meant, *after])
                if gain > 0:
                    strangers -= gain + (count < _COMMON)
                    units[start:end], sounds[start:end] = meant, [_blurred(unit.sound) for unit in meant]
        return strangers, "".join(unit.written for unit in units)

    def _strangers(self, units: list[_Unit]) -> int:
        pairs = zip(units, units[1:])
        strange = sum(bool(a.sound and b.sound) and a.written + b.written not in self._pairs for a, b in pairs)
        return strange + sum(unit.sound == unit.written for unit in units)  # in letters

    def _cuts(self, text: str) -> list[list[_Unit]]:
        """The text in units, once for each way to cut the pinyin in it."""
        cuts: list[list[_Unit]] = [[]]
        for piece in _PIECE.findall(text.lower()):
            if _HAN.match(piece):
                ways = [[_Unit(piece, _sound(piece))]]
            else:
                ways = [[_Unit(s, s) for s in way] for way in self._syllabify(piece)] or [[_Unit(piece, None)]]
            if len(ways) > 1:
                cuts = list(islice((cut + way for cut in cuts for way in ways), _CUTS))
            else:  # in place: copied for each character, long texts take the square of their length
                for cut in cuts:
                    cut.extend(ways[0])
        return cuts

    def _syllabify(self, letters: str) -> Iterator[Iterator[str]]:
        """Ways to cut letters into syllables, those with the longest first syllables before others.

        A table filled from the end: cut from the front, "anan…q" has exponentially many ways that lead nowhere.
        """
        # Of each place the ways from there on, as (syllable, the way after it): they share their ends.
        ways: list[list[tuple[Any, ...] | None]] = [[] for _ in letters] + [[None]]
        for start in range(len(letters) - 1, -1, -1):
            ends = range(min(start + _SYLLABLE, len(letters)), start, -1)
            found = (
                (letters[start:end], way) for end in ends if letters[start:end] in self._syllables for way in ways[end]
            )
            ways[start] = list(islice(found, _CUTS))
        return map(_unlinked, ways[0])


@cache
def _spelt(word: str) -> tuple[_Unit, ...]:
    return tuple(_Unit(character, _sound(character)) for character in word)


def _unlinked(way: tuple[Any, ...] | None) -> Iterator[str]:
    while way:
        syllable, way = way
        yield syllable


def _key(syllables: Iterable[str]) -> str:
    return " ".join(map(_blurred, syllables))


@cache
def _blurred(syllable: str) -> str:
    """Many don't tell zh from z and ng from n when they speak, so neither when they type."""
    return re.sub("ng$", "n", re.sub("^([zcs])h", r"\1", syllable))


@cache
def _sound(character: str) -> str:
    return syllables(character)[0]
