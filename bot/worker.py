"""One of several servers on a port, started by `bot.workers`: `python -m bot.worker SOCKET PIPE`."""

import os
import signal
import socket
import sys

from bot.runtime import prepare


def main() -> int:
    """Serve on a port that the parent holds; write a byte to the pipe once it answers."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    prepare()
    from bot import logs, server
    from bot.errors import BotError
    from bot.settings import read
    from bot.training import ensure_model

    taken, ready = socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2])
    try:
        settings = read()
        logs.configure(settings.log_level)
        agent = server.load_agent(ensure_model(lambda line: None), settings)
        server.run(server.build(agent, server.channels(), settings), taken, lambda: os.write(ready, b"1"))
    except BotError as error:
        print(f"出错了：{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
