"""When something fails: nothing is lost, nothing is said twice."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import calls

QUESTION = "怎么绑定家人"


def failed(chat):
    return chat.page.locator(".message.failed")


def retry(chat):
    chat.tool("重试").click()
    chat.answers.nth(1).wait_for()
    expect(failed(chat)).to_have_count(0)


def type_and_send(chat, text=QUESTION):
    chat.input.fill(text)
    chat.page.keyboard.press("Enter")


def turns(chat, server):
    session = chat.page.evaluate("Object.values(localStorage).find((v) => /^[0-9a-f]{32}$/.test(v))")
    told = chat.page.request.get(f"{server.url}/webhooks/web/sessions/{session}/messages").json()["messages"]
    return [message["text"] for message in told if message["role"] == "user"]


def test_server_killed_in_mid_answer(open_page, server):
    chat = open_page().begin()
    server.freeze()
    type_and_send(chat)
    expect(chat.typing).to_be_visible()
    server.kill()
    expect(failed(chat)).to_have_count(1)
    expect(chat.banner).to_be_visible()
    expect(chat.alert.first).to_contain_text("连不上")
    chat.input.fill("写了一半的话")
    server.start()
    expect(chat.banner).to_be_hidden(timeout=5_000)
    expect(chat.input).to_have_value("写了一半的话")
    retry(chat)
    assert turns(chat, server) == [QUESTION]


def test_an_answer_lost_on_the_way_is_not_a_second_turn(open_page, server):
    chat = open_page().begin()

    def lose(route):
        assert route.fetch().status == 200
        route.abort()

    chat.page.route("**/webhooks/web/messages", lose, times=1)
    type_and_send(chat)
    expect(failed(chat)).to_have_count(1)
    retry(chat)
    assert turns(chat, server) == [QUESTION]


def test_offline_keeps_the_input_and_comes_back_alone(open_page):
    chat = open_page().begin()
    chat.page.context.set_offline(True)
    expect(chat.banner).to_be_visible()
    type_and_send(chat)
    expect(chat.input).to_have_value(QUESTION)
    expect(chat.mine).to_have_count(0)
    chat.page.context.set_offline(False)
    expect(chat.banner).to_be_hidden(timeout=5_000)
    chat.page.keyboard.press("Enter")
    chat.answers.nth(1).wait_for()


def test_page_opened_while_the_server_is_away_starts_when_it_is_back(open_page):
    chat = open_page()
    chat.begin()
    chat.page.route("**/webhooks/**", lambda route: route.abort())
    chat.page.reload()
    expect(chat.banner).to_be_visible()
    chat.page.unroute("**/webhooks/**")
    chat.answers.first.wait_for(timeout=5_000)
    expect(chat.banner).to_be_hidden()


@pytest.mark.parametrize(
    "answer",
    [
        {"json": {"messages": []}},
        {"json": []},
        {"json": None},
        {"status": 500, "body": "<h1>Internal Server Error</h1>"},
        {"status": 503, "json": {"error": {"code": "failed", "message": "这次没有回答成功，请点“重试”。"}}},
        {"status": 200, "body": '{"messages": [', "content_type": "application/json"},
    ],
    ids=["empty", "list", "null", "500", "503", "broken JSON"],
)
def test_bad_answers_are_errors_that_can_be_retried(open_page, answer):
    chat = open_page().begin()
    chat.page.route("**/webhooks/web/messages", lambda route: route.fulfill(**answer), times=1)
    type_and_send(chat)
    expect(failed(chat)).to_have_count(1)
    expect(chat.alert.first).to_contain_text("没有回答成功")
    expect(chat.typing).to_be_hidden()
    retry(chat)
    expect(chat.alert.first).to_be_empty()


def test_no_answer_at_all_is_given_up(open_page):
    chat = open_page()
    chat.page.clock.install()
    chat.page.reload()
    chat.begin()
    chat.page.route("**/webhooks/web/messages", lambda route: None, times=1)
    type_and_send(chat)
    expect(chat.typing).to_be_visible()
    chat.page.clock.fast_forward(16_000)
    expect(failed(chat)).to_have_count(1)
    expect(chat.alert.first).to_contain_text("太慢")
    expect(chat.typing).to_be_hidden()
    retry(chat)


def test_too_many_messages_are_told_so(open_page):
    chat = open_page().begin()
    refused = {"error": {"code": "too_many", "message": "您发得太快了，请稍等一会儿再试。"}}
    chat.page.route("**/webhooks/web/messages", lambda route: route.fulfill(status=429, json=refused), times=1)
    type_and_send(chat)
    expect(chat.alert.first).to_contain_text("太快")
    retry(chat)


def test_a_session_that_is_gone_is_begun_anew_with_the_message(open_page, server):
    chat = open_page().begin()
    session = chat.page.evaluate("Object.values(localStorage).find((v) => /^[0-9a-f]{32}$/.test(v))")
    assert chat.page.request.delete(f"{server.url}/webhooks/web/sessions/{session}").status == 204
    sent = calls(chat.page, "/webhooks/web/messages")
    title = chat.chips.first.inner_text()
    chat.chips.first.click()
    chat.answers.nth(1).wait_for()
    expect(chat.log).to_contain_text("已经过期")
    assert len(sent) == 2
    assert turns(chat, server) == [title]
