"""What is remembered of a person in WeChat: all under one prefix, so that it can be forgotten as a whole."""

import json
from collections.abc import Iterable
from urllib.parse import quote

from bot.channels import taps
from bot.channels.state import State
from bot.channels.wechat_codec import Incoming
from bot.channels.wechat_text import Block, Choice, dump, load

KEEP = 3600  # seconds, of what belongs to one message; WeChat's own retries are over after 15 s
KEEP_SHOWN = 48 * 3600  # of choices and undelivered answers: as long as WeChat lets custom messages through
_ASKED = 600  # in which a question is answered by the next message


class Memory:
    """Answers, choices, what was kept back and what was asked, by person."""

    def __init__(self, state: State):
        self._state = state

    async def answer(self, message: Incoming) -> str | None:
        """The answer to a message, as it was kept."""
        return await self._state.get(_key(message.person, "answer", message.key))

    async def keep_answer(self, message: Incoming, answer: str) -> None:
        """Keep the answer to a message, for WeChat's next attempts."""
        await self._state.put(_key(message.person, "answer", message.key), answer, KEEP)

    async def show(self, person: str, choices: list[Choice]) -> None:
        """Remember what this person may tap, and name by its title or its number, from now on."""
        if not choices:
            return
        for choice in choices:
            await self._state.put(_key(person, "choice", choice.id), choice.value, KEEP_SHOWN)
        titles = {choice.title: choice.value for choice in choices}
        await self._state.put(_key(person, "titles"), json.dumps(titles, ensure_ascii=False), KEEP_SHOWN)

    async def chosen(self, person: str, id_: str) -> str | None:
        """What a choice with this id stands for, if this person was shown one."""
        return await self._state.get(_key(person, "choice", id_))

    async def named(self, person: str, text: str) -> str | None:
        """What the choice that is named, by its title or its number, stands for, if it is among those shown last."""
        titles = await self._state.get(_key(person, "titles"))
        return taps.tapped(text, json.loads(titles)) if titles else None

    async def was_shown(self, person: str, value: str) -> bool:
        """Whether this person was shown a choice that stands for this."""
        return await self.chosen(person, Choice("", value).id) == value

    async def keep_back(self, person: str, blocks: Iterable[Block]) -> None:
        """Keep what could not be delivered for the person's next message."""
        for block in blocks:
            await self._state.append(_key(person, "outbox"), dump([block]), KEEP_SHOWN)

    async def take_out(self, person: str) -> list[Block]:
        """What was kept back, once."""
        stored = await self._state.pop_all(_key(person, "outbox"))
        return [block for text in stored for block in load(text)]

    async def ask(self, person: str) -> None:
        """The person is asked something to which the next message is the answer."""
        await self._state.put(_key(person, "asked"), "", _ASKED)

    async def was_asked(self, person: str) -> bool:
        """Whether the person was asked just before; true once."""
        key = _key(person, "asked")
        asked = await self._state.get(key) is not None
        if asked:
            await self._state.delete(key)
        return asked

    async def forget(self, message: Incoming) -> None:
        """Forget all of who sent this message, but for when that was."""
        await self._state.delete_all(_key(message.person, ""))
        await self._state.put(_key(message.person, "forgotten"), message.created, KEEP)

    async def is_of_before(self, message: Incoming) -> bool:
        """Whether the message was sent before its sender was forgotten: a late one, or one that WeChat repeats."""
        forgotten = await self._state.get(_key(message.person, "forgotten"))
        return forgotten is not None and _seconds(message.created) < _seconds(forgotten)


def _key(person: str, *names: str) -> str:
    return ":".join(("wechat:person", quote(person, safe=""), *names))


def _seconds(created: str) -> int:
    return int(created) if created.isascii() and created.isdigit() else 0
