"""Somebody who has never seen YAML changes a text in the browser, and two workers that run say it."""

import json
import re
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

from bot.staff.passwords import hashed
from tests.browser.conftest import OUT, serious
from tests.copied import copy_of_project
from tests.serving import Server

NAME, PASSWORD = "张三", "我家有三口人在伊犁"
QUESTION = "伊犁绑定审核要多久"
_PATIENCE = 60_000  # on a machine that does other things as well
OLD, NEW = "1至2个工作日", "3至5个工作日"


@pytest.fixture(scope="module", autouse=True)
def patience() -> Iterator[None]:
    expect.set_options(timeout=_PATIENCE)
    yield
    expect.set_options(timeout=5_000)  # Playwright's own


@pytest.fixture(scope="module")
def desk(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Two workers on a copy of the project."""
    folder = tmp_path_factory.mktemp("desk")
    staff = f"{NAME}={hashed(PASSWORD)}"
    with Server(folder, "--workers", "2", root=copy_of_project(folder), YIBAO_STAFF_PASSWORD=staff) as server:
        yield server


@pytest.fixture
def staff(new_page, desk: Server):
    """Opens the desk and logs in; takes the options of a browser context."""

    def open_(**options) -> Page:
        page = new_page(**options)
        page.set_default_timeout(_PATIENCE)
        page.goto(f"{desk.url}/staff/")
        page.get_by_label("名字").fill(NAME)
        page.get_by_label("密码").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/knowledge")
        return page

    return open_


class Talk:
    """Somebody who is in the middle of a conversation."""

    def __init__(self, url: str):
        self._url = url
        self._session = self._call("/sessions", {})["session_id"]

    def ask(self, text: str) -> str:
        said = {"session_id": self._session, "client_message_id": uuid.uuid4().hex, "text": text}
        return "\n".join(message["text"] for message in self._call("/messages", said)["messages"])

    def _call(self, path: str, body: dict) -> dict:
        # A connection of its own each time: whichever worker takes it.
        request = Request(f"{self._url}/webhooks/web{path}", json.dumps(body).encode(), {"Connection": "close"})
        with urlopen(request, timeout=30) as answer:
            return json.load(answer)


def test_a_review_time_is_changed_tried_published_and_heard_from_both_workers(staff, desk) -> None:
    talk, began = Talk(desk.url), time.monotonic()
    assert OLD in talk.ask(QUESTION)

    page = staff(viewport={"width": 1280, "height": 800})
    page.get_by_label("找一句话").fill(OLD)
    page.keyboard.press("Enter")
    page.get_by_label("换成").fill(NEW)
    page.get_by_role("button", name="找").click()
    page.screenshot(path=OUT / "staff-replace.png")
    page.get_by_role("button", name="选中的存成草稿").click()
    expect(page.get_by_role("status").first).to_contain_text("存成了草稿")
    page.get_by_role("link", name="去看草稿").click()
    expect(page.locator("ins").first).to_contain_text(NEW)

    page.get_by_role("link", name="用草稿试着聊").click()
    page.get_by_label("说一句").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text(NEW)
    page.screenshot(path=OUT / "staff-trial.png")
    assert OLD in talk.ask(QUESTION)  # nobody else sees a draft

    page.get_by_role("link", name="回到草稿").click()
    page.screenshot(path=OUT / "staff-drafts.png")
    page.get_by_role("button", name="发布选中的").click()
    expect(page.get_by_role("status").first).to_contain_text("发布了")
    published = time.monotonic()
    # Many in a row from both: of two workers one that is behind would be met.
    heard, alike = None, 0
    while alike < 12 and time.monotonic() < published + 60:
        alike = alike + 1 if NEW in talk.ask(QUESTION) else 0
        heard = time.monotonic() if alike == 1 else heard
    print(f"published after {published - began:.1f} s, said by all after {heard - published:.1f} s more")
    assert alike == 12
    assert len(desk.workers()) == 2 and "Traceback" not in desk.log.read_text()


def test_while_somebody_writes_it_is_shown_how_it_looks_and_what_is_wrong(staff) -> None:
    page = staff(viewport={"width": 1280, "height": 800})
    page.goto(page.url + "/cell/bind_family/duration")
    page.get_by_role("link", name=re.compile("^改：新疆伊犁")).first.click()
    page.get_by_label("怎么答").fill("当天就好。")
    expect(page.get_by_label("微信里")).to_contain_text("当天就好。")
    page.get_by_label("怎么答").fill("长" * 70)
    expect(page.get_by_role("alert").filter(has_text="太长了")).to_be_visible()
    expect(page.get_by_text("多了10个")).to_be_visible()
    page.get_by_role("button", name="存草稿").click()
    expect(page.get_by_label("怎么答")).to_have_value("长" * 70)
    expect(page.get_by_label("怎么答")).to_have_attribute("aria-invalid", "true")


def test_the_keyboard_is_enough(staff) -> None:
    page = staff()
    page.goto(page.url + "/cell/bind_family/duration/1")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "say":
            break
    page.keyboard.press("Control+A")
    page.keyboard.type("用键盘写的。")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "存草稿":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("草稿存好了")
    expect(page.get_by_text("用键盘写的。").first).to_be_visible()
    page.get_by_role("link", name="去发布").click()
    page.get_by_role("button", name="丢掉选中的").click()


_PAGES = {
    "matrix": "",
    "task": "/task/bind_family",
    "cell": "/cell/bind_family/duration",
    "entry": "/cell/bind_family/duration/1",
    "way": "/way/bind_family/0",
    "documents": "/documents",
    "document": "/document/doc_002",
    "versions": "/versions",
}


@pytest.mark.parametrize("width", [375, 1280])
def test_pages_fit_their_window_and_can_be_read_by_everybody(staff, width) -> None:
    page = staff(viewport={"width": width, "height": 667 if width < 600 else 800})
    start = page.url
    for name, path in _PAGES.items():
        page.goto(start + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        assert serious(page) == [], name
        page.screenshot(path=OUT / f"staff-{name}-{width}.png")
    page.goto(start)
    # On a phone a task at a time, elsewhere all at a glance.
    assert page.get_by_role("region", name="每件事、每个要点").is_visible() is (width > 600)
