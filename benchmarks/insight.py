"""The pages of 没听懂 and 情况 over 200 days of use: 100,000 made-up turns in a real PostgreSQL.

    python -m benchmarks.insight [--turns 100000] [--days 200] [--rounds 40]

The messages are the training sentences, said by made-up people; a turn leaves the twelve events that a real one leaves.
The pages are asked for over loopback, from a server without a model; the results go to benchmarks/results/insight.md.
"""

import argparse
import asyncio
import json
import random
import tempfile
import time
import uuid
from datetime import datetime, timezone
from pathlib import Path
from statistics import quantiles
from types import SimpleNamespace
from typing import Any

import numpy as np
import sqlalchemy as sa

from bot.feedback import votes
from bot.insight import span
from bot.insight.misses import KINDS, Misses
from bot.knowledge.loader import shipped
from bot.nlu_data import Sentence, read
from bot.paths import DATA, ROOT
from bot.server import build
from bot.settings import read as read_settings
from bot.stores.database import create_engine
from bot.stores.tables import events as all_events
from bot.stores.tables import turns
from bot.stores.turns import DOUBTFUL, MISUNDERSTOOD, SILENT, day_of
from tests.bot.staff.desk import STAFF, person
from tests.serving import on_loopback

RESULTS = ROOT / "benchmarks" / "results" / "insight.md"
_EVENTS = 12  # that a turn leaves
_AT_ONCE = 2000


def fill(engine: sa.engine.Engine, count: int, days: int) -> None:
    """Turns as a server leaves them, spread over days; one in twenty is voted on."""
    chance, now = random.Random(5), time.time()
    sentences = list(read(DATA / "nlu"))
    moments = sorted(now - chance.random() * days * 86400 for _ in range(count))
    for start in range(0, count, _AT_ONCE):
        made = [
            _turn(chance, number, moment, chance.choice(sentences))
            for number, moment in enumerate(moments[start : start + _AT_ONCE], start)
        ]
        with engine.begin() as connection:
            connection.execute(sa.insert(all_events), [event for events, _, _ in made for event in events])
            connection.execute(sa.insert(turns), [turn for _, turn, _ in made])
            if voted := [vote for _, _, vote in made if vote]:
                connection.execute(sa.insert(votes), voted)


def _turn(
    chance: random.Random, number: int, moment: float, sentence: Sentence
) -> tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any] | None]:
    sender, message = f"{number // 5:032x}", uuid.UUID(int=chance.getrandbits(128)).hex
    knowledge = shipped()
    task = sentence.intent if sentence.intent in knowledge.procedures else chance.choice(list(knowledge.procedures))
    point = sentence.point if sentence.point in knowledge.points else None
    outcome, miss = chance.choices(
        [("answer", None), ("answer", DOUBTFUL), ("unknown", SILENT), ("ask", MISUNDERSTOOD), ("smalltalk", None)],
        [62, 8, 15, 6, 9],
    )[0]
    first = number * _EVENTS + 1
    parsed = {
        "text": sentence.text,
        "intent": {"name": sentence.intent, "confidence": 0.5},
        "intent_ranking": [{"name": sentence.intent, "confidence": 0.5}],
        "understood": {"wishes": [{"task": task, "point": point}], "act": None, "facts": []},
    }
    heard = {"event": "user", "text": sentence.text, "parse_data": parsed, "message_id": message, "timestamp": moment}
    said = {"event": "bot", "text": "这是一段回答，照文档写的。" * 4, "timestamp": moment + 0.03}
    events = [(heard, "user"), *(({"event": "slot", "name": "case", "value": "x" * 300}, "slot"),) * 9, (said, "bot")]
    events.append(({"event": "action", "name": "action_listen"}, "action"))
    rows = [
        {"id": first + place, "sender_id": sender, "type_name": kind, "timestamp": moment, "data": json.dumps(data)}
        for place, (data, kind) in enumerate(events)
    ]
    turn = {
        "event_id": first,
        "sender_id": sender,
        "message_id": message,
        "time": moment,
        "day": day_of(moment),
        "channel": "web",
        "task": task,
        "point": point,
        "outcome": outcome,
        "ms": round(chance.lognormvariate(3.9, 0.5)),
        "miss": miss,
    }
    if chance.random() > 0.05:
        return rows, turn, None
    vote = {
        "session_id": sender,
        "message_id": f"{message}-0",
        "value": chance.choice([1, 1, -1]),
        "text": "这是一段回答",
    }
    then = datetime.fromtimestamp(moment + 9, timezone.utc)
    return rows, turn, {**vote, "comment": chance.choice([None, "没说到点上"]), "time": then}


def pages(days: int) -> dict[str, str]:
    """Name and address of each page that is measured."""
    begin = [span.as_date(span.latest(length).first) for length in (7, 30, days)]
    asked = {f"情况, {length} days": f"/overview?first={first}" for length, first in zip((7, 30, days), begin)}
    missed = {f"没听懂, {length} days": f"/misses?days={length}" for length in (7, 30, days)}
    kinds = {f"没听懂, {days} days, {kind} only": f"/misses?days={days}&kind={kind}" for kind in KINDS}
    older = {f"没听懂, {days} days, the 100th page": f"/misses?days={days}&start=2000"}
    return {**asked, **missed, **kinds, **older, "the sentences that wait": "/misses/sentences"}


async def measure(database_url: str, addresses: dict[str, str], rounds: int) -> dict[str, tuple[float, float]]:
    """Median and 95th percentile of each page in ms, asked for by one person over loopback."""
    settings = read_settings({"YIBAO_DATABASE_URL": database_url, "YIBAO_STAFF_PASSWORD": STAFF})
    took: dict[str, list[float]] = {name: [] for name in addresses}
    without_a_model: Any = SimpleNamespace(tracker_store=None)
    async with on_loopback(build(without_a_model, [], settings)) as url, person(url) as somebody:
        await somebody.login()
        for _ in range(rounds):
            for name, address in addresses.items():
                started = time.perf_counter()
                await somebody.get(address)
                took[name].append((time.perf_counter() - started) * 1000)
    return {name: (float(np.median(times)), quantiles(times, n=20)[-1]) for name, times in took.items()}


def main() -> None:
    """Fill a database, ask for the pages and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=40)
    arguments = parser.parse_args()
    import pgserver

    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = pgserver.get_server(Path(folder) / "data")
        engine = create_engine(server.get_uri())
        misses = Misses(engine)
        misses.count(span.latest(1))  # makes the tables
        started = time.perf_counter()
        fill(engine, arguments.turns, arguments.days)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("ANALYZE"))
        print(f"filled in {time.perf_counter() - started:.0f} s")
        started, grouped = time.perf_counter(), 0
        while some := misses.group_new(200):
            grouped += some
        each = (time.perf_counter() - started) / max(grouped, 1) * 1000
        lines = [f"{arguments.turns:,} turns in {arguments.days} days, PostgreSQL, {arguments.rounds} rounds", ""]
        lines += ["| page | p50, ms | p95, ms |", "|---|---|---|"]
        measured = asyncio.run(measure(server.get_uri(), pages(arguments.days), arguments.rounds))
        lines += [f"| {name} | {median:.0f} | {slow:.0f} |" for name, (median, slow) in measured.items()]
        lines += ["", f"Finding the group of a message: {each:.1f} ms, {grouped:,} of them."]
        print("\n".join(lines))
        RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
        engine.dispose()
        server.cleanup()


if __name__ == "__main__":
    main()
