"""`yibao misses`."""

import argparse
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.insight.misses import Group, Misses
    from bot.insight.span import Span

HELP = "列出没听懂、拿不准、文档没写和被点了👎的问题，相像的排在一起；格式就是 yibao evaluate 的文件"

_KINDS = {"misunderstood": "没听懂", "doubtful": "拿不准", "silent": "没写", "disliked": "👎"}
_COLUMNS = ("text", "intent", "group", "count", "kinds", "latest", "comment")
_AT_ONCE = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--days", metavar="天数", type=int, default=7, help="最近几天（缺省 7）")


def run(arguments: argparse.Namespace) -> int:
    from bot import settings
    from bot.insight.misses import Misses
    from bot.insight.span import latest
    from bot.stores import opened

    span = latest(arguments.days)
    with opened(settings.read().database_url) as engine:
        misses = Misses(engine)
        while misses.group_new(_AT_ONCE):
            pass
        groups = list(_all(misses, span))
    print("\t".join(_COLUMNS))
    for group in groups:
        print("\n".join("\t".join(row) for row in _rows(group)))
    print(f"共 {len(groups)} 组。intent 列是当时听成的，改对了再拿去评测。", file=sys.stderr)
    return 0


def _all(misses: "Misses", span: "Span") -> Iterator["Group"]:
    start = 0
    while groups := misses.groups(span, start=start, most=_AT_ONCE):
        yield from groups
        start += len(groups)


def _rows(group: "Group") -> list[list[str]]:
    from bot.dialogue.understand import FALLBACK

    kinds = "、".join(f"{_KINDS[kind]}{count}" for kind, count in group.kinds.items())
    day = datetime.fromtimestamp(group.latest).date().isoformat()
    rest = [str(group.id), str(group.count), kinds, day, "／".join(group.comments)]
    return [[_line(part) for part in (said.text, said.label or FALLBACK, *rest)] for said in group.said]


def _line(text: str) -> str:
    """A field that cannot end its row."""
    return " ".join(text.split())
