"""So many turns at a time, first come first served: a rush makes people wait in a line, not all of them for all."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_SECONDS = 0.1  # that a turn takes, before there was one
_NEWEST = 0.2  # what the newest turn counts among those before it


class Line:
    """A line in front of so many places; it knows people by their names."""

    def __init__(self, places: int):
        self._free, self._places, self._seconds = places, places, _SECONDS
        self._calls: deque[asyncio.Future[None]] = deque()
        self._waiting: dict[str, tuple[float, int]] = {}  # since when, and behind how many that ever came
        self._came = self._went = 0

    def is_long_for(self, who: str, patience: float) -> bool:
        """Whether somebody has waited for more than so many seconds, or will, as far as can be told."""
        if who not in self._waiting:
            return False
        since, number = self._waiting[who]
        left = (number - self._went) * self._seconds / self._places
        return max(asyncio.get_running_loop().time() - since, left) > patience

    @asynccontextmanager
    async def place(self, who: str) -> AsyncIterator[None]:
        """Hold a place, once those who came before have had theirs."""
        loop = asyncio.get_running_loop()
        if self._free:
            self._free -= 1
        else:
            self._came += 1
            self._waiting[who] = loop.time(), self._came
            try:
                await self._called(loop.create_future())
            finally:
                self._went += 1
                del self._waiting[who]
        began = loop.time()
        try:
            yield
        finally:
            self._seconds += _NEWEST * (loop.time() - began - self._seconds)
            self._call_next()

    async def _called(self, call: asyncio.Future[None]) -> None:
        self._calls.append(call)
        try:
            await call
        except asyncio.CancelledError:
            if call in self._calls:
                self._calls.remove(call)
            else:  # called and cancelled at the same moment
                self._call_next()
            raise

    def _call_next(self) -> None:
        if self._calls:
            self._calls.popleft().set_result(None)
        else:
            self._free += 1
