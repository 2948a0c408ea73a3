import pytest

from bot.knowledge import render
from bot.knowledge.loader import shipped
from bot.knowledge.lookup import Near, Query, Told, lookup, told
from bot.knowledge.model import Entry, Source

SKIPPED = frozenset({"channel", "region"})
SHORT = "（《甲》2025-03，以当地为准）"
NOTE = "（另查：传闻，以当地为准）"


@pytest.fixture
def way(knowledge):
    def shown(*args, opening=None, ahead=True, **kwargs):
        return render.way(knowledge, lookup(knowledge, Query(*args, **kwargs, skipped=SKIPPED)), opening, ahead)

    return shown


@pytest.fixture
def point(knowledge):
    def shown(point, *near, bare=False, **query):
        return render.point(knowledge, told(knowledge, Query("bind", **query), point, near), bare)

    return shown


class TestPoint:
    def test_answer_then_what_it_rests_on_then_the_source(self, point):
        assert point("materials", region="东省").text.splitlines() == ["东省带户口本。", "原件就行。", SHORT]
        assert point("materials").text.splitlines() == ["带身份证。", SHORT]

    def test_only_the_answer_for_who_asks_for_less(self, point):
        reply = point("materials", region="东省", bare=True)
        assert reply.text == "东省带户口本。"
        assert reply.card["notes"] == []

    @pytest.mark.parametrize(
        ("kind", "answer"), [("asks", "户口本也行。"), ("yes", "对。户口本也行。"), ("no", "不对。户口本也行。")]
    )
    def test_belief_is_confirmed_or_denied_first(self, point, kind, answer):
        assert point("materials", Near("bind", "materials", 5, kind, 0.95)).text.splitlines()[0] == answer

    def test_silence_with_the_nearest_thing_and_a_door(self, point):
        assert point("fee").text.splitlines() == ["绑定要不要钱，文档没写。补卡不要钱。", SHORT]
        assert point("scan").text == "要不要刷脸，文档没写。看APP里的提示。"

    def test_who_is_stuck_hears_first_what_can_be_done(self, knowledge):
        fee = knowledge.points["fee"].model_copy(update={"trouble": True})
        stuck = knowledge.model_copy(update={"points": {**knowledge.points, "fee": fee}})
        said = render.point(stuck, told(stuck, Query("bind"), "fee")).text
        assert said.splitlines() == ["补卡不要钱。绑定要不要钱，文档没写。", SHORT]

    def test_source_from_beyond_the_documents_is_called_so(self, point):
        assert point("materials", facts=frozenset({"child"})).text.splitlines()[-1] == NOTE

    def test_card(self, point):
        card = point("materials", region="东省").card
        assert (card["title"], card["lead"], card["notes"]) == ("东省带户口本。", "东省带户口本。", ["原件就行。"])
        assert (card["procedure"], card["steps"], card["materials"]) == ("bind", [], [])
        assert card["source"] == {"document": "甲文", "section": None, "as_of": "2025-03"}

    def test_card_of_what_nobody_wrote_has_no_source(self, point):
        card = point("scan").card
        assert card["source"] is None
        assert card["procedure"] is None  # it is told in general


