"""wechatpy as WeChat against a running `yibao serve`."""

import asyncio
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import aiohttp
import pytest

from bot.channels.wechat_text import LIMIT
from bot.knowledge.loader import shipped
from bot.paths import ROOT
from tests.serving import Server
from tests.wechat import CALLBACK, PERSON, SETTINGS, Sender, event_xml, text_xml

PHRASES = shipped().phrases
ACCOUNT = {
    "YIBAO_WECHAT_TOKEN": SETTINGS.token,
    "YIBAO_WECHAT_APPID": SETTINGS.app_id,
    "YIBAO_WECHAT_AES_KEY": SETTINGS.aes_keys[0],
}


@pytest.fixture(scope="module")
def server(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("wechat"), **{**ACCOUNT, "YIBAO_LOG_LEVEL": "DEBUG"})
    server.start()
    try:
        yield server
    finally:
        assert server.stop() == 0


@pytest.fixture
def quiet_server(model_path: Path, tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path, **{**ACCOUNT, "YIBAO_LOG_LEVEL": "WARNING"}) as server:
        yield server


@pytest.mark.parametrize(
    ("name", "value"), [("TOKEN", ""), ("AES_KEY", "short"), ("APPID", ""), ("MODE", "safe"), ("VERIFIED", "true")]
)
def test_a_wrong_setting_ends_the_start(name: str, value: str) -> None:
    good = {"TOKEN": SETTINGS.token, "APPID": SETTINGS.app_id, "AES_KEY": SETTINGS.aes_keys[0], name: value}
    environment = {**os.environ, **{f"YIBAO_WECHAT_{key}": given for key, given in good.items()}}
    command = [sys.executable, "-m", "bot", "serve", "--port", "0"]
    ended = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60)
    named = "SECRET" if name == "VERIFIED" else name
    assert ended.returncode == 1 and ended.stderr.count("\n") == 1 and f"YIBAO_WECHAT_{named} " in ended.stderr


def talk(server: Server, scene: Callable[[Sender], Awaitable[None]]) -> None:
    async def run() -> None:
        async with aiohttp.ClientSession() as session:
            await scene(Sender(server.url + CALLBACK, session))

    asyncio.run(run())


def links(text: str) -> dict[str, str]:
    return {title: id_ for id_, title in re.findall(r'msgmenuid=(\d+)">(.*?)</a>', text)}


def turns_of(server: Server, person: str) -> list[str]:
    """The messages that the conversation holds, in order."""
    with sqlite3.connect(server.database) as database:
        rows = database.execute(
            "SELECT json_extract(data, '$.text') FROM events WHERE sender_id = ? AND type_name = 'user' ORDER BY id",
            [person],
        )
        return [text for (text,) in rows]


def test_the_address_is_verified(server: Server) -> None:
    async def scene(wechat: Sender) -> None:
        async with aiohttp.ClientSession() as session:
            async with session.get(
                wechat.url, params={**wechat.parameters(), "echostr": "4375120948345356249"}
            ) as answer:
                assert (answer.status, await answer.text()) == (200, "4375120948345356249")
            async with session.get(wechat.url, params={**wechat.parameters(), "signature": "0" * 40}) as answer:
                assert answer.status == 403

    talk(server, scene)


def test_a_whole_conversation(server: Server) -> None:
    async def scene(wechat: Sender) -> None:
        async def say(text: str, **more: str) -> str:
            answer = await wechat.send(text_xml(text, person="oWhole", **more))
            assert answer and len(answer.encode()) <= LIMIT
            return answer

        greeting = await wechat.send(event_xml("subscribe", "qrscene_shop7", person="oWhole"))
        assert "医保" in greeting and links(greeting)
        answer = await say("我在伊犁，怎么用国家医保服务平台APP给我妈绑定亲情账户")
        read = [answer]
        while PHRASES["wechat_more"] in links(read[-1]):
            more = links(read[-1])[PHRASES["wechat_more"]]
            read.append(await say(PHRASES["wechat_more"], bizmsgmenuid=more))
        whole = "\n".join(read)
        assert "1. " in whole and "以当地为准" in whole
        choices = {title: id_ for title, id_ in links(whole).items() if title != PHRASES["wechat_more"]}
        title, id_ = next(iter(choices.items()))
        assert await say(title, bizmsgmenuid=id_) and await say("随便写的", bizmsgmenuid=id_)
        assert await wechat.send(event_xml("CLICK", "/report_lost_card", person="oWhole"))
        assert await wechat.send(event_xml("VIEW", "https://example.org", person="oWhole")) is None
        assert await wechat.send(event_xml("unsubscribe", "", person="oWhole")) is None

    talk(server, scene)
    first, *_, one, other, click = turns_of(server, "oWhole")
    assert first.startswith("/") and one == other and one.startswith("/") and click == "/report_lost_card"


def test_typed_payloads_do_nothing(server: Server) -> None:
    async def scene(wechat: Sender) -> None:
        for text in ("/restart", " /restart", '/inform{"channel": "alipay"}', "／start_over"):
            assert await wechat.send(text_xml(text, person="oTyping"))

    talk(server, scene)
    turns = turns_of(server, "oTyping")
    assert len(turns) == 4 and not any(turn.startswith(("/", "／")) for turn in turns)


def test_event_keys_that_anybody_may_make_do_nothing(server: Server) -> None:
    keys = ("/restart", "/back", "/session_start", '/inform{"channel": "alipay"}')

    async def scene(wechat: Sender) -> None:
        for number, key in enumerate(keys):
            assert await wechat.send(event_xml("SCAN", key, person="oScanning", created=1760000000 + number))

    talk(server, scene)
    turns = turns_of(server, "oScanning")
    assert len(turns) == len(keys) and not any(turn.startswith("/") for turn in turns)


