from bot.knowledge.loader import shipped
from bot.knowledge.points import tasks
from bot.knowledge.preview import Scope, points, ways

EVERYWHERE = Scope()


def titles(knowledge, scope):
    return [way.reply.card["title"] for way in ways(knowledge, "bind", scope)]


def texts(knowledge, task, scope):
    return {
        shown.point: [line.text.splitlines()[0] for line in shown.lines] for shown in points(knowledge, task, scope)
    }


def test_every_variant_is_shown_by_itself(knowledge):
    assert titles(knowledge, EVERYWHERE) == ["东海的APP绑定", "绑定", "本地宝绑定", "存疑的办法", "绑定", "给孩子绑"]
    way = list(ways(knowledge, "bind", EVERYWHERE))[1]
    assert way.reply.text.splitlines() == [
        "绑定：",
        "先问清楚。",
        "1. 下载",
        "2. 登录",
        "（《甲》2025-03，以当地为准）",
    ]


def test_ways_are_those_of_a_channel_and_a_place(knowledge):
    assert titles(knowledge, Scope(channel="wechat")) == ["本地宝绑定"]
    assert titles(knowledge, Scope(channel="counter", region="西省")) == ["绑定"]
    assert titles(knowledge, Scope(region="东省海市")) == ["东海的APP绑定", "绑定", "本地宝绑定", "绑定", "给孩子绑"]
    assert titles(knowledge, Scope(region="东省")) == ["绑定", "本地宝绑定", "绑定", "给孩子绑"]


def test_what_the_documents_do_not_say_is_shown_as_that(knowledge):
    shown = [way.reply.text for way in ways(knowledge, "rule", EVERYWHERE)]
    assert shown[1].splitlines()[:2] == ["没有写大人。", "打电话问"]


def test_every_entry_of_every_point(knowledge):
    shown = texts(knowledge, "bind", EVERYWHERE)
    assert list(shown) == ["materials", "fee", "scan", "whole"]
    assert len(shown["materials"]) == 7
    assert shown["fee"] == ["绑定要不要钱，文档没写。补卡不要钱。"]
    assert shown["whole"] == ["一张一张绑。"]


def test_entries_are_those_of_a_channel_and_a_place(knowledge):
    only = Scope("app", "西省", "materials")
    assert texts(knowledge, "bind", only) == {
        "materials": [
            "带身份证。",
            "孩子带出生证。",
            "户口本也行。",
            "西省户口本行不行，文档没写。东省是行的。到当地医保窗口问。",
        ]
    }


def test_an_inherited_point_tells_where_it_stands(knowledge):
    materials, fee, _ = points(knowledge, "rule", EVERYWHERE)
    assert (materials.owner, [line.text.splitlines()[0] for line in materials.lines]) == ("bind", ["带身份证。"])
    assert not fee.applicable and fee.lines == ()
    (materials,) = points(knowledge, "rule", Scope("counter", "东省海市", "materials"))
    assert materials.lines[0].text.startswith("东海窗口带三样。")


def test_a_point_alone_is_without_the_ways(knowledge):
    assert list(ways(knowledge, "bind", Scope(point="fee"))) == []
    assert len(titles(knowledge, Scope(point="whole"))) == 6
    assert [shown.point for shown in points(knowledge, "bind", Scope(point="whole"))] == ["whole"]


def test_general_has_points_and_no_ways(knowledge):
    assert list(ways(knowledge, "general", EVERYWHERE)) == []
    assert len(texts(knowledge, "general", EVERYWHERE)) == 3


def test_all_that_the_project_knows_can_be_shown():
    knowledge = shipped()
    for task in tasks(knowledge):
        procedure = knowledge.procedures.get(task)
        assert len(list(ways(knowledge, task, EVERYWHERE))) == len(procedure.variants if procedure else [])
        assert all(line.text for shown in points(knowledge, task, EVERYWHERE) for line in shown.lines)
