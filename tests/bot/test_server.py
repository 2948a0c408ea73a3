"""`yibao serve` as a process: what it serves, and how it starts and ends."""

import asyncio
import gzip
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

import pytest

from bot.paths import ROOT, VAR
from bot.server import build
from bot.settings import read as read_settings
from bot.stores import conversations
from tests.serving import Server, on_loopback


@pytest.fixture(scope="module")
def lasting(model_path, tmp_path_factory) -> Iterator[Server]:
    started = Server(tmp_path_factory.mktemp("server"))
    started.start()
    yield started
    if started.process.poll() is None:
        assert started.stop() == 0


@pytest.fixture
def server(lasting: Server) -> Server:
    """A server that runs, also when the test before has ended it."""
    if lasting.process.poll() is not None:
        lasting.start()
    return lasting


def call(server: Server, path: str, data: bytes | None = None, method: str | None = None, **headers: str):
    """An answer: status, headers, body."""
    try:
        with urlopen(Request(server.url + path, data, headers, method=method), timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except HTTPError as error:
        return error.code, error.headers, error.read()


def test_page_comes_packed_with_a_strict_policy(server) -> None:
    status, headers, body = call(server, "/", **{"Accept-Encoding": "gzip"})
    assert status == 200
    assert "医保亲情助手" in gzip.decompress(body).decode()
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["X-Frame-Options"] == "DENY"
    assert call(server, "/", **{"If-None-Match": headers["ETag"]})[0] == 304


def test_widget_holds_the_phrases(server) -> None:
    _, headers, body = call(server, "/widget.js")
    assert "复制步骤" in body.decode() and headers["Access-Control-Allow-Origin"] == "*"


def test_it_is_alive_and_well(server) -> None:
    assert call(server, "/livez")[0] == 200
    assert json.loads(call(server, "/healthz")[2]) == {"status": "ok"}


def test_a_conversation_over_http(server) -> None:
    _, _, body = call(server, "/webhooks/web/sessions", b"{}")
    session = json.loads(body)["session_id"]
    said = {"session_id": session, "client_message_id": "1", "text": "2025年新疆伊犁医保如何绑定亲情账户"}
    status, _, body = call(server, "/webhooks/web/messages", json.dumps(said).encode())
    card = json.loads(body)["messages"][0]["card"]
    assert status == 200
    assert len(card["steps"]) == 6 and card["region"].startswith("新疆维吾尔自治区伊犁")
    keys = {"title", "channel", "region", "steps", "materials", "duration", "notes", "source", "disclaimer"}
    assert keys <= set(card) and set(card["source"]) == {"document", "section", "as_of"}


def test_cards_are_read_without_a_conversation(server) -> None:
    region = quote("广东省深圳市")
    status, _, body = call(server, f"/cards/bind_family?channel=wechat&region={region}")
    assert status == 200
    assert "粤医保" in json.loads(body)["cards"][0]["title"]
    for wrong in ("nothing", "bind_family?channel=fax", f"bind_family?region={quote('请加微信123')}"):
        status, _, body = call(server, f"/cards/{wrong}")
        assert status == 404 and json.loads(body)["error"]["message"]


def test_a_link_puts_no_words_of_its_own_on_our_page(server) -> None:
    assert call(server, f"/cards/bind_family?region={quote('广东省请把钱转到某某市')}")[0] == 404


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/nothing", "GET", 404),
        ("/", "POST", 405),
        ("/../domain.yml", "GET", 404),
        ("/widget/../../server.py", "GET", 404),
    ],
)
def test_other_addresses_are_told_in_chinese(server, path, method, status) -> None:
    got, _, body = call(server, path, method=method)
    assert got == status
    assert json.loads(body)["error"]["message"]


@pytest.mark.parametrize(
    "path", ["/model", "/status", "/version", "/domain", "/conversations/x/tracker", "/webhooks/rest/"]
)
def test_nothing_of_rasas_own_api_is_open(server, path) -> None:
    assert call(server, path)[0] == 404


def test_bodies_that_are_too_large_are_refused(server) -> None:
    status, _, body = call(server, "/webhooks/web/messages", b"x" * 100_000)
    assert status == 413
    assert json.loads(body)["error"]["message"]


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "//metrics", "/metrics?x=1", "/%6detrics"])
def test_figures_are_not_where_people_call(server, path) -> None:
    assert call(server, path)[0] == 404


