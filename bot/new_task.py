"""Writes every place that a new task needs, or none of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bot import files
from bot.errors import BotError
from bot.knowledge.loader import load
from bot.knowledge.model import GENERAL, Knowledge
from bot.paths import ROOT

FEWEST = 50  # sentences: forty are learned from, the others measure
_TESTED = 5  # every so manieth measures
_ID = re.compile(r"[a-z][a-z0-9_]{2,39}")


@dataclass(frozen=True)
class NewTask:
    """What must be known of a task before anything of it can be said.

    Attributes:
        id: its intent.
        title: what people call it.
        question: how a person would ask for it.
        document: where the steps stand, an id of sources.yml.
        section: a heading of that document.
        steps: how it is done.
        sentences: how people ask for it.
    """

    id: str
    title: str
    question: str
    document: str
    section: str
    steps: tuple[str, ...]
    sentences: tuple[str, ...]


def write(task: NewTask, root: Path = ROOT) -> list[Path]:
    """Write all places of a task; which they are.

    Raises:
        BotError: something of it is wrong, or a file can't be written; then none is.
    """
    knowledge = load(root / "knowledge")
    _check(task, knowledge)
    written: dict[Path, bytes | None] = {}
    try:
        for path, text in _places(task, knowledge, root).items():
            before = path.read_bytes() if path.is_file() else None
            files.write(path, text.encode())
            written[path] = before
    except BaseException:
        for path, before in written.items():
            path.unlink() if before is None else files.write(path, before)
        raise
    return list(written)


def _check(task: NewTask, knowledge: Knowledge) -> None:
    if not _ID.fullmatch(task.id):
        raise BotError(f"名字不对：{task.id}。用小写英文字母、数字和下划线，如 renew_card")
    if task.id in knowledge.procedures or task.id == GENERAL:
        raise BotError(f"已经有这件事：{task.id}")
    if task.document not in knowledge.documents:
        raise BotError(f"没有这份文档：{task.document}。有：{'、'.join(knowledge.documents)}")
    if not all(part.strip() for part in (task.title, task.question, task.section, *task.steps)) or not task.steps:
        raise BotError("标题、问法、出处的小标题和每一步都不能是空的")
    if len(set(task.sentences)) < FEWEST:
        raise BotError(f"例句只有 {len(set(task.sentences))} 句不同的，至少要 {FEWEST} 句真实的问法，一行一句")


def _places(task: NewTask, knowledge: Knowledge, root: Path) -> Mapping[Path, str]:
    said = list(dict.fromkeys(task.sentences))
    tested = said[_TESTED - 1 :: _TESTED]
    trained = [sentence for sentence in said if sentence not in tested]
    source = {"document": task.document, "section": task.section}
    procedure: dict[str, object] = {"id": task.id, "title": task.title, "question": task.question}
    procedure["variants"] = [{"steps": list(task.steps), "source": source}]
    intents, rules = root / "domain.yml", root / "data" / "rules" / "reply.yml"
    return {
        root / "knowledge" / "procedures" / f"{task.id}.yml": _yaml(procedure),
        root / "knowledge" / "points" / f"{task.id}.yml": _points(task, knowledge),
        root / "data" / "nlu" / f"{task.id}.yml": _nlu(task.id, trained),
        root / "tests" / "nlu" / f"{task.id}.yml": _nlu(task.id, tested),
        intents: _listed(intents, r"- {}", task.id, knowledge),
        rules: _listed(rules, r"    - intent: {}", task.id, knowledge),
    }


def _yaml(tree: dict[str, object]) -> str:
    written = StringIO()
    yaml: Any = YAML()
    yaml.width, yaml.allow_unicode = 10_000, True
    yaml.dump(tree, written)
    return written.getvalue()


def _points(task: NewTask, knowledge: Knowledge) -> str:
    """Every point as it holds in general, until somebody has looked at each."""
    heading = f"# What is said of each point of {task.id}. `inherited`: from general.yml.\n"
    return heading + "".join(f"{point}: inherited\n" for point in knowledge.points)


def _nlu(intent: str, sentences: list[str]) -> str:
    examples = "".join(f"    - {sentence}\n" for sentence in sentences)
    return f'version: "3.1"\nnlu:\n- intent: {intent}\n  examples: |\n{examples}'


def _listed(path: Path, line: str, id_: str, knowledge: Knowledge) -> str:
    """A file with the task behind the last one that it lists already, in a line of the same form."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    known = {line.format(task) for task in knowledge.procedures}
    last = max((place for place, text in enumerate(lines) if text.rstrip() in known), default=None)
    if last is None:
        raise BotError(f"{path.name} 里没有列出别的事，不知道该写在哪里")
    return "".join([*lines[: last + 1], line.format(id_) + "\n", *lines[last + 1 :]])
