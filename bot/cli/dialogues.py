"""`yibao dialogues`."""

import argparse
import asyncio
from collections import Counter
from pathlib import Path

HELP = "跑对话测试，一段一行；不过的写明哪一轮、说了什么、应该怎样"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", metavar="路径", nargs="*", type=Path, help="文件或文件夹，默认 tests/dialogues")
    parser.add_argument("--stats", action="store_true", help="最后打印回答之前平均问了几句")


def run(arguments: argparse.Namespace) -> int:
    from bot.cli import conversation
    from bot.dialogues import find, known_failures, name, questions_before_answer, read
    from bot.dialogues import run as hold
    from bot.paths import DIALOGUES

    files = find(arguments.paths or [DIALOGUES])
    dialogues = [(file, read(file)) for file in files]
    assistant = conversation.load()

    async def all_of_them() -> int:
        counts: Counter[str] = Counter()
        known, asked = known_failures(DIALOGUES), []
        for file, dialogue in dialogues:
            outcome = await hold(conversation.Conversation(assistant), dialogue)
            if outcome.failure and name(file) in known:
                counts["known"] += 1
                print(f"已知  {name(file)}  {dialogue.dialogue}（{known[name(file)]}）")
            elif outcome.failure:
                counts["failed"] += 1
                print(f"不过  {name(file)}  {dialogue.dialogue}\n{outcome.failure}")
            else:
                counts["passed"] += 1
                print(f"通过  {name(file)}  {dialogue.dialogue}")
            questions = questions_before_answer(outcome.turns)
            if file.parent.name == "happy_path" and questions is not None:
                asked.append(questions)
        print(f"{counts['passed']} 段通过，{counts['failed']} 段不过，{counts['known']} 段已知不过")
        if arguments.stats and asked:
            print(f"happy_path {len(asked)} 段，回答之前平均问 {sum(asked) / len(asked):.2f} 句")
        return 1 if counts["failed"] or not dialogues else 0

    return asyncio.run(all_of_them())
