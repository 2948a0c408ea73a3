"""Hostile HTTP: raw bytes of every kind against a running server, which must answer, and be there afterwards."""

import asyncio
import hashlib
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp

TOKEN = "kefu_test_Token1"
SETTINGS = {
    "YIBAO_TRUSTED_PROXIES": "127.0.0.1",  # each request comes from an address of its own, or limits are all it sees
    "YIBAO_WECHAT_TOKEN": TOKEN,
    "YIBAO_WECHAT_APPID": "wx0123456789abcdef",
    "YIBAO_WECHAT_MODE": "plain",
}
_SESSIONS = 40
_HANG_SECONDS = 2.0
_PATIENCE_SECONDS = 0.1  # with what may be only half a request
_SILENCE_SECONDS = 0.02  # after which an answer is taken for complete
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "get", "G\x01T", "")
_PATHS = (
    "/", "/livez", "/healthz", "/metrics", "/widget.js", "/widget/chat.js", "/widget/../../x", "/cards/bind_family",
    "/cards/", "/cards/%00", "/cards/bind_family?region=%E5%B9%BF%E4%B8%9C%E7%9C%81", "/cards/x?region=%ff&channel[]=1",
    "/webhooks/web/", "/webhooks/web/sessions", "/webhooks/web/messages", "/webhooks/web/feedback",
    "/webhooks/web/sessions/SESSION/messages", "/webhooks/web/sessions/SESSION/messages?before=%00",
    "/webhooks/web/sessions/SESSION", "/webhooks/web/sessions/%2e%2e/messages", "/webhooks/wechat/webhook",
    "/webhooks/rest/webhook", "*", "//", "/%", "/%zz", "http://localhost/", "localhost:80", "/\xff", "/\u4e2d", "/a b",
)  # fmt: skip
_FRAMINGS = (
    "Content-Length: {length}", "Content-Length: {length}", "Content-Length: {length}", "Transfer-Encoding: chunked",
    "Content-Length: -1", "Content-Length: abc", "Content-Length:", "Content-Length: 2,9", "Content-Length: +{length}",
    "Content-Length: 0", "Content-Length: 99999999999999999999", "Content-Length: {length}\r\nContent-Length: 1",
    "Transfer-Encoding: Chunked", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: \x0bchunked",
    "Transfer-Encoding: chunked\r\nContent-Length: {length}", "Content-Length : {length}", "Expect: 100-continue", "",
)  # fmt: skip
_HEADERS = (
    "Origin: http://[", "Origin: null", "Origin: https://evil.example", "Host: evil.example", "Host: [", "Host:",
    "X-Forwarded-For: junk", "X-Forwarded-For: 1.2.3.4:5", "X-Forwarded-For: [::1]:5, ,", "X-Forwarded-For: \xff",
    "X-Request-ID: \x01", "X-Request-ID: 13812345678", "Accept-Encoding: gzip", "If-None-Match: *", "Cookie: a=b;;=",
    "Connection: close", "Connection: upgrade", "Upgrade: websocket", "Expect: 200-ok", "Forwarded: for=_x;host=[",
    "Content-Type: application/xml; charset=\xff", "Content-Encoding: gzip", "X-Bare: a\nb", "no colon", ": none",
    "Range: bytes=0-", "X-Forwarded-Host: evil.example", "Accept: */*;q=x",
)  # fmt: skip
_TEXTS = (
    "怎么绑定家人", "用支付宝", "/restart", '/inform{"channel":"wechat"}', "长" * 201, " ", "", "\u0000", "\ud800", "\u202e绑定",
    "ﷺ" * 60, "an" * 12 + "q", "é" * 50, "13812345678", "😀" * 40, "<img src=x onerror=alert(1)>", "'; DROP TABLE events;--",
)  # fmt: skip
_IDS = (
    "1",
    "",
    "i" * 65,
    "\u0000",
    "a b",
    "../x",
    "13812345678",
    7,
    None,
    "中",
    "\ud800",
    ["x"],
    {"a": 1},
    1e400,
    True,
)


@dataclass
class Tally:
    """What came of the requests."""

    sent: int = 0
    statuses: Counter[str] = field(default_factory=Counter)  # of every answer; "closed" where there was none
    longest: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        found = ", ".join(f"{status} {count}" for status, count in sorted(self.statuses.items()))
        return f"{self.sent} requests: {found}; longest {self.longest:.2f} s; wrong {len(self.wrong)}"


