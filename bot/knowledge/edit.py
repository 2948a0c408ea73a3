"""Changes a part of a knowledge file and leaves every other byte as it is. Pure.

A part is where keys and numbers lead: a cell (`["duration"]`), an entry of it (`["duration", 1]`), a way
(`["variants", 0]`). What is written anew keeps its comments and the order of its keys.
"""

from collections.abc import Sequence
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.nodes import MappingNode, Node

Keys = Sequence[str | int]

_ENTRY = ("asks", "yes", "no", "channel", "region", "when", "say", "more", "silent", "near", "source", "door")
_SHORT = {"source"}  # written on one line


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


def with_entry(cell: str, number: int | None, values: dict[str, Any]) -> str:
    """The lines of a cell with other values in one of its entries, or with one more.

    Args:
        cell: `point:` and its entries, or a single word behind it.
        number: which entry; None for a new one at the end.
        values: what its keys are to say; None takes a key away.
    """
    point = next(iter(_load(cell)))
    if number is None:
        entry = CommentedMap()
        _fill(entry, values, _ENTRY)
        entries = cell if isinstance(_load(cell)[point], list) else f"{point}:\n"
        return entries + _dump(CommentedSeq([entry]))
    return replaced(cell, [point, number], _filled(part(cell, [point, number]), values, _ENTRY))


def filled(item: str, values: dict[str, Any], order: Sequence[str]) -> str:
    """The lines of a list's item, or of a key with what stands under it, with other values."""
    return _filled(item, values, order)


def _filled(lines: str, values: dict[str, Any], order: Sequence[str]) -> str:
    tree = _load(lines)
    _fill(tree[0] if isinstance(tree, list) else next(iter(tree.values())), values, order)
    return _dump(tree)


def _fill(tree: CommentedMap, values: dict[str, Any], order: Sequence[str]) -> None:
    for key, value in values.items():
        if value in (None, [], {}):
            tree.pop(key, None)
        elif key not in tree:
            before = order[: order.index(key)]
            place = sum(known in before for known in tree)
            tree.insert(place, key, _styled(key, value))
        elif tree[key] != value:
            tree[key] = _styled(key, value)


def _styled(key: str, value: Any) -> Any:
    if isinstance(value, list):
        styled = CommentedSeq(value)
        styled.fa.set_flow_style()
        return styled
    if isinstance(value, dict):
        styled = CommentedMap(value)
        if key in _SHORT:
            styled.fa.set_flow_style()
        return styled
    return value


def _span(text: str, keys: Keys) -> tuple[int, int]:
    """The lines from the beginning of a part to the end of what is its own."""
    lines = text.splitlines()
    node: Node = YAML(typ="safe").compose(text)
    start, end = 0, len(lines)
    for key in keys:
        parts = _parts(node)
        place = next((n for n, (name, _, _) in enumerate(parts) if name == key), None)
        if place is None:
            raise LookupError(key)
        _, start, node = parts[place]
        end = parts[place + 1][1] if place + 1 < len(parts) else end
    # What stands before the next part belongs to that one.
    while not lines[end - 1].strip() or lines[end - 1].startswith("#"):
        end -= 1
    return start, end


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


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 10**9  # a sentence stays on its line
    yaml.allow_unicode = True
    return yaml
