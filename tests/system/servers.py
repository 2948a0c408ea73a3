"""A real `yibao serve` and people who talk to it, for tests and benchmarks."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import aiohttp

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 180
SENTENCES = ("我在伊犁，怎么绑亲情账户", "要什么材料", "怎么用支付宝查消费记录", "多久能用", "谢谢")


class Server:
    """`yibao serve` on a free port, until the `with` block ends."""

    def __init__(self, folder: Path, *arguments: str, **environment: str):
        self.log = folder / "serve.log"
        self._arguments, self._environment = arguments, environment

    def __enter__(self) -> "Server":
        command = [sys.executable, "-m", "bot", "serve", "--port", "0", *self._arguments]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **self._environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        until = time.monotonic() + START_SECONDS
        while not (found := re.search(r"可以用了：(http://\S+?)/ ", self.log.read_text(errors="replace"))):
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(self.log.read_text(errors="replace")[-3000:])
            time.sleep(0.05)
        self.url = found[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> int:
        """End it as a service manager does; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)

    def workers(self) -> list[int]:
        """The process ids of the workers, the eldest first."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return sorted(int(child) for child in children)


@dataclass
class Tally:
    """What became of messages."""

    sent: int = 0
    answered: int = 0
    refused: Counter = field(default_factory=Counter)  # the sender was told to retry, or the connection broke
    seconds: list[float] = field(default_factory=list)  # from the first try of a message to its answer
    times: list[float] = field(default_factory=list)  # when answers came
    lost: list[str] = field(default_factory=list)  # messages that were acknowledged and are not in the history
    doubled: list[str] = field(default_factory=list)  # messages that are there more than once


async def talk(url: str, tally: Tally, messages: int, pause: float = 0.0, address: str = "") -> str:
    """One person: says so many messages, repeats each until it is answered, and looks at the history at the end.

    Returns:
        The session's id.
    """
    timeout = aiohttp.ClientTimeout(total=20)
    async with aiohttp.ClientSession(timeout=timeout) as client:
        session = (await _until_answered(client, "POST", f"{url}/webhooks/web/sessions", None, tally))["session_id"]
        ids = []
        for number in range(messages):
            ids.append(uuid.uuid4().hex)
            body = {"session_id": session, "client_message_id": ids[-1], "text": SENTENCES[number % len(SENTENCES)]}
            started = time.perf_counter()
            tally.sent += 1
            answer = await _until_answered(client, "POST", f"{url}/webhooks/web/messages", body, tally)
            assert answer["messages"]
            tally.answered += 1
            tally.seconds.append(time.perf_counter() - started)
            tally.times.append(time.monotonic())
            await asyncio.sleep(pause)
        history = await _until_answered(client, "GET", f"{url}/webhooks/web/sessions/{session}/messages", None, tally)
    heard = Counter(m["client_message_id"] for m in history["messages"] if m["role"] == "user")
    tally.lost += [id_ for id_ in ids if not heard[id_]]
    tally.doubled += [id_ for id_ in ids if heard[id_] > 1]
    return session


async def _until_answered(
    client: aiohttp.ClientSession, method: str, url: str, body: dict | None, tally: Tally
) -> dict:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        try:
            async with client.request(method, url, json=body) as response:
                if response.status < 400:
                    return await response.json()
                tally.refused[str(response.status)] += 1
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            tally.refused[type(error).__name__] += 1
        await asyncio.sleep(0.2)
    raise TimeoutError(f"{method} {url} was never answered: {tally.refused}")
