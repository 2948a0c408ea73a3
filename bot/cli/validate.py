"""`yibao validate`."""

import argparse
from datetime import date
from pathlib import Path

HELP = "检查知识、语料、域、故事和回复文件，一次列出所有毛病"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--against", metavar="文件.tsv", type=Path, help="训练句子不得与这份评测句子雷同")


def run(arguments: argparse.Namespace) -> int:
    from bot.validation import faults, warnings

    found = faults(arguments.against)
    for warning in warnings(date.today()):
        print(f"提醒：{warning}")
    for fault in found:
        print(fault)
    print(f"共 {len(found)} 处毛病。" if found else "没有发现毛病。")
    return 1 if found else 0
