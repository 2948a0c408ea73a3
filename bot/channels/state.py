"""What channels remember for a while: in this process, or in Redis for all workers."""

import re
import time
from collections.abc import Callable
from typing import Protocol

from redis.asyncio import Redis

_SPECIAL = re.compile(r"[*?\[\]\\^-]")  # in Redis' patterns

MAX_ENTRIES = 100_000
MAX_LIST = 50


class State(Protocol):
    """Texts and lists of texts under keys, each forgotten after its seconds; atomic in every call."""

    async def get(self, key: str) -> str | None:
        """The text under a key."""

    async def put(self, key: str, value: str, seconds: float) -> None:
        """Keep a text."""

    async def put_if_absent(self, key: str, value: str, seconds: float) -> bool:
        """Keep a text where none is; whether it was kept."""

    async def delete(self, key: str) -> None:
        """Forget a key."""

    async def delete_all(self, prefix: str) -> None:
        """Forget all keys that begin so."""

    async def append(self, key: str, value: str, seconds: float) -> int:
        """Put a text at the end of a list of the newest `MAX_LIST`; the list's length after that."""

    async def pop_all(self, key: str) -> list[str]:
        """Take a whole list away."""

    async def close(self) -> None:
        """Let go of connections."""


def open_state(redis_url: str | None) -> State:
    """The state of this set-up: Redis where there is one."""
    return RedisState(redis_url) if redis_url else MemoryState()


class MemoryState:
    """A `State` for one process; when full, the oldest entries go."""

    def __init__(self, limit: int = MAX_ENTRIES, clock: Callable[[], float] = time.monotonic):
        self._limit, self._clock = limit, clock
        self._entries: dict[str, tuple[float, str | list[str]]] = {}

    async def get(self, key: str) -> str | None:
        value = self._read(key)
        assert not isinstance(value, list)
        return value

    async def put(self, key: str, value: str, seconds: float) -> None:
        self._write(key, value, seconds)

    async def put_if_absent(self, key: str, value: str, seconds: float) -> bool:
        if self._read(key) is not None:
            return False
        self._write(key, value, seconds)
        return True

    async def delete(self, key: str) -> None:
        self._entries.pop(key, None)

    async def delete_all(self, prefix: str) -> None:
        for key in [key for key in self._entries if key.startswith(prefix)]:
            del self._entries[key]

    async def append(self, key: str, value: str, seconds: float) -> int:
        values = [*(self._read(key) or []), value][-MAX_LIST:]
        self._write(key, values, seconds)
        return len(values)

    async def pop_all(self, key: str) -> list[str]:
        values = [*(self._read(key) or [])]
        self._entries.pop(key, None)
        return values

    async def close(self) -> None:
        self._entries.clear()

    def _read(self, key: str) -> str | list[str] | None:
        until, value = self._entries.get(key, (0.0, None))
        if value is not None and until <= self._clock():
            del self._entries[key]
            return None
        return value

    def _write(self, key: str, value: str | list[str], seconds: float) -> None:
        self._entries.pop(key, None)  # so that the order is that of writing
        self._entries[key] = (self._clock() + seconds, value)
        while len(self._entries) > self._limit:
            del self._entries[next(iter(self._entries))]


class RedisState:
    """A `State` that all workers share."""

    def __init__(self, url: str, prefix: str = "yibao:"):
        # A store that hangs must not eat the seconds in which an answer is due.
        self._redis = Redis.from_url(url, decode_responses=True, socket_timeout=2, socket_connect_timeout=2)
        self._prefix = prefix

    async def get(self, key: str) -> str | None:
        value: str | None = await self._redis.get(self._prefix + key)
        return value

    async def put(self, key: str, value: str, seconds: float) -> None:
        await self._redis.set(self._prefix + key, value, px=_milliseconds(seconds))

    async def put_if_absent(self, key: str, value: str, seconds: float) -> bool:
        return bool(await self._redis.set(self._prefix + key, value, px=_milliseconds(seconds), nx=True))

    async def delete(self, key: str) -> None:
        await self._redis.delete(self._prefix + key)

    async def delete_all(self, prefix: str) -> None:
        pattern = _SPECIAL.sub(r"\\\g<0>", self._prefix + prefix) + "*"
        async for key in self._redis.scan_iter(pattern, count=1000):
            await self._redis.delete(key)

    async def append(self, key: str, value: str, seconds: float) -> int:
        key = self._prefix + key
        async with self._redis.pipeline(transaction=True) as calls:
            calls.rpush(key, value).ltrim(key, -MAX_LIST, -1).pexpire(key, _milliseconds(seconds)).llen(key)
            *_, length = await calls.execute()
        return int(length)

    async def pop_all(self, key: str) -> list[str]:
        key = self._prefix + key
        async with self._redis.pipeline(transaction=True) as calls:
            values, _ = await calls.lrange(key, 0, -1).delete(key).execute()
        return list(values)

    async def close(self) -> None:
        await self._redis.close()
        await self._redis.connection_pool.disconnect()


def _milliseconds(seconds: float) -> int:
    return max(1, int(seconds * 1000))
