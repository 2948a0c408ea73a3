"""Many sessions while one of two workers is killed again and again, on real PostgreSQL and Redis; what became of them.

    python -m benchmarks.faults [--sessions 500] [--messages 10] [--every 20]

Writes benchmarks/results/faults.md.
"""

import argparse
import asyncio
import os
import random
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

from bot.paths import ROOT
from tests.serving import Server
from tests.system.servers import Postgres, Redis, Tally, talk

AT_ONCE = 40  # sessions that talk at the same time


async def attack(server: Server, sessions: int, messages: int, every: float) -> tuple[Tally, int, float]:
    """Let people talk and kill workers; the tally, how many were killed, and the seconds it took."""
    tally, free, kills = Tally(), asyncio.Semaphore(AT_ONCE), 0

    async def person() -> None:
        async with free:
            await talk(server.url, tally, messages)

    started = time.perf_counter()
    talking = asyncio.gather(*(person() for _ in range(sessions)))
    while not talking.done():
        await asyncio.wait([talking], timeout=every)
        if not talking.done():
            os.kill(random.choice(server.workers()), signal.SIGKILL)
            kills += 1
    await talking
    return tally, kills, time.perf_counter() - started


def report(tally: Tally, kills: int, seconds: float, sessions: int) -> str:
    """The figures in Markdown."""
    ordered = sorted(tally.seconds)
    refused = "、".join(f"{name} {count}" for name, count in tally.refused.most_common()) or "无"
    rows = {
        "会话": sessions,
        "消息": tally.sent,
        "杀掉的进程（kill -9）": kills,
        "答了的消息": tally.answered,
        "答过却不在记录里的": len(tally.lost),
        "记了两次的": len(tally.doubled),
        "被请重试或断线的次数": f"{sum(tally.refused.values())}（{refused}）",
        "从第一次发到答复，p50 / p95 / 最长": f"{ordered[len(ordered) // 2]:.2f} / "
        f"{ordered[int(len(ordered) * 0.95)]:.2f} / {ordered[-1]:.2f} 秒",
        "历时": f"{seconds:.0f} 秒",
    }
    return "| | |\n|---|---|\n" + "".join(f"| {name} | {value} |\n" for name, value in rows.items())


def main() -> None:
    """Attack, write the report and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=500)
    parser.add_argument("--messages", type=int, default=10)
    parser.add_argument("--every", type=float, default=20)
    given = parser.parse_args()
    redis = Redis()
    redis.start()
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        postgres = Postgres(Path(folder) / "data")
        settings: dict[str, Any] = {"YIBAO_DATABASE_URL": postgres.url, "YIBAO_REDIS_URL": redis.url}
        try:
            with Server(Path(folder), "--workers", "2", **settings) as server:
                result = asyncio.run(attack(server, given.sessions, given.messages, given.every))
        finally:
            postgres.close()
            redis.kill()
    text = report(*result, given.sessions)
    (ROOT / "benchmarks" / "results" / "faults.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
