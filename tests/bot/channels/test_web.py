"""The web channel's calls, in front of an agent that echoes and fails as it is told."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from multidict import CIMultiDict
from rasa.core.channels.channel import UserMessage, register
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Sanic

from bot.channels import web
from bot.channels.web import WebInput
from bot.errors import SettingsError
from bot.feedback import Feedback
from bot.settings import read
from bot.stores.lock_store import MemoryLocks
from tests.serving import on_loopback

_BUTTON = {"title": "用微信", "payload": '/inform{"channel": "wechat"}'}
_JSON = {"Content-Type": "application/json"}
_NO_IDS = ("\0", "a\0", "a b", "a/b", "电话13812345678", "13812345678", "tel_138-1234-5678", "11010519491231002X")
LOCAL = read({"YIBAO_TRUSTED_PROXIES": "127.0.0.1"}).trusted_proxies


class Store(InMemoryTrackerStore):
    """Fails while it is told to."""

    broken = False

    async def retrieve_full_tracker(self, conversation_id):
        if self.broken:
            raise OSError("gone")
        return await super().retrieve_full_tracker(conversation_id)

    async def retrieve(self, sender_id):
        if self.broken:
            raise OSError("gone")
        return await super().retrieve(sender_id)


class Agent:
    """Stands for Rasa's agent and its processor: echoes, and does what a text asks for."""

    def __init__(self) -> None:
        self.tracker_store, self.lock_store = Store(Domain.empty()), MemoryLocks()
        self.heard: list[UserMessage] = []
        self.fails = 0
        self.go_on = asyncio.Event()
        self.processor = self.nlg = self

    async def fetch_tracker_with_initial_session(self, sender_id: str) -> DialogueStateTracker:
        return DialogueStateTracker.from_events(sender_id, [SessionStarted()], [])

    async def generate(self, name: str, tracker: DialogueStateTracker, channel: str) -> dict:
        return {"text": name, "buttons": [_BUTTON], "utter_action": name}

    async def save_tracker(self, tracker: DialogueStateTracker) -> None:
        await self.tracker_store.save(tracker)

    async def handle_message(self, message: UserMessage) -> None:
        self.heard.append(message)
        if self.fails:
            self.fails -= 1
            raise RuntimeError("broken")
        if message.text == "慢":
            await self.go_on.wait()
        tracker = await self.tracker_store.retrieve(message.sender_id)
        tracker.update(UserUttered(message.text, message_id=message.message_id, metadata=message.metadata))
        if message.text != "空":
            said = BotUttered(f"答：{message.text}", {"buttons": []}, {"metadata": {"outcome": "answer"}})
            tracker.update(said)
            await message.output_channel.send_response(message.sender_id, said.message())
        await self.save_tracker(tracker)


class Site:
    """The channel, served, and a browser's side of it."""

    def __init__(self, url: str, client: aiohttp.ClientSession, agent: Agent):
        self.url, self.client, self.agent = f"{url}/webhooks/web", client, agent
        self.session = ""

    async def call(self, method: str, path: str, body=None, **options) -> tuple[int, dict | None]:
        if body is not None:
            options["json"] = body
        async with self.client.request(method, self.url + path, **options) as answer:
            self.headers = answer.headers
            return answer.status, await answer.json() if answer.status != 204 else None

    async def begin(self) -> None:
        status, told = await self.call("POST", "/sessions")
        assert status == 201
        self.session, self.greeting = told["session_id"], told["messages"]

    async def say(self, text: str | None = None, id_: str = "c1", **more) -> tuple[int, dict]:
        body = {"session_id": self.session, "client_message_id": id_, **more}
        return await self.call("POST", "/messages", body if text is None else {**body, "text": text})

    async def history(self) -> list[dict]:
        status, told = await self.call("GET", f"/sessions/{self.session}/messages")
        assert status == 200
        return told["messages"]


@pytest.fixture
def on_site(tmp_path) -> Callable:
    """Runs a scene in a new session of a served channel."""

    def run(scene: Callable[[Site], Awaitable[None]], **options) -> None:
        async def work() -> None:
            agent = Agent()
            app = Sanic("web")
            app.ctx.agent = agent
            register([WebInput(Feedback(f"sqlite:///{tmp_path / 'votes.db'}"), **options)], app, "/webhooks/")
            async with on_loopback(app) as url, aiohttp.ClientSession() as client:
                site = Site(url, client, agent)
                await site.begin()
                await scene(site)

        asyncio.run(work())

    return run


