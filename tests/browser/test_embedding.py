"""The widget in somebody else's site."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import CARD_QUESTION

_OUTSIDE = """() => [...document.querySelectorAll('main, main *')].map((e) => {
  const box = e.getBoundingClientRect();
  const style = getComputedStyle(e);
  return [e.tagName, box.x, box.y, box.width, box.height, style.color, style.font, style.letterSpacing].join(' ');
})"""


def test_one_tag_embeds_it_and_hostile_css_changes_nothing_inside(open_foreign, open_page):
    chat = open_foreign()
    expect(chat.page.locator("script[src]")).to_have_count(1)
    chat.page.get_by_role("button", name="打开").click()
    chat.begin().say(CARD_QUESTION)
    expect(chat.page.get_by_role("dialog", name="某院医保助手")).to_be_visible()
    look = """(e) => { const s = getComputedStyle(e); return [s.fontSize, s.fontStyle, s.letterSpacing, s.color,
      s.textTransform, s.direction, s.float, s.display].join(' ') }"""
    own = open_page(viewport={"width": 1000, "height": 700}).begin().say(CARD_QUESTION)
    for selector in (".card li >> nth=0", ".mine .bubble", ".chips .chip >> nth=0", "textarea[aria-label]"):
        assert chat.page.locator(selector).evaluate(look) == own.page.locator(selector).evaluate(look)
    box = chat.page.get_by_role("dialog").bounding_box()
    assert box["width"] > 380 and box["height"] > 500


def test_the_widget_changes_nothing_outside(open_foreign):
    chat = open_foreign()
    with_widget = chat.page.evaluate(_OUTSIDE)
    chat.page.evaluate("document.querySelector('yibao-assistant').remove()")
    assert chat.page.evaluate(_OUTSIDE) == with_widget
    assert chat.page.evaluate("document.head.querySelectorAll('style, link[rel=stylesheet]').length") == 1


def test_only_the_own_origin_is_contacted(new_page, open_page, server):
    page = new_page()
    hosts = set()
    page.on("request", lambda request: hosts.add(re.match(r"(data:|\w+://[^/]+)", request.url).group()))
    page.goto(server.url)
    page.locator(".chips .chip").first.click()
    page.locator(".message.bot").nth(1).wait_for()
    assert hosts - {"data:"} == {server.url}


def test_markup_in_any_text_stays_inert(open_page, server):
    """The policy (no inline, Trusted Types) is held to by every test of this folder: see `new_page`."""
    evil = "<img src=x onerror=\"window.hit=1\"><b>x</b> <a href='javascript:window.hit=1'>y</a>"
    message = {
        "message_id": "m-0",
        "role": "bot",
        "text": evil,
        "buttons": [{"title": evil, "payload": "/x"}],
        "card": None,
    }
    card = {
        "procedure": "javascript:alert(1)",
        "title": evil,
        "channel": None,
        "region": evil,
        "steps": [evil],
        "materials": [evil],
        "duration": evil,
        "notes": [evil],
        "source": {"document": evil, "section": evil, "as_of": evil},
        "disclaimer": evil,
        "labels": {"channel": evil, "region": evil},
        "notices": [evil],
        "summary": evil,
    }
    chat = open_page()
    answer = {"messages": [message, {**message, "card": card}]}
    chat.page.route("**/webhooks/web/messages", lambda route: route.fulfill(json=answer))
    chat.begin().say(evil)
    expect(chat.mine.locator(".bubble")).to_have_text(evil)
    expect(chat.card.locator("ol li")).to_have_text(evil)
    expect(chat.log.locator("img, b, a")).to_have_count(0)
    assert chat.page.evaluate("window.hit") is None
    response = chat.page.request.get(server.url)
    policy = response.headers["content-security-policy"]
    assert "unsafe-inline" not in policy and "require-trusted-types-for 'script'" in policy


def test_launcher_by_keyboard_and_focus_comes_back(open_foreign):
    page = (chat := open_foreign()).page
    page.locator("#before").focus()
    page.keyboard.press("Tab")
    launcher = page.get_by_role("button", name="打开医保亲情助手")
    expect(launcher).to_be_focused()
    page.keyboard.press("Enter")
    expect(chat.input).to_be_focused()
    page.keyboard.press("Escape")
    expect(launcher).to_be_focused()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("Tab")
    focused = "document.activeElement?.shadowRoot?.activeElement?.className ?? document.activeElement?.id ?? ''"
    assert page.evaluate(focused) in ("", "before")  # nothing in the closed panel


def test_answers_that_come_while_it_is_closed_are_counted(open_foreign):
    page = (chat := open_foreign()).page
    page.locator(".launcher").click()
    chat.begin()
    held = []
    page.route("**/webhooks/web/messages", lambda route: held.append(route))
    chat.input.fill("你好")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(chat.mine).to_have_count(1)
    held[0].continue_()
    expect(page.locator(".badge")).to_have_text("1")
    page.get_by_role("button", name="打开医保亲情助手，1条新消息").click()
    expect(page.locator(".badge")).to_be_hidden()
    expect(chat.answers).to_have_count(2)


def test_it_works_with_storage_blocked(open_page):
    blocked = """for (const name of ['localStorage', 'sessionStorage'])
      Object.defineProperty(window, name, { get() { throw new DOMException('blocked', 'SecurityError') } })"""
    chat = open_page(scripts=[blocked]).begin()
    chat.tool("大字").click()
    chat.say(CARD_QUESTION)
    expect(chat.card).to_be_visible()


def test_a_site_that_is_not_allowed_gets_no_conversation(open_page, server):
    headers = {"Origin": "https://evil.example", "Content-Type": "application/json"}
    response = open_page().page.request.post(f"{server.url}/webhooks/web/sessions", headers=headers, data="{}")
    assert response.status == 403
    assert "access-control-allow-origin" not in response.headers
