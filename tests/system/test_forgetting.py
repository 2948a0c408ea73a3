"""A conversation that was deleted stays deleted, whatever comes at the same time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from types import SimpleNamespace

import aiohttp
import pytest
import sqlalchemy as sa
from rasa.core.channels.channel import UserMessage, register
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, UserUttered
from sanic import Sanic

from bot.channels.web import WebInput
from bot.feedback import Feedback
from bot.stores import locks
from bot.stores.tracker_store import ConversationStore
from tests.serving import on_loopback
from tests.system.test_tracker_store import DOMAIN

pytestmark = pytest.mark.anyio


class Agent:
    """Stands for Rasa's agent and processor: a turn under the lock, which begins a conversation where none is."""

    def __init__(self, database_url: str, redis_url: str | None):
        self.tracker_store = ConversationStore(DOMAIN, database_url)
        self.lock_store = locks(redis_url)
        self.processor = self
        self.nlg = SimpleNamespace(generate=self._greeting)

    async def _greeting(self, *_: object) -> dict:
        return {"text": "您好"}

    async def fetch_tracker_with_initial_session(self, sender_id: str):
        tracker = await self.tracker_store.get_or_create_tracker(sender_id, append_action_listen=False)
        if not tracker.events:
            begin = [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")]
            tracker.update_with_events(begin, DOMAIN)
        return tracker

    async def save_tracker(self, tracker) -> None:
        await self.tracker_store.save(tracker)

    async def handle_message(self, message: UserMessage) -> None:
        async with self.lock_store.lock(message.sender_id):
            tracker = await self.fetch_tracker_with_initial_session(message.sender_id)
            heard = UserUttered(message.text, input_channel=message.input_channel, metadata=message.metadata)
            tracker.update_with_events([heard, BotUttered(f"答：{message.text}")], DOMAIN)
            await asyncio.sleep(0.02)
            await self.save_tracker(tracker)
        await message.output_channel.send_response(message.sender_id, {"text": "答"})


@asynccontextmanager
async def workers(database_url: str, redis_url: str | None, count: int) -> AsyncIterator[list[str]]:
    """So many processes as far as stores and locks go; gives the addresses of their web channels."""
    async with AsyncExitStack() as stack:
        urls = []
        for number in range(count):
            app = Sanic(f"worker{number}")
            app.ctx.agent = Agent(database_url, redis_url)
            limits = {"session_per_minute": 1000, "sessions_per_minute": 1000, "redis_url": redis_url}
            register([WebInput(Feedback(database_url), **limits)], app, "/webhooks/")
            urls.append(f"{await stack.enter_async_context(on_loopback(app))}/webhooks/web")
            stack.callback(app.ctx.agent.tracker_store.close)
        yield urls


@pytest.mark.parametrize("count", [1, 2])
async def test_messages_and_votes_that_wait_bring_nothing_back(database_url: str, redis_url: str, count: int) -> None:
    async with (
        workers(database_url, redis_url if count > 1 else None, count) as urls,
        aiohttp.ClientSession() as client,
    ):

        async def call(method: str, path: str, number: int = 0, **body: object) -> tuple[int, dict | None]:
            async with client.request(method, urls[number % count] + path, json=body or None) as answer:
                return answer.status, await answer.json() if answer.status != 204 else None

        async def one(attempt: int) -> list[int]:
            _, begun = await call("POST", "/sessions")
            session, greeting = begun["session_id"], begun["messages"][0]["message_id"]

            def say(number: int):
                return call("POST", "/messages", number, session_id=session, client_message_id=str(number), text="在吗")

            def vote(number: int):
                return call(
                    "POST", "/feedback", number, session_id=session, message_id=greeting, value=-1, comment="没看懂"
                )

            waiting = [asyncio.ensure_future(work(n)) for n in range(4) for work in (say, vote)]
            await asyncio.sleep(0.01 * (attempt % 4))
            deleted = asyncio.ensure_future(call("DELETE", f"/sessions/{session}"))
            behind = [asyncio.ensure_future(work(n)) for n in range(4, 7) for work in (say, vote)]
            assert (await deleted)[0] == 204
            statuses = [status for status, _ in await asyncio.gather(*waiting, *behind)]
            assert set(statuses) <= {200, 204, 404, 503}
            assert (await call("GET", f"/sessions/{session}/messages"))[0] == 404
            assert (await say(99))[0] == 404 and (await vote(99))[0] == 404
            return statuses

        told = [status for attempt in range(8) for status in await one(attempt)]
        assert 404 in told and 204 in told
    engine = sa.create_engine(database_url)
    with engine.connect() as connection:
        left = {
            table: connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar()
            for table in ("events", "conversations", "heard", "feedback")
        }
    engine.dispose()
    assert left == {"events": 0, "conversations": 0, "heard": 0, "feedback": 0}
