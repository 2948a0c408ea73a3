"""`yibao chat`."""

import argparse
import asyncio
import json
import re
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.assistant import Turn
    from bot.cli.conversation import Conversation

HELP = "在命令行里对话"
_INTRODUCTION = (
    "直接打字提问；按钮可以打前面的数字。\n"
    "/quit 退出，/new 新对话，/debug 看它是怎么理解的，/save 名字 把这段对话存成对话测试。"
)
_DEBUGGED = ("text", "intent", "point", "why", "confidence", "entities", "slots", "outcome", "ms")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="给脚本用：一行一句，空行开始新对话，每句输出一行 JSON")


def run(arguments: argparse.Namespace) -> int:
    from bot.cli import conversation

    talk = conversation.Conversation(conversation.load())
    asyncio.run(_script(talk) if arguments.json else _Shell(talk).run())
    return 0


async def _script(talk: "Conversation") -> None:
    from bot.cli.output import as_json

    # Bytes that are not UTF-8 are a person's fault, not a reason to stop.
    for line in sys.stdin.buffer:
        text = line.decode("utf-8", errors="replace").rstrip("\r\n")
        if not text:
            talk.restart()
            continue
        print(as_json(await talk.say(text)), flush=True)


class _Shell:
    """The conversation with a person; what begins with a slash and is known is the shell's own."""

    def __init__(self, talk: "Conversation"):
        self.talk, self.debug = talk, False
        self.turns: list[Turn] = []
        self.typed: list[str] = []

    async def run(self) -> None:
        print(_INTRODUCTION)
        while (text := _read()) not in (None, "/quit"):
            if text == "/new":
                self._restart()
            elif text == "/debug":
                self.debug = not self.debug
                print("调试信息：" + ("开" if self.debug else "关"))
            elif text.startswith("/save"):
                self._save(text.removeprefix("/save").strip())
            elif text:
                await self._say(text)
        print("再见。")

    async def _say(self, text: str) -> None:
        from bot.cli.output import as_text

        turn = await self.talk.say(text)
        self.turns.append(turn)
        self.typed.append(text)
        print("\n" + as_text(turn))
        if self.debug:
            print(json.dumps({key: asdict(turn)[key] for key in _DEBUGGED}, ensure_ascii=False))

    def _restart(self) -> None:
        self.talk.restart()
        self.turns, self.typed = [], []
        print("好的，新的对话。")

    def _save(self, name: str) -> None:
        from bot.dialogues import record
        from bot.paths import DIALOGUES

        path = DIALOGUES / "saved" / f"{name}.yml"
        if not re.fullmatch(r"[a-z0-9_]{1,60}", name):
            print("名字请用小写英文字母、数字和下划线，如 /save user_asks_for_materials")
        elif not self.turns:
            print("还没有说过话，没有可以存的。")
        elif path.exists():
            print(f"已经有 {name} 了，换个名字。")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(record(name, self.turns, self.typed), encoding="utf-8")
            print(f"存好了：tests/dialogues/saved/{name}.yml。请改好标题和断言，移到合适的文件夹。")


def _read() -> str | None:
    """The next line, None at the end of the input."""
    try:
        return input("\n您：").strip()
    except (EOFError, KeyboardInterrupt):
        print()
        return None
    except UnicodeDecodeError:
        print("这一行不是 UTF-8 编码，读不出来。")
        return ""