def test_figures_are_on_a_socket_of_their_own(server) -> None:
    call(server, "/livez")
    path = VAR / f"metrics-{server.port}.sock"
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(f"/proc/self/cwd/var/{path.name}" if len(str(path)) > 100 else str(path))
        connection.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.0 200") and b'yibao_requests_total{route="GET /livez"' in answer


def test_a_page_under_another_name_gets_nothing(server) -> None:
    status, _, body = call(server, "/", Host="evil.example")
    assert status == 403 and "YIBAO_HOSTS" in json.loads(body)["error"]["message"]


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        (["--host", ""], {}, "--host 不对"),
        (["--host", "0"], {}, "--host 不对"),
        (["--port", "99999"], {}, "--port 不对"),
        (["--workers", "0"], {}, "--workers 不对"),
        ([], {"YIBAO_REDIS_URL": "redis://:hunter2@127.0.0.1:1/0"}, "YIBAO_REDIS_URL"),
        ([], {"YIBAO_REDIS_URL": "redis://:hunter2/@127.0.0.1/0"}, "YIBAO_REDIS_URL 不对"),
        ([], {"YIBAO_DATABASE_URL": "postgresql://me:hunter2@x@127.0.0.1:1/db"}, "YIBAO_DATABASE_URL 不对"),
        ([], {"YIBAO_REDIS": "redis://:hunter2@127.0.0.1"}, "YIBAO_REDIS 不认识"),
        ([], {"YIBAO_ALLOWED_ORIGINS": "*"}, "YIBAO_ALLOWED_ORIGINS 不对"),
        ([], {"YIBAO_METRICS": "/nowhere/m.sock"}, "YIBAO_METRICS 用不了"),
    ],
)
def test_a_wrong_setting_ends_the_start_with_one_line(arguments, environment, told) -> None:
    command = [sys.executable, "-m", "bot", "serve", "--port", "0", *arguments]
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, env={**os.environ, **environment}
    )
    assert ended.returncode == 1
    said = [line for line in ended.stderr.strip().splitlines()]
    assert len(said) == 1 and told in said[0] and "hunter2" not in ended.stderr + ended.stdout


def test_a_caller_who_hangs_up_is_one_line_in_the_log(tmp_path, caplog) -> None:
    async def scene() -> None:
        url = f"sqlite:///{tmp_path / 'conversations.db'}"
        app = build(SimpleNamespace(tracker_store=conversations(url)), [], read_settings())
        came, gone = asyncio.Event(), asyncio.Event()

        @app.get("/slow")
        async def slow(request) -> None:
            came.set()
            try:
                await asyncio.sleep(60)
            finally:
                gone.set()

        async with on_loopback(app) as address:
            _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(address).port)
            writer.write(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await asyncio.wait_for(came.wait(), 10)
            writer.close()
            await asyncio.wait_for(gone.wait(), 10)

    with caplog.at_level(logging.WARNING, "sanic.root"):
        asyncio.run(scene())
    (line,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert "given up" in line.getMessage() and not line.exc_info


def test_used_port_is_one_line(server) -> None:
    command = [sys.executable, "-m", "bot", "serve", "--port", str(server.port)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert "端口用不了" in ended.stderr and len(ended.stderr.strip().splitlines()) == 1


def test_ctrl_c_ends_it_cleanly_and_a_turn_that_runs_is_finished(server) -> None:
    session = json.loads(call(server, "/webhooks/web/sessions", b"{}")[2])["session_id"]
    said = json.dumps({"session_id": session, "client_message_id": "1", "text": "怎么绑定家人"}).encode()
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        head = f"POST /webhooks/web/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(said)}\r\n\r\n"
        connection.sendall(head.encode() + said[:20])
        # Once another call has been answered, this one has begun.
        assert call(server, "/livez")[0] == 200
        server.process.send_signal(signal.SIGINT)
        connection.sendall(said[20:])
        connection.settimeout(20)
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
    assert server.process.wait(30) == 0
    assert "Traceback" not in server.log.read_text()
