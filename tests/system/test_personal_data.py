"""300 made-up pieces of personal data go in through every channel with debug logs on, and are found nowhere."""

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
import redis
import requests
import sqlalchemy as sa

from bot.paths import ROOT
from bot.staff.passwords import hashed
from tests.personal_data import Sample, samples
from tests.serving import Server
from tests.system.servers import SENTENCES

pytestmark = pytest.mark.slow

TOKEN, PASSWORD = "kefu_test_Token1", "我家有三口人在伊犁"
SAMPLES = samples(300, seed=11)
# What the bot itself says or is asked in training may hold the same characters as a made-up name.
WEB, WECHAT, SHELL = SAMPLES[0:100], SAMPLES[100:200], SAMPLES[200:300]


def traces(found: bytes, sent: list[Sample]) -> list[str]:
    """The secrets that stand in it, as text or as JSON writes them."""
    # Four digits alone are found in any heap of ids and times.
    secrets = {secret for sample in sent for secret in sample.secrets if not (secret.isascii() and len(secret) < 6)}
    forms = {secret: (secret.encode(), json.dumps(secret)[1:-1].encode()) for secret in secrets}
    return [secret for secret, written in forms.items() if any(form in found for form in written)]


def tell_web(url: str, told: list[Sample]) -> None:
    for start in range(0, len(told), 10):
        session = requests.post(f"{url}/webhooks/web/sessions", timeout=20).json()["session_id"]
        for number, sample in enumerate(told[start : start + 10]):
            body = {"session_id": session, "client_message_id": f"{start}-{number}", "text": sample.text}
            answer = requests.post(f"{url}/webhooks/web/messages", json=body, timeout=20)
            assert answer.status_code == 200, answer.text
            vote = {"session_id": session, "message_id": answer.json()["messages"][0]["message_id"], "value": -1}
            voted = requests.post(f"{url}/webhooks/web/feedback", json={**vote, "comment": sample.text}, timeout=20)
            assert voted.status_code == 204, voted.text


def tell_wechat(url: str, told: list[Sample]) -> None:
    for number, sample in enumerate(told):
        now, nonce = str(int(time.time())), f"nonce{number}"
        signature = hashlib.sha1("".join(sorted((TOKEN, now, nonce))).encode()).hexdigest()
        body = (
            f"<xml><ToUserName>gh_0123456789ab</ToUserName><FromUserName>oABCD-person-{number % 10}</FromUserName>"
            f"<CreateTime>{now}</CreateTime><MsgType>text</MsgType><Content>{escape(sample.text)}</Content>"
            f"<MsgId>{25429287492206114 + number}</MsgId></xml>"
        )
        query = {"signature": signature, "timestamp": now, "nonce": nonce}
        answer = requests.post(f"{url}/webhooks/wechat/webhook", params=query, data=body.encode(), timeout=20)
        assert answer.status_code == 200, answer.text


def tell_shell(told: list[Sample]) -> bytes:
    lines = "\n".join(sample.text.replace("\n", " ") for sample in told)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "YIBAO_LOG_LEVEL": "DEBUG"}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "chat", "--json"],
        input=lines.encode(),
        capture_output=True,
        cwd=ROOT,
        env=environment,
        timeout=300,
    )
    assert done.returncode == 0 and len(done.stdout.splitlines()) == len(told), done.stderr[-2000:]
    return done.stdout + done.stderr


def pages_of_the_staff(url: str) -> bytes:
    """All that the pages of the staff show of what was said."""
    person = requests.Session()
    person.headers["Origin"] = url
    entered = person.post(f"{url}/staff/login", data={"name": "甲", "password": PASSWORD}, timeout=20)
    assert entered.status_code == 200 and "没听懂" in entered.text
    paths = [f"misses?days=1&start={start}" for start in range(0, 200, 20)]
    pages = [person.get(f"{url}/staff/{path}", timeout=60) for path in (*paths, "overview", "misses/sentences")]
    first = re.search(r"/staff/misses/(\d+)", pages[0].text)[0]
    pages.append(person.get(f"{url}{first}", timeout=20))
    assert all(page.status_code == 200 for page in pages) and pages[0].text.count("<blockquote>") >= 20
    return b"\n".join(page.content for page in pages)


