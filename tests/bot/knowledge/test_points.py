from collections import Counter

import pytest

from bot.knowledge.loader import load, shipped
from bot.knowledge.points import Kind, first, kind, matrix, tasks

SAID, SILENT, INHERITED, NOT_APPLICABLE = Kind.SAID, Kind.SILENT, Kind.INHERITED, Kind.NOT_APPLICABLE


@pytest.fixture
def edit_cells(folder):
    """Changes the cells of binding and loads the knowledge again."""

    def edit(old, new):
        file = folder / "points" / "bind.yml"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")
        return load(folder)

    return edit


def test_every_cell_has_its_kind(knowledge):
    assert matrix(knowledge).kinds == {
        "general": {"materials": SAID, "fee": SILENT, "scan": SILENT},
        "bind": {"materials": SAID, "fee": SILENT, "scan": INHERITED},
        "rule": {"materials": INHERITED, "fee": NOT_APPLICABLE, "scan": INHERITED},
    }


def test_what_is_inherited_comes_to_something(knowledge):
    # A rule belongs to binding, whose own cell on scanning is the general one.
    assert matrix(knowledge).leads_to == {
        ("bind", "scan"): SILENT,
        ("rule", "materials"): SAID,
        ("rule", "scan"): SILENT,
    }


def test_counts_by_task_and_in_all(knowledge):
    found = matrix(knowledge)
    assert found.counts("rule") == Counter({INHERITED: 2, NOT_APPLICABLE: 1})
    assert found.counts() == Counter({SAID: 2, SILENT: 3, INHERITED: 3, NOT_APPLICABLE: 1})


@pytest.mark.parametrize("channel", ["app", "wechat"])
def test_a_cell_is_of_the_kind_of_who_has_said_nothing(edit_cells, channel):
    # What is said of one way only is not said to somebody who has named none.
    knowledge = edit_cells(
        "fee:\n- silent: 绑定要不要钱",
        f"fee:\n- channel: {channel}\n  say: 不要钱。\n  source: {{document: paper}}\n- silent: 绑定要不要钱",
    )
    assert kind(knowledge, "bind", "fee") is SILENT


def test_first_sentence_stands_where_it_is_inherited_from(knowledge):
    told = first(knowledge, "rule", "materials")
    assert (told.task, told.entry.say) == ("bind", "带身份证。")
    assert first(knowledge, "rule", "materials", channel="counter").entry.say == "窗口带两样。"
    assert first(knowledge, "rule", "fee") is None


def test_a_cell_of_narrower_questions_begins_with_the_first(knowledge):
    assert first(knowledge, "bind", "whole").entry.say == "一张一张绑。"


def test_what_nobody_decided_is_left_out(knowledge):
    cells = {task: dict(row) for task, row in knowledge.cells.items() if task != "rule"}
    del cells["bind"]["fee"]
    undecided = knowledge.model_copy(update={"cells": cells})
    assert tasks(undecided) == ("general", "bind")
    assert matrix(undecided).kinds["bind"] == {"materials": SAID, "scan": INHERITED}


def test_the_project_has_decided_everything():
    knowledge = shipped()
    found = matrix(knowledge)
    assert sum(found.counts().values()) == len(knowledge.points) * (len(knowledge.procedures) + 1)
    # What leads nowhere would be neither told nor called silent.
    assert NOT_APPLICABLE not in found.leads_to.values()
