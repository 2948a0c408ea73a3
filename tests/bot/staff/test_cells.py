"""A difference in the words of people who read no YAML."""

import pytest
from ruamel.yaml import YAML

from bot.paths import ROOT
from bot.staff.cells import changes

NAMES = YAML(typ="safe").load((ROOT / "bot" / "staff" / "texts.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("fee:\n- say: 甲\n", "fee:\n- say: '乙: 1'\n", [("-", "怎么答：甲"), ("+", "怎么答：乙: 1")]),
        ("fee: inherited\n", "fee: not_applicable\n", [("-", "费用：用上一层的话"), ("+", "费用：没有这一问")]),
        ("fee:\n- say: 甲\n", "fee:\n- say: 甲\n  source: {document: a, section: 一}\n", [("+", "出处：a、一")]),
        (
            "- asks: [甲, 乙,\n    丙]\n",
            "- asks: [甲, 乙, 丙]\n",
            [("-", "[甲, 乙,"), ("-", "丙]"), ("+", "甲、乙、丙")],
        ),
        ("- notes:\n  - 一\n", "- notes:\n  - 一\n  - 二\n", [("+", "二")]),
        ("x: 1\n", "x: 1\n", []),
    ],
)
def test_a_difference_reads_without_knowing_the_files(before, after, told) -> None:
    assert changes(before, after, NAMES) == told
