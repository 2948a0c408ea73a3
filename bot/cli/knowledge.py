"""`yibao knowledge`."""

import argparse
from pathlib import Path

HELP = "几台机器共用的知识：export 把发布的写进文件，import 把文件放进数据库"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    tasks = parser.add_subparsers(metavar="做什么", dest="task", required=True)
    tasks.add_parser("export", help="把数据库里发布的文字写进 knowledge/，好提交到 git", add_help=False)
    task = tasks.add_parser("import", help="让所有机器都用 knowledge/ 里的文字", add_help=False)
    task.add_argument("--replace", action="store_true", help="连工作台上改过、没导出过的也换掉")


def run(arguments: argparse.Namespace) -> int:
    from bot import settings
    from bot.errors import BotError
    from bot.knowledge.loader import load
    from bot.paths import KNOWLEDGE
    from bot.stores import opened
    from bot.stores.published_rows import Rows

    read = settings.read()
    if read.knowledge != "database":
        raise BotError("没有设 YIBAO_KNOWLEDGE=database：发布的文字就在 knowledge/ 的文件里，不用搬")
    with opened(read.database_url):
        rows = Rows(read.database_url, KNOWLEDGE)
        if arguments.task == "export":
            _tell(rows.export(), "写好了", "文件里已经是发布的文字，没有变化。")
        else:
            load(KNOWLEDGE)  # what is broken reaches nobody
            _tell(
                rows.take_in(arguments.replace),
                "放进数据库了，各台机器几秒钟后就用",
                "数据库里已经是这些文字，没有变化。",
            )
    return 0


def _tell(paths: list[Path], done: str, none: str) -> None:
    for path in paths:
        print(path.name)
    print(f"{done}：{len(paths)} 个文件。" if paths else none)
