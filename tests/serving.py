"""Servers for the tests: the real program as a process, and single apps on loopback."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sanic import Sanic

from bot.paths import ROOT


class Server:
    """`yibao serve` on a port and a database that stay the same when it is started again."""

    def __init__(self, folder: Path, **environment: str):
        self.folder, self.process = folder, None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "YIBAO_DATABASE_URL": f"sqlite:///{folder / 'conversations.db'}",
            **environment,
        }

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", "serve", "--port", str(self.port)],
                cwd=ROOT,
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        for line in self.process.stdout:
            if self.url in line:
                return
        raise AssertionError(self.log.read_text()[-2000:])

    def freeze(self) -> None:
        """Let it take calls and answer none."""
        self.process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> int:
        """End it as an operator does; its exit code."""
        self.process.terminate()
        return self.process.wait(30)


@asynccontextmanager
async def on_loopback(app: Sanic) -> AsyncIterator[str]:
    """Serve an app on a free port; gives its address."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    server = await app.create_server(sock=taken, return_asyncio_server=True, access_log=False)
    await server.startup()
    await server.before_start()
    await server.after_start()
    try:
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
    finally:
        await server.before_stop()
        server.close()
        await server.after_stop()
