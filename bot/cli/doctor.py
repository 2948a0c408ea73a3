"""`yibao doctor`."""

import argparse

HELP = "检查设置、知识、模型、数据库、Redis 和渠道，说出哪里不对"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(arguments: argparse.Namespace) -> int:
    from bot import logs
    from bot.doctor import examine

    logs.configure("ERROR")
    sound = True
    for finding in examine():
        print(f"{'好' if finding.sound else '坏'}  {finding.about}：{finding.text}", flush=True)
        sound &= finding.sound
    print("都好。" if sound else "有不对的地方，见上面的“坏”。")
    return 0 if sound else 1
