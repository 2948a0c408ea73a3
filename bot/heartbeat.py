"""Signs that a server's loop goes round, for who would replace a frozen one."""

import asyncio
import faulthandler
import os
from collections.abc import Coroutine
from typing import Any

from sanic import Sanic

BEAT_SECONDS = 1
_ALONE_SECONDS = 30


def keep_beating(app: Sanic, beating: Coroutine[Any, Any, None]) -> None:
    """Beat as long as the app runs."""
    # With a name: Sanic cancels no other tasks when it stops, and asyncio complains of those that are left.
    app.add_task(beating, name="beat")


async def beat(app: Sanic, pipe: int) -> None:
    """Write a byte every second to the parent; without a parent, end: nobody would replace this one."""
    try:
        while True:
            os.write(pipe, b"1")
            await asyncio.sleep(BEAT_SECONDS)
    except BrokenPipeError:
        app.stop()


async def beat_alone() -> None:
    """End this process when its loop stands still, and say where: it has no parent, but who started it may again.

    Done by a thread of C, which needs no turn among Python's.
    """
    try:
        while True:
            faulthandler.dump_traceback_later(_ALONE_SECONDS, exit=True)
            await asyncio.sleep(BEAT_SECONDS)
    finally:
        faulthandler.cancel_dump_traceback_later()
