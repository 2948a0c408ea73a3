"""How often somebody may call, by any key: counted in memory, and in Redis for all workers together."""

import math
import time
import types
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Generator
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

_Result = TypeVar("_Result")
_KEYS = 100_000  # the longest unused go first: memory stays bounded whoever calls

# A token bucket as one time in Redis: when the bucket will be full again. Redis' clock, for all workers have it.
_BUCKET = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local wait = full - (burst - 1) * interval - now
if wait > 0 then return math.ceil(wait / 1000) end
redis.call('SET', KEYS[1], string.format('%.0f', full + interval), 'PX', math.ceil(burst * interval))
return 0
"""


class _Buckets:
    """A bucket for each key, full at first and refilled evenly."""

    def __init__(self, per_second: float, full: float, clock: Callable[[], float]):
        self._per_second, self._full, self._clock = per_second, full, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def level(self, key: str) -> float:
        """What is in it now."""
        left, then = self._buckets.get(key, (self._full, 0.0))
        return min(self._full, left + (self._clock() - then) * self._per_second)

    def take(self, key: str, amount: float) -> None:
        """Take some out; it may be overdrawn."""
        self._buckets[key] = (self.level(key) - amount, self._clock())
        self._buckets.move_to_end(key)
        if len(self._buckets) > _KEYS:
            self._buckets.popitem(last=False)

    def seconds_until(self, key: str, level: float) -> int:
        """When there will be so much in it."""
        return math.ceil((level - self.level(key)) / self._per_second)


class RateLimit:
    """A token bucket for each key: `burst` calls at once, refilled evenly over a minute."""

    def __init__(self, per_minute: int, burst: int | None = None, clock: Callable[[], float] = time.monotonic):
        self._buckets = _Buckets(per_minute / 60, burst or per_minute, clock)

    def wait(self, key: str) -> int:
        """Count a call; 0 if it may go on, else the seconds after which one may."""
        allowed = self._buckets.level(key) >= 1
        self._buckets.take(key, 1 if allowed else 0)
        return 0 if allowed else self._buckets.seconds_until(key, 1)


class CpuBudget:
    """Seconds of the processor for each key: half a minute's worth at once, refilled evenly over a minute.

    What a call takes is known only afterwards: the last one may overdraw, and who comes next waits for it.
    """

    def __init__(self, seconds_per_minute: float, clock: Callable[[], float] = time.monotonic):
        self._buckets = _Buckets(seconds_per_minute / 60, seconds_per_minute / 2, clock)

    def wait(self, key: str) -> int:
        """0 if something is left, else the seconds after which there is."""
        return 0 if self._buckets.level(key) > 0 else max(1, self._buckets.seconds_until(key, 0))

    def spend(self, key: str, seconds: float) -> None:
        """Take what a call has used."""
        self._buckets.take(key, seconds)


@types.coroutine
def metered(work: Coroutine[Any, Any, _Result], spend: Callable[[float], None]) -> Generator[Any, Any, _Result]:
    """Do the work, telling of each of its steps what it took of the processor; steps of others do not count."""
    step, given = work.send, None
    while True:
        began = time.thread_time()
        try:
            awaited = step(given)
        except StopIteration as end:
            result: _Result = end.value
            return result
        finally:
            spend(time.thread_time() - began)
        try:
            given = yield awaited
            step = work.send
        except BaseException as error:  # also a cancellation: it is the work's to deal with
            step, given = work.throw, error


class SharedLimit:
    """A `RateLimit` of this worker and, where there is a Redis, the same of all workers together."""

    def __init__(self, name: str, per_minute: int, redis_url: str | None = None):
        self._name, self._per_minute = name, per_minute
        self._own = RateLimit(per_minute)
        self._redis = Redis.from_url(redis_url, socket_timeout=1, socket_connect_timeout=1) if redis_url else None

    async def wait(self, key: str) -> int:
        """Count a call; 0 if it may go on, else the seconds after which one may."""
        own = self._own.wait(key)
        if own or self._redis is None:
            return own
        try:
            bucket = f"yibao:limit:{self._name}:{key}"
            seconds: int = await self._redis.eval(_BUCKET, 1, bucket, 60_000 // self._per_minute, self._per_minute)
        except RedisError:
            return 0  # the own limit still holds
        return seconds
