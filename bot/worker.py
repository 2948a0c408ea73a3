"""One of several servers on a port, started by `bot.workers`: `python -m bot.worker SOCKET FIGURES PIPE [behind]`."""

import faulthandler
import os
import signal
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from sanic import Sanic

from bot.errors import BotError
from bot.heartbeat import beat, keep_beating
from bot.runtime import prepare
from bot.workers import BEHIND, NOWHERE


def main() -> int:
    """Serve on a port that the parent holds; write a byte to the pipe once it answers, and another every second."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    faulthandler.enable()  # the parent ends with SIGABRT who is frozen: where, stands in the log then
    taken, inside, pipe = map(int, sys.argv[1:4])
    try:
        # In a thread of its own, since a thread can't get its priority back.
        with ThreadPoolExecutor(1, initializer=_yield_to_others if BEHIND in sys.argv else None) as loading:
            app = loading.submit(_load).result()
        from bot import server

        server.run(
            app,
            socket.socket(fileno=taken),
            None if inside == NOWHERE else socket.socket(fileno=inside),
            partial(_begin_to_beat, app, pipe),
        )
    except BotError as error:
        print(f"出错了：{error}", file=sys.stderr)
        return 1
    return 0


def _begin_to_beat(app: Sanic, pipe: int) -> None:
    keep_beating(app, beat(app, pipe))


def _yield_to_others() -> None:
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)


def _load() -> Sanic:
    prepare()
    from bot import logs, server
    from bot.settings import read
    from bot.training import ensure_model

    settings = read()
    logs.configure(settings.log_level)
    agent = server.load_agent(ensure_model(lambda _: None), settings)
    return server.build(agent, server.channels(), settings)


if __name__ == "__main__":
    sys.exit(main())
