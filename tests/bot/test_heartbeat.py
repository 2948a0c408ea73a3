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


STOPPED = """
import logging, os, signal, socket, sys
from sanic import Sanic, response
from bot import heartbeat
logging.basicConfig(level="WARNING", stream=sys.stderr)
app = Sanic("yibao", configure_logging=False)
beating = {"alone": heartbeat.beat_alone, "with a parent": lambda: heartbeat.beat(app, os.pipe()[1])}[sys.argv[1]]

@app.get("/")
async def nothing(request):
    return response.empty()

@app.after_server_start
async def begin(app, loop):
    heartbeat.keep_beating(app, beating())
    loop.call_later(0.3, os.kill, os.getpid(), signal.SIGTERM)

app.run(sock=socket.create_server(("127.0.0.1", 0)), motd=False)
"""


@pytest.mark.parametrize("who", ["alone", "with a parent"])
def test_one_that_is_stopped_complains_of_nothing(who: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", STOPPED, who]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stderr) == (0, "")
