"""The staff's site on loopback, and people who use it without a browser."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
from sanic import Sanic

from bot.server import build
from bot.settings import read
from bot.staff.passwords import hashed
from bot.staff.site import site
from tests.serving import on_loopback

PASSWORDS = {"张三": "我家有三口人在伊犁", "李四": "四月的伊犁还很冷呢"}
STAFF = ",".join(f"{name}={hashed(password)}" for name, password in PASSWORDS.items())


class Person:
    """Somebody with a browser of their own."""

    def __init__(self, url: str, **headers: str):
        self.url = url
        self.client = aiohttp.ClientSession(
            headers={"Origin": url, **headers}, cookie_jar=aiohttp.CookieJar(unsafe=True)
        )
        self.csrf = self.seen = self.page = ""

    async def get(self, path: str, status: int = 200) -> str:
        """A page."""
        async with self.client.get(f"{self.url}/staff{path}") as answer:
            text = await answer.text()
            assert answer.status == status, text
        self._remember(text)
        return text

    def _remember(self, text: str) -> None:
        self.page = text
        if found := re.search(r'name="csrf" value="(\w+)"', text):
            self.csrf = found[1]
        if found := re.search(r'name="seen" value="(\w+)"', text):
            self.seen = found[1]

    async def post(self, path: str, status: int | None = 200, **fields: str | list[str]) -> str:
        """What comes after sending a form; the token and what was seen last go with it."""
        data = aiohttp.FormData(quote_fields=False, default_to_multipart=True)
        for name, value in {"csrf": self.csrf, "seen": self.seen, **fields}.items():
            for one in value if isinstance(value, list) else [value]:
                data.add_field(name, one)
        async with self.client.post(f"{self.url}/staff{path}", data=data) as answer:
            text = await answer.text()
            assert status in (None, answer.status), text
        self._remember(text)
        return text

    def drafts(self) -> dict[str, str | list[str]]:
        """The fields of the form that the page of drafts shows."""
        seen = dict(re.findall(r'name="(seen [^"]+)" value="(\w+)"', self.page))
        return {"place": [name.removeprefix("seen ") for name in seen], **seen}

    async def login(self, name: str = "张三", password: str | None = None, status: int = 200) -> str:
        """Log in, and come to the first page."""
        page = await self.post("/login", status, name=name, password=password or PASSWORDS.get(name, ""))
        if status == 200:
            await self.get("/knowledge")
        return page


@asynccontextmanager
async def serving(database: Path, folder: Path | None = None, agent: Any = None, **settings: str) -> AsyncIterator[str]:
    """The address of a server with the staff's pages.

    Args:
        database: where its database goes.
        folder: of the knowledge that they keep; without one it is the whole server, without a model.
        agent: the model, for a talk.
        settings: more of them.
    """
    read_settings = read({"YIBAO_DATABASE_URL": f"sqlite:///{database}", "YIBAO_STAFF_PASSWORD": STAFF, **settings})
    if folder:
        app = Sanic("staff", configure_logging=False)
        app.ctx.agent = agent
        app.blueprint(site(read_settings, folder))
    else:
        whole: Any = agent or SimpleNamespace(tracker_store=None)
        app = build(whole, [], read_settings)
    async with on_loopback(app) as url:
        yield url


@asynccontextmanager
async def person(url: str, **headers: str) -> AsyncIterator[Person]:
    """Somebody, until they close their browser."""
    somebody = Person(url, **headers)
    try:
        yield somebody
    finally:
        await somebody.client.close()
