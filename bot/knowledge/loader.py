"""`knowledge/*.yml` -> `Knowledge`, or every fault at once with its file and line."""

from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from bot.errors import KnowledgeError
from bot.knowledge.model import (
    GENERAL,
    WHOLE,
    Cell,
    Channel,
    Document,
    Fact,
    Knowledge,
    MiniProgram,
    Point,
    Procedure,
    Record,
    Source,
    Supplement,
)
from bot.paths import KNOWLEDGE
from bot.yamlfile import parse_yaml, parse_yaml_with_lines

_FILES = {
    "documents": ("sources.yml", dict[str, Document]),
    "channels": ("channels.yml", dict[str, Channel]),
    "mini_programs": ("mini_programs.yml", dict[str, MiniProgram]),
    "points": ("points.yml", dict[str, Point]),
    "facts": ("facts.yml", dict[str, Fact]),
    "phrases": ("phrases.yml", dict[str, str]),
    "menu": ("menu.yml", list[str]),
    "bare": ("bare.yml", dict[str, list[str]]),
}

# pydantic's error types in the words of the staff who keep the files.
_MESSAGES = {
    "extra_forbidden": "不认识的键",
    "missing": "缺少这个键",
    "string_type": "应该是文字",
    "string_too_short": "不能为空",
    "list_type": "应该是列表",
    "too_short": "条数不够",
    "bool_type": "应该是 true 或 false",
    "bool_parsing": "应该是 true 或 false",
    "literal_error": "只能是 {expected}",
    "string_too_long": "太长了，最多 {max_length} 个字",
    "dict_type": "应该是 键: 值",
    "model_type": "应该是 键: 值",
    "date_from_datetime_parsing": "应该是日期，如 2026-03-31",
    "date_type": "应该是日期，如 2026-03-31",
}


