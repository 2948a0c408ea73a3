"""Several servers on one port: started, watched, replaced one by one. This process only watches and loads no model."""

import os
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

BACKLOG = 1024  # callers that are kept waiting rather than turned away while workers change
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
_DRAIN_SECONDS = 25  # longer than a worker gives its turns
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


@dataclass
class _Worker:
    process: subprocess.Popen
    ready: int  # a pipe: one byte once it answers

    def wait_until_ready(self) -> bool:
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
    # Blocked, to be waited for below; workers unblock them for themselves.
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    figures = tempfile.mkdtemp(prefix="yibao-metrics-")
    workers: list[_Worker] = []
    try:
        train()
        workers += [_start(taken, figures) for _ in range(count)]
        if not all([worker.wait_until_ready() for worker in workers]):
            raise BotError("服务进程没能启动，原因见上。")
        ready()
        _watch(workers, lambda: _start(taken, figures), train, figures)
    finally:
        _stop(workers)
        shutil.rmtree(figures, ignore_errors=True)


def _watch(workers: list[_Worker], start: Callable[[], _Worker], train: Callable[[], None], figures: str) -> None:
    while True:
        caught = signal.sigwaitinfo(_SIGNALS).si_signo
        if caught == signal.SIGCHLD:
            for position, worker in enumerate(workers):
                if worker.process.poll() is not None:
                    mark_process_dead(worker.process.pid, figures)
                    if not _replace(workers, position, start):
                        return
        elif caught == signal.SIGHUP:
            try:
                train()
            except BotError as error:
                print(f"没有换：{error}", file=sys.stderr, flush=True)
                continue
            for position, worker in enumerate(workers):
                # The new one answers before the old one stops: nobody waits.
                if not _replace(workers, position, start):
                    return
                _stop([worker])
        else:
            return


def _replace(workers: list[_Worker], position: int, start: Callable[[], _Worker]) -> bool:
    """Put a new worker in a place, however often it takes; False if the end came first."""
    while True:
        worker = start()
        if worker.wait_until_ready():
            workers[position] = worker
            return True
        worker.process.wait()
        if signal.sigtimedwait((signal.SIGTERM, signal.SIGINT), _PAUSE_SECONDS):
            return False


def _start(taken: socket.socket, figures: str) -> _Worker:
    ready, tell = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.worker", str(taken.fileno()), str(tell)],
        pass_fds=(taken.fileno(), tell),
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": figures},
    )
    os.close(tell)
    return _Worker(process, ready)


def _stop(workers: list[_Worker]) -> None:
    for worker in workers:
        worker.process.terminate()
    for worker in workers:
        try:
            worker.process.wait(_DRAIN_SECONDS)
        except subprocess.TimeoutExpired:
            worker.process.kill()
            worker.process.wait()
