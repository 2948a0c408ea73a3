"""The sounds of Chinese text, without tones."""

import os

# Before pypinyin is first imported: its phrases would take 45 MB of every process, and one sound for each character
# in all its words is what makes homophones equal.
os.environ["PYPINYIN_NO_PHRASES"] = "true"


def syllables(text: str) -> list[str]:
    """A syllable for each Chinese character; what lies between them stays together as it is written."""
    from pypinyin import lazy_pinyin  # loads its tables at import

    return lazy_pinyin(text)