@dataclass(frozen=True, order=True)
class Fault:
    """Something wrong in a file; `line` counts from 1, `where` are the keys that lead to it."""

    file: str
    line: int
    message: str
    where: tuple[str | int, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


def load(folder: Path, texts: Mapping[Path, str] | None = None, known: Knowledge | None = None) -> Knowledge:
    """Read the knowledge in a folder.

    Args:
        folder: where the files are.
        texts: of some files what is to stand in them.
        known: what all other files are known to say; they are not read again.

    Raises:
        KnowledgeError: with every fault found, each with its file and line.
    """
    texts = texts or {}
    reader = _Reader(folder, texts)

    def part(path: Path, shape: Any, said: Any = None, key: str | None = None) -> Any:
        return reader.read(path, TypeAdapter(shape), key) if said is None or path in texts else said

    parts = {key: part(folder / name, shape, getattr(known, key, None)) for key, (name, shape) in _FILES.items()}
    titles = known.region_titles if known else None
    parts["region_titles"] = part(folder / "regions.yml", dict[str, str], titles, "titles")
    parts = {key: _Unread() if part is None else part for key, part in parts.items()}
    before = (known.procedures, known.cells) if known else ({}, {})
    paths = sorted((folder / "procedures").glob("*.yml"))
    read = {path.stem: part(path, Procedure, before[0].get(path.stem)) for path in paths}
    procedures = {id_: procedure for id_, procedure in read.items() if procedure is not None}
    paths = sorted((folder / "points").glob("*.yml"))
    cells = {path.stem: part(path, dict[str, Cell], before[1].get(path.stem)) for path in paths}
    cells = {id_: _Unread() if decided is None else decided for id_, decided in cells.items()}
    knowledge = Knowledge.model_construct(**parts, procedures=procedures, cells=cells)
    reader.check(knowledge, procedure_ids=set(read))
    if reader.faults:
        raise KnowledgeError(sorted(reader.faults))
    return knowledge


def overdue(knowledge: Knowledge, today: date) -> list[str]:
    """The documents whose `review_by` is past, as ids."""
    return [id_ for id_, d in knowledge.documents.items() if d.review_by is not None and d.review_by < today]


class _Unread(dict[str, Any]):
    """Stands for a file whose own faults are told: every id is taken to be in it."""

    def __contains__(self, key: object) -> bool:
        return True


class _Reader:
    """Reads files and collects the faults; lines are looked up where there are some."""

    def __init__(self, folder: Path, texts: Mapping[Path, str]):
        self.folder, self._texts = folder, texts
        self.faults: list[Fault] = []
        self._trees: dict[Path, Any] = {}

    def read(self, path: Path, adapter: TypeAdapter[Any], key: str | None = None) -> Any:
        """The content of a file (or of one key in it) in its shape, or None after noting what is wrong."""
        tree = self._tree(path)
        if tree is None:
            return None
        where = [key] if key else []
        try:
            return adapter.validate_python(tree[key] if key else tree)
        except (KeyError, TypeError):
            self._fault(path, [], f"{key}：缺少这个键")
        except ValidationError as error:
            for fault in error.errors():
                # The file writes a cell's entries without the key.
                at = [*where, *(step for step in fault["loc"] if step != "entries")]
                self._fault(path, at, f"{'.'.join(map(str, at)) or '整个文件'}：{fault_message(fault)}")
        return None

    def _tree(self, path: Path) -> Any:
        try:
            text = self._texts[path] if path in self._texts else path.read_text(encoding="utf-8")
        except FileNotFoundError:
            self._fault(path, [], "没有这个文件")
            return None
        except UnicodeDecodeError:
            self._fault(path, [], "不是 UTF-8 编码")
            return None
        except OSError as error:
            self._fault(path, [], f"读不了（{error.strerror}）")
            return None
        try:
            tree = parse_yaml(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._fault(path, mark.line + 1 if mark else 1, f"YAML 写法有误：{error.problem}")
            return None
        except YAMLError as error:
            self._fault(path, [], f"YAML 写法有误：{error}")
            return None
        if tree is None:
            self._fault(path, [], "文件是空的（没有内容就写 {}）")
        return tree

    def check(self, knowledge: Knowledge, procedure_ids: set[str]) -> None:
        """Note every id that leads nowhere and every text that no question can reach."""
        for name, programme in knowledge.mini_programs.items():
            path = self.folder / "mini_programs.yml"
            self._ids(path, programme.channels, knowledge.channels, [name, "channels"], "渠道")
            self._ids(path, [programme.region], knowledge.region_titles, [name, "region"], "地区")
        self._names_once("channels.yml", knowledge.channels)
        self._names_once("mini_programs.yml", knowledge.mini_programs)
        for index, id_ in enumerate(knowledge.menu):
            self._ids(self.folder / "menu.yml", [id_], procedure_ids, [index], "业务")
        if not procedure_ids:
            self._fault(self.folder / "procedures", [], "这里一个业务文件也没有")
        for id_, fact in knowledge.facts.items():
            path = self.folder / "facts.yml"
            self._ids(path, _some(fact.task), procedure_ids, [id_, "task"], "业务")
            self._ids(path, _some(fact.point), knowledge.points, [id_, "point"], "要点（points.yml）")
        for id_, named in knowledge.points.items():
            self._ids(self.folder / "points.yml", _some(named.task), procedure_ids, [id_, "task"], "业务")
        for point in knowledge.bare:
            self._ids(self.folder / "bare.yml", [point], knowledge.points, [point], "要点（points.yml）")
        self._check_cells(knowledge, procedure_ids)
        for id_, procedure in knowledge.procedures.items():
            path = self.folder / "procedures" / f"{id_}.yml"
            self._ids(path, _some(procedure.belongs_to), procedure_ids, ["belongs_to"], "业务")
            self._ids(path, procedure.related, procedure_ids, ["related"], "业务")
            self._ids(path, procedure.next_points, knowledge.points, ["next_points"], "要点（points.yml）")
            self._check_procedure(path, procedure, knowledge)

    def _check_cells(self, knowledge: Knowledge, procedure_ids: set[str]) -> None:
        """Every task decides every point, and general can stand in for each."""
        for id_ in sorted({*procedure_ids, GENERAL} - set(knowledge.cells)):
            self._fault(self.folder / "points" / f"{id_}.yml", [], "没有这个文件：每件事都要逐个要点写明")
        for id_, decided in knowledge.cells.items():
            path = self.folder / "points" / f"{id_}.yml"
            if isinstance(decided, _Unread):
                continue
            self._ids(path, [id_], {*procedure_ids, GENERAL}, [], "业务")
            for point in knowledge.points:
                if point not in decided:
                    self._fault(path, [], f"还没有决定的要点：{point}")
            for point, cell in decided.items():
                if point != WHOLE:
                    self._ids(path, [point], knowledge.points, [point], "要点（points.yml）")
                if cell.inherited and id_ == GENERAL:
                    self._fault(path, [point], "general 没有可以继承的")
                for index, entry in enumerate(cell.entries):
                    where = [point, index]
                    self._ids(path, entry.channel, knowledge.channels, [*where, "channel"], "渠道")
                    self._ids(path, _some(entry.region), knowledge.region_titles, [*where, "region"], "地区")
                    for name in ("when", "unless"):
                        self._ids(path, getattr(entry, name), knowledge.facts, [*where, name], "情况（facts.yml）")
                    if entry.source:
                        self._ids(
                            path,
                            [entry.source.document],
                            knowledge.documents,
                            [*where, "source"],
                            "文档（sources.yml）",
                        )

    def _names_once(self, file: str, entries: dict[str, Any]) -> None:
        owner: dict[str, str] = {}
        path = self.folder / file
        for id_, entry in entries.items():
            for index, name in enumerate(entry.names):
                if name in owner:
                    self._fault(path, [id_, "names", index], f"“{name}”写了两次（{owner[name]}）")
                owner.setdefault(name, id_)

    def _check_procedure(self, path: Path, procedure: Procedure, knowledge: Knowledge) -> None:
        if procedure.id != path.stem:
            self._fault(path, ["id"], f"id 应与文件名相同：{path.stem}")
        if procedure.notes and procedure.source is None:
            self._fault(path, ["notes"], "有 notes 就要有 source")
        if not any(variant.region is None and not variant.when for variant in procedure.variants):
            self._fault(path, ["variants"], "要有一条不分地区和情况的，给其他人")
        seen: dict[tuple[Any, ...], int] = {}
        ways = {channel for variant in procedure.variants if not variant.after for channel in variant.channel}
        for index, variant in enumerate(procedure.variants):
            where = ["variants", index]
            self._ids(path, variant.channel, knowledge.channels, [*where, "channel"], "渠道")
            self._ids(path, _some(variant.region), knowledge.region_titles, [*where, "region"], "地区")
            self._ids(path, variant.when, knowledge.facts, [*where, "when"], "情况（facts.yml）")
            self._ids(path, list(variant.behind), knowledge.facts, [*where, "behind"], "情况（facts.yml）")
            self._ids(path, _some(variant.after), ways, [*where, "after"], "渠道的办法")
            places: list[str | None] = [*variant.channel] or [None]
            for place in places:
                if seen.setdefault((place, variant.region, tuple(variant.when)), index) != index:
                    self._fault(path, where, "渠道、地区和情况都与前面一条相同，永远轮不到它")
        for where, note in _parts(Supplement, procedure, []):
            self._ids(path, note.regions, knowledge.region_titles, [*where, "regions"], "地区")
        for where, source in _parts(Source, procedure, []):
            self._ids(path, [source.document], knowledge.documents, [*where, "document"], "文档（sources.yml）")

    def _ids(self, path: Path, ids: list[str], known: Container[str], where: list[Any], what: str) -> None:
        for id_ in ids:
            if id_ not in known:
                self._fault(path, where, f"没有这个{what}：{id_}")

    def _fault(self, path: Path, where: list[Any] | int, message: str) -> None:
        """Note what is wrong at the end of some keys, or in a line."""
        line, keys = (where, ()) if isinstance(where, int) else (self._line(path, where), tuple(where))
        self.faults.append(Fault(str(path.relative_to(self.folder.parent)), line, message, keys))

    def _line(self, path: Path, where: list[Any]) -> int:
        # Reading with lines takes ten times as long: only where something is wrong.
        if where and path not in self._trees:
            text = self._texts[path] if path in self._texts else path.read_text(encoding="utf-8")
            self._trees[path] = parse_yaml_with_lines(text)
        return _line(self._trees.get(path), where)


def fault_message(fault: Any) -> str:
    """One of pydantic's faults in Chinese; our own validators speak it already."""
    if fault["type"] not in _MESSAGES:
        return str(fault["msg"]).removeprefix("Value error, ")
    return _MESSAGES[fault["type"]].format(**fault.get("ctx", {})).replace(" or ", " 或 ")


def _some(value: str | None) -> list[str]:
    return [value] if value else []


def _parts(kind: type[Record], tree: Any, where: list[Any]) -> Iterator[tuple[list[Any], Any]]:
    """Every record of a kind anywhere in a tree of records, and where it stands."""
    if isinstance(tree, kind):
        yield where, tree
    elif isinstance(tree, list):
        for index, item in enumerate(tree):
            yield from _parts(kind, item, [*where, index])
    elif isinstance(tree, Record):
        for name in type(tree).model_fields:
            yield from _parts(kind, getattr(tree, name), [*where, name])


def _line(tree: Any, where: list[Any]) -> int:
    """The line of the deepest part of `where` that the file has."""
    line = 1
    for step in where:
        try:
            if isinstance(tree, CommentedMap):
                line = tree.lc.key(step)[0] + 1
            elif isinstance(tree, CommentedSeq):
                line = tree.lc.item(step)[0] + 1
            tree = tree[step]
        except (KeyError, IndexError, TypeError):
            break
    return line


_taken: list[Knowledge] = []  # what answers, as a whole; nothing until it is first asked for
_tried: ContextVar[Knowledge | None] = ContextVar("tried", default=None)


def shipped() -> Knowledge:
    """The project's own knowledge as it answers now: read once a process, until `take_up` puts another in its place.

    Raises:
        KnowledgeError: see `load`.
    """
    if (tried := _tried.get()) is not None:
        return tried
    if not _taken:
        _taken.append(load(KNOWLEDGE))
    return _taken[-1]


def take_up(knowledge: Knowledge) -> None:
    """Let another knowledge answer from now on."""
    _taken[:] = [knowledge]


@contextmanager
def trying(knowledge: Knowledge) -> Iterator[None]:
    """Let another knowledge answer within, for this task alone."""
    token = _tried.set(knowledge)
    try:
        yield
    finally:
        _tried.reset(token)