class TestWay:
    def test_steps_in_few_words(self, way):
        assert way("bind", "app").text.splitlines() == ["绑定：", "先问清楚。", "1. 下载", "2. 登录", SHORT]

    def test_whole_steps_where_there_are_no_few_words(self, way):
        assert way("bind", "app", "东省海市").text.splitlines() == ["东海的APP绑定：", "1. 点东海", SHORT]

    def test_opening_stands_first_and_what_is_known_is_left_out(self, way):
        assert way("bind", "app", opening="换个办法：", ahead=False).text.splitlines()[:3] == [
            "换个办法：",
            "绑定：",
            "1. 下载",
        ]

    def test_rule_without_steps(self, way):
        assert way("rule").text.splitlines() == ["不能借。", SHORT]

    def test_unknown_tells_where_to_ask(self, way):
        assert way("rule", facts=frozenset({"adult"})).text.splitlines() == ["没有写大人。", "打电话问", SHORT]

    def test_card_has_all_of_it(self, way):
        card = way("bind", "app").card
        assert card.pop("notes") == [
            "免费",
            "https://example.org",
            "关于“入口”，文档里的说法不一样，请先问清楚再办：左边（《甲文》，“通用”，2025-03）／右边（《传闻》，2024）",
            "小心",
            "总的提醒（《甲文》，“总则”，2025-03）",
            "补充：只给这条（来源：《传闻》，未注明日期）",
            "补充：处处都说（来源：《传闻》，2026-01-02）",
        ]
        assert card == {
            "procedure": "bind",
            "title": "绑定",
            "channel": "app",
            "region": None,
            "labels": {"channel": "某APP", "region": None},
            "notices": ["先问清楚。"],
            "lead": "先问清楚。",
            "summary": "通用的绑定。",
            "steps": ["把软件下载下来", "登录（《传闻》，未注明日期）"],
            "materials": ["身份证"],
            "duration": "三天",
            "source": {"document": "甲文", "section": "通用", "as_of": "2025-03"},
            "disclaimer": "以当地医保部门的答复为准。",
        }

    def test_place_is_named_on_the_card(self, way):
        assert way("bind", "app", "东省海市").card["labels"] == {"channel": "某APP", "region": "东海"}

    def test_supplements_of_a_place_are_for_that_place(self, way):
        said = [
            str(way("bind", channel, region).card["notes"])
            for channel, region in [("wechat", "东省海市"), ("app", "西省")]
        ]
        assert ["东省才说" in notes for notes in said] == [True, False]
        assert "东省才说" not in str(way("bind", "app").card)

    def test_doubtful_way_is_a_note_of_the_sound_one(self, way):
        reply = way("bind", "alipay", "西省")
        assert (reply.card["channel"], reply.card["title"]) == ("app", "绑定")
        assert "传照片（《传闻》，未注明日期）" in reply.card["notes"]
        assert "传照片" not in reply.text


def test_one_step(knowledge):
    answer = lookup(knowledge, Query("bind", "app", skipped=SKIPPED))
    assert render.step(knowledge, answer, 2) == "第2步（共2步）：登录"


def test_shorter_is_the_breath_the_few_words_or_the_summary(knowledge):
    def shorter(*query, **more):
        return render.shorter(knowledge, lookup(knowledge, Query(*query, **more, skipped=SKIPPED)))

    assert shorter("bind", "app") == "点一下就行。"
    assert shorter("bind", "counter") == "到窗口。"
    assert shorter("rule") == "不能借。"


@pytest.mark.parametrize(
    ("source", "line", "short"),
    [
        (Source(document="paper"), "《甲文》，2025-03", SHORT),
        (Source(document="paper", section="一"), "《甲文》，“一”，2025-03", SHORT),
        (Source(document="paper", as_of="2025-03-05"), "《甲文》，2025-03-05", SHORT),
        (Source(document="rumour"), "《传闻》，未注明日期", NOTE),
        (Source(document="rumour", as_of="2024"), "《传闻》，2024", "（另查：传闻2024，以当地为准）"),
    ],
)
def test_source_in_full_and_in_short(knowledge, source, line, short):
    assert render.source_line(knowledge, source) == line
    assert render.short_source(knowledge, source) == short


# -- lengths of what a person reads, on the knowledge that is shipped (the source line is not counted)

SHIPPED = shipped()
ENTRIES = [
    (f"{task}/{point}/{number}", entry)
    for task, cells in SHIPPED.cells.items()
    for point, cell in cells.items()
    for number, entry in enumerate(cell.entries)
]


def length(entry: Entry) -> int:
    said = render.point(SHIPPED, Told("bind_family", "fee", 0, entry, "no" if entry.no else None)).text
    return len(said.removesuffix(render.short_source(SHIPPED, entry.source)) if entry.source else said)


def test_a_point_is_short():
    lengths = {where: length(entry) for where, entry in ENTRIES}
    assert {where: n for where, n in lengths.items() if n > 120} == {}
    assert sum(n <= 60 for n in lengths.values()) / len(lengths) >= 0.8


def test_a_way_is_short():
    for procedure in SHIPPED.procedures.values():
        for variant in procedure.variants:
            steps = variant.brief or [step.text for step in variant.steps]
            whole = [variant.title or procedure.title, variant.ahead or "", *steps]
            told = f"{procedure.id}: {variant.title}"
            assert [step for step in steps if len(step) > 40] == [], told
            assert sum(map(len, whole)) <= 300, told
