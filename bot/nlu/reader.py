"""Reads a text as its writer meant it: first what was taken back, then the words of dialects, then the spelling."""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.nlu.dialects import Dialects
from bot.nlu.gazetteer import read_words
from bot.nlu.repairs import repaired
from bot.nlu.spelling import Speller


class Reader:
    """Knows the words of dialects, and those of example texts by their sounds."""

    def __init__(self, dialects: Mapping[str, str], sounds: dict[str, Any]):
        """Build from dialect word -> standard word and what `Speller.as_dict` gives."""
        self._words = dialects
        self._dialects, self._speller = Dialects(dialects), Speller(**sounds)

    @classmethod
    def learn(cls, texts: Iterable[str], dialects: Mapping[str, str]) -> "Reader":
        """Learn the words of the texts."""
        standard = map(Dialects(dialects).standard, texts)
        return cls(dialects, Speller.learn(standard, read_words()).as_dict())

    def as_dict(self) -> dict[str, Any]:
        """What `__init__` takes."""
        return {"dialects": self._words, "sounds": self._speller.as_dict()}

    def read(self, text: str) -> str:
        """The text as it was meant."""
        return self._speller.read(self._dialects.standard(repaired(text)))
