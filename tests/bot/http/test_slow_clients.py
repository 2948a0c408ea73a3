"""Who is slow is let go after a time that counts from the request's start, on every path."""

import asyncio
import time

import pytest

from bot.settings import read

LIMITS = {"REQUEST_TIMEOUT": 0.5, "BODY_TIMEOUT": 0.5, "KEEP_ALIVE_TIMEOUT": 1.0, "RESPONSE_TIMEOUT": 5}
MESSAGES = b"POST /webhooks/web/messages HTTP/1.1\r\nHost: localhost\r\n"
WECHAT = b"POST /webhooks/wechat/webhook?timestamp=1 HTTP/1.1\r\nHost: localhost\r\n"
LIVEZ = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n"
KINDS = {
    "nothing": (b"", b""),
    "a head without end": (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", b"x"),
    "a body without end": (MESSAGES + b"Content-Length: 50000\r\n\r\n", b"x"),
    "chunks without end": (MESSAGES + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "a chunk size without end": (MESSAGES + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "a body nobody asked for": (LIVEZ + b"Content-Length: 50000\r\n\r\n", b"x"),
    "chunks nobody asked for": (LIVEZ + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "a body to WeChat's path": (WECHAT + b"Content-Length: 50000\r\n\r\n", b"x"),
    "chunks to WeChat's path": (WECHAT + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "a refused body to WeChat's path": (WECHAT + b"Content-Length: 2\r\n\r\n{}" + WECHAT[:20], b"x"),
    "one answered, then nothing": (LIVEZ + b"\r\n", b""),
}


async def open_for(port: int, first: bytes, more: bytes) -> float:
    """The seconds until the other end closes; `more` is sent every 50 ms."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = time.monotonic()
    writer.write(first)
    reading = asyncio.ensure_future(reader.read())
    try:
        while not (reading.done() or writer.is_closing()) and time.monotonic() < began + 8:
            writer.write(more)
            await asyncio.wait({reading}, timeout=0.05)
    finally:
        writer.close()
        reading.cancel()
    return time.monotonic() - began


@pytest.mark.parametrize("kind", KINDS)
def test_who_is_slow_is_let_go(served, kind) -> None:
    async def scene(raw) -> None:
        took = await asyncio.gather(*(open_for(raw.port, *KINDS[kind]) for _ in range(5)))
        assert max(took) < 4, kind
        assert await raw.alive()

    served(scene, LIMITS)


def test_who_stops_in_the_middle_of_a_body_is_told(served) -> None:
    async def scene(raw) -> None:
        answer = await raw.answer(MESSAGES + b"Content-Length: 100\r\n\r\n{", 4)
        assert answer.startswith(b"HTTP/1.1 408") and "慢" in answer.decode()

    served(scene, LIMITS)


def test_who_does_not_read_is_let_go(served) -> None:
    async def scene(raw) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", raw.port, limit=1024)
        writer.transport.pause_reading()
        began = time.monotonic()
        page = b"GET /widget/chat.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
        while time.monotonic() < began + 12 and not writer.transport.is_closing():
            if writer.transport.get_write_buffer_size() < 100_000:
                writer.write(page * 100)
            await asyncio.sleep(0.02)
        assert writer.transport.is_closing()

    served(scene, {**LIMITS, "RESPONSE_TIMEOUT": 1, "GRACEFUL_SHUTDOWN_TIMEOUT": 1})


def test_who_was_in_time_does_not_pay_for_a_loop_that_stood_still(served) -> None:
    async def scene(raw) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", raw.port)
        await asyncio.sleep(0.1)
        writer.write(LIVEZ + b"\r\n")
        time.sleep(1)  # longer than the time for a head
        assert (await asyncio.wait_for(reader.readline(), 2)).startswith(b"HTTP/1.1 200")
        writer.close()

    served(scene, LIMITS)


def test_real_limits_are_those_of_the_documentation(served) -> None:
    async def scene(raw) -> None:
        config = raw.app.config
        assert (config.REQUEST_TIMEOUT, config.BODY_TIMEOUT, config.KEEP_ALIVE_TIMEOUT) == (10, 10, 60)

    served(scene)


async def crowd(port: int, count: int) -> list:
    return [await asyncio.open_connection("127.0.0.1", port) for _ in range(count)]


async def still_open(connections: list) -> int:
    await asyncio.sleep(0.2)
    return sum(not reader.at_eof() for reader, _ in connections)


def test_an_address_has_so_many_connections_and_the_longest_waiting_makes_room(served, monkeypatch) -> None:
    monkeypatch.setattr("bot.http.crowd.BY_ADDRESS", 10)

    async def scene(raw) -> None:
        connections = await crowd(raw.port, 30)
        assert await still_open(connections) == 10
        assert not connections[29][0].at_eof()
        assert await raw.alive()

    served(scene)


def test_a_trusted_proxy_brings_more(served, monkeypatch) -> None:
    monkeypatch.setattr("bot.http.crowd.BY_ADDRESS", 10)

    async def scene(raw) -> None:
        assert await still_open(await crowd(raw.port, 30)) == 30

    served(scene, trusted_proxies=read({"YIBAO_TRUSTED_PROXIES": "127.0.0.1"}).trusted_proxies)
