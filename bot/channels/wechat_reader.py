"""What a message means: what to show at once, and what to take to the dialogue."""

import re
from collections.abc import Awaitable, Callable

from bot.channels.wechat_codec import Incoming
from bot.channels.wechat_memory import Memory
from bot.channels.wechat_menu import Menu
from bot.channels.wechat_text import Block, Choice, dump, load
from bot.edge import NothingSaid, TextTooLong, clean
from bot.nlu.text import normalise

_UNREADABLE = ("image", "video", "shortvideo", "location", "link", "file")
_EVENTS = ("subscribe", "SCAN", "CLICK")
_SCENE = "qrscene_"

_FORGET = "forget"  # stands behind a choice, where payloads begin with a slash and blocks with a bracket
_YES = ("是", "是的", "对", "好", "好的", "确定", "删除", "删")
_LONGEST_COMMAND = 20  # characters
# What speech recognition and fingers put around words.
_MARKS = re.compile(r"[\s，。！、,.!~“”\"'「」]")

Meaning = tuple[list[Block], list[str]]  # to show at once; payloads and clean texts for the dialogue


def wants_answer(message: Incoming) -> bool:
    """Whether there is anything to say to such a message."""
    if message.kind == "event":
        return message.event in _EVENTS
    return message.kind in ("text", "voice", *_UNREADABLE)


class Reader:
    """Reads the messages of one account; whoever wishes is forgotten.

    Args:
        memory: what people were shown and asked.
        phrases: texts by id.
        menu: what events may start.
        forget: deletes a person's conversation.
    """

    def __init__(self, memory: Memory, phrases: dict[str, str], menu: Menu, forget: Callable[[str], Awaitable[None]]):
        self._memory, self._phrases, self._menu, self._forget_conversation = memory, phrases, menu, forget

    async def understand(self, message: Incoming) -> Meaning:
        """What a message means to its sender, who may have been shown something before."""
        if await self._memory.is_of_before(message):
            return [Block(self._phrases["wechat_forgotten"])], []
        asked = await self._memory.was_asked(message.person)
        if message.kind == "event":
            return await self._event(message)
        if message.kind in _UNREADABLE:
            return [Block(self._phrases["wechat_unreadable"])], []
        value = await self._tapped(message)
        if value is None:
            return await self._words(message, asked)
        if value == _FORGET:
            return await self._forget(message), []
        if not value.startswith("["):
            return [], [value]
        return load(value), []  # none: those that wait in the outbox are asked for

    async def _words(self, message: Incoming, asked: bool) -> Meaning:
        """What a text or a voice message means; `asked`: whether it answers if all is to be forgotten."""
        is_voice = message.kind == "voice"
        text = message.recognition if is_voice else message.content
        if len(text) <= _LONGEST_COMMAND:
            words, wish = _MARKS.sub("", normalise(text)), self._phrases["wechat_forget"]
            if asked and words in (wish, *_YES):
                return await self._forget(message), []
            if words == wish:
                return await self._ask_whether_to_forget(message.person), []
        return self._typed(text, "wechat_unheard" if is_voice else "wechat_nothing_said")

    async def _ask_whether_to_forget(self, person: str) -> list[Block]:
        await self._memory.ask(person)
        keep = Choice(self._phrases["wechat_forget_no"], dump([Block(self._phrases["wechat_kept"])]))
        choices = (Choice(self._phrases["wechat_forget_yes"], _FORGET), keep)
        return [Block(self._phrases["wechat_ask_forget"], choices)]

    async def _forget(self, message: Incoming) -> list[Block]:
        await self._forget_conversation(message.person)
        await self._memory.forget(message)
        return [Block(self._phrases["wechat_forgotten"])]

    async def _event(self, message: Incoming) -> Meaning:
        """What an event stands for. Anybody can make a QR code: what it says is typed, if the menu does not hold it."""
        key, greeting = message.event_key.removeprefix(_SCENE), self._menu.greeting
        if not key.startswith("/"):
            return [], [greeting]  # so that nobody is left without an answer
        known = self._menu.holds(key) or await self._memory.was_shown(message.person, key)
        if message.event == "subscribe":
            return [], [greeting, key] if known else [greeting]
        return ([], [key]) if known else self._typed(key, "wechat_nothing_said")

    async def _tapped(self, message: Incoming) -> str | None:
        if message.choice:
            value = await self._memory.chosen(message.person, message.choice)
            if value is not None:
                return value
        return await self._memory.named(message.person, message.content.strip())

    def _typed(self, text: str, empty: str) -> Meaning:
        try:
            return [], [clean(text)]
        except TextTooLong:
            return [Block(self._phrases["wechat_too_long"])], []
        except NothingSaid:
            return [Block(self._phrases[empty])], []
