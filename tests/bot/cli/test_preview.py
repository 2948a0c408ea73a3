"""`yibao preview` on a small knowledge."""

import pytest

from bot.cli import main
from tests.small_knowledge import small


@pytest.fixture(autouse=True)
def knowledge(monkeypatch):
    monkeypatch.setattr("bot.knowledge.loader.shipped", small)


@pytest.fixture
def preview(capsys):
    def shown(*arguments):
        assert main(["preview", *arguments]) == 0
        return capsys.readouterr().out

    return shown


def test_everything(preview):
    shown = preview()
    assert [line.split()[1] for line in shown.splitlines() if line.startswith("════")] == list(small().cells)
    for task in small().procedures.values():
        for variant in task.variants:
            assert all(step.text in shown for step in variant.steps)
    for row in small().cells.values():
        for cell in row.values():
            assert all((entry.say or f"{entry.silent}，文档没写。") in shown for entry in cell.entries)


def test_a_way_as_text_and_as_card(preview):
    shown = preview("绑定", "--point", "whole", "--channel", "窗口").splitlines()
    way = shown.index("── 办法：窗口")
    assert shown[way + 1 : way + 8] == [
        "绑定：",
        "1. 到窗口",
        "2. 填申请表",
        "（《指南》2025-03，以当地为准）",
        "短说：到窗口；填申请表。",
        "卡片上：",
        "    步骤　1. 到窗口",
    ]
    assert "公公婆婆能绑不" in "".join(shown)


def test_a_point_with_whom_it_is_for_and_what_asks_for_it(preview):
    shown = preview("bind_family", "--point", "materials").splitlines()
    assert shown[2:7] == [
        "── materials 要带什么材料",
        "· 一般",
        "    带户口本。",
        "    原件就行。",
        "    （《指南》2025-03，以当地为准）",
    ]
    assert {"· 伊犁参保", "· 窗口", "· 问得更窄", "· 是职工医保"} <= set(shown)
    assert "    问：只传身份证行吗" in shown
    assert "    猜：身份证一样就够吧　答：对。只拿身份证也行。" in shown
    assert "    猜：非要户口本不可吧　答：不对。只拿身份证也行。" in shown


@pytest.mark.parametrize(
    "place", ["伊犁", "新疆维吾尔自治区伊犁哈萨克自治州", "新疆维吾尔自治区伊犁哈萨克自治州伊宁市", "哈萨克"]
)
def test_place_by_any_of_its_names(preview, place):
    assert "在伊犁三样选一样。" in preview("bind_family", "--region", place)
    assert "在伊犁三样选一样。" not in preview("bind_family", "--region", "广东省深圳市")


def test_inherited_and_not_applicable(preview):
    shown = preview("bind_family", "--point", "fee")
    assert "── fee 要不要钱：承自 general" in shown and "都不收钱。" in shown
    assert "── first 要先办什么：不适用" in preview("bind_family", "--point", "first")


def test_a_doubtful_way_is_called_that(preview):
    assert "（存疑：排在APP的办法后面" in preview("bind_family", "--channel", "alipay")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["绑订"], "没有这件事：绑订"),
        (["--channel", "传真"], "没有这个渠道：传真。有：national_app、wechat"),
        (["--point", "colour"], "没有这个要点：colour"),
        (["--region", "火星"], "不知道是哪个参保地：火星。请写全名"),
        (["--region", "省"], "不知道是哪个参保地：省。有几个：广东省、四川省"),
    ],
)
def test_what_there_is_not_is_told_in_one_line(capsys, arguments, told):
    assert main(["preview", *arguments]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"出错了：{told}") and error.count("\n") == 1
