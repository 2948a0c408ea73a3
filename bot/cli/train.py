"""`yibao train`."""

import argparse

HELP = "训练模型；没有变化时不再训练"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="没有变化也重新训练")


def run(arguments: argparse.Namespace) -> int:
    from bot import logs
    from bot.training import ensure_model

    logs.configure("ERROR")  # Rasa tells every rule that it learns
    ensure_model(print, arguments.force)
    return 0
