"""Several servers on one port: started, watched, replaced one by one. This process only watches and loads no model."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from prometheus_client.multiprocess import mark_process_dead

from bot.errors import BotError

BEHIND = "behind"  # tells a worker to load behind those that serve: not where one is missing
BACKLOG = 1024  # callers that are kept waiting rather than turned away while workers change
NOWHERE = -1  # stands for a socket that there is not
_COMMAND = (sys.executable, "-m", "bot.worker")
_SILENT_SECONDS = 10  # after which a worker is taken for frozen
_START_SECONDS = 300  # the same for one that is still starting
_END = (signal.SIGTERM, signal.SIGINT)
_CAUGHT = (*_END, signal.SIGHUP, signal.SIGCHLD)
_DRAIN_SECONDS = 25  # longer than a worker gives its turns
_LOOK_SECONDS = 0.2  # between two looks at the workers
_PAUSE_SECONDS = 2  # before a worker that could not start is tried again


class _Ended(Exception):
    """SIGTERM or Ctrl-C came."""


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    beats: int  # a pipe: a byte once it answers, and another every second
    ready: bool = False
    silent: float = field(default=0.0)  # seconds since its last byte, of those in which this process looked

    def look(self, seconds: float) -> None:
        """Take its signs of life."""
        try:
            heard = os.read(self.beats, 4096)
        except BlockingIOError:
            heard = b""
        self.ready = self.ready or bool(heard)
        self.silent = 0.0 if heard else self.silent + seconds

    def is_gone(self) -> bool:
        """Whether its process has ended."""
        return self.process.poll() is not None

    def is_frozen(self) -> bool:
        """Whether it does not answer any more, or has never begun to."""
        return self.silent >= (_SILENT_SECONDS if self.ready else _START_SECONDS)

    def kill(self) -> None:
        """End it, after it has told where it stands, if it still can."""
        self.process.send_signal(signal.SIGABRT)
        try:
            self.process.wait(1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def close(self) -> None:
        """Let go of its pipe."""
        os.close(self.beats)


def supervise(
    taken: socket.socket,
    inside: socket.socket | None,
    count: int,
    train: Callable[[], None],
    ready: Callable[[], None],
) -> None:
    """Keep so many workers on a port until SIGTERM or Ctrl-C; SIGHUP replaces them one by one.

    Args:
        taken: the port, bound.
        inside: where the figures are served, if anywhere.
        count: how many workers.
        train: sees to it that there is a model; called before workers are started or replaced.
        ready: is called once all answer.

    Raises:
        BotError: the workers can't be started.
    """
    taken.listen(BACKLOG)
    train()
    # Blocked, to be waited for below; workers unblock them for themselves.
    signal.pthread_sigmask(signal.SIG_BLOCK, _CAUGHT)
    figures = tempfile.mkdtemp(prefix="yibao-metrics-")
    workers = _Workers(taken, inside, figures, count)
    try:
        workers.begin()
        ready()
        workers.watch(train)
    except _Ended:
        pass
    finally:
        workers.stop()
        shutil.rmtree(figures, ignore_errors=True)


class _Workers:
    """The workers of a port: one in each place, and those that are on their way in or out."""

    def __init__(self, taken: socket.socket, inside: socket.socket | None, figures: str, count: int):
        self._taken, self._inside, self._figures = taken, inside, figures
        self._places: list[_Worker] = []
        self._count = count
        self._processes: list[subprocess.Popen[bytes]] = []
        self._retries: dict[int, float] = {}  # places whose worker could not start: when to try again
        self._looked = time.monotonic()
        self._asked = False  # for new workers, by SIGHUP

    def begin(self) -> None:
        """Start them all."""
        self._places = [self._start() for _ in range(self._count)]
        while not all(worker.ready for worker in self._places):
            if any(worker.is_gone() for worker in self._places):
                raise BotError("服务进程没能启动，原因见上。")
            self._pass_time(self._places)

    def watch(self, train: Callable[[], None]) -> None:
        """See to it that each place has a worker that answers; raises `_Ended`."""
        while True:
            self._pass_time(self._places)
            self._mend()
            if self._asked:
                self._asked = False
                self._roll(train)

    def stop(self) -> None:
        """End them all, and let them bring their turns to an end."""
        for process in self._processes:
            process.terminate()
        until = time.monotonic() + _DRAIN_SECONDS
        for process in self._processes:
            _wait(process, until - time.monotonic())

    def _pass_time(self, workers: list[_Worker]) -> None:
        """Wait a moment for a signal and look at the workers; raises `_Ended`."""
        caught = signal.sigtimedwait(_CAUGHT, _LOOK_SECONDS)
        if caught and caught.si_signo in _END:
            raise _Ended
        self._asked = self._asked or bool(caught and caught.si_signo == signal.SIGHUP)
        now = time.monotonic()
        # Where this process itself was stopped for a while, nobody was silent.
        seconds, self._looked = min(now - self._looked, 5 * _LOOK_SECONDS), now
        for worker in workers:
            worker.look(seconds)

    def _mend(self) -> None:
        """Put new workers in the places of those that have ended or do not answer; waits for none."""
        for place, worker in enumerate(self._places):
            if worker.is_frozen() and not worker.is_gone():
                _say(f"进程 {worker.process.pid} {worker.silent:.0f} 秒没有应答，换一个。")
                worker.kill()
            if worker.is_gone():
                # One that never answered would end at once again.
                due = self._retries.setdefault(place, time.monotonic() + (0 if worker.ready else _PAUSE_SECONDS))
                if time.monotonic() >= due:
                    del self._retries[place]
                    self._bury(worker)
                    self._places[place] = self._start()

    def _roll(self, train: Callable[[], None]) -> None:
        try:
            train()
        except BotError as error:
            _say(f"没有换：{error}")
            return
        for place in range(self._count):
            # The new one answers before the old one stops: nobody waits.
            new = self._start(BEHIND)
            while not new.ready:
                self._pass_time([*self._places, new])
                self._mend()
                if new.is_frozen():
                    new.kill()
                if new.is_gone():
                    self._bury(new)
                    _pause()
                    new = self._start(BEHIND)
            old, self._places[place] = self._places[place], new
            old.process.terminate()
            until = time.monotonic() + _DRAIN_SECONDS
            while not old.is_gone() and time.monotonic() < until:
                self._pass_time(self._places)
                self._mend()
            _wait(old.process, 0)
            self._bury(old)

    def _bury(self, worker: _Worker) -> None:
        worker.close()
        mark_process_dead(worker.process.pid, self._figures)

    def _start(self, *how: str) -> _Worker:
        beats, tell = os.pipe()
        os.set_blocking(beats, False)
        inside = self._inside.fileno() if self._inside else NOWHERE
        numbers = (self._taken.fileno(), inside, tell)
        process = subprocess.Popen(
            [*_COMMAND, *map(str, numbers), *how],
            pass_fds=[number for number in numbers if number != NOWHERE],
            env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": self._figures},
        )
        os.close(tell)
        self._processes = [one for one in self._processes if one.poll() is None] + [process]
        return _Worker(process, beats)


def _pause() -> None:
    caught = signal.sigtimedwait(_END, _PAUSE_SECONDS)
    if caught:
        raise _Ended


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        process.wait(max(0.0, seconds))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
