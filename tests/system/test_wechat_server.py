"""wechatpy as WeChat against a running `yibao serve`."""

import asyncio
import os
import re
import sqlite3
import subprocess
import sys
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


@pytest.fixture(scope="module")
def server(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        "YIBAO_WECHAT_TOKEN": SETTINGS.token,
        "YIBAO_WECHAT_APPID": SETTINGS.app_id,
        "YIBAO_WECHAT_AES_KEY": SETTINGS.aes_keys[0],
        "YIBAO_LOG_LEVEL": "DEBUG",
    }
    server = Server(tmp_path_factory.mktemp("wechat"), **settings)
    server.start()
    try:
        yield server
    finally:
        assert server.stop() == 0


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
        assert "1. " in whole and "来源" in whole and PHRASES["disclaimer"] in whole
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
