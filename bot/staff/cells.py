"""A cell of the matrix out of its lines, and what people see of it. Pure."""

import difflib
import re
from collections.abc import Mapping
from datetime import date

from ruamel.yaml.error import YAMLError

from bot.channels.wechat_text import Block, page
from bot.knowledge import render
from bot.knowledge.loader import overdue
from bot.knowledge.lookup import Told
from bot.knowledge.model import Cell, Entry, Knowledge
from bot.staff import finding
from bot.yamlfile import parse_yaml

_LINE = re.compile(r"\s*(?:- )?\"?(?P<key>\w+)\"?:(?: (?P<text>.*))?")
NO_LOOKS = {"heading": "", "rest": "", "notes": "", "source": "", "wechat": "", "shell": ""}
_MERE = 5  # characters of an answer that says yes or no and nothing more: as in bot/web/widget/look.js


def read(lines: str) -> Cell:
    """A cell out of its lines."""
    return Cell.model_validate(next(iter(parse_yaml(lines).values())))


def with_cell(knowledge: Knowledge, task: str, point: str, cell: Cell) -> Knowledge:
    """The knowledge with another cell."""
    cells = {**knowledge.cells, task: {**knowledge.cells[task], point: cell}}
    return knowledge.model_copy(update={"cells": cells})


def looks(knowledge: Knowledge, task: str, point: str, entry: Entry) -> dict[str, str]:
    """What people see of an entry: on the web's card (`heading`, `rest`, `notes`, `source`), in WeChat, in the shell."""
    reply = render.point(knowledge, Told(task, point, 0, entry))
    lead = reply.card["lead"]
    end = lead.find("。", _MERE) + 1 or len(lead)
    in_wechat, _ = page([Block(reply.text)], knowledge.phrases["wechat_more"])
    return {
        "heading": lead[:end],
        "rest": lead[end:],
        "notes": "\n".join(reply.card["notes"]),
        "source": render.source_line(knowledge, entry.source) if entry.source else "",
        "wechat": in_wechat,
        "shell": reply.text,
    }


def late(knowledge: Knowledge, today: date) -> set[tuple[str, str]]:
    """The cells that rest on a document whose review is due."""
    due = set(overdue(knowledge, today))
    return {
        (task, point)
        for task, decided in knowledge.cells.items()
        for point, cell in decided.items()
        if any(entry.source and entry.source.document in due for entry in cell.entries)
    }


def changes(before: str, after: str, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """The lines that go and come: `-` or `+`, and the line in the words of people who read no YAML.

    Args:
        before, after: the lines of a place.
        names: what people call the keys, as `key_<name>`.
    """
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""))[2:]
    told = [(line[0], _readable(line[1:], names)) for line in lines if not line.startswith("@@")]
    return [(sign, text) for sign, text in told if text]


def _readable(line: str, names: Mapping[str, str]) -> str:
    found = _LINE.fullmatch(line)
    key, text = (found["key"], found["text"] or "") if found else ("", line.strip().removeprefix("- "))
    try:
        told = parse_yaml(text) if text else ""
    except YAMLError:  # a part of a list that goes on in the next line
        told = text
    if isinstance(told, (dict, list)):
        told = "、".join(map(str, told.values() if isinstance(told, dict) else told))
    told, name = names.get(f"value_{told}", str(told)), names.get(f"key_{key}")
    return f"{name}：{told}" if name and told else told


def left_behind(old: Cell, new: Cell) -> str:
    """What a cell said before and does not say any more, if that can be told from other things."""
    for before, after in zip(old.entries, new.entries):
        for name in ("say", "near", "more"):
            fragment = finding.left_behind(getattr(before, name) or "", getattr(after, name) or "")
            if fragment:
                return fragment
    return ""
