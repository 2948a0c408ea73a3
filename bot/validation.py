"""Every fault of the files that people edit, in one run: knowledge, NLU, domain, stories, rules and responses."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from bot import nlu_data
from bot.errors import KnowledgeError
from bot.knowledge.loader import Fault, load, overdue
from bot.knowledge.model import Knowledge
from bot.paths import DATA, DOMAIN, KNOWLEDGE, ROOT

_TESTS = ROOT / "tests" / "nlu"
# Named by Rasa itself, not declared in the domain.
_BUILT_IN = {"action_listen", "action_deactivate_loop", "action_restart", "nlu_fallback", "procedure_form"}
# Payloads of buttons only: nobody types them.
_PAYLOAD = re.compile(r"^/(\w+)")


def faults(against: Path | None = None) -> list[Fault]:
    """All faults, by file and line.

    Args:
        against: a TSV of questions that no training sentence may come near.
    """
    try:
        knowledge, found = load(KNOWLEDGE), []
    except KnowledgeError as error:
        knowledge, found = None, list(error.faults)
    files = _Files()
    found += files.faults
    found += nlu_data.faults(DATA / "nlu", _TESTS, set(knowledge.procedures) if knowledge else set(), against)
    if knowledge:
        found += _unbound(knowledge, files)
    found += _undeclared(files)
    return sorted(set(found))


def warnings(today: date) -> list[str]:
    """What should be looked at but stops nothing: documents whose review is due."""
    try:
        knowledge = load(KNOWLEDGE)
    except KnowledgeError:
        return []
    return [
        f"sources.yml：《{knowledge.documents[id_].title}》应在 {knowledge.documents[id_].review_by} 前复核，已经过期"
        for id_ in overdue(knowledge, today)
    ]


class _Files:
    """The domain and the data files as trees that know their lines."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.trees = {path: self._read(path) for path in [DOMAIN, *sorted(DATA.rglob("*.yml"))]}
        self.domain = self.trees.pop(DOMAIN) or {}

    def entries(self, key: str) -> Iterator[tuple[Path, Any]]:
        """Every item under a top-level key of a data file."""
        for path, tree in self.trees.items():
            if isinstance(tree, dict):
                yield from ((path, entry) for entry in tree.get(key) or [])

    def responses(self) -> dict[str, tuple[Path, int, Any]]:
        found = {}
        for path, tree in self.trees.items():
            for name, texts in ((tree or {}).get("responses") or {}).items():
                found[name] = (path, tree["responses"].lc.key(name)[0] + 1, texts)
        return found

    def steps(self) -> Iterator[tuple[Path, int, str, str]]:
        """Every intent and action named in a rule or story: file, line, kind, name."""
        for key in ("rules", "stories"):
            for path, story in self.entries(key):
                for step in _flat(story.get("steps") or []):
                    for kind in ("intent", "action"):
                        if kind in step:
                            yield path, step.lc.key(kind)[0] + 1, kind, step[kind]

    def _read(self, path: Path) -> Any:
        try:
            return YAML(typ="rt").load(path.read_text(encoding="utf-8"))
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.faults.append(fault(path, mark.line + 1 if mark else 1, f"YAML 写法有误：{error.problem}"))
        except (OSError, UnicodeDecodeError):
            self.faults.append(fault(path, 1, "读不了，或不是 UTF-8 编码"))
        return None


def fault(path: Path, line: int, message: str) -> Fault:
    """A fault in a file of the project."""
    return Fault(path.relative_to(ROOT).as_posix(), line, message)


def _flat(steps: list) -> Iterator[Any]:
    for step in steps:
        if "or" in step:
            yield from step["or"]
        else:
            yield step


def _unbound(knowledge: Knowledge, files: _Files) -> Iterator[Fault]:
    """One id binds a procedure, its intent, its slot value, its rule, its sentences and its test sentences."""
    intents = set(files.domain.get("intents") or [])
    mapped = {m.get("intent") for m in files.domain["slots"]["procedure"]["mappings"]} if intents else set()
    in_rules = {name for path, _, kind, name in files.steps() if kind == "intent" and "rules" in path.parts}
    for id_ in knowledge.procedures:
        path = KNOWLEDGE / "procedures" / f"{id_}.yml"
        if id_ not in intents:
            yield fault(path, 1, f"domain.yml 的 intents 里没有 {id_}")
        if id_ not in mapped:
            yield fault(path, 1, f"domain.yml 的 procedure 槽没有 {id_} 的映射")
        if id_ not in in_rules:
            yield fault(path, 1, f"data/rules 里没有规则提到 {id_}")
        for folder in (DATA / "nlu", _TESTS):
            if not (folder / f"{id_}.yml").exists():
                yield fault(path, 1, f"缺少 {(folder / id_).relative_to(ROOT).as_posix()}.yml")


def _undeclared(files: _Files) -> Iterator[Fault]:
    """Names that stand in a rule, story, button or NLU file but nowhere else, and texts nobody says."""
    intents = set(files.domain.get("intents") or [])
    responses = files.responses()
    actions = set(files.domain.get("actions") or []) | set(responses) | _BUILT_IN
    used = set()
    for path, line, kind, name in files.steps():
        known = intents | _BUILT_IN if kind == "intent" else actions
        used.add(name)
        if name not in known:
            yield fault(path, line, f"没有声明这个 {kind}：{name}")
    for name, (path, line, texts) in responses.items():
        if name not in used:
            yield fault(path, line, f"没有规则或故事用到这条回复：{name}")
        for button in (button for text in texts for button in text.get("buttons") or []):
            payload = _PAYLOAD.match(str(button.get("payload")))
            if not payload or payload[1] not in intents:
                yield fault(
                    path, button.lc.key("payload")[0] + 1, f"按钮的 payload 不是已有的 intent：{button['payload']}"
                )
    for path, entry in files.entries("nlu"):
        if entry.get("intent") not in intents:
            yield fault(path, entry.lc.line + 1, f"domain.yml 的 intents 里没有 {entry.get('intent')}")
