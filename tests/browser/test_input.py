"""Typing: input methods, length, blanks."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import calls

_KEY = """(e, [type, init]) => { const event = new KeyboardEvent(type, { bubbles: true, cancelable: true, ...init });
  if (init.keyCode) Object.defineProperty(event, 'keyCode', { value: init.keyCode });
  return e.dispatchEvent(event) }"""


def test_enter_while_composing_never_sends_and_the_next_one_sends_once(open_page):
    chat = open_page().begin()
    sent = calls(chat.page, "/webhooks/web/messages")
    keyboard = chat.page.context.new_cdp_session(chat.page)
    chat.input.focus()
    for text in ("z", "ze", "zenme"):
        keyboard.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
    for code in ("rawKeyDown", "keyUp"):
        key = {"type": code, "key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229}
        keyboard.send("Input.dispatchKeyEvent", key)
        keyboard.send("Input.dispatchKeyEvent", {**key, "key": "Enter", "windowsVirtualKeyCode": 13})
    expect(chat.input).to_have_value("zenme")
    keyboard.send("Input.insertText", {"text": "怎么绑定家人"})
    expect(chat.input).to_have_value("怎么绑定家人")
    assert sent == []
    chat.page.keyboard.press("Enter")
    chat.answers.nth(1).wait_for()
    assert [call.post_data_json["text"] for call in sent] == ["怎么绑定家人"]


@pytest.mark.parametrize("kind", ["keydown", "keyup"])
@pytest.mark.parametrize("how", [{"isComposing": True, "keyCode": 13}, {"isComposing": False, "keyCode": 229}])
def test_either_sign_of_composing_is_enough(open_page, kind, how):
    chat = open_page().begin()
    sent = calls(chat.page, "/webhooks/web/messages")
    chat.input.fill("绑定")
    chat.input.evaluate(_KEY, [kind, {"key": "Enter", **how}])
    expect(chat.input).to_have_value("绑定")
    expect(chat.mine).to_have_count(0)
    assert sent == []


def test_shift_enter_is_a_new_line(open_page):
    chat = open_page().begin()
    chat.input.fill("第一行")
    before = chat.input.bounding_box()["height"]
    chat.page.keyboard.press("Shift+Enter")
    chat.page.keyboard.type("第二行")
    expect(chat.input).to_have_value("第一行\n第二行")
    expect(chat.mine).to_have_count(0)
    assert chat.input.bounding_box()["height"] > before


def test_counter_and_limit(open_page):
    chat = open_page().begin()
    count = chat.page.locator(".count")
    chat.input.fill("医" * 200)
    expect(count).to_have_text("200/200")
    expect(chat.send).to_have_attribute("aria-disabled", "false")
    chat.input.fill("𠮷" * 201)
    expect(count).to_contain_text("201/200")
    expect(chat.input).to_have_attribute("aria-invalid", "true")
    expect(chat.send).to_have_attribute("aria-disabled", "true")
    chat.page.keyboard.press("Enter")
    chat.send.click(force=True)
    expect(chat.mine).to_have_count(0)


def test_longest_message_is_taken(open_page):
    chat = open_page().begin().say("我想问怎么绑定家人的医保，" + "麻烦您说仔细一点，" * 20)
    expect(chat.mine).to_have_count(1)
    expect(chat.page.locator(".failed")).to_have_count(0)


@pytest.mark.parametrize("blank", ["", "   ", "\n\n", "　\u3000"])
def test_blanks_never_send(open_page, blank):
    chat = open_page().begin()
    chat.input.fill(blank)
    chat.page.keyboard.press("Enter")
    chat.send.click(force=True)
    expect(chat.mine).to_have_count(0)


def test_nothing_is_sent_twice_while_an_answer_is_awaited(open_page):
    chat = open_page().begin()
    sent = calls(chat.page, "/webhooks/web/messages")
    held = []
    chat.page.route("**/webhooks/web/messages", lambda route: held.append(route))
    chat.input.fill("你好")
    chat.page.keyboard.press("Enter")
    chat.input.fill("好的先这样")
    chat.page.keyboard.press("Enter")
    expect(chat.input).to_have_value("好的先这样")
    assert len(sent) == 1
    held[0].continue_()
    chat.answers.nth(1).wait_for()
    chat.page.unroute("**/webhooks/web/messages")
    chat.page.keyboard.press("Enter")
    chat.answers.nth(2).wait_for()
    assert len(sent) == 2
