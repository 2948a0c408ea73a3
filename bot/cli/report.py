"""`yibao report`."""

import argparse
from pathlib import Path

from bot.errors import BotError

HELP = "把最近的情况画成一页图（PNG 或 PDF）：问了多少、问什么、没写的、反问、👍👎、多久答上"

_KINDS = ("png", "pdf")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--days", metavar="天数", type=int, default=30, help="最近几天（缺省 30）")
    parser.add_argument("--out", metavar="文件", type=Path, required=True, help="写到哪里：….png 或 ….pdf")


def run(arguments: argparse.Namespace) -> int:
    from bot import files, settings
    from bot.insight import overview, report
    from bot.insight.span import latest
    from bot.knowledge.loader import shipped
    from bot.stores import opened

    kind = arguments.out.suffix.lower().removeprefix(".")
    if kind not in _KINDS:
        raise BotError(f"--out 应为 .png 或 .pdf 文件，不是 {arguments.out.name}")
    span = latest(arguments.days)
    with opened(settings.read().database_url) as engine:
        found = overview.read(engine, shipped(), span)
    files.write(arguments.out, report.draw(found, kind))
    print(f"图在 {arguments.out}")
    return 0
