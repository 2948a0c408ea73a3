"""`yibao staff`."""

import argparse
import getpass
import re
import sys

from bot.errors import BotError

HELP = "工作台：password 给一位工作人员做密码，填进 YIBAO_STAFF_PASSWORD"

_SHORTEST = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    tasks = parser.add_subparsers(metavar="做什么", dest="task", required=True)
    task = tasks.add_parser("password", help="问一个密码，打印要填的一行", add_help=False)
    task.add_argument("name", metavar="名字", help="在工作台上显示的名字，如 张三")


def run(arguments: argparse.Namespace) -> int:
    from bot.staff.passwords import NAME, hashed

    if not re.fullmatch(NAME, arguments.name):
        raise BotError("名字不对：应为 1 到 20 个字，没有空格、等号、逗号和冒号")
    password = _ask("密码（打的时候看不见）：")
    if len(password) < _SHORTEST:
        raise BotError(f"密码太短：至少要 {_SHORTEST} 个字")
    if sys.stdin.isatty() and _ask("再打一遍：") != password:
        raise BotError("两遍打得不一样，没有做")
    print(f"{arguments.name}={hashed(password)}")
    print("把上面一行填进 YIBAO_STAFF_PASSWORD（几个人用逗号隔开），再重启服务。", file=sys.stderr)
    return 0


def _ask(question: str) -> str:
    return getpass.getpass(question) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
