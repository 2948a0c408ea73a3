"""What of the choices just shown a typed message taps: the same in the page, in WeChat and in the shell."""

import re
import unicodedata
from collections.abc import Mapping

_NUMERALS = {numeral: number for number, numeral in enumerate("一二三四五六七八九", 1)}
_NUMBER = re.compile(r"(?:我?(?:选|点|要|就)\s*)?第?\s*([1-9一二三四五六七八九])\s*(?:个|种|项|号)?吧?[。.!！]?")


def tapped(text: str, shown: Mapping[str, str]) -> str | None:
    """What stands behind the choice that a message names: by its exact title, or as "2", "第二个", "选2".

    Args:
        text: as it was typed.
        shown: title -> what it stands for, in the order shown; only the latest choices, so that no tap is stale.
    """
    said = text.strip()
    if said in shown:
        return shown[said]
    number = _number(unicodedata.normalize("NFKC", said))
    return list(shown.values())[number - 1] if number is not None and number <= len(shown) else None


def _number(text: str) -> int | None:
    found = _NUMBER.fullmatch(text)
    return (_NUMERALS.get(found[1]) or int(found[1])) if found else None
