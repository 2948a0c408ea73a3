"""Servers for the tests: the real program as a process, and single apps on loopback."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from sanic import Sanic

from bot.paths import ROOT

START_SECONDS = 180


class Server:
    """`yibao serve` on a database and a port that stay the same when it is started again; may be used with `with`."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        command: list[str] | None = None,
        root: Path = ROOT,
        **environment: str,
    ):
        """Say how it is started.

        Args:
            folder: where its log goes, and its database if the settings name none.
            arguments: more of them for `yibao serve`.
            command: another command than `yibao serve`.
            root: of a copy of the project, to be served instead of it.
            environment: its settings.
        """
        self.log, self.port = folder / "log", 0
        self.database = folder / "conversations.db"
        self._arguments, self._command, self._root = arguments, command, root
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(root),
            "PYTHONUNBUFFERED": "1",
            "YIBAO_DATABASE_URL": f"sqlite:///{self.database}",
            **environment,
        }

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "bot", "serve", "--port", str(self.port), *self._arguments]
        with self.log.open("ab") as log:
            told = log.tell()
            self.process = subprocess.Popen(
                self._command or command, cwd=self._root, env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )
        until = time.monotonic() + START_SECONDS
        while not (found := re.search(rb"(http://\S+:(\d+))/ ", self.log.read_bytes()[told:])):
            if self.process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise RuntimeError(self.log.read_text(errors="replace")[-3000:])
            time.sleep(0.05)
        self.url, self.port = found[1].decode(), int(found[2])

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> int:
        """End it as a service manager does; its exit code."""
        self.process.terminate()
        return self.process.wait(40)

    def freeze(self) -> None:
        """Let it take calls and answer none."""
        self.process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        self.process.wait(10)

    def workers(self) -> list[int]:
        """The process ids of its workers, the eldest first."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return sorted(int(child) for child in children)


@asynccontextmanager
async def on_loopback(app: Sanic) -> AsyncIterator[str]:
    """Serve an app on a free port; gives its address."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    speak: Any = getattr(app.ctx, "protocol", None)  # an app of the whole server has one
    server = await app.create_server(sock=taken, return_asyncio_server=True, access_log=False, protocol=speak)
    assert server
    await server.startup()
    await server.before_start()
    await server.after_start()
    try:
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
    finally:
        await server.before_stop()
        server.close()
        await server.after_stop()