class Fuzz:
    """Makes requests out of a seed; `whole` ones are owed an answer."""

    def __init__(self, seed: int, sessions: list[str]):
        self._random, self._sessions = random.Random(seed), sessions

    def request(self) -> tuple[bytes, bool]:
        """The bytes of one request (or several behind each other), and whether they are whole."""
        kind = self._random.choices((self._good, self._odd, self._mutated, self._several, self._noise), (4, 6, 4, 1, 1))
        return kind[0]()

    def _good(self) -> tuple[bytes, bool]:
        make = self._random.choice((self._message, self._message, self._vote, self._wechat, self._card, self._delete))
        return make(), True

    def _odd(self) -> tuple[bytes, bool]:
        choose = self._random.choice
        body = self._body()
        path = choose(_PATHS).replace("SESSION", choose(self._sessions))
        framing = choose(_FRAMINGS).format(length=len(body))
        headers = [choose(_HEADERS) for _ in range(self._random.choice((0, 0, 1, 1, 2, 30)))]
        if "chunked" in framing:
            body = self._chunked(body)
        return self._written(choose(_METHODS), path, [framing, *headers], body), False

    def _mutated(self) -> tuple[bytes, bool]:
        data = bytearray(self._good()[0])
        for _ in range(self._random.randint(1, 6)):
            position = self._random.randrange(len(data) + 1)
            match self._random.randrange(4):
                case 0:
                    data[position : position + 1] = bytes([self._random.randrange(256)])
                case 1:
                    data[position:position] = self._random.choice((b"\r\n", b"\0", b":", b"\xff", b"%00", b" ", b"\n"))
                case 2:
                    del data[position : position + self._random.randint(1, 20)]
                case _:
                    data[position:] = data[position:][: self._random.randint(0, 40)]
        return bytes(data), False

    def _several(self) -> tuple[bytes, bool]:
        return b"".join(self.request()[0] for _ in range(self._random.randint(2, 4))), False

    def _noise(self) -> tuple[bytes, bool]:
        if self._random.random() < 0.3:
            return b"GET /" + b"a" * self._random.choice((4000, 9000, 70_000)) + b" HTTP/1.1\r\n\r\n", False
        return self._random.randbytes(self._random.choice((1, 20, 300, 20_000))) + b"\r\n\r\n", False

    def _message(self) -> bytes:
        choose = self._random.choice
        usual = self._random.random() < 0.5
        body: dict[str, object] = {
            "session_id": choose(self._sessions) if usual else choose((*self._sessions, *_IDS)),
            "client_message_id": f"{self._random.getrandbits(64):x}" if usual else choose(_IDS),
            choose(("text", "text", "payload")): choose(_TEXTS[:2] if self._random.random() < 0.3 else _TEXTS),
        }
        return self._json("/webhooks/web/messages", body)

    def _vote(self) -> bytes:
        choose = self._random.choice
        body = {
            "session_id": choose(self._sessions),
            "message_id": choose(("start-0", *_IDS)),
            "value": choose((1, -1, 0)),
        }
        return self._json("/webhooks/web/feedback", {**body, "comment": choose(_TEXTS)})

    def _card(self) -> bytes:
        path = self._random.choice([path for path in _PATHS if path.startswith("/cards")])
        return self._written("GET", path, [], b"")

    def _delete(self) -> bytes:
        path = f"/webhooks/web/sessions/{self._random.getrandbits(128):032x}"
        return self._written("DELETE", path, [], b"")

    def _wechat(self) -> bytes:
        choose = self._random.choice
        now, nonce = str(int(time.time()) + choose((0, 0, 0, 9999))), f"{self._random.getrandbits(32)}"
        signature = hashlib.sha1("".join(sorted((TOKEN, now, nonce))).encode()).hexdigest()
        text = choose(_TEXTS).replace("\0", "").encode("utf-8", "ignore")
        person = f"o{self._random.randrange(50)}"
        body = choose((
            b"<xml><ToUserName>gh_1</ToUserName><FromUserName>" + person.encode() + b"</FromUserName><CreateTime>"
            + now.encode() + b"</CreateTime><MsgType>text</MsgType><Content><![CDATA[" + text + b"]]></Content><MsgId>"
            + nonce.encode() + b"</MsgId></xml>",
            b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml>&e;</xml>',
            b"<xml>" * 3000, b"{}", b"", "<xml>中".encode("utf-16"), b"<xml><MsgType>\x00</MsgType></xml>",
        ))  # fmt: skip
        path = f"/webhooks/wechat/webhook?signature={signature}&timestamp={now}&nonce={nonce}"
        return self._written(choose(("POST", "POST", "POST", "GET")), path, [f"Content-Length: {len(body)}"], body)

    def _json(self, path: str, body: object) -> bytes:
        data = json.dumps(body).encode()
        return self._written("POST", path, [f"Content-Length: {len(data)}", "Content-Type: application/json"], data)

    def _body(self) -> bytes:
        made = (
            b"", b"{}", b"[]", b"null", b"[" * 5000, b'{"a":' * 3000, b'{"text": "\\ud800"}', b"\xff\xfe", b"1" * 5000, b"x" * 70_000,
            b'{"session_id": "\\u0000", "client_message_id": "\\u0000", "text": "\\u0000"}', b'{"value": 1e999}',
        )  # fmt: skip
        return self._random.choice(made) if self._random.random() < 0.6 else self._message().split(b"\r\n\r\n")[1]

    def _chunked(self, body: bytes) -> bytes:
        size = self._random.choice((b"%x", b"%x;a=b", b"0%x", b"-%x", b"0x%x", b" %x", b"%x\n")) % len(body)
        end = self._random.choice((b"0\r\n\r\n", b"0\r\nX: y\r\n\r\n", b"", b"0\r\n", b"XX0\r\n\r\n"))
        return size + b"\r\n" + body + b"\r\n" + end

    def _written(self, method: str, path: str, headers: list[str], body: bytes) -> bytes:
        address = ".".join(str(self._random.randrange(1, 255)) for _ in range(4))
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"X-Forwarded-For: {address}", *filter(None, headers)]
        head = "\r\n".join(lines) + "\r\n\r\n"
        return head.encode("latin-1" if "\xff" in head and head.isascii() else "utf-8", "replace") + body


