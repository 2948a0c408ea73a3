"""Several servers on one port: started, watched, replaced one by one. This process only watches and loads no model."""

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client.multiprocess import mark_process_dead

from bot.errors import BotError

ASIDE = "aside"  # tells a worker to load behind those that serve: not where one is missing
BACKLOG = 1024  # callers that are kept waiting rather than turned away while workers change
_END = (signal.SIGTERM, signal.SIGINT)
_DRAIN_SECONDS = 25  # longer than a worker gives its turns
_LOOK_SECONDS = 0.2  # between two looks whether the end came while a worker starts
_PAUSE_SECONDS = 2  # before a worker that could not start is tried again


def listen(host: str, port: int) -> socket.socket:
    """Take the port, so that nothing is trained and loaded for nothing when it is in use.

    Raises:
        BotError: it can't be taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except (OSError, OverflowError) as error:
        taken.close()
        raise BotError(f"端口用不了：{host}:{port}（可能已被占用）。换一个试试：yibao serve --port 5006") from error
    return taken


def address(taken: socket.socket) -> str:
    """The page's address."""
    host, port = taken.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


class _Ended(Exception):
    """SIGTERM or Ctrl-C came."""


@dataclass
class _Worker:
    process: subprocess.Popen
    ready: int  # a pipe: one byte once it answers

    def wait_until_ready(self) -> bool:
        """Whether it came to answer; raises `_Ended` if the end comes first."""
        while not select.select([self.ready], [], [], _LOOK_SECONDS)[0]:
            if signal.sigtimedwait(_END, 0):
                raise _Ended
        answered = os.read(self.ready, 1) == b"1"
        os.close(self.ready)
        return answered


def supervise(taken: socket.socket, count: int, train: Callable[[], None], ready: Callable[[], None]) -> None:
    """Keep so many workers on a port until SIGTERM or Ctrl-C; SIGHUP replaces them one by one.

    Args:
        taken: the port, bound.
        count: how many workers.
        train: sees to it that there is a model; called before workers are started or replaced.
        ready: is called once all answer.

    Raises:
        BotError: the workers can't be started.
    """
    taken.listen(BACKLOG)
    train()
    # Blocked, to be waited for below; workers unblock them for themselves.
    signal.pthread_sigmask(signal.SIG_BLOCK, (*_END, signal.SIGHUP, signal.SIGCHLD))
    figures = tempfile.mkdtemp(prefix="yibao-metrics-")
    workers = _Workers(taken, figures)
    try:
        workers.begin(count)
        ready()
        workers.watch(train)
    except _Ended:
        pass
    finally:
        workers.stop()
        shutil.rmtree(figures, ignore_errors=True)


class _Workers:
    """The workers of a port, and those that are on their way in or out."""

    def __init__(self, taken: socket.socket, figures: str):
        self._taken, self._figures = taken, figures
        self._serving: list[_Worker] = []
        self._processes: list[subprocess.Popen] = []

    def begin(self, count: int) -> None:
        self._serving = [self._start() for _ in range(count)]
        if not all([worker.wait_until_ready() for worker in self._serving]):
            raise BotError("服务进程没能启动，原因见上。")

    def watch(self, train: Callable[[], None]) -> None:
        while True:
            caught = signal.sigwaitinfo((*_END, signal.SIGHUP, signal.SIGCHLD)).si_signo
            if caught == signal.SIGCHLD:
                for position, worker in enumerate(self._serving):
                    if worker.process.poll() is not None:
                        mark_process_dead(worker.process.pid, self._figures)
                        self._replace(position)
            elif caught == signal.SIGHUP:
                self._roll(train)
            else:
                raise _Ended

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            _wait(process)

    def _roll(self, train: Callable[[], None]) -> None:
        try:
            train()
        except BotError as error:
            print(f"没有换：{error}", file=sys.stderr, flush=True)
            return
        for position, worker in enumerate(self._serving):
            # The new one answers before the old one stops: nobody waits.
            self._replace(position, ASIDE)
            worker.process.terminate()
            _wait(worker.process)
            mark_process_dead(worker.process.pid, self._figures)

    def _replace(self, position: int, *how: str) -> None:
        """Put a new worker in a place, however often it takes."""
        while not (worker := self._start(*how)).wait_until_ready():
            _wait(worker.process)
            if signal.sigtimedwait(_END, _PAUSE_SECONDS):
                raise _Ended
        self._serving[position] = worker

    def _start(self, *how: str) -> _Worker:
        ready, tell = os.pipe()
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.worker", str(self._taken.fileno()), str(tell), *how],
            pass_fds=(self._taken.fileno(), tell),
            env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": self._figures},
        )
        os.close(tell)
        self._processes = [one for one in self._processes if one.poll() is None] + [process]
        return _Worker(process, ready)


def _wait(process: subprocess.Popen) -> None:
    try:
        process.wait(_DRAIN_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
