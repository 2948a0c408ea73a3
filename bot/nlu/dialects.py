"""Reads dialect words as the standard ones that mean the same."""

import re
from collections.abc import Mapping
from pathlib import Path

from bot.yamlfile import read_yaml


class Dialects:
    """Knows words of dialects; of two that begin at the same place the longer counts."""

    def __init__(self, words: Mapping[str, str]):
        """Build from dialect word -> standard word."""
        self._words = dict(words)
        self._any = re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))) or "(?!)")

    def standard(self, text: str) -> str:
        """The text in standard words."""
        return self._any.sub(lambda match: self._words[match[0]], text)


def read_dialects(path: Path) -> dict[str, str]:
    """Dialect word -> standard word, of a file that groups them by dialect."""
    dialects = read_yaml(path)
    return {word: standard for words in dialects.values() for word, standard in words.items()}
