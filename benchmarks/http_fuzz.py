"""Hostile HTTP against a real server on SQLite and on PostgreSQL; how it answered.

    python -m benchmarks.http_fuzz [--seed 1] [--requests 20000] [--databases sqlite postgresql]

Writes benchmarks/results/http_fuzz.md. The seed makes the same requests again, but for the sessions' ids and the time.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bot.paths import ROOT
from tests import http_fuzz
from tests.serving import Server
from tests.system.servers import Postgres


def attack(database: str, seed: int, count: int) -> tuple[http_fuzz.Tally, float]:
    """One run; what came of it and the seconds it took."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fuzz-", ignore_cleanup_errors=True)))
        folder.chmod(0o755)  # PostgreSQL runs as a user of its own
        settings: dict[str, Any] = dict(http_fuzz.SETTINGS)
        if database == "postgresql":
            postgres = Postgres(folder / "data")
            stack.callback(postgres.close)
            settings["YIBAO_DATABASE_URL"] = postgres.url
        server = stack.enter_context(Server(folder, **settings))
        began = time.monotonic()
        tally = asyncio.run(http_fuzz.run(server.url, seed, count, progress=lambda line: print(line, file=sys.stderr)))
        return tally, time.monotonic() - began


def main() -> int:
    """Attack each database in turn; 1 if an answer was wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    chosen = parser.parse_args()
    rows = []
    failed = False
    for database in chosen.databases:
        tally, seconds = attack(database, chosen.seed, chosen.requests)
        for line in tally.wrong[:20]:
            print(line, file=sys.stderr)
        failed |= bool(tally.wrong)
        statuses = "、".join(f"{status} × {count}" for status, count in sorted(tally.statuses.items()))
        rows.append(
            f"| {database} | {chosen.seed} | {tally.sent} | {len(tally.wrong)} | {tally.longest:.2f} 秒 | {statuses} "
            f"| {seconds:.0f} 秒 |"
        )
    head = "| 数据库 | 种子 | 请求 | 出错、卡住、失联 | 最久 | 状态码 | 历时 |\n|---|---|---|---|---|---|---|\n"
    report = head + "\n".join(rows) + "\n"
    print(report)
    (ROOT / "benchmarks" / "results" / "http_fuzz.md").write_text(report, encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
