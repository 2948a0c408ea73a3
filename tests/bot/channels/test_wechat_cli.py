"""`yibao wechat menu` and `yibao wechat check`, and the menu's file."""

import argparse
import asyncio
import builtins
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rasa.core.channels.channel import register
from sanic import Sanic

from bot import settings
from bot.channels import wechat_api
from bot.channels.wechat import WeChatInput
from bot.channels.wechat_menu import PATH, MenuError, load_menu
from bot.cli import wechat
from bot.errors import BotError, SettingsError
from bot.paths import DOMAIN
from bot.yamlfile import read_yaml
from tests.wechat import SETTINGS, FakeApi, serving

ACCOUNT = replace(SETTINGS, secret="s3cret")
GROUPS = ["绑定", "查询", "挂失·更多"]


def arguments(*given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    wechat.add_arguments(parser)
    return parser.parse_args(given)


def call(*given: str, fake: FakeApi, monkeypatch: pytest.MonkeyPatch, account: settings.WeChat | None = ACCOUNT) -> int:
    """Run the command with a fake of WeChat's API."""
    monkeypatch.setattr(settings, "read", lambda: settings.Settings(wechat=account))

    async def run_() -> int:
        async with fake.serving() as base:
            monkeypatch.setattr(wechat_api, "BASE", base)
            return await asyncio.to_thread(wechat.run, arguments(*given))

    return asyncio.run(run_())


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the command prints; not capsys: a Sanic app that first starts inside it breaks pytest's own capture."""
    lines: list[str] = []
    monkeypatch.setattr(wechat, "print", lines.append, raising=False)
    return lines


def test_the_menu_is_shown_asked_and_created(monkeypatch, printed) -> None:
    fake = FakeApi()
    monkeypatch.setattr(builtins, "input", lambda question: printed.append(question) or "y")
    assert call("menu", fake=fake, monkeypatch=monkeypatch) == 0
    ((path, _, body, raw),) = fake.calls
    assert path == "/cgi-bin/menu/create" and [button["name"] for button in body["button"]] == GROUPS
    assert body["button"][0]["sub_button"][0] == {"type": "click", "name": "怎么绑定家人", "key": "/bind_family"}
    assert "绑定".encode() in raw
    told = "\n".join(printed)
    assert told.index("怎么绑定家人") < told.index("发布吗") < told.index("已发布")


@pytest.mark.parametrize("said", ["", "n", "不"])
def test_without_a_yes_nothing_is_created(said: str, monkeypatch) -> None:
    fake = FakeApi()
    monkeypatch.setattr(builtins, "input", lambda _: said)
    assert call("menu", fake=fake, monkeypatch=monkeypatch) == 0
    assert (fake.calls, fake.tokens) == ([], 0)


@pytest.mark.parametrize(
    ("code", "reason"), [(40018, "名字的长度"), (48001, "没有这个接口的权限"), (65301, "没有收录")]
)
def test_what_wechat_refuses_is_told_in_chinese(code: int, reason: str, monkeypatch) -> None:
    fake = FakeApi()
    fake.script = [code]
    with pytest.raises(BotError, match=f"{code}：.*{reason}"):
        call("menu", "--yes", fake=fake, monkeypatch=monkeypatch)


def test_a_menu_of_ones_own(monkeypatch, tmp_path: Path) -> None:
    file, fake = tmp_path / "menu.yml", FakeApi()
    file.write_text(
        "greeting: /greet\nmenu:\n- {name: 官网, items: [{name: 打开, url: 'https://example.org'}]}\n", "utf-8"
    )
    assert call("menu", str(file), "--yes", fake=fake, monkeypatch=monkeypatch) == 0
    (button,) = fake.calls[0][2]["button"]
    assert button["sub_button"] == [{"type": "view", "name": "打开", "url": "https://example.org"}]


def test_a_button_that_would_start_nothing_is_named(monkeypatch, printed, tmp_path: Path) -> None:
    file = tmp_path / "menu.yml"
    file.write_text(
        "greeting: /greet\nmenu:\n- {name: 我的, items: [{name: 办, payload: /mine}, {name: 绑, payload: /bind_family}]}\n",
        "utf-8",
    )
    assert call("menu", str(file), "--yes", fake=FakeApi(), monkeypatch=monkeypatch) == 0
    (warning,) = [line for line in printed if line.startswith("注意")]
    assert "/mine" in warning and "/bind_family" not in warning


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("greeting: /greet\nmenu: []\n", "menu"),
        ("menu:\n- {name: a, items: [{name: a, payload: /a}]}\n", "greeting"),
        ("greeting: greet\nmenu:\n- {name: a, items: [{name: a, payload: /a}]}\n", "以 / 开头"),
        ("greeting: /greet\nmenu:\n- {name: 六个汉字太长, items: [{name: a, payload: /a}]}\n", "最多 16 字节"),
        ("greeting: /greet\nmenu:\n- {name: a, items: [{name: a}]}\n", "payload 和 url"),
        ("greeting: [\n", "YAML"),
    ],
)
def test_a_wrong_menu_is_named(text: str, where: str, tmp_path: Path) -> None:
    file = tmp_path / "menu.yml"
    file.write_text(text, "utf-8")
    with pytest.raises(MenuError, match=where):
        load_menu(file)
    with pytest.raises(MenuError, match="读不了"):
        load_menu(tmp_path / "nothing.yml")


