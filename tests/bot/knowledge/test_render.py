import pytest

from bot.knowledge.lookup import Query, lookup
from bot.knowledge.model import Source
from bot.knowledge.render import render, source_line

SKIPPED = frozenset({"channel", "region"})


@pytest.fixture
def show(knowledge):
    def shown(*args, **kwargs):
        return render(knowledge, lookup(knowledge, Query(*args, **kwargs, skipped=SKIPPED)))

    return shown


def test_whole_text(show):
    (reply,) = show("bind", "app")
    assert reply.text.splitlines() == [
        "【绑定】（某APP）",
        "通用的绑定。",
        "1. 下载",
        "2. 登录（《传闻》，未注明日期）",
        "要准备的材料：",
        "• 身份证",
        "时间：三天",
        "费用：免费",
        "网址：https://example.org",
        "关于“入口”，文档里的说法不一样，请先问清楚再办：",
        "• 左边（《甲文》，“通用”，2025-03）",
        "• 右边（《传闻》，2024）",
        "请注意：",
        "• 小心",
        "• 总的提醒（见“总则”）",
        "补充（不是两份文档里的话，供参考，以当地医保部门的答复为准）：",
        "• 只给这条（来源：《传闻》，未注明日期）",
        "• 处处都说（来源：《传闻》，2026-01-02）",
        "来源：《甲文》，“通用”，2025-03",
        "以当地医保部门的答复为准。",
    ]


def test_whole_card(show):
    (reply,) = show("bind", "app")
    card = reply.card
    assert card.pop("notes")[-2].endswith("只给这条（来源：《传闻》，未注明日期）")
    assert card == {
        "procedure": "bind",
        "topic": None,
        "title": "绑定",
        "channel": "app",
        "region": None,
        "labels": {"channel": "某APP", "region": None},
        "notices": [],
        "summary": "通用的绑定。",
        "steps": ["下载", "登录（《传闻》，未注明日期）"],
        "materials": ["身份证"],
        "duration": "三天",
        "source": {"document": "甲文", "section": "通用", "as_of": "2025-03"},
        "disclaimer": "以当地医保部门的答复为准。",
    }


def test_title_of_a_variant_stands_alone(show):
    assert show("bind", "app", "东省海市")[0].text.startswith("【东海的APP绑定】\n")


def test_place_is_named(show, knowledge):
    text = show("bind", "app", "东省海市")[0].text
    assert knowledge.phrases["for_region"].format(region="东海") in text


def test_choice_of_the_channel_is_named_only_where_it_was_made(show, knowledge):
    chosen = knowledge.phrases["chosen_channel"].format(channel="某APP")
    assert chosen in show("bind")[0].text
    assert chosen in show("bind")[0].card["notes"]
    assert chosen not in show("bind", "app")[0].text


def test_notices_stand_before_the_content(show, knowledge):
    lines = show("bind", "wechat", "西省")[0].text.splitlines()
    assert lines[1] == knowledge.phrases["elsewhere"].format(region="西")
    assert lines[2] == knowledge.phrases["channel_of_other_region"].format(channel="微信")


def test_supplements_of_a_place_are_for_that_place(show):
    assert "东省才说" in show("bind", "wechat", "东省海市")[0].text
    assert "东省才说" not in show("bind", "app", "西省")[0].text
    assert "东省才说" not in show("bind", "app")[0].text


def test_doubtful_way_is_a_second_message_without_what_the_first_said(show):
    first, second = show("bind", "alipay", "西省")
    assert "处处都说" in first.text
    assert first.card["channel"] == "app"
    assert second.text.splitlines()[:2] == ["【存疑的办法】", "1. 传照片"]
    assert "处处都说" not in second.text
    assert second.card["channel"] == "alipay"
    assert second.text.endswith("以当地医保部门的答复为准。")


def test_unknown_tells_where_to_ask(show, knowledge):
    lines = show("bind", topic="refund")[0].text.splitlines()
    assert lines[1:4] == ["没有写退款。", knowledge.phrases["where_to_ask"], "1. 打电话问"]


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (Source(document="paper"), "《甲文》，2025-03"),
        (Source(document="paper", section="一"), "《甲文》，“一”，2025-03"),
        (Source(document="paper", as_of="2025-03-05"), "《甲文》，2025-03-05"),
        (Source(document="rumour"), "《传闻》，未注明日期"),
    ],
)
def test_source_line(knowledge, source, line):
    assert source_line(knowledge, source) == line
