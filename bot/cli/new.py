"""`yibao new`."""

import argparse
from pathlib import Path

from bot.errors import BotError
from bot.paths import ROOT

HELP = "加一件新的事：把要写的六处一次写好"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task", metavar="名字", help="小写英文，如 renew_card")
    parser.add_argument("--title", metavar="标题", required=True, help="这件事叫什么，如 换新的社保卡")
    parser.add_argument("--question", metavar="问法", required=True, help="按钮上的问法，如 卡到期怎么换")
    parser.add_argument(
        "--document", metavar="文档", required=True, help="出处，knowledge/sources.yml 里的，如 doc_000"
    )
    parser.add_argument("--section", metavar="小标题", required=True, help="出处在文档的哪一节")
    parser.add_argument("--step", metavar="一步", action="append", required=True, help="照文档写；几步就写几次")
    parser.add_argument(
        "--sentences", metavar="文件.txt", type=Path, required=True, help="真实的问法，一行一句，至少50句"
    )


def run(arguments: argparse.Namespace) -> int:
    from bot.new_task import NewTask, write

    task = NewTask(
        arguments.task,
        arguments.title,
        arguments.question,
        arguments.document,
        arguments.section,
        tuple(arguments.step),
        _lines(arguments.sentences),
    )
    for path in write(task):
        print(f"写了 {path.relative_to(ROOT)}")
    print("每个要点先都承用各件事共用的话：请照文档逐格看过，改 knowledge/points 里的文件。")
    print("然后：yibao validate，yibao train。")
    return 0


def _lines(file: Path) -> tuple[str, ...]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BotError(f"{file} 读不出来，应该是 UTF-8 的文字，一行一句") from error
    return tuple(line.strip() for line in text.splitlines() if line.strip())
