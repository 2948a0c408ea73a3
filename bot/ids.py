"""Ids that callers choose: for sessions, messages and requests."""

import re

from bot.privacy import Found, has_check_digit, is_bank_card, is_told

# Stored and logged as they come, so that nothing may fit in that says something.
_ID = re.compile("[A-Za-z0-9_-]{1,64}")

# -- what is drawn by lot, and whose digits look like a phone number once in a thousand ids: that is nobody's

_HEX = "[0-9A-Fa-f]"
# But where all digits stand in a row, with letters around at most, somebody may have filled a number up to the length.
_MIXED = f"(?=[A-Fa-f]*[0-9]+[A-Fa-f]+[0-9]){_HEX}{{16,}}"
_UUID = f"(?=[0-9-]*[A-Fa-f]){_HEX}{{8}}-{_HEX}{{4}}-[1-8]{_HEX}{{3}}-[89ABab]{_HEX}{{3}}-{_HEX}{{12}}"
_RANDOM = re.compile(f"(?<![A-Za-z0-9])(?:{_UUID}|{_MIXED})(?![A-Za-z0-9])")

# -- what numbers look like in an id: whole runs of digits, cut at most where people cut them

_CUT = "[-_]?"
_MOBILE = f"1[3-9][0-9]{_CUT}[0-9]{{4}}{_CUT}[0-9]{{4}}"
_MONTH_DAY = "(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_IDENTITY = f"[1-9][0-9]{{5}}{_CUT}(?:19|20)[0-9]{{2}}{_CUT}{_MONTH_DAY}{_CUT}[0-9]{{3}}[0-9Xx]"
# As issued until 1999: without the century and the check digit, so that the province must be one.
_OLD_IDENTITY = f"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])[0-9]{{4}}{_CUT}[0-9]{{2}}{_MONTH_DAY}{_CUT}[0-9]{{3}}"
_FOURS = "[3-69][0-9]{3}(?:[-_][0-9]{4}){3}"
# In one piece only what banks here issue: of the digits of Math.random() each tenth has a card's check digit.
_CARD = "(?:62|95)[0-9]{14,17}"


def _whole(number: str) -> str:
    return f"(?<![0-9])(?:{number})(?![0-9])"


# Behind `(?=`, so that what begins inside another is found too.
_NUMBERS = [
    (re.compile(f"(?=(?P<it>{pattern}))"), proof)
    for pattern, proof in (
        # With one digit beside it too. With two or more it may be a clock's, which counts thousandths of a second.
        (_whole(f"0{{0,2}}(?:86)?{_MOBILE}|[0-9]{_MOBILE}|{_MOBILE}[0-9]"), is_told),
        # Longer than any clock: numbers in a row.
        (f"(?<![0-9])(?=[0-9]{{20}})[0-9]*{_MOBILE}", is_told),
        (_whole(_IDENTITY), is_told),
        (_IDENTITY, has_check_digit),
        (_whole(_OLD_IDENTITY), is_told),
        (_whole(_CARD), is_bank_card),
        (_whole(_FOURS), is_bank_card),
        (_whole(f"{_FOURS}[-_]?[0-9]{{1,3}}"), is_bank_card),
    )
]
# However it is cut, when it is all there is, and letters at most beside.
_ALL = re.compile(f"[A-Za-z]*(?:(?:0{{0,2}}86)?{_MOBILE}|{_IDENTITY})[A-Za-z]*")
_SEPARATORS = str.maketrans("", "", "_-")
# What letters in the place of digits say: l38OOl38OOO.
_SIMILAR = re.compile("(?<![A-Za-z0-9])[0-9OoIilZzSsB]+(?![A-Za-z0-9])")
_DIGITS = str.maketrans("OoIilZzSsB", "0011122558")


def is_id(text: str) -> bool:
    """Whether a text has the form of an id, and holds nobody's number."""
    return bool(_ID.fullmatch(text)) and not _holds_number(text)


def _holds_number(text: str) -> bool:
    rest = _RANDOM.sub("x", text)
    similar = _SIMILAR.sub(lambda piece: piece.group().translate(_DIGITS), rest)
    return _ALL.fullmatch(rest.translate(_SEPARATORS)) is not None or any(
        proof(Found(*found.span("it"), view, view))
        for view in {rest, similar}
        for pattern, proof in _NUMBERS
        for found in pattern.finditer(view)
    )
