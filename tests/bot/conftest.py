"""The whole app on loopback over an empty SQLite database, and raw bytes sent to it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from bot.channels.web import WebInput
from bot.channels.wechat import WeChatInput
from bot.feedback import Feedback
from bot.server import build
from bot.settings import Settings
from bot.stores import conversations
from tests.serving import on_loopback
from tests.wechat import SETTINGS


class Raw:
    """A port that takes any bytes."""

    def __init__(self, port: int, app):
        self.port, self.app = port, app

    async def answer(self, sent: bytes, seconds: float = 5) -> bytes:
        """What comes back on a connection of its own until it is closed or nothing more comes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(sent)
        try:
            return await asyncio.wait_for(reader.read(), seconds)
        except asyncio.TimeoutError:
            raise AssertionError(f"neither answered nor closed: {sent[:200]!r}") from None
        finally:
            writer.close()

    async def status(self, sent: bytes, seconds: float = 5) -> int:
        """The status of the first answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(sent)
        try:
            return int((await asyncio.wait_for(reader.readline(), seconds)).split()[1])
        finally:
            writer.close()

    async def alive(self) -> bool:
        return await self.status(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n") == 200


@pytest.fixture
def served(tmp_path) -> Callable[..., None]:
    """Runs a scene against the app, with changed settings or Sanic's configuration."""

    def run(scene: Callable[[Raw], Awaitable[None]], config: dict | None = None, **changed: object) -> None:
        async def work() -> None:
            settings = replace(Settings(database_url=f"sqlite:///{tmp_path / 'conversations.db'}"), **changed)
            store = conversations(settings.database_url)
            channels = [
                WebInput(Feedback(settings.database_url), settings.allowed_origins, settings.trusted_proxies),
                WeChatInput(SETTINGS),
            ]
            app = build(SimpleNamespace(tracker_store=store), channels, settings)
            app.config.update(config or {})
            async with on_loopback(app) as address:
                await scene(Raw(urlsplit(address).port, app))
            store.close()

        asyncio.run(work())

    return run