def test_session_is_made_here_and_greets(on_site) -> None:
    async def scene(site: Site) -> None:
        assert re.fullmatch(r"[0-9a-f]{32}", site.session)
        assert [(m["role"], m["text"], m["buttons"]) for m in site.greeting] == [("bot", "utter_greet", [_BUTTON])]
        assert await site.history() == site.greeting
        assert site.headers["Cache-Control"] == "no-store"

    on_site(scene)


def test_same_message_id_is_one_turn_with_one_answer(on_site) -> None:
    async def scene(site: Site) -> None:
        first, again = await site.say("你好"), await site.say("你好")
        assert first == again and first[0] == 200
        assert first[1]["messages"][0]["text"] == "答：你好"
        assert len(site.agent.heard) == 1
        other = await site.say("你好", "c2")
        assert other[1]["messages"][0]["message_id"] != first[1]["messages"][0]["message_id"]
        told = await site.history()
        assert [message["role"] for message in told] == ["bot", "user", "bot", "user", "bot"]
        assert told[2] == first[1]["messages"][0]

    on_site(scene)


def test_same_message_id_at_once_is_one_turn(on_site) -> None:
    async def scene(site: Site) -> None:
        calls = [asyncio.ensure_future(site.say("慢")) for _ in range(5)]
        while not site.agent.heard:
            await asyncio.sleep(0)
        site.agent.go_on.set()
        answers = await asyncio.gather(*calls)
        assert all(answer == answers[0] and answer[0] == 200 for answer in answers)
        assert len(site.agent.heard) == 1

    on_site(scene)


def test_payloads_only_as_shown_to_this_session(on_site) -> None:
    async def scene(site: Site) -> None:
        assert (await site.say(payload="/bind_family"))[0] == 400
        status, answer = await site.say(payload=_BUTTON["payload"])
        assert status == 200
        assert site.agent.heard[0].text == _BUTTON["payload"]
        assert (await site.history())[1]["text"] == "用微信"

    on_site(scene)


def test_typed_text_is_no_payload_but_an_exact_title_is_a_tap(on_site) -> None:
    async def scene(site: Site) -> None:
        await site.say(' ／/inform{"channel": "wechat"}', "c0")
        assert not site.agent.heard[0].text.startswith("/")
        await site.say("用微信", "c1")  # no longer the last choices
        assert site.agent.heard[1].text == "用微信"
        await site.begin()
        await site.say(" 用微信 ", "c2")
        assert site.agent.heard[2].text == _BUTTON["payload"]

    on_site(scene)


def test_personal_data_is_masked_before_anything_hears_it(on_site) -> None:
    async def scene(site: Site) -> None:
        await site.say("我的手机号是13812345678")
        assert "13812345678" not in site.agent.heard[0].text
        assert "13812345678" not in str(await site.history())

    on_site(scene)


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"text": "长" * 201}, 413, "too_long"),
        ({"text": " \n "}, 400, "empty"),
        ({"text": "///"}, 400, "empty"),
        ({"text": None}, 400, "bad_request"),
        ({"text": 5}, 400, "bad_request"),
        ({"text": ["x"]}, 400, "bad_request"),
        ({"text": "x", "payload": "/y"}, 400, "bad_request"),
        ({"text": "x", "client_message_id": ""}, 400, "bad_request"),
        ({"text": "x", "client_message_id": "i" * 65}, 400, "bad_request"),
        ({"text": "x", "client_message_id": 7}, 400, "bad_request"),
        ({"text": "x", "sender": "default"}, 400, "bad_request"),
        ({"text": "x", "session_id": None}, 400, "bad_request"),
        ({"text": "x", "session_id": "\0"}, 400, "bad_request"),
        ({"text": "x", "session_id": "电话" * 16}, 400, "bad_request"),
        *(({"text": "x", "client_message_id": id_}, 400, "bad_request") for id_ in _NO_IDS),
        ({"text": "x", "session_id": "0" * 32}, 404, "unknown_session"),
        ({"text": "x", "session_id": "default"}, 404, "unknown_session"),
    ],
)
def test_bad_messages_are_told_in_chinese(on_site, more, status, code) -> None:
    async def scene(site: Site) -> None:
        got, told = await site.say(**more)
        assert (got, told["error"]["code"]) == (status, code)
        assert re.search(r"[\u4e00-\u9fff]", told["error"]["message"])
        assert site.agent.heard == []

    on_site(scene)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"null", b"\xff\xfe", b"[" * 5000, b'{"text": "\\ud800"}'])
