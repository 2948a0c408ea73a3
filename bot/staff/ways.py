"""A way of a task out of its lines, its sentences, and what people see of it. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.channels.wechat_text import Block, page
from bot.knowledge import edit
from bot.knowledge.model import Difference, Knowledge, Statement, Supplement, Variant
from bot.knowledge.preview import Scope
from bot.knowledge.preview import ways as ways_of
from bot.yamlfile import parse_yaml

Keys = tuple[str | int, ...]

# What can be put into words here, in the order in which a file has it.
ORDER = tuple(Variant.model_fields)
_ONE = ("title", "summary", "short", "ahead", "duration", "fee", "url")
_SEVERAL = ("steps", "brief", "materials", "limits", "notes")


def read(lines: str) -> Variant:
    """A way out of its lines."""
    return Variant.model_validate(parse_yaml(lines)[0])


def sentences(variant: Variant) -> Iterator[tuple[Keys, str]]:
    """Every sentence of a way and the keys that lead to it."""
    for name in ORDER:
        value = getattr(variant, name)
        if name in _ONE and value:
            yield (name,), _text(value)
        elif name in (*_SEVERAL, "differences", "supplements"):
            for number, item in enumerate(value):
                if isinstance(item, Difference):
                    yield from (((name, number, "says", i), _text(said)) for i, said in enumerate(item.says))
                else:
                    yield (name, number), _text(item)


def fields(variant: Variant) -> dict[str, list[tuple[str, str]]]:
    """The fields of a form by what they are: name and text, with one more, empty, where one may be added."""
    found: dict[str, list[tuple[str, str]]] = {name: [] for name in (*_ONE, *_SEVERAL)}
    for keys, text in sentences(variant):
        found.setdefault(str(keys[0]), []).append((name_of(keys), text))
    for name in _SEVERAL:
        found[name].append((f"{name}.{len(found[name])}", ""))
    for name in _ONE:
        found[name] = found[name] or [(name, "")]
    return {name: found[name] for name in ORDER if name in found}


def name_of(keys: Keys) -> str:
    """A field's name."""
    return ".".join(map(str, keys))


def rewritten(lines: str, typed: Mapping[str, str]) -> str:
    """The lines of a way with what was typed into its fields."""
    before = {name: text for several in fields(read(lines)).values() for name, text in several}
    changed = {_keys(name): text for name, text in typed.items() if name in before and text != before[name]}
    return edit.with_texts(lines, changed, ORDER) if changed else lines


def with_way(knowledge: Knowledge, task: str, number: int, variant: Variant) -> Knowledge:
    """The knowledge with another way."""
    procedure = knowledge.procedures[task]
    variants = [variant if n == number else one for n, one in enumerate(procedure.variants)]
    procedures = {**knowledge.procedures, task: procedure.model_copy(update={"variants": variants})}
    return knowledge.model_copy(update={"procedures": procedures})


def looks(knowledge: Knowledge, task: str, number: int) -> dict[str, Any]:
    """What people see of a way: the card as the channels get it, and the text of WeChat and the shell."""
    reply = list(ways_of(knowledge, task, Scope()))[number].reply
    in_wechat, _ = page([Block(reply.text)], knowledge.phrases["wechat_more"])
    return {"card": reply.card, "wechat": in_wechat, "shell": reply.text}


def _keys(name: str) -> Keys:
    return tuple(int(key) if key.isdecimal() else key for key in name.split("."))


def _text(value: str | Statement | Supplement) -> str:
    return value if isinstance(value, str) else value.text
