"""One turn of a person at a time: in this process, or through Redis in all processes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from rasa.core.lock_store import LOCK_LIFETIME, InMemoryLockStore, LockError, LockStore
from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import LockError as RedisLockError
from redis.exceptions import RedisError

from bot import metrics

_POLL = 0.02  # seconds between two looks of who waits
_WAIT = 8.0  # seconds after which a waiting message is given back to its sender
_LEASE = 5.0  # seconds after which the lock of a process that died is free


class MemoryLocks(InMemoryLockStore):
    """Rasa's store in memory, looked at often: its own waiters look once a second."""

    def lock(
        self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = _POLL
    ) -> Any:
        """Hold the lock of a conversation (see parent class)."""
        return super().lock(conversation_id, lock_lifetime, wait_time_in_seconds)


class RedisLocks(LockStore):
    """redis-py's own lock, which is atomic, with a short lease that is renewed while the turn runs.

    It keeps order. That nothing is written twice even when Redis loses its locks, the tracker store sees to.
    """

    def __init__(self, url: str):
        self._redis = Redis.from_url(url, socket_timeout=_LEASE / 2, socket_connect_timeout=_LEASE / 2)

    @asynccontextmanager
    async def lock(  # type: ignore[override]  # Rasa gives its ticket, and looks at none
        self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = _POLL
    ) -> AsyncIterator[None]:
        """Hold the lock of a conversation.

        Raises:
            LockError: Redis doesn't answer, or the lock was not free in time.
        """
        lock = self._redis.lock(
            f"yibao:lock:{conversation_id}",
            timeout=_LEASE,
            sleep=wait_time_in_seconds,
            blocking_timeout=_WAIT,
            thread_local=False,
        )
        try:
            with metrics.store_operation("lock"):
                acquired = await lock.acquire()
        except RedisError as error:
            raise LockError("Redis doesn't answer") from error
        if not acquired:
            raise LockError("the conversation is busy")
        renewing = asyncio.ensure_future(_renew(lock))
        try:
            yield
        finally:
            renewing.cancel()
            # Lost or Redis gone: the lease ends by itself.
            with suppress(RedisError, RedisLockError):
                await lock.release()

    async def check(self) -> None:
        """Ask Redis for something; raises what goes wrong."""
        await self._redis.ping()


async def _renew(lock: Lock) -> None:
    while True:
        await asyncio.sleep(_LEASE / 3)
        with suppress(RedisError, RedisLockError):
            await lock.reacquire()