def test_bodies_that_are_no_json_object(on_site, body) -> None:
    async def scene(site: Site) -> None:
        for path in ("/messages", "/feedback"):
            status, told = await site.call("POST", path, data=body, headers=_JSON)
            assert (status, told["error"]["code"]) == (400, "bad_request")

    on_site(scene)


def test_longest_text_is_taken(on_site) -> None:
    async def scene(site: Site) -> None:
        assert (await site.say("𠮷" * 200))[0] == 200

    on_site(scene)


def test_too_many_of_a_session_wait(on_site) -> None:
    async def scene(site: Site) -> None:
        assert [(await site.say("你好", str(n)))[0] for n in range(4)] == [200, 200, 200, 429]
        assert int(site.headers["Retry-After"]) == 20
        await site.begin()
        assert (await site.say("你好"))[0] == 200

    on_site(scene, session_per_minute=3)


def test_too_many_of_an_address_wait(on_site) -> None:
    async def scene(site: Site) -> None:
        statuses = [(await site.call("GET", "/"))[0] for _ in range(4)]
        assert statuses == [200, 200, 429, 429]
        # Not a trusted proxy: what it says of others is not believed.
        assert (await site.call("GET", "/", headers={"X-Forwarded-For": "9.9.9.9"}))[0] == 429

    on_site(scene, address_per_minute=3)


def test_too_many_of_all_wait(on_site) -> None:
    async def scene(site: Site) -> None:
        sessions = [(await site.call("POST", "/sessions"))[0] for _ in range(4)]
        assert sessions[-1] == 429 and 429 not in sessions[:2]

    on_site(scene, calls_per_minute=3)


@pytest.mark.parametrize(
    "credentials", [{"origins": ["*"]}, {"session_per_minute": 0}, {"session_per_minute": "30"}, {"x_per_minute": 1}]
)
def test_a_wrong_rate_in_credentials_is_named(credentials) -> None:
    with pytest.raises(SettingsError, match=f"credentials.yml 的 {next(iter(credentials))} 不对"):
        WebInput.from_credentials(credentials)


def test_one_address_can_not_use_up_what_is_there_for_all(on_site) -> None:
    async def scene(site: Site) -> None:
        one, other = ({"X-Forwarded-For": address} for address in ("203.0.113.1", "203.0.113.2"))
        assert [(await site.call("GET", "/", headers=one))[0] for _ in range(50)].count(200) == 5
        assert (await site.call("GET", "/", headers=other))[0] == 200

    on_site(scene, address_per_minute=5, calls_per_minute=20, trusted_proxies=LOCAL)


def test_no_header_gives_a_fresh_allowance(on_site) -> None:
    async def scene(site: Site) -> None:
        def forwarded(number: int) -> list[CIMultiDict]:
            return [
                CIMultiDict([("X-Forwarded-For", f"198.51.100.{number}"), ("X-Forwarded-For", "203.0.113.1")]),
                CIMultiDict({"X-Forwarded-For": f"203.0.113.1:{40000 + number}"}),
                CIMultiDict({"X-Forwarded-For": f"203.0.113.1, junk{number}"}),
                CIMultiDict({"X-Forwarded-For": f"2001:db8:1:1::{number:x}"}),
                CIMultiDict({"X-Forwarded-For": f"198.51.100.{number}, ::ffff:203.0.113.1"}),
            ]

        for way in range(5):
            statuses = [(await site.call("GET", "/", headers=forwarded(n)[way]))[0] for n in range(1, 30)]
            assert 429 in statuses[4:], way

    on_site(scene, address_per_minute=3, trusted_proxies=LOCAL)


