"""Votes: replaced, listed, forgotten; personal data is masked."""

import asyncio
import sqlite3

import pytest

from bot.feedback import Feedback


@pytest.fixture
def database(tmp_path):
    return tmp_path / "votes.db"


@pytest.fixture
def feedback(database):
    return Feedback(f"sqlite:///{database}")


def test_a_later_vote_replaces_the_earlier(feedback) -> None:
    async def work():
        await feedback.store("s", "m-0", 1, "答", None)
        await feedback.store("s", "m-0", -1, "答", None)
        await feedback.store("s", "m-1", 1, "答", None)
        await feedback.store("other", "m-0", 1, "答", None)
        return await feedback.of("s")

    assert asyncio.run(work()) == {"m-0": -1, "m-1": 1}


def test_votes_of_a_session_are_forgotten(feedback) -> None:
    async def work():
        await feedback.store("s", "m-0", 1, "答", None)
        await feedback.store("other", "m-0", 1, "答", None)
        await feedback.forget("s")
        return await feedback.of("s"), await feedback.of("other")

    assert asyncio.run(work()) == ({}, {"m-0": 1})


def test_answer_is_kept_and_the_comment_masked(feedback, database) -> None:
    asyncio.run(feedback.store("s", "m-0", -1, "答的话", "我的手机号是13812345678"))
    (row,) = sqlite3.connect(database).execute("select text, comment from feedback")
    assert row[0] == "答的话"
    assert "13812345678" not in row[1] and "手机号" in row[1]


def test_old_votes_expire(feedback) -> None:

    async def vote():
        await feedback.store("s", "m", 1, "answer", None)
        await feedback.purge(1)
        kept = await feedback.of("s")
        await feedback.purge(-1)
        return kept, await feedback.of("s")

    assert asyncio.run(vote()) == ({"m": 1}, {})
