"""Two people of the bureau see in the browser what was missed, and how it goes."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

from bot.staff.passwords import hashed
from tests.browser.conftest import OUT, serious
from tests.serving import Server

PASSWORDS = {"张三": "我家有三口人在伊犁", "李四": "四月的伊犁还很冷呢"}
MISSED, SILENT = "唉咋说呢就那么回事呗", "去补社保卡的窗口周六开门不"
PHONE = "13812345678"


@pytest.fixture(scope="module")
def desk(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server to which six people have said what it does not understand or has no answer to."""
    people = ",".join(f"{name}={hashed(password)}" for name, password in PASSWORDS.items())
    with Server(tmp_path_factory.mktemp("misses"), YIBAO_STAFF_PASSWORD=people) as server:
        for _ in range(6):
            session = call(server.url, "/sessions", {})["session_id"]
            for text in (MISSED, SILENT):
                said = {"session_id": session, "client_message_id": uuid.uuid4().hex, "text": text}
                answer = call(server.url, "/messages", said)["messages"][0]["message_id"]
            vote = {"session_id": session, "message_id": answer, "value": -1, "comment": f"没用，打我{PHONE}"}
            call(server.url, "/feedback", vote)
        yield server


def call(url: str, path: str, body: dict) -> dict:
    request = Request(f"{url}/webhooks/web{path}", json.dumps(body).encode())
    with urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or b"{}")


@pytest.fixture
def staff(new_page, desk: Server):
    """Opens a page of the desk as one of them; takes the options of a browser context."""

    def open_(path: str, name: str = "张三", **options) -> Page:
        page = new_page(**options)
        page.goto(f"{desk.url}/staff/")
        page.get_by_label("名字").fill(name)
        page.get_by_label("密码").fill(PASSWORDS[name])
        page.keyboard.press("Enter")
        page.wait_for_url("**/knowledge")
        page.get_by_role("link", name=path, exact=True).click()
        return page

    return open_


def test_what_was_missed_is_labelled_by_one_and_accepted_by_another(staff):
    mine = staff("没听懂", viewport={"width": 1280, "height": 800})
    expect(mine.locator("body")).not_to_contain_text(PHONE)
    expect(mine.locator("article", has_text=SILENT).first).to_contain_text("没用，打我【手机号】")
    mine.locator("article", has_text=MISSED).first.get_by_role("link", name="它是想问").click()
    mine.get_by_label("哪件事").select_option(label="解除亲情账户绑定")
    mine.get_by_label("问什么").select_option(label="要几天")
    mine.get_by_role("button", name="提出来").click()
    expect(mine.get_by_role("status")).to_contain_text("提好了")
    expect(mine.get_by_role("button", name="同意")).to_have_count(0)

    other = staff("没听懂", "李四")
    other.get_by_role("link", name="等人同意的例句（1）").click()
    expect(other.locator("article")).to_contain_text("解除亲情账户绑定 · 要几天")
    other.get_by_role("button", name="同意").focus()
    other.keyboard.press("Enter")
    expect(other.get_by_role("status")).to_contain_text("下次训练就会学")


def test_how_it_goes(staff):
    page = staff("情况", viewport={"width": 1280, "height": 800})
    expect(page.locator("dd").first).to_have_text("12")
    expect(page.locator(".plot rect").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="存成PDF").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")


def test_pages_fit_and_axe_finds_nothing_serious(staff):
    page = staff("没听懂")
    for name, lead in (("misses", None), ("miss", "它是想问"), ("overview", "情况")):
        if lead:
            page.get_by_role("link", name=lead).first.click()
        for width in (375, 1280):
            for scheme in ("light", "dark"):
                page.set_viewport_size({"width": width, "height": 800})
                page.emulate_media(color_scheme=scheme)
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
                assert serious(page) == []
                page.screenshot(path=OUT / f"staff-{name}-{width}-{scheme}.png", full_page=True)
