"""`yibao ask`."""

import argparse
import asyncio

HELP = "问一句，答一句，然后结束"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", metavar="文字", help="要问的话")
    parser.add_argument("--json", action="store_true", help="输出一行 JSON")


def run(arguments: argparse.Namespace) -> int:
    from bot.cli import conversation
    from bot.cli.output import as_json, as_text

    talk = conversation.Conversation(conversation.load())
    turn = asyncio.run(talk.say(arguments.text))
    print(as_json(turn) if arguments.json else as_text(turn))
    return 0