def test_the_shipped_menu_starts_what_there_is() -> None:
    intents = read_yaml(DOMAIN)["intents"]
    menu = load_menu(PATH)
    payloads = [menu.greeting, *(item.payload for group in menu.menu for item in group.items)]
    assert {re.match(r"/(\w+)", payload)[1] for payload in payloads} <= set(intents)
    assert [group.name for group in menu.menu] == GROUPS


# -- check


def trial(
    monkeypatch, printed, there: settings.WeChat | None, here: settings.WeChat = ACCOUNT, code: int = 0
) -> list[str]:
    """What a check with the settings `here` says of a server with those `there`, a line each."""
    monkeypatch.setattr(settings, "read", lambda: settings.Settings(wechat=here))
    fake = FakeApi()
    fake.token_answer = {"errcode": code} if code else None

    async def run_() -> int:
        app = Sanic("checked")
        register([WeChatInput(there)], app, route="/webhooks/")
        async with serving(app) as url, fake.serving() as base:
            monkeypatch.setattr(wechat_api, "BASE", base)
            return await asyncio.to_thread(wechat.run, arguments("check", url))

    status = asyncio.run(run_())
    lines = [line for line in printed if line[:1] in "✓✗"]
    assert status == (1 if any(line.startswith("✗") for line in lines) else 0)
    return lines


@pytest.mark.parametrize("mode", ["plain", "compatible", "secure"])
def test_what_fits_is_said_to_fit(mode: str, monkeypatch, printed) -> None:
    account = replace(ACCOUNT, mode=mode)
    lines = trial(monkeypatch, printed, account, account)
    assert len(lines) == 4 and all(line.startswith("✓") for line in lines)


@pytest.mark.parametrize(
    ("there", "wrong"),
    [
        (None, "没有设 YIBAO_WECHAT_TOKEN"),
        (replace(SETTINGS, token="another"), "Token 与服务器上的不一致"),
        (replace(SETTINGS, aes_keys=("a" * 43,)), "EncodingAESKey"),
        (replace(SETTINGS, app_id="wxanother"), "AppID"),
    ],
)
def test_what_does_not_fit_is_named(there, wrong: str, monkeypatch, printed) -> None:
    faults = [line for line in trial(monkeypatch, printed, there) if line.startswith("✗")]
    assert len(faults) == 1 and wrong in faults[0]


@pytest.mark.parametrize(("code", "reason"), [(40013, "AppID 不对"), (40125, "AppSecret 不对"), (40164, "白名单")])
def test_what_wechat_says_of_the_account_is_named(code: int, reason: str, monkeypatch, printed) -> None:
    lines = trial(monkeypatch, printed, SETTINGS, code=code)
    assert lines[-1].startswith("✗") and reason in lines[-1]


@pytest.mark.parametrize(
    ("url", "reason"), [("http://127.0.0.1:9/", "连不上"), ("nonsense", "写法不对"), ("https://127.0.0.1:9/", "连不上")]
)
def test_an_address_that_does_not_answer_is_named(url: str, reason: str, monkeypatch, printed) -> None:
    assert call("check", url, fake=FakeApi(), monkeypatch=monkeypatch) == 1
    assert reason in "\n".join(printed)


def test_without_settings_it_says_which(monkeypatch) -> None:
    with pytest.raises(SettingsError, match="YIBAO_WECHAT_TOKEN"):
        call("check", fake=FakeApi(), monkeypatch=monkeypatch, account=None)
    with pytest.raises(SettingsError, match="YIBAO_WECHAT_SECRET"):
        call("menu", fake=FakeApi(), monkeypatch=monkeypatch, account=SETTINGS)
