"""What a person does on the page."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import CARD_QUESTION, POINT_QUESTION, calls

YILI = "新疆维吾尔自治区伊犁哈萨克自治州"


@pytest.mark.parametrize("size", [(375, 667), (1280, 800)])
def test_page_mode_fills_the_window(open_page, size):
    width, height = size
    chat = open_page(viewport={"width": width, "height": height}).begin()
    box = chat.page.locator(".panel").bounding_box()
    assert box == {"x": 0, "y": 0, "width": width, "height": height}
    expect(chat.input).to_be_in_viewport()
    assert "viewport-fit=cover" in chat.page.locator("meta[name=viewport]").get_attribute("content")
    rules = (
        "[...document.querySelector('yibao-assistant').shadowRoot.adoptedStyleSheets[0].cssRules].map(r => r.cssText)"
    )
    assert "safe-area-inset-bottom" in " ".join(chat.page.evaluate(rules))


def test_input_stays_above_a_keyboard(open_page):
    keyboard = """const view = Object.assign(new EventTarget(), { height: 667, offsetTop: 0, scale: 1 });
      Object.defineProperty(window, 'visualViewport', { value: view });
      window.showKeyboard = () => { view.height = 320; view.offsetTop = 40; view.dispatchEvent(new Event('resize')) }"""
    chat = open_page(scripts=[keyboard]).begin()
    chat.page.evaluate("showKeyboard()")
    box = chat.input.bounding_box()
    assert box["y"] >= 40 and box["y"] + box["height"] <= 360


def test_welcome_offers_questions_and_a_tap_sends_once(open_page):
    chat = open_page().begin()
    expect(chat.answers).to_have_count(1)
    assert chat.chips.count() >= 4
    sent = calls(chat.page, "/webhooks/web/messages")
    title = chat.chips.first.inner_text()
    chat.chips.first.dblclick(force=True)
    chat.answers.nth(1).wait_for()
    expect(chat.mine.locator(".bubble")).to_have_text(title)
    assert len(sent) == 1
    assert sent[0].post_data_json["payload"] == "/bind_family"
    for chip in chat.answers.first.locator(".chip").all():
        expect(chip).to_be_disabled()
    expect(chat.answers.nth(1).locator(".chip").first).to_be_enabled()


def test_typing_indicator_comes_at_once_and_goes(open_page):
    chat = open_page().begin()
    held = []
    chat.page.route("**/webhooks/web/messages", lambda route: held.append(route))
    chat.input.fill("你好")
    chat.page.keyboard.press("Enter")
    chat.typing.wait_for(timeout=200)
    held[0].continue_()
    chat.answers.nth(1).wait_for()
    expect(chat.typing).to_be_hidden()


def test_a_way_shows_its_steps_and_folds_the_rest(open_page):
    chat = open_page(permissions=["clipboard-read", "clipboard-write"]).begin().say(CARD_QUESTION)
    steps = chat.card.locator("ol > li")
    expect(steps).to_have_count(6)
    folded = chat.card.locator("details")
    expect(folded).to_have_count(4)
    parts = ("户口本", "通常需要1至2个工作日", "最多绑定6个", "以当地医保部门的答复为准")
    for fold, part in zip(folded.all(), parts):
        expect(fold.get_by_text(part)).to_be_hidden()
        fold.locator("summary").click()
        expect(fold.get_by_text(part).first).to_be_visible()
    expect(chat.card.locator(".cite summary")).to_have_text("《伊犁绑定亲情账户》2025-03，以当地为准")
    chat.tool("复制步骤").click()
    expect(chat.page.locator(".toast")).to_have_text("已复制")
    copied = chat.page.evaluate("navigator.clipboard.readText()")
    texts = [step.inner_text() for step in steps.all()]
    assert [f"{n}. {text}" for n, text in enumerate(texts, 1)] == re.findall(r"^\d\. .*$", copied, re.MULTILINE)
    assert "以当地医保部门的答复为准" in copied


def test_a_point_shows_its_answer_and_folds_the_source(open_page):
    chat = open_page().begin().say(POINT_QUESTION)
    answer, card = chat.answers.last, chat.card
    size = "e => parseFloat(getComputedStyle(e).fontSize)"
    lead = card.get_by_role("heading")
    expect(lead).to_contain_text("户口本")
    assert lead.evaluate(size) > chat.mine.locator(".bubble").evaluate(size)
    assert answer.inner_text().count(lead.inner_text()) == 1
    source = card.locator("details")
    expect(source).to_have_count(1)
    assert source.locator("summary span").first.bounding_box()["height"] < 30  # one line
    expect(source.get_by_text("以当地医保部门的答复为准")).to_be_hidden()
    source.locator("summary").click()
    expect(source.get_by_text("以当地医保部门的答复为准")).to_be_visible()
    expect(card.locator("ol, ul")).to_have_count(0)
    expect(chat.tool("朗读")).to_be_visible()
    for name in ("复制步骤", "发给家人"):
        expect(chat.tool(name)).to_have_count(0)
    assert 1 <= answer.locator(".chip").count() <= 4


def test_a_card_without_a_source_and_with_a_word_before_it(open_page):
    lead = "绑定要不要盖章，文档没写。打参保地区号+12393问。"
    card = {"title": lead, "lead": lead, "summary": None, "channel": None, "region": None, "procedure": "bind_family"}
    card |= {"steps": [], "materials": [], "duration": None, "notes": [], "notices": [], "source": None}
    card |= {"labels": {"channel": None, "region": None}, "disclaimer": "以当地医保部门的答复为准。"}
    buttons = [{"title": f"问题{n}", "payload": f"/x{n}"} for n in range(6)]
    said = {"message_id": "m-0", "role": "bot", "text": f"别急。{lead}", "buttons": buttons, "card": card}
    chat = open_page()
    chat.page.route("**/webhooks/web/messages", lambda route: route.fulfill(json={"messages": [said]}))
    chat.begin().say("要盖章吗，急")
    expect(chat.card).to_have_text(f"别急。{lead}")
    expect(chat.card.get_by_role("heading")).to_have_text("绑定要不要盖章，文档没写。")
    expect(chat.card.locator("details")).to_have_count(0)
    expect(chat.answers.last.locator(".chip")).to_have_count(4)


@pytest.mark.parametrize(
    ("change", "told", "choice", "place"),
    [
        ("换个地区", "参保", "广东深圳", "参保地：广东省深圳市"),
        ("换个渠道", "窗口", "用线下窗口", "办法：线下窗口"),
    ],
)
def test_channel_and_region_can_be_changed_on_the_card(open_page, change, told, choice, place):
    chat = open_page().begin().say("我在伊犁，用国家医保服务平台APP怎么绑定亲情账户")
    expect(chat.card.locator(".places")).to_contain_text("新疆伊犁")
    expect(chat.card.locator(".places")).to_contain_text("国家医保服务平台APP")
    chat.card.get_by_role("button", name=change).click()
    chat.answers.nth(2).wait_for()
    expect(chat.mine.nth(1)).to_contain_text(change)
    expect(chat.answers.nth(2)).to_contain_text(told)
    chat.say(choice)
    expect(chat.card.last.locator(".places")).to_contain_text(place)


def test_feedback_is_sent_once_and_survives_a_reload(open_page):
    chat = open_page().begin().say(CARD_QUESTION)
    sent = calls(chat.page, "/webhooks/web/feedback")
    up = chat.answers.nth(1).get_by_role("button", name="有帮助", exact=True)
    expect(up).to_have_attribute("aria-pressed", "false")
    with chat.page.expect_response("**/feedback") as told:
        up.click()
    up.click()
    assert told.value.status == 204
    assert [set(call.post_data_json) for call in sent] == [{"session_id", "message_id", "value"}]
    assert sent[0].post_data_json["value"] == 1
    chat.page.reload()
    expect(up).to_have_attribute("aria-pressed", "true")
    up.click()
    assert len(sent) == 1


def test_restart_asks_and_then_begins_anew(open_page, server):
    chat = open_page().begin().say(CARD_QUESTION)
    old = chat.page.evaluate("Object.values(localStorage).find((v) => /^[0-9a-f]{32}$/.test(v))")
    chat.tool("重新开始").click()
    chat.tool("不用了").click()
    expect(chat.answers).to_have_count(2)
    chat.tool("重新开始").click()
    with chat.page.expect_response(lambda response: response.request.method == "DELETE") as deleted:
        chat.tool("清空").click()
    assert deleted.value.status == 204
    expect(chat.answers).to_have_count(1)
    expect(chat.mine).to_have_count(0)
    assert chat.page.request.get(f"{server.url}/webhooks/web/sessions/{old}/messages").status == 404


def test_reload_brings_everything_back_and_announces_nothing(open_page):
    chat = open_page().begin().say("怎么绑定家人").say(CARD_QUESTION)
    before = [message.inner_text() for message in chat.page.locator(".message").all()]
    enabled = [chip.is_enabled() for chip in chat.chips.all()]
    assert chat.page.evaluate("announced.length") > 0
    chat.page.reload()
    chat.card.last.wait_for()
    assert [message.inner_text() for message in chat.page.locator(".message").all()] == before
    assert [chip.is_enabled() for chip in chat.chips.all()] == enabled and True in enabled and False in enabled
    expect(chat.log).to_have_attribute("aria-live", "polite")
    assert chat.page.evaluate("announced") == []


def test_a_long_conversation_comes_back_in_pages(open_page, server):
    chat = open_page().begin()
    session = chat.page.evaluate("Object.values(localStorage).find((v) => /^[0-9a-f]{32}$/.test(v))")
    for number in range(27):
        said = {"session_id": session, "client_message_id": str(number), "text": "多谢你费心了"}
        assert chat.page.request.post(f"{server.url}/webhooks/web/messages", data=said).ok
    chat.page.reload()
    messages = chat.page.locator(".message")
    expect(messages).to_have_count(50)
    last = messages.last.inner_text()
    chat.tool("更早的对话").click()
    expect(messages).to_have_count(1 + 2 * 27)
    expect(chat.tool("更早的对话")).to_have_count(0)
    assert "医保" in messages.first.inner_text() and messages.last.inner_text() == last
    assert chat.page.evaluate("announced") == []


def test_a_shared_link_shows_the_card_without_the_chat(open_page, new_page, server):
    sharing = "navigator.share = async (what) => { window.shared = what }"
    chat = open_page(scripts=[sharing]).begin().say(CARD_QUESTION)
    chat.tool("发给家人").click()
    link = chat.page.evaluate("shared.url")
    assert re.fullmatch(re.escape(f"{server.url}/#/p/bind_family/national_app/") + r"[%0-9A-F]+", link)
    page = new_page()
    asked = calls(page, "/sessions")
    page.goto(link)
    card = page.locator("article.card")
    assert card.locator("ol").inner_text() == chat.card.locator("ol").inner_text()
    assert card.locator("h2").first.inner_text() == chat.card.locator("h3").first.inner_text()
    expect(card.locator("details:not([open])")).to_have_count(0)
    expect(page.get_by_role("textbox")).to_be_hidden()
    assert asked == []
    page.get_by_role("link", name="问问助手").click()
    expect(page.get_by_role("textbox")).to_be_visible()
    page.locator(".message.bot").first.wait_for()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("bind_family/-/-", "绑定"),
        ("bind_family/alipay/" + YILI, "并没有绑定亲情账户"),
        ("ask_review_time/phone/-", "审核"),
        ("query_balance/counter/广东省深圳市", "余额"),
        ("no_such_thing/-/-", "没有找到这件事"),
        ("bind_family/fax/-", "办法不认识"),
        ("bind_family/-/亚特兰蒂斯", "地区不认识"),
        ("bind_family/%E0%A4/-", "链接"),
    ],
)
def test_any_link_gives_a_card_or_a_clear_message(open_page, path, told):
    chat = open_page(f"/#/p/{path}")
    expect(chat.page.locator(".sheet")).to_contain_text(told)


def test_printing_shows_the_card_and_no_controls(open_page):
    chat = open_page(f"/#/p/bind_family/national_app/{YILI}")
    chat.card.wait_for()
    chat.page.emulate_media(media="print")
    expect(chat.card.locator("ol > li").last).to_be_visible()
    expect(chat.card.locator("details li").first).to_be_visible()
    assert chat.page.locator("button:visible, textarea:visible").count() == 0
    # All of it is on the paper: nothing scrolls inside the page.
    assert chat.page.evaluate("document.documentElement.scrollHeight") > 900


def test_the_session_is_the_servers_and_nothing_else_is_kept(open_page):
    chat = open_page().begin().say("你好")
    kept = json.loads(chat.page.evaluate("JSON.stringify(localStorage)"))
    assert [re.fullmatch(r"[0-9a-f]{32}", value) is not None for value in kept.values()] == [True]
    assert chat.page.context.cookies() == []
