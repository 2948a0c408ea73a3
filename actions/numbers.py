"""A choice that is made by its number."""

import re

_NUMERALS = {numeral: number for number, numeral in enumerate("一二三四五六七八九", 1)}
_ORDINAL = re.compile(
    r"(?:我?(?:选|点|要|就|用)\s*)?第?\s*([1-9一二三四五六七八九])\s*(?:个|种|项|号)?(?:吧|呗|啊|呢)?[。.!！]?"
)


def ordinal_number(text: str) -> int | None:
    """The number that a message consists of ("2", "第二个", "选第二个吧"), or None where it is anything more."""
    match = _ORDINAL.fullmatch(text.strip())
    if not match:
        return None
    return _NUMERALS.get(match[1]) or int(match[1])
