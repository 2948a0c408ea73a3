"""Brings what people type into one form: NFKC, simplified characters, no invisible ones, single spaces."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

# A zero-width joiner holds one emoji together (👨‍👩‍👧); anywhere else it is invisible dirt.
_EMOJI = "\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
_EMOJI_JOINER = re.compile(f"(?<=[{_EMOJI}])\u200d(?=[{_EMOJI}])")
_INVISIBLE = {"Cc", "Cf", "Cs"}
# Also written in simplified Chinese (乾县, 慰藉, 沈思): on their own they don't make a text traditional.
_ALSO_SIMPLIFIED = frozenset("乾藉沈徵覆於濛著瞭")

_LABEL = re.compile(r"【[^】]{1,8}】")


def normalise(text: str) -> str:
    """Return `text` in the form the rest of the pipeline sees; applying it twice changes nothing more."""
    # Twice: an invisible character keeps NFKC from joining its neighbours, and NFKC turns ① beside a joiner into 1.
    text = unicodedata.normalize("NFKC", _visible(unicodedata.normalize("NFKC", text)))
    return " ".join(_simplified(text).split())


def _visible(text: str) -> str:
    joiners = {match.start() for match in _EMOJI_JOINER.finditer(text)}
    return "".join(
        char
        for position, char in enumerate(text)
        if char.isspace() or position in joiners or unicodedata.category(char) not in _INVISIBLE
    )


def _simplified(text: str) -> str:
    if text.isascii():
        return text
    converted: str = _converter().convert(text)
    if len(converted) == len(text):
        changed = {before for before, after in zip(text, converted) if before != after}
        if changed <= _ALSO_SIMPLIFIED:
            return text
    return converted


@lru_cache(maxsize=1)
def _converter() -> Any:
    # Loading its dictionaries takes some 50 ms: only who normalises pays for it.
    import opencc

    return opencc.OpenCC("t2s")


def spoken(text: str) -> str:
    """The text without the labels in 【】 that masking puts where personal data was: they are nobody's words."""
    return _LABEL.sub("", text)
