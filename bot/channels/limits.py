"""How often somebody may call, by any key: counted in memory, and in Redis for all workers together."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from redis.asyncio import Redis
from redis.exceptions import RedisError

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


class RateLimit:
    """A token bucket for each key: `burst` calls at once, refilled evenly over a minute."""

    def __init__(self, per_minute: int, burst: int | None = None, clock: Callable[[], float] = time.monotonic):
        self._rate = per_minute / 60
        self._burst = float(burst or per_minute)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, key: str) -> int:
        """Count a call; 0 if it may go on, else the seconds after which one may."""
        now = self._clock()
        tokens, then = self._buckets.pop(key, (self._burst, now))
        tokens = min(self._burst, tokens + (now - then) * self._rate)
        allowed = tokens >= 1
        self._buckets[key] = (tokens - 1 if allowed else tokens, now)
        if len(self._buckets) > _KEYS:
            self._buckets.popitem(last=False)
        return 0 if allowed else math.ceil((1 - tokens) / self._rate)


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
            return await self._redis.eval(_BUCKET, 1, bucket, 60_000 // self._per_minute, self._per_minute)
        except RedisError:
            return 0  # the own limit still holds