def test_who_asks_for_it_is_forgotten(server: Server) -> None:
    person, now = "oForgetting", 1760000000

    def body(content: str, after: int, **more: str) -> str:
        return text_xml(content, person, **more).replace(f"<CreateTime>{now}", f"<CreateTime>{now + after}")

    async def scene(wechat: Sender) -> None:
        assert await wechat.send(body("怎么绑定家人", 0))
        asked = await wechat.send(body("删除我的记录", 1))
        assert turns_of(server, person) == ["怎么绑定家人"]
        sure = links(asked)[PHRASES["wechat_forget_yes"]]
        assert await wechat.send(body("确定删除", 2, bizmsgmenuid=sure)) == PHRASES["wechat_forgotten"]
        assert turns_of(server, person) == []
        files = b"".join(file.read_bytes() for file in server.database.parent.glob("conversations.db*"))
        assert person.encode() not in files

    talk(server, scene)


def test_personal_data_reaches_no_store(server: Server) -> None:
    async def scene(wechat: Sender) -> None:
        assert await wechat.send(
            text_xml("我的身份证号11010519491231002X，电话13812345678，怎么绑定", person="oMasked")
        )

    talk(server, scene)
    (turn,) = turns_of(server, "oMasked")
    assert not re.search(r"\d{6}", turn)


def test_what_is_hostile_is_refused(server: Server) -> None:
    async def scene(wechat: Sender) -> None:
        parameters, body = wechat.sealed(text_xml("你好", person="oHostile"))
        assert (await wechat.post({**parameters, "msg_signature": "0" * 40}, body))[0] == 403
        assert (await wechat.post(wechat.parameters(), text_xml("你好", person="oHostile")))[0] == 403
        assert (await wechat.post(*wechat.sealed(text_xml("你好"), timestamp="1760000000")))[0] == 403
        entity = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        assert (await wechat.post(parameters, entity + body))[0] == 400
        assert (await wechat.post(parameters, b"x" * 65537))[0] == 413

    talk(server, scene)
    assert turns_of(server, "oHostile") == []


def test_no_secret_or_person_is_in_the_log(server: Server) -> None:
    async def scene(wechat: Sender) -> None:
        assert await wechat.send(text_xml("怎么绑定", person=PERSON))

    talk(server, scene)
    log = server.log.read_text("utf-8")
    assert f"{PERSON[:4]}…" in log  # Rasa names whom it answers
    assert not any(secret in log for secret in (PERSON, SETTINGS.token, SETTINGS.aes_keys[0]))


def test_many_people_with_repeated_deliveries(server: Server) -> None:
    people = [f"oLoad{n:03}" for n in range(8)]
    questions = ["怎么绑定家人", "用支付宝", "要带什么材料", "余额怎么查", "医保卡丢了怎么办"]

    async def one(wechat: Sender, number: int, person: str) -> None:
        for n, question in enumerate(questions):
            body = text_xml(f"{question}{'啊' * n}", person=person)
            times = (1, 2, 1, 3, 1, 1)[(number + n) % 6]
            answers = await asyncio.gather(*(wechat.send(body) for _ in range(times)))
            assert answers[0] and len(set(answers)) == 1

    async def scene(wechat: Sender) -> None:
        for first in range(
            0, len(people), 4
        ):  # few at once: on a busy machine each answer is to take under four seconds
            await asyncio.gather(*(one(wechat, number, people[number]) for number in range(first, first + 4)))

    talk(server, scene)
    for person in people:
        assert turns_of(server, person) == [f"{question}{'啊' * n}" for n, question in enumerate(questions)]


@pytest.mark.slow
def test_six_hundred_people_at_once(quiet_server: Server) -> None:
    """Each hears an answer or that it will come within five seconds; each turn runs once; nothing is lost."""
    people = [f"oRush{n:04}" for n in range(600)]

    async def scene() -> None:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            wechat = Sender(quiet_server.url + CALLBACK, session)
            assert await wechat.send(text_xml("怎么绑定家人", person="oFirst"))
            sealed = [wechat.sealed(text_xml("余额怎么查", person=person)) for person in people]

            async def one(call: tuple[dict, str]) -> tuple[str | None, int]:
                for attempt in range(3):
                    try:
                        _, answer = await asyncio.wait_for(wechat.post(*call), 5)
                        return wechat.opened(answer), attempt
                    except asyncio.TimeoutError:
                        continue
                return None, 3

            told = await asyncio.gather(*(one(call) for call in sealed))
            print(Counter((text.split("\n")[0] if text else text, attempt) for text, attempt in told))
            assert all(text and attempt < 2 for text, attempt in told)
            until = time.monotonic() + 240
            while sum(len(turns_of(quiet_server, person)) for person in people) < len(people):
                assert time.monotonic() < until
                await asyncio.sleep(1)
            assert [turns_of(quiet_server, person) for person in people] == [["余额怎么查"]] * len(people)
            for (text, _), person in zip(told, people):
                if text.startswith(PHRASES["wechat_wait"]):
                    ids = links(text)
                    tap = text_xml(*ids, person=person, bizmsgmenuid=ids[PHRASES["wechat_show_answer"]])
                    assert "余额" in await wechat.send(tap)

    asyncio.run(scene())
    lines = [line for line in quiet_server.log.read_text("utf-8").splitlines() if '"level"' in line]
    assert len(lines) < 2 * len(people) and not any("Traceback" in line for line in lines)
