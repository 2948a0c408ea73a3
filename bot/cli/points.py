"""`yibao points`."""

import argparse
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from bot.errors import BotError

if TYPE_CHECKING:
    from bot.knowledge.model import Knowledge
    from bot.knowledge.points import Kind, Matrix

HELP = "列出每件事的每个要点：说了、没写、承用别处的，还是不适用；也可以画成图"

_MARKS = {"said": "说", "silent": "没写", "inherited": "承", "not_applicable": "—"}
_MEANINGS = {
    "said": "有话答",
    "silent": "文档没写，说去哪里问",
    "inherited": "用上一层的话",
    "not_applicable": "这件事没有这一问",
}
_COLOURS = {"said": 32, "silent": 33, "inherited": 36, "not_applicable": 90}
_CELL, _COUNT = 5, 6  # columns of the shell
_UNLIMITED = 10_000  # where nobody looks, as in a pipe, lines may be long


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task", metavar="事", nargs="?", help="只看这件事，连同每一格的头一句；general 是各件事共用的")
    parser.add_argument("--picture", metavar="文件.png", type=Path, help="把整张表画成一张 PNG 图")


def run(arguments: argparse.Namespace) -> int:
    from bot.knowledge.loader import shipped
    from bot.knowledge.points import matrix

    knowledge = shipped()
    found = matrix(knowledge)
    if arguments.task:
        lines = _task(knowledge, found, known_task(knowledge, arguments.task))
    else:
        lines = _whole(knowledge, found)
    print("\n".join(lines))
    if arguments.picture:
        _draw(knowledge, found, arguments.picture)
        print(f"图在 {arguments.picture}")
    return 0


def known_task(knowledge: "Knowledge", name: str) -> str:
    """The id of a task that was given by its id or its title.

    Raises:
        BotError: there is none; the message names all.
    """
    from bot.knowledge.points import tasks

    ids = {title(knowledge, task): task for task in tasks(knowledge)}
    found = name if name in ids.values() else ids.get(name)
    if found is None:
        raise BotError(f"没有这件事：{name}。有：{'、'.join(ids.values())}")
    return found


def title(knowledge: "Knowledge", task: str) -> str:
    """What people call a task."""
    procedure = knowledge.procedures.get(task)
    return procedure.title if procedure else "各件事共用"


def _whole(knowledge: "Knowledge", found: "Matrix") -> Iterator[str]:
    numbers = {task: str(number) for number, task in enumerate(found.kinds)}
    labels = {point: f"{_pad(point, 17)}{entry.chip or entry.title}" for point, entry in knowledge.points.items()}
    margin = max((_width(label) for label in labels.values()), default=0) + 2
    columns = shutil.get_terminal_size((_UNLIMITED, 0)).columns
    for group in _groups(list(found.kinds), max((columns - margin) // _CELL, 1)):
        yield (" " * margin + "".join(_pad(numbers[task], _CELL) for task in group)).rstrip()
        for point, label in labels.items():
            marks = (_mark(found.kinds[task].get(point), _CELL) for task in group)
            yield (_pad(label, margin) + "".join(marks)).rstrip()
        yield ""
    yield from _counts(knowledge, found, numbers)


def _groups(tasks: list[str], size: int) -> list[list[str]]:
    """The tasks side by side as far as the window is wide."""
    return [tasks[start : start + size] for start in range(0, len(tasks), size)]


def _counts(knowledge: "Knowledge", found: "Matrix", numbers: dict[str, str]) -> Iterator[str]:
    yield f"{'':<4}{_heads()}".rstrip()
    for task, number in numbers.items():
        yield f"{number:<4}{_numbers(found.counts(task))}{task} {title(knowledge, task)}"
    yield f"{'':<4}{_numbers(found.counts())}全部"
    ends = Counter(kind.value for kind in found.leads_to.values())
    yield "；".join(f"{mark}：{_MEANINGS[kind]}" for kind, mark in _MARKS.items())
    yield f"承的 {sum(ends.values())} 格里，{ends['said']} 格说了，{ends['silent']} 格没写"


def _heads() -> str:
    return "".join(_pad(mark, _COUNT) for mark in (*_MARKS.values(), "共"))


def _numbers(counts: "Counter[Kind]") -> str:
    by_name = {kind.value: count for kind, count in counts.items()}
    return "".join(_pad(str(by_name.get(name, 0)), _COUNT) for name in _MARKS) + _pad(str(sum(counts.values())), _COUNT)


def _task(knowledge: "Knowledge", found: "Matrix", task: str) -> Iterator[str]:
    from bot.knowledge import render
    from bot.knowledge.points import Kind, first

    yield f"{task} {title(knowledge, task)}"
    for point, kind in found.kinds[task].items():
        told = first(knowledge, task, point)
        sentence = render.point(knowledge, told).text.splitlines()[0] if told else ""
        source = f"（在 {told.task}）" if told and kind is Kind.INHERITED else ""
        label = f"{_pad(point, 17)}{knowledge.points[point].title}"
        yield f"{_mark(kind, _CELL)}{label}{source}"
        if sentence:
            yield f"{'':{_CELL}}    {sentence}"
    yield from ("", _heads().rstrip(), _numbers(found.counts(task)).rstrip())


def _draw(knowledge: "Knowledge", found: "Matrix", file: Path) -> None:
    from bot import pictures

    rows = {point: entry.title for point, entry in knowledge.points.items()}
    columns = {task: title(knowledge, task) for task in found.kinds}
    cells = {(point, task): kind.value for task, row in found.kinds.items() for point, kind in row.items()}
    kinds = {kind: (mark, _MEANINGS[kind]) for kind, mark in _MARKS.items()}
    try:
        pictures.point_matrix(rows, columns, cells, kinds, file)
    except OSError as error:
        raise BotError(f"图写不到 {file}（{error.strerror}）") from error


def _mark(kind: "Kind | None", width: int) -> str:
    """The mark of a cell, in its colour where somebody looks at it."""
    if kind is None:
        return " " * width
    mark = _pad(_MARKS[kind.value], width)
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return f"\033[{_COLOURS[kind.value]}m{mark}\033[0m" if coloured else mark


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """The columns that a text takes in the shell: a Chinese character takes two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
