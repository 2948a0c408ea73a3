"""The API client against a fake of WeChat's API."""

import asyncio
import logging

import pytest

from bot.channels import wechat_api
from bot.channels.state import MemoryState
from bot.channels.wechat_api import ApiError, WeChatApi
from bot.channels.wechat_text import Block, Choice
from tests.wechat import PERSON, SETTINGS, FakeApi

SECRET = "s3cret-s3cret-s3cret"


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wechat_api, "PAUSES", (0.01, 0.01, 0.01))


def with_api(work, fake: FakeApi, state: MemoryState | None = None):
    """Run `work(api)` against the fake."""

    async def run():
        async with fake.serving() as base:
            api = WeChatApi(SETTINGS.app_id, SECRET, state or MemoryState(), base)
            try:
                return await work(api)
            finally:
                await api.close()

    return asyncio.run(run())


def send(api: WeChatApi, text: str = "你好😀"):
    return api.send(PERSON, Block(text))


def test_text_goes_as_raw_utf8() -> None:
    fake = FakeApi()
    with_api(send, fake)
    ((path, token, body, raw),) = fake.calls
    assert (path, token) == ("/cgi-bin/message/custom/send", "TOKEN-1")
    assert body == {"touser": PERSON, "msgtype": "text", "text": {"content": "你好😀"}}
    assert "你好😀".encode() in raw and b"\\u" not in raw


def test_choices_go_as_a_menu() -> None:
    fake, choice = FakeApi(), Choice("怎么绑定", "/bind_family")
    with_api(lambda api: api.send(PERSON, Block("选一个", (choice,))), fake)
    assert fake.bodies()[0]["msgmenu"] == {
        "head_content": "选一个",
        "list": [{"id": choice.id, "content": "怎么绑定"}],
        "tail_content": "",
    }


def test_a_hundred_cold_sends_fetch_one_token() -> None:
    fake = FakeApi()

    async def work(api: WeChatApi) -> None:
        await asyncio.gather(*(send(api, str(n)) for n in range(100)))

    with_api(work, fake)
    assert fake.tokens == 1 and len(fake.calls) == 100


def test_the_token_is_renewed_five_minutes_early() -> None:
    fake, clock = FakeApi(), [0.0]

    async def work(api: WeChatApi) -> None:
        await send(api)
        clock[0] = 7200 - 301
        await send(api)
        assert fake.tokens == 1
        clock[0] = 7200 - 299
        await send(api)
        assert fake.tokens == 2

    with_api(work, fake, MemoryState(clock=lambda: clock[0]))


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_stale_token_is_renewed_once_for_one_more_try(code: int) -> None:
    fake = FakeApi()
    fake.script = [code]
    with_api(send, fake)
    assert fake.tokens == 2 and [call[1] for call in fake.calls] == ["TOKEN-2"]


def test_a_token_that_stays_stale_is_an_error() -> None:
    fake = FakeApi()
    fake.script = [40001, 40001]
    with pytest.raises(ApiError) as caught:
        with_api(send, fake)
    assert caught.value.code == 40001 and fake.tokens == 2


def test_many_stale_sends_renew_once() -> None:
    fake = FakeApi()
    fake.valid_tokens = {"TOKEN-2"}

    async def work(api: WeChatApi) -> None:
        await asyncio.gather(*(send(api, str(n)) for n in range(50)))

    with_api(work, fake)
    assert fake.tokens == 2 and len(fake.calls) == 50


@pytest.mark.parametrize("trouble", [-1, "reset"])
def test_a_passing_trouble_is_tried_again(trouble) -> None:
    fake = FakeApi()
    fake.script = [trouble] * len(wechat_api.PAUSES)
    with_api(send, fake)
    assert len(fake.calls) == 1


@pytest.mark.parametrize("trouble", [-1, "reset"])
def test_trying_again_is_bounded(trouble) -> None:
    fake = FakeApi()
    fake.script = [trouble] * 50
    with pytest.raises(ApiError):
        with_api(send, fake)
    assert len(fake.script) == 50 - len(wechat_api.PAUSES) - 1


@pytest.mark.parametrize("code", [45015, 45047, 43004, 48001, 45002, 99999])
def test_a_refusal_is_not_tried_again(code: int) -> None:
    fake = FakeApi()
    fake.script = [code, 0]
    with pytest.raises(ApiError) as caught:
        with_api(send, fake)
    assert caught.value.code == code and fake.script == [0]
    assert str(code) in str(caught.value) and str(caught.value).startswith("微信返回错误码")


def test_a_slow_answer_is_given_up_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wechat_api, "TIMEOUT", wechat_api.aiohttp.ClientTimeout(total=0.4))
    fake = FakeApi()
    fake.script = [0.8]
    with pytest.raises(ApiError, match="没有及时回答"):
        with_api(send, fake)
    assert fake.script == []


def test_time_outs_are_set() -> None:
    assert wechat_api.TIMEOUT.total <= 5 and wechat_api.TIMEOUT.connect <= 5


def test_nobody_there_is_told_in_chinese() -> None:
    async def work() -> None:
        api = WeChatApi(SETTINGS.app_id, SECRET, MemoryState(), "http://127.0.0.1:9")
        try:
            await send(api)
        finally:
            await api.close()

    with pytest.raises(ApiError, match="连不上微信"):
        asyncio.run(work())


@pytest.mark.parametrize("answer", [{"errcode": 40013}, {"errcode": 40125}, {"errcode": 40164}])
def test_why_there_is_no_token_is_told(answer: dict) -> None:
    fake = FakeApi()
    fake.token_answer = answer
    with pytest.raises(ApiError, match=str(answer["errcode"])):
        with_api(send, fake)


@pytest.mark.parametrize("answer", [{}, {"access_token": "x"}, {"access_token": "x", "expires_in": "soon"}, []])
def test_a_strange_token_answer_is_an_error(answer) -> None:
    fake = FakeApi()
    fake.token_answer = answer
    with pytest.raises(ApiError):
        with_api(send, fake)


def test_no_secret_is_logged_or_told(caplog: pytest.LogCaptureFixture) -> None:
    fake = FakeApi()
    fake.script = [-1, "reset", 40001, -1, 45047]
    with caplog.at_level(logging.DEBUG), pytest.raises(ApiError) as caught:
        with_api(send, fake)
    told = caplog.text + str(caught.value) + repr(caught.value)
    assert "again in" in caplog.text
    assert not any(secret in told for secret in (SECRET, "TOKEN-", PERSON, SETTINGS.token))
