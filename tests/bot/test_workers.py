"""The process that watches workers, over stand-ins that do nothing but beat; the real ones: `system/test_workers.py`."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.paths import ROOT

# Writes its id where the test looks, then beats; on USR1 it goes round and round without listening to SIGTERM.
WORKER = """
import os, signal, sys, time
signal.pthread_sigmask(signal.SIG_SETMASK, ())
signal.signal(signal.SIGUSR1, lambda *_: (signal.signal(signal.SIGTERM, signal.SIG_IGN), time.sleep(1000)))
(folder, pipe) = sys.argv[1], int(sys.argv[4])
open(os.path.join(folder, str(os.getpid())), "w").close()
while True:
    os.write(pipe, b"1")
    time.sleep(0.1)
"""
WATCH = """
import socket, sys
from bot import workers
workers._COMMAND = (sys.executable, sys.argv[1], sys.argv[2])
workers._SILENT_SECONDS, workers._DRAIN_SECONDS, workers._PAUSE_SECONDS = 1, 2, 0.2
with socket.socket() as taken:
    taken.bind(("127.0.0.1", 0))
    workers.supervise(taken, None, 2, lambda: None, lambda: print("ready", flush=True))
"""


class Watch:
    """The main process, and the ids that its workers have left."""

    def __init__(self, folder: Path):
        (folder / "worker.py").write_text(WORKER)
        (folder / "watch.py").write_text(WATCH)
        self.ids = folder / "ids"
        self.ids.mkdir()
        command = [sys.executable, folder / "watch.py", folder / "worker.py", self.ids]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert self.process.stdout.readline() == b"ready\n"

    def started(self) -> set[int]:
        return {int(path.name) for path in self.ids.iterdir()}

    def alive(self) -> set[int]:
        return {pid for pid in self.started() if Path(f"/proc/{pid}/cmdline").exists() and _runs(pid)}

    def until(self, condition, seconds: float = 10) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, (self.started(), self.alive())
            time.sleep(0.02)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    # The second is for a process that ends between opening the file and reading it.
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    started = Watch(tmp_path)
    yield started
    if started.process.poll() is None:
        started.process.terminate()
    told = started.process.communicate(timeout=20)[1].decode()
    assert "Traceback" not in told
    started.until(lambda: not started.alive())


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGUSR1, signal.SIGKILL])
def test_workers_that_freeze_or_die_are_replaced_all_of_them(watch: Watch, how: signal.Signals) -> None:
    first = watch.alive()
    assert len(first) == 2
    for pid in first:
        os.kill(pid, how)
    watch.until(lambda: len(watch.alive() - first) == 2 and not first & watch.alive())


def test_workers_that_answer_are_left_alone(watch: Watch) -> None:
    first = watch.alive()
    time.sleep(2.5)  # longer than a silent one would live
    assert watch.alive() == first


def test_nobody_was_silent_while_the_main_process_itself_was_stopped(watch: Watch) -> None:
    first = watch.alive()
    watch.process.send_signal(signal.SIGSTOP)
    time.sleep(2)
    watch.process.send_signal(signal.SIGCONT)
    time.sleep(1)
    assert watch.alive() == first


def test_a_freeze_during_a_roll_is_seen_and_the_roll_goes_on(watch: Watch) -> None:
    first = watch.alive()
    os.kill(max(first), signal.SIGSTOP)
    watch.process.send_signal(signal.SIGHUP)
    watch.until(lambda: len(watch.alive() - first) == 2 and not first & watch.alive())


def test_the_end_does_not_wait_for_the_frozen_one_after_the_other(watch: Watch) -> None:
    for pid in watch.alive():
        os.kill(pid, signal.SIGUSR1)
    began = time.monotonic()
    watch.process.send_signal(signal.SIGTERM)
    assert watch.process.wait(20) == 0
    assert time.monotonic() - began < 3.5
