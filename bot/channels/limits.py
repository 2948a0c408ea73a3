"""How often somebody may call: counted in memory, by any key."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

_KEYS = 100_000  # the longest unused go first: memory stays bounded whoever calls


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
