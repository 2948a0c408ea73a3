"""Where a request ends is beyond doubt, or it is refused at once: nothing hangs and nothing is the server's fault."""

import asyncio
from types import SimpleNamespace

import pytest
from sanic import Request
from sanic.config import Config
from sanic.http import Http

HEAD = "POST /webhooks/web/messages HTTP/1.1\r\nHost: localhost\r\n"
REFUSED = [
    "Content-Length: -1",
    "Content-Length: abc",
    "Content-Length:",
    "Content-Length: 2,9",
    "Content-Length: 2, 2",
    "Content-Length: +2",
    "Content-Length: 2_0",
    "Content-Length: 0x2",
    "Content-Length: ２",
    "Content-Length: 2.0",
    "Content-Length: 2\r\nContent-Length: 2",
    "Content-Length: 2\r\nContent-Length: 9",
    f"Content-Length: {'9' * 5000}",
    "Content-Length : 2",
    "Transfer-Encoding: Chunked",
    "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding: identity",
    "Transfer-Encoding: \x0bchunked",
    "Transfer-Encoding: \u3000chunked",
    "Transfer-Encoding: chunked ",
    "Transfer-Encoding:",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nContent-Length: 2",
    "Transfer-Encoding : chunked",
    "X-Folded: a\r\n Content-Length: 2",
    "X-Bare: a\nContent-Length: 2",
    "X-Null: \0",
    "no colon",
    ": no name",
    "两字: 2",
    "Expect: nothing",
]
BODY = b"{}"


@pytest.mark.parametrize("path", ["/webhooks/web/messages", "/webhooks/wechat/webhook", "/livez", "/nothing"])
def test_no_doubtful_framing_hangs_or_is_an_error_of_the_server(served, path) -> None:
    async def scene(raw) -> None:
        for framing in REFUSED:
            head = HEAD.replace("/webhooks/web/messages", path) + framing
            # A body nobody announced in a way that is understood is not waited for.
            body = b"" if framing == "Expect: nothing" else BODY
            length = "\r\nContent-Length: 2" if framing == "Expect: nothing" else ""
            sent = f"{head}{length}\r\n\r\n".encode() + body
            assert (await raw.answer(sent)).split()[1] in (b"400", b"417"), framing
            assert await raw.alive()

    served(scene)


@pytest.mark.parametrize(
    "chunks",
    [
        b"-1\r\n",
        b"+2\r\n{}\r\n0\r\n\r\n",
        b"0x2\r\n{}\r\n0\r\n\r\n",
        b"2_0\r\n",
        b"\r\n\r\n\r\n",
        b"zz\r\n{}\r\n",
        b"fffffffff\r\n",
        b"2\r\n{}XX0\r\n\r\n",
        b"2;" + b"x" * 10_000,
        b"2\r\n{}\r\n0\r\nTrailer: GET /livez HTTP/1.1\r\n\r\n",
    ],
)
def test_no_doubtful_chunk_hangs_or_begins_another_request(served, chunks) -> None:
    async def scene(raw) -> None:
        sent = f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode() + chunks
        answer = await raw.answer(sent)
        assert answer.split()[1] in (b"400", b"413") and answer.count(b"HTTP/1.1 ") == 1
        assert await raw.alive()

    served(scene)


@pytest.mark.parametrize(
    "line",
    [
        "GET",
        "GET /livez",
        "GET /livez HTTP/2.0",
        "GET /livez HTTP/1.1 x",
        "GET  /livez HTTP/1.1",
        "GET livez HTTP/1.1",
        "GET http:// HTTP/1.1",
        "GET /\udcff HTTP/1.1",
        "GET /\0 HTTP/1.1",
        "g\x01t /livez HTTP/1.1",
        "CONNECT localhost:80 HTTP/1.1",
        "GET //[ HTTP/1.1",
        "\x16\x03\x01",
    ],
)
def test_a_first_line_that_is_none_is_refused(served, line) -> None:
    async def scene(raw) -> None:
        sent = f"{line}\r\nHost: localhost\r\n\r\n".encode(errors="surrogateescape")
        assert await raw.status(sent) in (400, 404, 405)

    served(scene)


def test_what_is_framed_well_is_served(served) -> None:
    async def scene(raw) -> None:
        for framing, body in (
            ("Content-Length: 2", BODY),
            ("content-length:2", BODY),
            ("Content-Length: 2 ", BODY),
            ("Transfer-Encoding: chunked", b"2\r\n{}\r\n0\r\n\r\n"),
            ("Transfer-Encoding: chunked", b"1;name=value\r\n{\r\n01\r\n}\r\n000\r\n\r\n"),
        ):
            sent = f"{HEAD}{framing}\r\n\r\n".encode() + body
            # Empty JSON: understood, and told that something is missing.
            assert await raw.status(sent) == 400
            # Nothing is left over that would be taken for the next request.
            next_ = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            answer = await raw.answer(sent + next_)
            assert [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]] == [b"400", b"200"]

    served(scene)


def test_an_expected_body_is_asked_for(served) -> None:
    async def scene(raw) -> None:
        for framing, body in (("Content-Length: 2", BODY), ("Transfer-Encoding: chunked", b"2\r\n{}\r\n0\r\n\r\n")):
            reader, writer = await asyncio.open_connection("127.0.0.1", raw.port)
            writer.write(f"{HEAD}{framing}\r\nExpect: 100-continue\r\n\r\n".encode())
            assert await asyncio.wait_for(reader.readline(), 2) == b"HTTP/1.1 100 Continue\r\n"
            writer.write(body)
            await reader.readline()
            assert (await asyncio.wait_for(reader.readline(), 2)).startswith(b"HTTP/1.1 400")
            writer.close()

    served(scene)


def test_the_request_class_is_needed_as_long_as_sanic_takes_any_length() -> None:
    """Fails once Sanic refuses a negative length by itself: then see what of `bot/http/framing.py` can go."""

    async def nothing(*_: object, **__: object) -> None:
        pass

    async def scene() -> int:
        app = SimpleNamespace(dispatch=nothing, config=Config())
        protocol = SimpleNamespace(
            app=app,
            recv_buffer=bytearray(b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n{}"),
            send=nothing,
            receive_more=nothing,
            request_max_size=100,
            request_class=Request,
            transport=None,
            state={"requests_count": 0},
        )
        http = Http(protocol)
        http.init_for_request()
        await http.http1_request_header()
        await http.read()
        return http.request_bytes_left

    assert asyncio.run(scene()) < 0
