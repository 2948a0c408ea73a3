"""A server without a parent ends itself when its loop stands still, and not while it goes round."""

import os
import subprocess
import sys

import pytest

from bot.paths import ROOT

ALONE = """
import asyncio, re, time
from bot import heartbeat
heartbeat.BEAT_SECONDS, heartbeat._ALONE_SECONDS = 0.1, 1

async def scene():
    beating = asyncio.ensure_future(heartbeat.beat_alone())
    await asyncio.sleep(1.5)
    print("still there", flush=True)
    {}
    beating.cancel()

asyncio.run(scene())
time.sleep(1.2)  # nobody beats any more, and that is right: the server has ended
print("ended", flush=True)
"""


def run(what: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", ALONE.format(what)], env=environment, capture_output=True, text=True, timeout=30
    )


# The second holds Python's lock all the time: no thread of Python's would ever notice.
@pytest.mark.parametrize("frozen", ["while True: pass", "re.match('(a+)+b', 'a' * 40)"])
def test_one_that_stands_still_ends_and_says_where(frozen: str) -> None:
    ended = run(frozen)
    assert ended.stdout == "still there\n" and ended.returncode == 1
    assert "Timeout" in ended.stderr and "in scene" in ended.stderr


def test_one_that_goes_round_lives_and_ends_as_it_should() -> None:
    ended = run("pass")
    assert ended.stdout == "still there\nended\n" and ended.returncode == 0
