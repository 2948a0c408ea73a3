"""Which texts the code says: read out of the code itself, so that none is missing and none is kept for nobody."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter

_BOOKS = {"phrases": "phrases", "_phrases": "phrases", "texts": "texts", "_texts": "texts"}
# How a page's scripts take a text by name, and fill it.
_TAKEN = re.compile(r"\btexts\.(\w+)\b(?!\()")
_UNPACKED = re.compile(r"\{([\w\s,]*)\} = (?:this\.)?texts\b")
_FILLED = re.compile(r"\bfill\((?:this\.)?texts\.(\w+), \{([^}]*)\}")


@dataclass(frozen=True)
class Use:
    """A place that takes a phrase.

    Attributes:
        file: relative to the project.
        line: counts from 1.
        ids: the phrases that it may be, as far as the code says so; none where they come from elsewhere.
        filled: the names given to its placeholders; None where the text is taken as it is.
        book: the file that it stands in: `phrases`, or the staff's `texts`.
    """

    file: str
    line: int
    ids: tuple[str, ...] = ()
    filled: frozenset[str] | None = None
    book: str = "phrases"


@dataclass
class Code:
    """What stands in the code.

    Attributes:
        texts: every string.
        beginnings: of every string that is put together, what it begins with.
        uses: of phrases.
    """

    texts: set[str] = field(default_factory=set)
    beginnings: set[str] = field(default_factory=set)
    uses: list[Use] = field(default_factory=list)

    def names(self, id_: str) -> bool:
        """Whether a text with this id can be said, for all that the code shows."""
        return id_ in self.texts or any(id_.startswith(beginning) for beginning in self.beginnings)


def read_code(root: Path, folders: tuple[str, ...] = ("bot", "actions")) -> Code:
    """All the code in some folders of a project."""
    code = Code()
    for path in sorted(path for folder in folders for path in (root / folder).rglob("*.py")):
        tree, file = ast.parse(path.read_text(encoding="utf-8")), path.relative_to(root).as_posix()
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                code.texts.add(node.value)
            elif isinstance(node, ast.JoinedStr) and (beginning := _beginning(node)):
                code.beginnings.add(beginning)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                code.uses += _uses(node, file)
    return code


def read_page(folder: Path) -> dict[str, frozenset[str]]:
    """The texts that the scripts of a page take by name, and what each of them is filled with everywhere."""
    filled: dict[str, frozenset[str]] = {}
    for path in sorted(folder.rglob("*.js")):
        script = path.read_text(encoding="utf-8")
        unpacked = [name.strip() for names in _UNPACKED.findall(script) for name in names.split(",")]
        for name in (*_TAKEN.findall(script), *filter(None, unpacked)):
            filled.setdefault(name, frozenset())
        for name, values in _FILLED.findall(script):
            given = frozenset(value.partition(":")[0].strip() for value in values.split(","))
            filled[name] = filled[name] & given if filled[name] else given
    return filled


def placeholders(text: str) -> frozenset[str]:
    """The names in braces; ValueError where the braces do not match."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def _uses(function: ast.FunctionDef | ast.AsyncFunctionDef, file: str) -> Iterator[Use]:
    assigned: dict[str, list[str]] = {}
    filled: dict[int, frozenset[str]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            assigned.setdefault(node.targets[0].id, []).extend(_strings(node.value))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            filled[id(node.func.value)] = frozenset(keyword.arg for keyword in node.keywords if keyword.arg)
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and (book := _BOOKS.get(_name(node.value) or "")):
            key = node.slice
            ids = assigned.get(key.id, []) if isinstance(key, ast.Name) else _strings(key)
            yield Use(file, node.lineno, tuple(ids), filled.get(id(node)), book)


def _strings(node: ast.expr) -> list[str]:
    """The strings that an expression may be: itself, or one of two."""
    if isinstance(node, ast.IfExp):
        return [*_strings(node.body), *_strings(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def _beginning(node: ast.JoinedStr) -> str | None:
    first = node.values[0] if node.values else None
    text = first.value if isinstance(first, ast.Constant) else None
    return text if isinstance(text, str) and text.endswith("_") else None


def _name(node: ast.expr) -> str | None:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)
