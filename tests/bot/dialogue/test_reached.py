"""A step is known by the words that it alone has."""

import pytest

from bot.dialogue.reached import reached

STEPS = ["下载APP，登录", "点首页【亲情账户】", "点【添加账户】，本人刷脸", "填家人姓名，上传材料", "提交，等审核"]


@pytest.mark.parametrize(
    ("said", "step"),
    [
        ("下载好了", 1),
        ("进到亲情账户了", 2),
        ("添加账户点了", 3),
        ("材料都上传了", 4),
        ("已经提交", 5),
        ("好了", None),
        ("", None),
        ("账户里有了", 2),  # of two that speak of it, the first
    ],
)
def test_step_reached(said: str, step: int | None) -> None:
    assert reached(STEPS, said) == step


def test_steps_that_were_told_before_are_done() -> None:
    assert reached(STEPS, "账户里有了", current=3) == 3


def test_way_without_steps() -> None:
    assert reached([], "提交了") is None
