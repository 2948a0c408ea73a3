"""`yibao new` on a made-up task in a copy of the project: all places are written, and `yibao validate` passes."""

import pytest

from bot import new_task
from bot.errors import BotError
from bot.new_task import NewTask
from tests.project import Project

WAYS = ("怎么{}", "{}去哪办", "{}要带啥", "想{}", "帮我爸{}", "{}几天能好", "{}收费吗")
TELESCOPES = (
    "修我的望远镜",
    "给望远镜换镜片",
    "把旧望远镜退掉",
    "领一台望远镜",
    "借望远镜看星星",
    "寄回望远镜",
    "校准望远镜",
    "擦望远镜",
)
SENTENCES = tuple(way.format(thing) for thing in TELESCOPES for way in WAYS)
TASK = NewTask(
    id="mend_telescope",
    title="修望远镜",
    question="望远镜怎么修",
    document="doc_000",
    section="线下绑定",
    steps=("带上望远镜: 镜片也带。", "到窗口登记。"),
    sentences=SENTENCES,
)


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    """A copy into which nothing may come."""
    return Project(tmp_path_factory.mktemp("untouched"))


def content(project):
    return {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()}


def changed(**fields):
    return NewTask(**{**TASK.__dict__, **fields})


def test_every_place_is_written_and_nothing_is_wrong_with_any(project):
    written = new_task.write(TASK, project.root)
    assert sorted(path.relative_to(project.root).as_posix() for path in written) == [
        "data/nlu/mend_telescope.yml",
        "data/rules/reply.yml",
        "domain.yml",
        "knowledge/points/mend_telescope.yml",
        "knowledge/procedures/mend_telescope.yml",
        "tests/nlu/mend_telescope.yml",
    ]
    assert project.faults() == []
    rules = (project.root / "data" / "rules" / "reply.yml").read_text(encoding="utf-8").splitlines()
    assert rules.index("    - intent: mend_telescope") < rules.index("    - intent: out_of_scope")
    assert "# What is said is planned in bot/dialogue/plan.py" in "\n".join(rules)


def test_what_is_written_can_be_told(project):
    from bot.knowledge.loader import load
    from bot.knowledge.preview import Scope, points, ways

    new_task.write(TASK, project.root)
    knowledge = load(project.root / "knowledge")
    [way] = ways(knowledge, "mend_telescope", Scope())
    assert way.reply.text.splitlines()[:3] == ["修望远镜：", "1. 带上望远镜: 镜片也带。", "2. 到窗口登记。"]
    assert {shown.point for shown in points(knowledge, "mend_telescope", Scope())} >= {"materials", "fee"}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"id": "../mend"}, "名字不对"),
        ({"id": "修"}, "名字不对"),
        ({"id": "bind_family"}, "已经有这件事"),
        ({"id": "general"}, "已经有这件事"),
        ({"document": "doc_999"}, "没有这份文档：doc_999。有：doc_000"),
        ({"steps": ("去", " ")}, "不能是空的"),
        ({"steps": ()}, "不能是空的"),
        ({"sentences": SENTENCES[:30] * 3}, "只有 30 句"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_written(untouched, fields, told):
    before = content(untouched)
    with pytest.raises(BotError, match=told):
        new_task.write(changed(**fields), untouched.root)
    assert content(untouched) == before


def test_who_cannot_write_one_place_writes_none(project):
    (project.root / "tests" / "nlu" / "mend_telescope.yml").mkdir()
    before = content(project)
    with pytest.raises(BotError, match="写不到"):
        new_task.write(TASK, project.root)
    assert content(project) == before