def everything_in_postgres(url: str) -> bytes:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        names = sa.inspect(engine).get_table_names()
        assert {"events", "conversations", "heard", "feedback"} <= set(names)
        rows = [str(tuple(row)) for name in names for row in connection.execute(sa.text(f'SELECT * FROM "{name}"'))]
    engine.dispose()
    assert len(rows) > 1000
    return "\n".join(rows).encode()


def everything_in_redis(url: str) -> bytes:
    client = redis.Redis.from_url(url)
    found = []
    for key in client.scan_iter():
        found += [key, client.dump(key) or b"", b" ".join(_values(client, key))]
    return b"\n".join(found)


def _values(client: redis.Redis, key: bytes) -> list[bytes]:
    match client.type(key):
        case b"string":
            return [client.get(key) or b""]
        case b"list":
            return client.lrange(key, 0, -1)
        case b"hash":
            return [part for pair in client.hgetall(key).items() for part in pair]
        case b"zset":
            return client.zrange(key, 0, -1)
        case b"set":
            return list(client.smembers(key))
    return []


def test_nothing_personal_is_kept_anywhere(
    model_path: Path, tmp_path: Path, postgres_url: str, redis_url: str, free_ports: list[int]
) -> None:
    settings = {
        "YIBAO_DATABASE_URL": postgres_url,
        "YIBAO_REDIS_URL": redis_url,
        "YIBAO_LOG_LEVEL": "DEBUG",
        "YIBAO_METRICS": f"127.0.0.1:{free_ports[0]}",
        "YIBAO_WECHAT_TOKEN": TOKEN,
        "YIBAO_WECHAT_APPID": "wx0123456789abcdef",
        "YIBAO_WECHAT_MODE": "plain",
        "YIBAO_STAFF_PASSWORD": f"甲={hashed(PASSWORD)}",
    }
    with Server(tmp_path, **settings) as server:
        tell_web(server.url, WEB)
        tell_wechat(server.url, WECHAT)
        figures = requests.get(f"http://127.0.0.1:{free_ports[0]}/metrics", timeout=20).content
        assert b"yibao_turns_total" in figures
        redis_held = everything_in_redis(redis_url)
        shown = pages_of_the_staff(server.url)
    logs = server.log.read_bytes()
    assert len(logs) > 100_000  # debug logs are on
    assert traces(logs, SAMPLES) == []
    assert traces(figures, SAMPLES) == []
    assert traces(redis_held, SAMPLES) == []
    assert traces(shown, SAMPLES) == []
    assert traces(everything_in_postgres(postgres_url), SAMPLES) == []
    assert traces(tell_shell(SHELL), SAMPLES) == []


def test_sqlite_files_hold_nothing_either_and_info_logs_no_text(model_path: Path, tmp_path: Path) -> None:
    database = tmp_path / "conversations.db"
    settings = {"YIBAO_DATABASE_URL": f"sqlite:///{database}", "YIBAO_LOG_LEVEL": "INFO"}
    with Server(tmp_path, **settings) as server:
        tell_web(server.url, WEB)
        session = requests.post(f"{server.url}/webhooks/web/sessions", timeout=20).json()["session_id"]
        for number, text in enumerate(SENTENCES):
            body = {"session_id": session, "client_message_id": str(number), "text": text}
            assert requests.post(f"{server.url}/webhooks/web/messages", json=body, timeout=20).status_code == 200
        files = b"".join(file.read_bytes() for file in tmp_path.glob("conversations.db*"))
        assert json.dumps(SENTENCES[0])[1:-1].encode() in files
        assert requests.delete(f"{server.url}/webhooks/web/sessions/{session}", timeout=20).status_code == 204
    assert traces(files, WEB) == []
    assert session.encode() not in database.read_bytes()
    logs = server.log.read_text()
    assert '"message": "request"' in logs
    assert [text for text in SENTENCES if text in logs] == []
    assert session not in logs
