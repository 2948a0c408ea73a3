"""Changes a part of a knowledge file and leaves every other byte as it is. Pure.

A part is where keys and numbers lead: a cell (`["duration"]`), an entry of it (`["duration", 1]`), a way
(`["variants", 0]`). What is written anew keeps its comments and the order of its keys.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.nodes import MappingNode, Node

Keys = Sequence[str | int]

ENTRY = (
    "asks",
    "yes",
    "no",
    "bare",
    "channel",
    "region",
    "when",
    "unless",
    "say",
    "more",
    "silent",
    "near",
    "source",
    "door",
)
_NO_SENTENCES = ("door", "as_of", "review_by")
DOCUMENT = ("title", "short", "note", "as_of", "review_by", "url")


def part(text: str, keys: Keys) -> str:
    """The lines of a part, each with its end.

    Raises:
        LookupError: the keys lead nowhere.
    """
    start, end = _span(text, keys)
    return "".join(text.splitlines(keepends=True)[start:end])


def replaced(text: str, keys: Keys, new: str) -> str:
    """The text with other lines for a part."""
    start, end = _span(text, keys)
    lines = text.splitlines(keepends=True)
    return "".join([*lines[:start], new, *lines[end:]])


def with_entry(cell: str, number: int | None, values: Mapping[str, Any]) -> str:
    """The lines of a cell with other values in one of its entries, or with one more.

    Args:
        cell: `point:` and its entries, or a single word behind it.
        number: which entry; None for a new one at the end.
        values: what its keys are to say; what is empty takes a key away.
    """
    point, entries = next(iter(_load(cell).items()))
    if number is None:
        entry = CommentedMap()
        _fill(entry, values, ENTRY)
        return (cell if isinstance(entries, list) else f"{point}:\n") + _dump(CommentedSeq([entry]))
    item = _load(part(cell, [point, number]))
    _fill(item[0], values, ENTRY)
    return replaced(cell, [point, number], _dump(item))


def with_values(lines: str, values: Mapping[str, Any], order: Sequence[str]) -> str:
    """The lines of a key and of what stands under it, with other values in that."""
    tree = _load(lines)
    _fill(next(iter(tree.values())), values, order)
    return _dump(tree)


def with_texts(item: str, texts: Mapping[tuple[str | int, ...], str], order: Sequence[str]) -> str:
    """The lines of a list's item with other sentences in it.

    Args:
        item: its lines.
        texts: sentences by the keys that lead to them; an empty one is taken out, one behind the end of a list added.
        order: of the item's keys, where one is new.
    """
    tree = _load(item)
    # From the end: what is taken out moves nothing that comes afterwards.
    for keys in sorted(texts, key=lambda keys: [str(key).zfill(4) for key in keys], reverse=True):
        _put(tree[0], keys, texts[keys], order)
    return _dump(tree)


def _put(tree: Any, keys: Keys, text: str, order: Sequence[str]) -> None:
    *way, last = keys
    if way and way[0] not in tree:
        tree.insert(_place(tree, str(way[0]), order), way[0], CommentedSeq())
    for key in way:
        tree = tree[key]
    there = last in tree if isinstance(tree, dict) else int(last) < len(tree)
    if not text:
        if there:
            del tree[last]
    elif there and isinstance(tree[last], dict):
        tree[last]["text"] = text
    elif there:
        tree[last] = text
    elif isinstance(tree, list):
        tree.append(text)
    else:
        tree.insert(_place(tree, str(last), order), last, text)


def _fill(tree: CommentedMap, values: Mapping[str, Any], order: Sequence[str]) -> None:
    for key, value in values.items():
        value = _plain(key, value)
        if value in (None, "", [], {}):
            tree.pop(key, None)
        elif key not in tree:
            tree.insert(_place(tree, key, order), key, _on_one_line(value))
        elif tree[key] != value:
            tree[key] = _on_one_line(value)


def _place(tree: CommentedMap, key: str, order: Sequence[str]) -> int:
    before = order[: order.index(key)]
    return sum(known in before for known in tree)


def _plain(key: str, value: Any) -> Any:
    """A value as YAML reads it where it is no sentence, so that the same is written the same way."""
    if isinstance(value, dict):
        return {name: _plain(name, one) for name, one in value.items() if one}
    if key in _NO_SENTENCES and re.fullmatch(r"[1-9]\d*", str(value)):
        return int(value)
    if key in _NO_SENTENCES and re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)):
        with suppress(ValueError):  # whoever checks the file will tell
            return date.fromisoformat(value)
    return value


def _on_one_line(value: Any) -> Any:
    if not isinstance(value, (list, dict)):
        return value
    styled = CommentedSeq(value) if isinstance(value, list) else CommentedMap(value)
    styled.fa.set_flow_style()
    return styled


def _span(text: str, keys: Keys) -> tuple[int, int]:
    """The lines from the beginning of a part to the end of what is its own."""
    lines = text.splitlines()
    start, end = _top(lines, str(keys[0]))
    if len(keys) > 1:
        offset, (_, _, node) = start, _parts(YAML(typ="safe").compose("\n".join(lines[start:end])))[0]
        for key in keys[1:]:
            parts = _parts(node)
            place = next((n for n, (name, _, _) in enumerate(parts) if name == key), None)
            if place is None:
                raise LookupError(key)
            _, first, node = parts[place]
            start = offset + first
            end = offset + parts[place + 1][1] if place + 1 < len(parts) else end
    # What stands before the next part belongs to that one.
    while not lines[end - 1].strip() or lines[end - 1].startswith("#"):
        end -= 1
    return start, end


def _top(lines: Sequence[str], key: str) -> tuple[int, int]:
    """The lines of a key of the file itself: such keys alone begin a line, which is found without reading the rest."""
    begins = [number for number, line in enumerate(lines) if line and line[0] not in " -#\t"]
    for number, start in enumerate(begins):
        if lines[start].startswith(f"{key}:"):
            return start, begins[number + 1] if number + 1 < len(begins) else len(lines)
    raise LookupError(key)


def _parts(node: Node) -> list[tuple[str | int, int, Node]]:
    """The key or number of each part, the line in which it begins, and what it holds."""
    if isinstance(node, MappingNode):
        return [(key.value, key.start_mark.line, value) for key, value in node.value]
    if isinstance(node.value, list):
        return [(number, item.start_mark.line, item) for number, item in enumerate(node.value)]
    return []


def _load(text: str) -> Any:
    return _yaml().load(text)


def _dump(tree: Any) -> str:
    out = StringIO()
    _yaml().dump(tree, out)
    return out.getvalue()


def _yaml() -> Any:
    yaml: Any = YAML(typ="rt")  # Any: it annotates its settings as None
    yaml.preserve_quotes = True
    yaml.width = 10**9  # a sentence stays on its line
    return yaml
