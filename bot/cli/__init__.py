"""The console script `yibao`: one module a command, each with HELP, add_arguments and run."""

import argparse
import importlib
import os
import sys
from typing import NoReturn

from bot.errors import BotError
from bot.runtime import prepare

COMMANDS = (
    "serve",
    "chat",
    "ask",
    "train",
    "validate",
    "points",
    "preview",
    "new",
    "hits",
    "dialogues",
    "evaluate",
    "misses",
    "report",
    "wechat",
    "staff",
    "knowledge",
    "model",
    "doctor",
)


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Returns:
        0 on success, 1 on a fault that was named in one line; wrong usage exits with 2.
    """
    prepare()
    parser = _Parser(prog="yibao", description="医保亲情助手：训练、对话、检查、评测、上线。", add_help=False)
    _add_help(parser)
    commands = parser.add_subparsers(metavar="命令", dest="command", required=True, title="命令")
    for name in COMMANDS:
        module = importlib.import_module(f"bot.cli.{name}")
        command = commands.add_parser(name, help=module.HELP, description=module.HELP, add_help=False)
        _add_help(command)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    chosen = parser.parse_args(arguments)
    try:
        code: int = chosen.run(chosen)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads, such as `head`, has seen enough; what is left must not be flushed at the end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except BotError as error:
        print(f"出错了：{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


class _Parser(argparse.ArgumentParser):
    """argparse in Chinese."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        print(f"用法不对：{message}。运行 {self.prog} --help 看用法。", file=sys.stderr)
        sys.exit(2)

    def format_help(self) -> str:
        return _chinese(super().format_help())

    def format_usage(self) -> str:
        return _chinese(super().format_usage())


def _add_help(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-h", "--help", action="help", help="显示这段说明")


def _chinese(text: str) -> str:
    for english, chinese in (("usage:", "用法："), ("options:", "选项："), ("positional arguments:", "参数：")):
        text = text.replace(english, chinese)
    return text
