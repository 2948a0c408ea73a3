"""`yibao points` on a small knowledge."""

import sys
from itertools import takewhile

import pytest

from bot.cli import main
from bot.knowledge.points import Kind, matrix
from tests.small_knowledge import small

TASKS = 10  # nine, and what holds in general


@pytest.fixture(autouse=True)
def knowledge(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr("bot.knowledge.loader.shipped", small)


def lines(capsys):
    return capsys.readouterr().out.splitlines()


def test_matrix_and_counts(capsys):
    assert main(["points"]) == 0
    shown = lines(capsys)
    rows = list(takewhile(bool, shown))
    assert len(rows) == 1 + len(small().points)
    assert rows[0].split() == [str(number) for number in range(TASKS)]
    fee = next(row for row in rows if row.startswith("fee "))
    assert fee.split() == ["fee", "要钱吗", "说", "承", "承", "承", "承", "承", "说", "承", "承"]
    assert any(line.endswith("query_balance 查余额") and counted(line, "query_balance") for line in shown)
    assert any(line.endswith("全部") and counted(line) for line in shown)
    assert shown[-1].startswith("承的 ")


def counted(line, task=None):
    """Whether a line holds the counts of a task, or of all."""
    counts = matrix(small()).counts(task)
    numbers = [int(word) for word in line.split() if word.isdigit()][-5:]
    return numbers == [*(counts[kind] for kind in Kind), sum(counts.values())]


def test_a_narrow_window_shows_the_tasks_in_two_blocks(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    main(["points"])
    shown = lines(capsys)
    heads = [line.split() for line in shown if line.split() and all(word.isdigit() for word in line.split())]
    assert heads[:2] == [["0", "1", "2", "3", "4"], ["5", "6", "7", "8", "9"]]
    assert sum(line.startswith("fee ") for line in shown) == 2


def test_one_task_with_the_first_sentence_of_every_cell(capsys):
    assert main(["points", "bind_family"]) == 0
    shown = lines(capsys)
    assert shown[0] == "bind_family 绑定"
    materials = next(number for number, line in enumerate(shown) if " materials " in line)
    assert shown[materials].split() == ["说", "materials", "要带什么材料"]
    assert shown[materials + 1].strip() == "带户口本。"
    assert "没写 in_person        要不要本人到场" in shown
    assert any("要不要本人到场，文档没写。只写了要刷脸。" in line for line in shown)
    assert "承   fee              要不要钱（在 general）" in shown
    first = shown.index("—    first            要先办什么")
    assert not shown[first + 1].startswith(" ")


def test_a_task_by_its_title(capsys):
    assert main(["points", "解绑"]) == 0
    assert lines(capsys)[0] == "unbind_family 解绑"


def test_no_such_task(capsys):
    assert main(["points", "绑订"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("出错了：没有这件事：绑订。有：general、bind_family") and told.count("\n") == 1


def test_colours_only_for_eyes(capsys, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    main(["points"])
    assert "\033" not in capsys.readouterr().out
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    main(["points"])
    assert "\033[32m说" in capsys.readouterr().out


def test_picture(capsys, tmp_path):
    assert main(["points", "--picture", str(tmp_path / "points.png")]) == 0
    assert (tmp_path / "points.png").read_bytes().startswith(b"\x89PNG")
    assert lines(capsys)[-1] == f"图在 {tmp_path / 'points.png'}"


def test_picture_that_can_not_be_made(capsys, tmp_path, monkeypatch):
    assert main(["points", "--picture", str(tmp_path / "gone" / "points.png")]) == 1
    assert "图写不到" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "pylopdf_fonts_zh_cn", None)
    assert main(["points", "--picture", str(tmp_path / "points.png")]) == 1
    told = capsys.readouterr().err
    assert told.startswith("出错了：没有中文字体") and told.count("\n") == 1
