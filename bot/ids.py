"""Ids that callers choose: for sessions, messages and requests."""

import re

# Stored and logged as they come, so that nothing may fit in that says something.
_ID = re.compile("[A-Za-z0-9_-]{1,64}")
_SEPARATORS = str.maketrans("", "", "_-")
# A mobile number or an identity number, and letters at most beside it. (A random id is one once in 10^9.)
_PERSONAL = re.compile(
    "[A-Za-z]*(?:(?:86)?1[3-9][0-9]{9}|[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9]{4}[0-9Xx])[A-Za-z]*"
)


def is_id(text: str) -> bool:
    """Whether a text has the form of an id, and is not somebody's number."""
    return bool(_ID.fullmatch(text)) and not _PERSONAL.fullmatch(text.translate(_SEPARATORS))
