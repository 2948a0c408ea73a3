"""Who comes in: login, sessions, the guard before every page."""

import re
import sqlite3

import pytest

from bot.staff import sessions
from tests.bot.staff.desk import PASSWORDS, person, serving

pytestmark = pytest.mark.anyio


async def test_without_a_password_there_is_no_desk(tmp_path) -> None:
    async with serving(tmp_path / "db", YIBAO_STAFF_PASSWORD="") as url, person(url) as somebody:
        await somebody.get("/login", 404)


async def test_nobody_sees_a_page_without_logging_in(tmp_path) -> None:
    async with serving(tmp_path / "db") as url, person(url) as somebody:
        assert "密码" in await somebody.get("/knowledge")  # of the login
        await somebody.login("张三")
        assert "张三" in await somebody.get("/knowledge")


@pytest.mark.parametrize(
    ("name", "password"), [("张三", "不是这个密码呀"), ("王五", PASSWORDS["张三"]), ("", "x"), ("张三", "")]
)
async def test_a_wrong_password_is_told_and_lets_nobody_in(tmp_path, name, password) -> None:
    async with serving(tmp_path / "db") as url, person(url) as somebody:
        assert "不对" in await somebody.post("/login", 403, name=name, password=password)
        assert "登录" in await somebody.get("/knowledge")


async def test_guessing_ends_after_five_tries(tmp_path) -> None:
    async with serving(tmp_path / "db") as url, person(url) as somebody:
        for _ in range(5):
            await somebody.login("张三", "猜一个密码吧", status=403)
        assert "秒" in await somebody.login("张三", status=429)


async def test_the_cookie_is_no_script_s_and_no_other_site_s(tmp_path) -> None:
    async with serving(tmp_path / "db", YIBAO_TRUSTED_PROXIES="127.0.0.1") as url:
        for scheme, secure in (("http", False), ("https", True)):
            async with person(url, **{"X-Forwarded-Proto": scheme}) as somebody:
                form = {"name": "张三", "password": PASSWORDS["张三"]}
                async with somebody.client.post(f"{url}/staff/login", data=form, allow_redirects=False) as answer:
                    cookie = answer.headers["Set-Cookie"]
                assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/staff" in cookie
                assert ("Secure" in cookie) is secure
                assert f"Max-Age={12 * 3600}" in cookie


async def test_who_logs_out_is_out_for_good(tmp_path) -> None:
    async with serving(tmp_path / "db") as url, person(url) as somebody:
        await somebody.login()
        cookies = list(somebody.client.cookie_jar)
        await somebody.post("/logout")
        somebody.client.cookie_jar.update_cookies({cookie.key: cookie.value for cookie in cookies})
        assert "登录" in await somebody.get("/knowledge")


async def test_a_session_ends_after_twelve_hours(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(sessions, "SECONDS", 0)
    async with serving(tmp_path / "db") as url, person(url) as somebody:
        await somebody.post("/login", name="张三", password=PASSWORDS["张三"])
        assert "密码" in await somebody.get("/knowledge")


async def test_a_form_without_its_token_changes_nothing_and_shows_what_was_typed(tmp_path) -> None:
    async with serving(tmp_path / "db") as url, person(url) as somebody:
        await somebody.login()
        for token in ("", "0" * 64, "错的"):
            somebody.csrf = token
            assert "写了半天的话" in await somebody.post("/logout", 403, text="写了半天的话")
        assert "张三" in await somebody.get("/knowledge")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
async def test_a_form_of_another_site_is_refused(tmp_path, origin) -> None:
    async with serving(tmp_path / "db") as url, person(url) as somebody, person(url, Origin=origin) as other:
        await somebody.login()
        await other.post("/login", 403, name="张三", password=PASSWORDS["张三"])
        other.client.cookie_jar.update_cookies({c.key: c.value for c in somebody.client.cookie_jar})
        other.csrf = somebody.csrf
        await other.post("/logout", 403)
        assert "张三" in await somebody.get("/knowledge")


async def test_another_password_ends_the_sessions_of_the_old_one(tmp_path) -> None:
    from bot.staff.passwords import hashed

    async with serving(tmp_path / "db") as url, person(url) as somebody:
        await somebody.login()
        cookies = {cookie.key: cookie.value for cookie in somebody.client.cookie_jar}
    new = f"张三={hashed('换了一个新的密码')}"
    async with serving(tmp_path / "db", YIBAO_STAFF_PASSWORD=new) as url, person(url) as somebody:
        somebody.client.cookie_jar.update_cookies(cookies)
        assert "密码" in await somebody.get("/knowledge")


async def test_neither_the_password_nor_the_session_is_in_the_database(tmp_path) -> None:
    async with serving(tmp_path / "db") as url, person(url) as somebody:
        await somebody.login()
        await somebody.login(PASSWORDS["张三"], "什么密码", status=403)  # typed into the wrong field
        token = next(iter(somebody.client.cookie_jar)).value
    dumped = "\n".join(sqlite3.connect(tmp_path / "db").iterdump())
    assert token not in dumped and PASSWORDS["张三"] not in dumped and "scrypt" not in dumped
    assert len(re.findall("'login'", dumped)) == 1 and len(re.findall("'refused'", dumped)) == 1


async def test_every_page_has_the_strict_policy(tmp_path) -> None:
    async with serving(tmp_path / "db") as url, person(url) as somebody:
        await somebody.login()
        for path in ("/knowledge", "/login"):
            async with somebody.client.get(f"{url}/staff{path}") as answer:
                policy = answer.headers["Content-Security-Policy"]
                assert answer.headers["Cache-Control"] == "no-store"
                assert answer.headers["X-Frame-Options"] == "DENY"
            assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy


async def test_a_body_that_is_too_large_is_told_in_chinese(tmp_path) -> None:
    async with serving(tmp_path / "db") as url, person(url) as somebody:
        await somebody.login()
        assert "太长" in await somebody.post("/logout", 413, text="字" * 400_000)
        assert "张三" in await somebody.get("/knowledge")
