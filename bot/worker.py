"""One of several servers on a port, started by `bot.workers`: `python -m bot.worker SOCKET PIPE [aside]`."""

import os
import signal
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from sanic import Sanic

from bot.errors import BotError
from bot.runtime import prepare
from bot.workers import ASIDE


def main() -> int:
    """Serve on a port that the parent holds; write a byte to the pipe once it answers."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    taken, ready = socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2])
    try:
        # In a thread of its own, since a thread can't get its priority back.
        with ThreadPoolExecutor(1, initializer=_yield_to_others if ASIDE in sys.argv else None) as loading:
            app = loading.submit(_load).result()
        from bot import server

        server.run(app, taken, lambda: os.write(ready, b"1"))
    except BotError as error:
        print(f"出错了：{error}", file=sys.stderr)
        return 1
    return 0


def _yield_to_others() -> None:
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)


def _load() -> Sanic:
    prepare()
    from bot import logs, server
    from bot.settings import read
    from bot.training import ensure_model

    settings = read()
    logs.configure(settings.log_level)
    agent = server.load_agent(ensure_model(lambda line: None), settings)
    return server.build(agent, server.channels(), settings)


if __name__ == "__main__":
    sys.exit(main())
