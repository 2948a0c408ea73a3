"""The other side for the tests of the WeChat channel: WeChat's calls, its API, and a clock that jumps."""

import asyncio
import json
import selectors
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from sanic import Sanic
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

from bot.settings import WeChat
from tests.serving import on_loopback

VECTORS = json.loads((Path(__file__).parent / "bot/channels/wechat_vectors.json").read_text(encoding="utf-8"))
CALLBACK = "/webhooks/wechat/webhook"
ACCOUNT = "gh_0123456789ab"
PERSON = "oABCD1234-efgh_5678ijklMNOPQ"
SETTINGS = WeChat(
    token="kefu_test_Token1", app_id="wx0123456789abcdef", aes_keys=("kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR",)
)

_ids = count(25429287492206114)


class JumpingClock(asyncio.SelectorEventLoop):
    """An event loop on which waiting takes no time: its clock jumps to the next thing that is due."""

    def __init__(self) -> None:
        self._elapsed = 0.0
        super().__init__(_Jumps(self))

    def time(self) -> float:
        return self._elapsed

    def jump(self, seconds: float) -> None:
        self._elapsed += seconds


class _Jumps(selectors.SelectSelector):
    def __init__(self, loop: JumpingClock):
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("everything waits for something that never comes")
            self._loop.jump(max(timeout, 0))
        return ready


def run_jumping(work: Coroutine) -> Any:
    """Run on a clock that jumps; returns what `work` returns."""
    loop = JumpingClock()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()


def text_xml(content: str, person: str = PERSON, id_: int | str | None = None, **more: str) -> str:
    """A text message as WeChat writes it, with a MsgId of its own unless one is given."""
    fields = {"MsgType": "text", "Content": content, "MsgId": str(id_ or next(_ids)), **more}
    return xml(person, **fields)


def event_xml(event: str, key: str | None = None, person: str = PERSON, created: int = 1760000000) -> str:
    fields = {"MsgType": "event", "Event": event, **({"EventKey": key} if key is not None else {})}
    return xml(person, created, **fields)


def xml(person: str = PERSON, created: int = 1760000000, **fields: str) -> str:
    body = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items())
    return (
        f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><FromUserName><![CDATA[{person}]]></FromUserName>"
        f"<CreateTime>{created}</CreateTime>{body}</xml>"
    )


class Sender:
    """WeChat as wechatpy knows it: signs, encrypts, posts, decrypts and checks the answers."""

    def __init__(self, url: str, session: aiohttp.ClientSession, account: WeChat = SETTINGS, key: str | None = None):
        self.url, self._session, self._account = url, session, account
        self._crypto = WeChatCrypto(account.token, key or account.aes_keys[0], account.app_id)

    def parameters(self, timestamp: str | None = None, nonce: str = "1320562132") -> dict[str, str]:
        """The signed address of a plain call."""
        timestamp = timestamp or str(int(time.time()))
        signer = WeChatSigner()
        signer.add_data(self._account.token, timestamp, nonce)
        return {"signature": signer.signature, "timestamp": timestamp, "nonce": nonce}

    def sealed(self, body: str, timestamp: str | None = None) -> tuple[dict[str, str], str]:
        """Address and body of an encrypted call."""
        parameters = self.parameters(timestamp)
        sealed = self._crypto.encrypt_message(body, parameters["nonce"], parameters["timestamp"])
        encrypted = sealed.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
        signature = sealed.split("<MsgSignature><![CDATA[")[1].split("]]>")[0]
        outer = f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        return {**parameters, "encrypt_type": "aes", "msg_signature": signature}, outer

    async def post(self, parameters: dict, body: str | bytes, **more: Any) -> tuple[int, str]:
        async with self._session.post(self.url, params=parameters, data=body, **more) as response:
            return response.status, await response.text()

    async def send(self, body: str) -> str | None:
        """Deliver once, encrypted; the answer's text, None for `success`."""
        status, answer = await self.post(*self.sealed(body))
        assert status == 200, (status, answer)
        return self.opened(answer)

    def opened(self, answer: str) -> str | None:
        """The text in an encrypted answer, its signature checked."""
        if answer == "success":
            return None
        signature = answer.split("<MsgSignature><![CDATA[")[1].split("]]>")[0]
        timestamp = answer.split("<TimeStamp>")[1].split("<")[0]
        assert abs(int(timestamp) - time.time()) < 60
        opened = parse_message(self._crypto.decrypt_message(answer, signature, timestamp, "1320562132"))
        assert opened.source == ACCOUNT and opened.target.startswith("o")
        return opened.content


class FakeApi:
    """WeChat's API on loopback: tokens, custom messages, the menu, and whatever goes wrong.

    `script` holds what the next calls (but for tokens) get: an errcode, "reset", or seconds to wait (a float).
    """

    def __init__(self) -> None:
        self.tokens = 0
        self.calls: list[tuple[str, str, dict, bytes]] = []
        self.script: list = []
        self.valid_tokens: set[str] | None = None
        self.token_answer: dict | None = None

    def sent(self) -> list[str]:
        """The custom messages taken, in order: texts, and of menus the head."""
        return [b["text"]["content"] if b["msgtype"] == "text" else b["msgmenu"]["head_content"] for b in self.bodies()]

    def bodies(self) -> list[dict]:
        return [body for path, _, body, _ in self.calls if path.endswith("/send")]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Serve; gives the base address."""
        app = web.Application()
        app.router.add_post("/cgi-bin/stable_token", self._token)
        app.router.add_post("/cgi-bin/{path:.*}", self._call)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    async def _token(self, request: web.Request) -> web.Response:
        self.tokens += 1
        body = await request.json()
        await asyncio.sleep(0.02)
        if self.token_answer is not None:
            return web.json_response(self.token_answer)
        assert body["grant_type"] == "client_credential" and body["appid"] == SETTINGS.app_id
        return web.json_response({"access_token": f"TOKEN-{self.tokens}", "expires_in": 7200})

    async def _call(self, request: web.Request) -> web.Response:
        raw, token = await request.read(), request.query["access_token"]
        what = self.script.pop(0) if self.script else 0
        if what == "reset":
            request.transport.abort()
            return web.Response()
        if isinstance(what, float):
            await asyncio.sleep(what)
            what = 0
        if not what and self.valid_tokens is not None and token not in self.valid_tokens:
            what = 40001
        if not what:
            self.calls.append((request.path, token, json.loads(raw), raw))
        # As WeChat does: JSON that is called text.
        return web.Response(text=json.dumps({"errcode": what, "errmsg": "x"}), content_type="text/plain")


@asynccontextmanager
async def serving(app: Sanic) -> AsyncIterator[str]:
    """Serve a Sanic app on loopback; gives the address of WeChat's callback."""
    async with on_loopback(app) as url:
        yield f"{url}{CALLBACK}"


async def until(condition: Callable[[], bool], seconds: float = 5) -> None:
    """Wait for something that happens elsewhere in the loop."""

    async def watch() -> None:
        while not condition():
            await asyncio.sleep(0.01)

    await asyncio.wait_for(watch(), seconds)
