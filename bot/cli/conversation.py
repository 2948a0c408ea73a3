"""One conversation in the shell, whatever is typed into it."""

import asyncio
import sys
from typing import Any

from bot import logs
from bot.assistant import Assistant, Turn, new_sender
from bot.channels import taps
from bot.cli.output import buttons
from bot.edge import MAX_CHARACTERS, NothingSaid, TextTooLong
from bot.knowledge.loader import shipped
from bot.settings import read
from bot.training import ensure_model


def load() -> Assistant:
    """The assistant with the model of the files as they are; what happens is told on standard error."""
    logs.configure(read().log_level)
    assistant = Assistant.load(ensure_model(lambda line: print(line, file=sys.stderr)))
    # Dictionaries load at the first message: better now than while somebody waits.
    asyncio.run(assistant.understand("。"))
    return assistant


class Conversation:
    """Takes text and button numbers; faults become turns with the outcome `error`."""

    def __init__(self, assistant: Assistant):
        self.assistant = assistant
        self.restart()

    def restart(self) -> None:
        """Begin a new conversation."""
        self.sender = new_sender()
        self.buttons: list[dict[str, Any]] = []

    async def say(self, text: str) -> Turn:
        """Take what was typed; a number or the exact title of a button that was just shown taps it."""
        choices = {button["title"]: button["payload"] for button in self.buttons}
        tapped = taps.tapped(text, choices)
        try:
            turn = await self.assistant.say(self.sender, tapped or text, payload=tapped is not None)
        except TextTooLong:
            return self._fault(text[:MAX_CHARACTERS], "too_long")
        except NothingSaid:
            return self._fault("", "nothing_said")
        self.buttons = buttons(turn)
        return turn

    @staticmethod
    def _fault(text: str, phrase: str) -> Turn:
        message = shipped().phrases[phrase].format(limit=MAX_CHARACTERS)
        return Turn(text, replies=[{"text": message, "buttons": [], "card": None}])
