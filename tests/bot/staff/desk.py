"""The staff's site on loopback, and people who use it without a browser."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import aiohttp

from bot.server import build
from bot.settings import read
from bot.staff.passwords import hashed
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
        self.csrf = ""

    async def get(self, path: str, status: int = 200) -> str:
        """A page."""
        async with self.client.get(f"{self.url}/staff{path}") as answer:
            text = await answer.text()
            assert answer.status == status, text
        if found := re.search(r'name="csrf" value="(\w+)"', text):
            self.csrf = found[1]
        return text

    async def post(self, path: str, status: int | None = 200, **fields: str) -> str:
        """What comes after sending a form."""
        data = aiohttp.FormData({"csrf": self.csrf, **fields})
        async with self.client.post(f"{self.url}/staff{path}", data=data) as answer:
            text = await answer.text()
            assert status in (None, answer.status), text
        return text

    async def login(self, name: str = "张三", password: str | None = None, status: int = 200) -> str:
        """Log in, and come to the first page."""
        page = await self.post("/login", status, name=name, password=password or PASSWORDS.get(name, ""))
        if status == 200:
            await self.get("/knowledge")
        return page


@asynccontextmanager
async def serving(database: Path, **settings: str) -> AsyncIterator[str]:
    """The address of a server with the staff's pages, without a model."""
    read_settings = read({"YIBAO_DATABASE_URL": f"sqlite:///{database}", "YIBAO_STAFF_PASSWORD": STAFF, **settings})
    async with on_loopback(build(SimpleNamespace(tracker_store=None), [], read_settings)) as url:
        yield url


@asynccontextmanager
async def person(url: str, **headers: str) -> AsyncIterator[Person]:
    """Somebody, until they close their browser."""
    somebody = Person(url, **headers)
    try:
        yield somebody
    finally:
        await somebody.client.close()
