"""`yibao model`."""

import argparse
from datetime import datetime

HELP = "列出模型，或换用其中一个（也可以退回旧的）"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", metavar="list|use", choices=("list", "use"), help="list 列出；use 换用")
    parser.add_argument(
        "name", metavar="名字", nargs="?", help="use 后面写模型的名字，latest 表示按现在的文件训练的那个"
    )


def run(arguments: argparse.Namespace) -> int:
    from bot import models
    from bot.errors import BotError

    if arguments.what == "use":
        if not arguments.name:
            raise BotError("没有写模型的名字：yibao model use 名字")
        models.choose(None if arguments.name == "latest" else arguments.name)
        print("好了，下次启动就用它。正在运行的 yibao serve --workers N：kill -HUP 主进程号，逐个换上，不断线。")
        return 0
    chosen = models.chosen()
    for archive in models.available():
        time = datetime.fromtimestamp(archive.stat().st_mtime).strftime("%Y-%m-%d %H:%M")
        print(f"{'*' if archive == chosen else ' '} {archive.name}  {time}  {archive.stat().st_size / 1e6:.1f} MB")
    print("* 是选定的模型。" if chosen else "没有选定模型：用按现在的文件训练的那个。")
    return 0
