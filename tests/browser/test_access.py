"""Old eyes, screen readers, keyboards, systems set to dark or high contrast."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import CARD_QUESTION, OUT, serious

_TARGETS = """() => {
  const root = document.querySelector('yibao-assistant').shadowRoot;
  return [...root.querySelectorAll('button, textarea, summary, a')].map((e) => {
    const box = e.getBoundingClientRect();
    return { name: e.className + ' ' + e.textContent, width: box.width, height: box.height };
  }).filter((box) => box.width && box.height > 1);
}"""
_TOO_WIDE = """() => {
  const root = document.querySelector('yibao-assistant').shadowRoot;
  return [...root.querySelectorAll('*')].filter((e) => !e.closest('.unseen') && !e.matches('header .tools span')
    && e.getBoundingClientRect().right > innerWidth + 0.5).map((e) => e.outerHTML.slice(0, 80));
}"""


def test_one_log_that_stays_and_each_answer_is_announced_once(open_page):
    chat = open_page().begin()
    expect(chat.log).to_have_count(1)
    expect(chat.log).to_have_attribute("aria-live", "polite")
    chat.log.evaluate("e => window.first = e")
    chat.say("辛苦你了，多谢多谢").say(CARD_QUESTION)
    assert chat.log.evaluate("e => e === window.first")
    told = [text for text in chat.page.evaluate("announced") if text.startswith("助手说")]
    assert len(told) == chat.answers.count() - 1
    assert len([text for text in told if "登录" in text]) == 1


def test_errors_are_alerts(open_page):
    chat = open_page().begin()
    chat.page.route("**/webhooks/web/messages", lambda route: route.fulfill(status=500, body=""))
    chat.input.fill("你好")
    chat.page.keyboard.press("Enter")
    expect(chat.page.get_by_role("alert")).to_contain_text("没有回答成功")
    assert serious(chat.page) == []
    chat.page.screenshot(path=OUT / "error-375.png")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_the_page(open_page, scheme):
    chat = open_page(color_scheme=scheme).begin()
    assert serious(chat.page) == []
    chat.say(CARD_QUESTION)
    chat.unfold()
    assert serious(chat.page) == []
    chat.tool("大字").click()
    chat.tool("重新开始").click()
    assert serious(chat.page) == []


def test_axe_finds_nothing_serious_in_the_embedded_one(open_foreign):
    chat = open_foreign()
    inside = [found for found in serious(chat.page) if "yibao" in found]
    assert inside == []
    chat.page.locator(".launcher").click()
    chat.begin().say("怎么绑定家人")
    assert [found for found in serious(chat.page) if "yibao" in found] == []
    chat.page.screenshot(path=OUT / "foreign-1000.png")


def test_axe_finds_nothing_serious_on_a_shared_card(open_page):
    chat = open_page("/#/p/bind_family/national_app/-")
    chat.card.wait_for()
    assert serious(chat.page) == []


def test_large_print_stays(open_page):
    chat = open_page().begin()
    bubble = chat.answers.first.locator(".bubble")
    for size, switch in (("18px", "大字"), ("24px", "特大字"), ("30px", "标准字")):
        expect(bubble).to_have_css("font-size", size)
        style = "e => parseFloat(getComputedStyle(e).lineHeight) / parseFloat(getComputedStyle(e).fontSize)"
        assert bubble.evaluate(style) >= 1.3
        if size != "30px":
            chat.tool(switch).click()
    chat.page.reload()
    chat.begin()
    expect(bubble).to_have_css("font-size", "30px")
    chat.tool("标准字").click()
    expect(bubble).to_have_css("font-size", "18px")


@pytest.mark.parametrize(("size", "least"), [(0, 44), (1, 60), (2, 60)])
def test_targets_are_large_enough(open_page, size, least):
    chat = open_page().begin()
    for switch in ("大字", "特大字")[:size]:
        chat.tool(switch).click()
    chat.say(CARD_QUESTION)
    boxes = chat.page.evaluate(_TARGETS)
    assert len(boxes) > 12
    assert [box for box in boxes if box["width"] < least - 0.5 or box["height"] < least - 0.5] == []


@pytest.mark.parametrize("size", [0, 1, 2])
def test_no_sideways_scroll_at_320_pixels(open_page, size):
    """As narrow as a phone of 640 pixels at 200 % zoom."""
    chat = open_page(viewport={"width": 320, "height": 640}, device_scale_factor=2).begin()
    for switch in ("大字", "特大字")[:size]:
        chat.tool(switch).click()
    chat.say(CARD_QUESTION)
    chat.unfold()
    assert chat.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert chat.page.locator(".scroll").evaluate("e => e.scrollWidth <= e.clientWidth")
    assert chat.page.evaluate(_TOO_WIDE) == []


def test_answers_are_read_aloud_in_chinese(open_page):
    voice = """window.spoken = [];
      window.SpeechSynthesisUtterance = function (text) { this.text = text };
      Object.defineProperty(window, 'speechSynthesis', { configurable: true,
        value: { speak: (u) => spoken.push(u), cancel: () => spoken.push('cancel') } })"""
    chat = open_page(scripts=[voice]).begin().say(CARD_QUESTION)
    chat.tool("朗读").click()
    assert chat.page.evaluate("spoken.every((u) => u.lang === 'zh-CN')")
    assert "登录" in chat.page.evaluate("spoken.map((u) => u.text).join()")
    chat.tool("停止朗读").click()
    assert chat.page.evaluate("spoken.at(-1)") == "cancel"
    expect(chat.tool("朗读")).to_have_attribute("aria-pressed", "false")


def test_no_reading_aloud_where_there_is_no_voice(open_page):
    chat = open_page(scripts=["delete window.speechSynthesis"]).begin().say(CARD_QUESTION)
    expect(chat.tool("复制步骤")).to_be_visible()
    expect(chat.tool("朗读")).to_have_count(0)


def test_dark_is_followed(open_page):
    lightness = "getComputedStyle(e).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b)"
    chat = open_page(color_scheme="dark").begin()
    panel = chat.page.locator(".panel").element_handle()
    chat.page.wait_for_function(f"e => {lightness} < 150", arg=panel)
    chat.page.emulate_media(color_scheme="light")
    chat.page.wait_for_function(f"e => {lightness} > 600", arg=panel)  # the page hears of it a little later


def test_forced_colors_keep_borders_and_the_pressed_state(open_page):
    chat = open_page(forced_colors="active").begin().say(CARD_QUESTION)
    for part in (".card", ".mine .bubble", ".chips .chip >> nth=-1", ".plain >> nth=0", ".send"):
        expect(chat.page.locator(part).first).not_to_have_css("border-top-width", "0px")
    up = chat.answers.nth(1).get_by_role("button", name="有帮助", exact=True)
    plain = up.evaluate("e => getComputedStyle(e).backgroundColor")
    up.click()
    expect(up).not_to_have_css("background-color", plain)
    chat.page.screenshot(path=OUT / "forced-colors-375.png")


def test_reduced_motion_stops_the_dots(open_page):
    for motion, name in (("no-preference", "beat"), ("reduce", "none")):
        chat = open_page(reduced_motion=motion).begin()
        expect(chat.page.locator(".typing i").first).to_have_css("animation-name", name)


def test_focus_can_be_seen(open_page):
    chat = open_page().begin()
    for _ in range(4):
        chat.page.keyboard.press("Tab")
        outline = "document.querySelector('yibao-assistant').shadowRoot.activeElement"
        style = chat.page.evaluate(f"getComputedStyle({outline}).outlineStyle")
        assert style == "solid"
