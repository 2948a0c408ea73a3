"""The commands of deploy/, run as they stand there as processes: two replicas with the stores they share."""

import json
import os
import re
import subprocess
import sys
import uuid
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from bot.paths import ROOT
from tests.serving import Server

pytestmark = pytest.mark.slow

DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
# As in the image, where the environment's folder comes first.
PATH = f"{Path(sys.executable).parent}:{os.environ['PATH']}"


def command(kind: str, port: int) -> list[str]:
    """The Dockerfile's command on another port, since all replicas run on this machine."""
    found = re.findall(rf"{kind} (\[.+\])$", DOCKERFILE, re.M)[-1].replace("5005", str(port))
    return json.loads(found)


def say(url: str, session: str, text: str, client_message_id: str | None = None) -> list[dict]:
    body = {"session_id": session, "client_message_id": client_message_id or uuid.uuid4().hex, "text": text}
    answer = requests.post(f"{url}/webhooks/web/messages", json=body, timeout=20)
    assert answer.status_code == 200, answer.text
    return [{part: message[part] for part in ("message_id", "text", "card")} for message in answer.json()["messages"]]


def test_two_replicas_carry_one_conversation(
    model_path: Path, tmp_path: Path, postgres_url: str, redis_url: str, free_ports: list[int]
) -> None:
    settings = {"YIBAO_DATABASE_URL": postgres_url, "YIBAO_REDIS_URL": redis_url, "YIBAO_LOG_LEVEL": "INFO"}
    with ExitStack() as stack:
        replicas = []
        for port in free_ports:
            folder = tmp_path / str(port)
            folder.mkdir()
            server = Server(folder, command=command("CMD", port), PATH=PATH, **settings)
            replicas.append(stack.enter_context(server).url.replace("0.0.0.0", "127.0.0.1"))
            healthy = subprocess.run(command("HEALTHCHECK.+?CMD", port), env={"PATH": PATH})
            assert healthy.returncode == 0
        one, other = replicas
        session = requests.post(f"{one}/webhooks/web/sessions", timeout=20).json()["session_id"]
        first = say(one, session, "我在伊犁，怎么用APP绑定亲情账户", "a")
        assert say(other, session, "我在伊犁，怎么用APP绑定亲情账户", "a") == first
        assert say(other, session, "要什么材料")
        # The same question asked afresh of either gets the same words.
        answers = []
        for url in replicas:
            fresh = requests.post(f"{url}/webhooks/web/sessions", timeout=20).json()["session_id"]
            answers.append([message["text"] for message in say(url, fresh, "怎么用支付宝查消费记录")])
        assert answers[0] == answers[1]
        assert requests.delete(f"{one}/webhooks/web/sessions/{session}", timeout=20).status_code == 204
        assert requests.get(f"{other}/webhooks/web/sessions/{session}/messages", timeout=20).status_code == 404
