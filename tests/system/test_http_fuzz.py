"""Hostile bytes against a real server: nothing is its fault, nothing hangs, and it is there afterwards."""

import asyncio
from pathlib import Path

import pytest

from tests import http_fuzz
from tests.serving import Server

SEED = 20261126


def fuzz(folder: Path, count: int, **settings: str) -> None:
    with Server(folder, **http_fuzz.SETTINGS, **settings) as server:
        tally = asyncio.run(http_fuzz.run(server.url, SEED, count))
        print(tally)
        assert tally.wrong == []
        assert server.process.poll() is None
    # It answered what was right and refused what was not.
    assert {"200", "400", "404"} <= set(tally.statuses)


def test_a_short_run(model_path: Path, tmp_path: Path) -> None:
    fuzz(tmp_path, 400)


@pytest.mark.slow
def test_a_longer_run_on_each_database(model_path: Path, tmp_path: Path, database_url: str) -> None:
    fuzz(tmp_path, 3000, YIBAO_DATABASE_URL=database_url)