async def run(url: str, seed: int, count: int, lanes: int = 4, progress: Callable[[str], None] | None = None) -> Tally:
    """Send so many requests to a server that was started with `SETTINGS`, and see after each that it is alive."""
    tally = Tally()
    async with aiohttp.ClientSession() as client:
        sessions = []
        for _ in range(_SESSIONS):
            async with client.post(f"{url}/webhooks/web/sessions") as answer:
                sessions.append((await answer.json())["session_id"])
        lanes_ = [
            _lane(client, url, Fuzz(seed * 1000 + lane, sessions), count // lanes, tally) for lane in range(lanes)
        ]
        running = asyncio.gather(*lanes_)
        while not running.done():
            await asyncio.wait({running}, timeout=60)
            if progress:
                progress(str(tally))
        await running
    return tally


async def _lane(client: aiohttp.ClientSession, url: str, fuzz: Fuzz, count: int, tally: Tally) -> None:
    port = urlsplit(url).port or 80
    for _ in range(count):
        sent, whole = fuzz.request()
        tally.sent += 1
        began = time.monotonic()
        statuses = await _exchange(port, sent, whole)
        took = time.monotonic() - began
        tally.longest = max(tally.longest, took)
        tally.statuses.update(statuses)
        bad = [status for status in statuses if status.startswith("5") and status != "503" or status == "hang"]
        try:
            async with client.get(f"{url}/livez", timeout=aiohttp.ClientTimeout(total=_HANG_SECONDS)) as alive:
                bad += [] if alive.status == 200 else [f"livez {alive.status}"]
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            bad.append(f"livez {type(error).__name__}")
        if bad:
            tally.wrong.append(f"{bad}: {sent[:600]!r}")


async def _exchange(port: int, sent: bytes, whole: bool) -> list[str]:
    """The statuses of what comes back; "closed" where nothing does, "hang" where the end does not come either."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = bytearray()
    try:
        writer.write(sent)
        if not await _read(reader, received, _HANG_SECONDS if whole else _PATIENCE_SECONDS):
            if whole:
                return ["hang"]
            writer.write_eof()
            if not await _read(reader, received, _HANG_SECONDS):
                return ["hang"]
        while await _read(reader, received, _SILENCE_SECONDS) and not reader.at_eof():
            pass
    except (ConnectionError, RuntimeError):  # it has closed already
        pass
    finally:
        writer.close()
    found = [part.split(b" ", 1)[0].decode("ascii", "replace") for part in bytes(received).split(b"HTTP/1.1 ")[1:]]
    return [status for status in found if status.isdigit()] or ["closed"]


async def _read(reader: asyncio.StreamReader, received: bytearray, seconds: float) -> bool:
    """Read what comes; whether something, or the end, came in time."""
    try:
        received += await asyncio.wait_for(reader.read(65536), seconds)
    except asyncio.TimeoutError:
        return False
    return True
