"""Changing a part of a file: every part of the project's own files is found, and nothing else is touched."""

import pytest
from ruamel.yaml import YAML

from bot.knowledge import edit
from bot.paths import KNOWLEDGE

FILES = sorted(
    [*(KNOWLEDGE / "points").glob("*.yml"), *(KNOWLEDGE / "procedures").glob("*.yml"), KNOWLEDGE / "sources.yml"]
)

CELLS = """\
# of the file
fee:
- say: 不要钱。  # beside it
  source: {document: paper}
# of the next
# -- a heading

days: inherited
last:
- channel: app
  # inside
  "yes": [一天吧]
  say: 一天。
  source: {document: paper, as_of: 2025-03-05}
- silent: 几天
  door: 12393
"""


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_part_of_every_file_is_found_as_yaml_reads_it(path) -> None:
    text = path.read_text(encoding="utf-8")
    read = YAML(typ="safe").load(text)
    for key, value in read.items():
        lines = edit.part(text, [key])
        assert YAML(typ="safe").load(lines) == {key: value}
        assert edit.replaced(text, [key], lines) == text
        for number, item in enumerate(value if isinstance(value, list) else []):
            if isinstance(item, dict):
                assert YAML(typ="safe").load(edit.part(text, [key, number])) == [item]


def test_comments_before_a_part_are_not_its_own() -> None:
    assert edit.part(CELLS, ["fee"]).splitlines()[-1] == "  source: {document: paper}"
    assert edit.part(CELLS, ["days"]) == "days: inherited\n"
    assert edit.part(CELLS, ["last"]).splitlines()[-1] == "  door: 12393"


@pytest.mark.parametrize("keys", [["nothing"], ["last", 7], ["days", 0], ["last", "x"]])
def test_what_is_not_there_is_told(keys) -> None:
    with pytest.raises(LookupError):
        edit.part(CELLS, keys)


def changed(cell: str, number: int | None, **values) -> list[str]:
    """The lines that are new."""
    before, after = edit.part(CELLS, [cell]), edit.with_entry(edit.part(CELLS, [cell]), number, values)
    return [line for line in after.splitlines() if line not in before.splitlines()]


def test_only_what_changes_is_written_anew_and_comments_stay() -> None:
    assert changed("last", 0, say="两天。") == ["  say: 两天。"]
    (line,) = changed("fee", 0, say="要钱。")
    assert line.startswith("- say: 要钱。") and line.endswith("# beside it")
    same = {"say": "一天。", "source": {"document": "paper", "as_of": "2025-03-05"}, "channel": "app"}
    assert changed("last", 0, **same) == []
    assert changed("last", 1, door="12393") == []


def test_a_new_key_comes_where_the_files_have_it_and_an_empty_one_goes() -> None:
    text = edit.with_entry(edit.part(CELLS, ["last"]), 1, {"region": "东省", "near": "近", "door": ""})
    assert text.endswith("- region: 东省\n  silent: 几天\n  near: 近\n")


def test_an_entry_more_is_put_at_the_end_also_of_a_cell_that_had_none() -> None:
    values = {"say": "好。", "source": {"document": "paper", "section": "一"}, "channel": ["app", "web"]}
    new = "- channel: [app, web]\n  say: 好。\n  source: {document: paper, section: 一}\n"
    assert edit.with_entry(edit.part(CELLS, ["last"]), None, values) == edit.part(CELLS, ["last"]) + new
    assert edit.with_entry("days: inherited\n", None, values) == "days:\n" + new


def test_sentences_of_a_list_are_changed_added_and_taken_out_together() -> None:
    item = "- title: 甲\n  steps:\n  - 一\n  - text: 二\n    source: {document: paper}\n  - 三\n  source: {document: paper}\n"
    texts = {("steps", 0): "", ("steps", 1): "贰", ("steps", 3): "四", ("short",): "短"}
    assert edit.with_texts(item, texts, ("title", "short", "steps", "source")) == (
        "- title: 甲\n  short: 短\n  steps:\n  - text: 贰\n    source: {document: paper}\n  - 三\n  - 四\n"
        "  source: {document: paper}\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "a: b",
        "- x",
        "# y",
        "x # y",
        "'",
        '"',
        "{x",
        "yes",
        "null",
        "3",
        "2025-03-05",
        "@",
        "&a *b",
        "\\",
        "a\\nb",
        "|",
        "长" * 400,
    ],
)
def test_whatever_yaml_makes_of_a_text_it_stays_that_text(text) -> None:
    lines = edit.with_entry(edit.part(CELLS, ["last"]), 0, {"say": text})
    assert YAML(typ="safe").load(lines)["last"][0]["say"] == text
    way = edit.with_texts("- steps:\n  - 一\n", {("steps", 0): text, ("steps", 1): text}, ("steps",))
    assert YAML(typ="safe").load(way)[0]["steps"] == [text, text]