def test_who_has_used_up_the_processor_waits(on_site) -> None:
    async def scene(site: Site) -> None:
        one, other = ({"X-Forwarded-For": address} for address in ("203.0.113.1", "203.0.113.2"))

        async def say(number: int, headers: dict) -> int:
            body = {"session_id": site.session, "client_message_id": str(number), "text": "你好"}
            return (await site.call("POST", "/messages", body, headers=headers))[0]

        statuses = [await say(number, one) for number in range(20)]
        assert statuses[0] == 200 and 429 in statuses
        assert int(site.headers["Retry-After"]) >= 1
        assert await say(100, other) == 200

    on_site(scene, cpu_seconds_per_minute=0.001, trusted_proxies=LOCAL)


def test_nobody_waits_behind_all_that_one_address_has_sent(on_site) -> None:
    async def scene(site: Site) -> None:
        one, other = ({"X-Forwarded-For": address} for address in ("203.0.113.1", "203.0.113.2"))

        async def say(number: int, headers: dict) -> int:
            body = {"session_id": site.session, "client_message_id": str(number), "text": "慢"}
            return (await site.call("POST", "/messages", body, headers=headers))[0]

        flood = [asyncio.ensure_future(say(number, one)) for number in range(20)]
        while len(site.agent.heard) < 4:
            await asyncio.sleep(0.01)
        neighbour = asyncio.ensure_future(say(100, other))
        while len(site.agent.heard) < 5:
            await asyncio.sleep(0.01)
        # The fifth that is heard is the neighbour's; nothing of the rest is lost.
        assert site.agent.heard[4].metadata["client_message_id"] == "100"
        site.agent.go_on.set()
        assert await neighbour == 200 and set(await asyncio.gather(*flood)) == {200}

    on_site(scene, trusted_proxies=LOCAL)


def test_a_long_history_comes_in_pages(on_site) -> None:
    async def scene(site: Site) -> None:
        for number in range(60):
            assert (await site.say("你好", f"c{number}"))[0] == 200
        whole, before, calls = [], "", 0
        while True:
            status, told = await site.call("GET", f"/sessions/{site.session}/messages{before}")
            assert status == 200 and len(told["messages"]) <= 50
            whole, calls = told["messages"] + whole, calls + 1
            if not told["earlier"]:
                break
            before = f"?before={whole[0]['message_id']}"
        assert calls == 3 and len(whole) == 121 == len({message["message_id"] for message in whole})
        assert whole[0]["text"] == "utter_greet" and whole[-1]["text"] == "答：你好"
        assert (await site.call("GET", f"/sessions/{site.session}/messages?before=x"))[0] == 404

    on_site(scene, session_per_minute=1000)


def test_a_history_is_not_read_without_end(on_site) -> None:
    async def scene(site: Site) -> None:
        statuses = [(await site.call("GET", f"/sessions/{site.session}/messages"))[0] for _ in range(4)]
        assert statuses == [200, 200, 200, 429]

    on_site(scene, histories_per_minute=3)


def test_a_turn_that_fails_is_an_error_and_can_be_retried(on_site) -> None:
    async def scene(site: Site) -> None:
        site.agent.fails = 1
        status, told = await site.say("你好")
        assert (status, told["error"]["code"]) == (503, "failed")
        assert site.headers["Retry-After"] == "2"
        assert (await site.say("你好"))[0] == 200
        assert [message["role"] for message in await site.history()] == ["bot", "user", "bot"]

    on_site(scene)


def test_an_empty_answer_is_an_error(on_site) -> None:
    async def scene(site: Site) -> None:
        assert (await site.say("空"))[0] == 503

    on_site(scene)


def test_a_slow_turn_is_given_up_and_its_answer_found_later(on_site, monkeypatch) -> None:
    monkeypatch.setattr(web, "_TURN_SECONDS", 0.05)

    async def scene(site: Site) -> None:
        status, told = await site.say("慢")
        assert (status, told["error"]["code"]) == (503, "timeout")
        site.agent.go_on.set()
        while (answer := await site.say("慢"))[0] != 200:
            pass
        assert answer[1]["messages"][0]["text"] == "答：慢"
        assert len(site.agent.heard) == 1

    on_site(scene)


