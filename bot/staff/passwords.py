"""Passwords of the staff as scrypt hashes, one line each: `name=scrypt:N:r:p:salt:hash`."""

import base64
import hashlib
import hmac
import re
import secrets
from functools import cache

NAME = r"[^\s=,:]{1,20}"
_HASH = re.compile(r"scrypt:(\d{1,7}):(\d{1,2}):(\d{1,2}):([\w-]{22}):([\w-]{43})")
# OWASP's measure of 2023: 32 MB and about 0.1 s a try.
_N, _R, _P = 2**15, 8, 1
_MOST_MEMORY = 2**28


def hashed(password: str) -> str:
    """The hash of a password, salted."""
    salt = secrets.token_bytes(16)
    return f"scrypt:{_N}:{_R}:{_P}:{_text(salt)}:{_text(_scrypt(password, salt, _N, _R, _P))}"


def is_hash(text: str) -> bool:
    """Whether this is a hash that a password can be held against, within a memory that a server has."""
    found = _HASH.fullmatch(text)
    if not found:
        return False
    n, r, p = map(int, found.groups()[:3])
    return n > 1 and n & (n - 1) == 0 and r > 0 and 128 * n * r < _MOST_MEMORY // 2 and 0 < p <= 16


def fits(password: str, stored: str | None) -> bool:
    """Whether a password is the one; it takes as long where there is none to hold it against."""
    found = _HASH.fullmatch(stored or _nobodys())
    assert found  # the settings take nothing else
    n, r, p, salt, digest = found.groups()
    same = hmac.compare_digest(_scrypt(password, _bytes(salt), int(n), int(r), int(p)), _bytes(digest))
    return same and stored is not None


@cache
def _nobodys() -> str:
    return hashed(secrets.token_hex())


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode(errors="replace"), salt=salt, n=n, r=r, p=p, maxmem=_MOST_MEMORY, dklen=32)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
