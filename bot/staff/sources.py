"""Which sources there are to choose from: every section of a document that a text rests on already. Pure."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from bot.knowledge.model import Knowledge, Source


def key_of(source: Source) -> str:
    """What tells a source from others in a form."""
    return f"{source.document}|{source.section or ''}"


def by_key(knowledge: Knowledge) -> dict[str, Source]:
    """All sources by their keys, those of a document together and in the order of its sections."""
    return _of(_ById(knowledge))


class _ById:
    """A knowledge as a key: it is held against others by being the same, which takes no time."""

    def __init__(self, knowledge: Knowledge):
        self.knowledge = knowledge

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other.knowledge is self.knowledge

    def __hash__(self) -> int:
        return id(self.knowledge)


@lru_cache(2)
def _of(held: _ById) -> dict[str, Source]:
    found: dict[str, Source] = {key_of(Source(document=id_)): Source(document=id_) for id_ in held.knowledge.documents}
    for source in _sources([held.knowledge.cells, held.knowledge.procedures]):
        found.setdefault(key_of(source), source)
    order = {id_: number for number, id_ in enumerate(held.knowledge.documents)}
    return dict(sorted(found.items(), key=lambda one: (order[one[1].document], one[1].section or "")))


def _sources(tree: Any) -> Iterator[Source]:
    if isinstance(tree, Source):
        yield tree
    elif isinstance(tree, dict):
        for value in tree.values():
            yield from _sources(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _sources(value)
    elif isinstance(tree, BaseModel):
        for name in type(tree).model_fields:
            yield from _sources(getattr(tree, name))