def test_a_turn_survives_a_hang_up(on_site) -> None:
    async def scene(site: Site) -> None:
        with pytest.raises(asyncio.TimeoutError):
            await site.client.post(
                f"{site.url}/messages",
                json={"session_id": site.session, "client_message_id": "c1", "text": "慢"},
                timeout=aiohttp.ClientTimeout(total=0.1),
            )
        site.agent.go_on.set()
        assert (await site.say("慢"))[0] == 200
        assert len(site.agent.heard) == 1

    on_site(scene)


def test_a_store_that_is_gone_is_an_error(on_site) -> None:
    async def scene(site: Site) -> None:
        site.agent.tracker_store.broken = True
        assert (await site.say("你好"))[0] == 503
        assert (await site.call("GET", f"/sessions/{site.session}/messages"))[0] == 503
        assert site.agent.heard == []
        site.agent.tracker_store.broken = False
        assert (await site.say("你好"))[0] == 200

    on_site(scene)


def test_feedback_is_kept_with_its_message(on_site) -> None:
    async def scene(site: Site) -> None:
        await site.say("你好")
        answer = (await site.history())[-1]
        vote = {"session_id": site.session, "message_id": answer["message_id"], "value": 1}
        assert (await site.call("POST", "/feedback", vote))[0] == 204
        assert [m.get("feedback") for m in await site.history()] == [None, None, 1]
        assert (await site.call("POST", "/feedback", {**vote, "value": -1, "comment": "没看懂"}))[0] == 204
        assert (await site.history())[-1]["feedback"] == -1
        own = (await site.history())[1]["message_id"]
        wrong = [({"value": 0}, 400), ({"value": True}, 400), ({"value": 2}, 400), ({"comment": "长" * 201}, 413)]
        wrong += [({"message_id": id_}, 400) for id_ in _NO_IDS]
        wrong += [({"message_id": "x"}, 404), ({"message_id": own}, 404), ({"session_id": "0" * 32}, 404)]
        for change, status in wrong:
            assert (await site.call("POST", "/feedback", {**vote, **change}))[0] == status

    on_site(scene)


def test_a_session_is_forgotten(on_site) -> None:
    async def scene(site: Site) -> None:
        await site.say("你好")
        vote = {"session_id": site.session, "message_id": (await site.history())[-1]["message_id"], "value": 1}
        await site.call("POST", "/feedback", vote)
        assert (await site.call("DELETE", f"/sessions/{site.session}"))[0] == 204
        assert (await site.call("GET", f"/sessions/{site.session}/messages"))[0] == 404
        assert (await site.call("DELETE", f"/sessions/{site.session}"))[0] == 404
        assert (await site.say("你好"))[0] == 404

    on_site(scene)


def test_a_session_is_forgotten_even_if_the_person_hangs_up(on_site) -> None:
    async def scene(site: Site) -> None:
        async with site.agent.lock_store.lock(site.session):  # a turn that still runs
            with pytest.raises(asyncio.TimeoutError):
                await site.client.delete(
                    f"{site.url}/sessions/{site.session}", timeout=aiohttp.ClientTimeout(total=0.1)
                )
        while (await site.call("GET", f"/sessions/{site.session}/messages"))[0] != 404:
            pass

    on_site(scene)


def test_only_allowed_origins_may_call(on_site) -> None:
    async def scene(site: Site) -> None:
        allowed, own = {"Origin": "https://a.example"}, {"Origin": site.url.removesuffix("/webhooks/web")}
        junk = ("http://[", "http://[::1", "//", ":", "http://a b", "http://\udcff")
        for foreign in ("https://b.example", "https://a.example.b.example", "null", "http://a.example", *junk):
            status, told = await site.call("POST", "/sessions", headers={"Origin": foreign})
            assert (status, told["error"]["code"]) == (403, "origin")
            assert "Access-Control-Allow-Origin" not in site.headers
        assert (await site.call("POST", "/sessions", headers=own))[0] == 201
        assert (await site.call("POST", "/sessions", headers=allowed))[0] == 201
        assert site.headers["Access-Control-Allow-Origin"] == "https://a.example"
        asked = {**allowed, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
        assert (await site.call("OPTIONS", "/messages", headers=asked))[0] == 204
        assert "POST" in site.headers["Access-Control-Allow-Methods"]

    on_site(scene, origins=("https://a.example",))
