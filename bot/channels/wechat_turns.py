"""One turn for each message, its answer inside WeChat's five seconds or brought along later.

WeChat sends a message up to three times, 5 s apart, to any worker. What decides stands in the state, by the message's
key: the attempts so far, which worker has the turn (a lease that it renews: one that dies loses it), the answer, and
the claim on how it goes out, which only the first to make it gets: "passive" (in the response) or "later" (custom
messages if the account may send them, else with the next message).

Few turns run at a time, first come first served. Who would wait too long in that line is told at once to come again.
"""

import asyncio
import json
import logging
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from weakref import WeakValueDictionary

from bot.channels import wechat_api
from bot.channels.state import State
from bot.channels.wechat_api import ApiError, WeChatApi
from bot.channels.wechat_codec import Incoming
from bot.channels.wechat_line import Line
from bot.channels.wechat_memory import KEEP, Memory
from bot.channels.wechat_menu import Menu
from bot.channels.wechat_reader import Reader, wants_answer
from bot.channels.wechat_text import LIMIT, Block, Choice, blocks_of, dump, messages, page

# Seconds.
ANSWER = 4.0  # until something must go out
HELD = 6.0  # of an attempt that WeChat will repeat: beyond its own 5 s
RETRY = 6.0  # in which WeChat comes again when the connection broke
TURN = 30.0  # the longest turn
PATIENCE = 2.0  # the longest time in line for which the answer is worth waiting
LOOK = 0.25  # between two looks at the line
LEASE = 8.0  # until another worker takes over from one that died: in time for WeChat's second attempt
POLL = 0.05

PLACES = 3  # turns at a time
ATTEMPTS = 3
QUOTA, QUOTA_OF_EVENT = 5, 3  # custom messages after one from the person

logger = logging.getLogger(__name__)


class Turns:
    """Takes the messages of one account through the dialogue.

    Args:
        say: takes a person's text or payload to the dialogue and returns what the bot says, as the contract's messages.
        state: what all workers know.
        api: for accounts that may send custom messages.
        phrases: texts by id.
        menu: what events may start.
        forget: deletes a person's conversation.
    """

    def __init__(
        self,
        say: Callable[[str, str], Awaitable[list[dict[str, Any]]]],
        state: State,
        api: WeChatApi | None,
        phrases: dict[str, str],
        menu: Menu,
        forget: Callable[[str], Awaitable[None]],
    ):
        self._say, self._state, self._api, self._phrases = say, state, api, phrases
        self._memory, self._line = Memory(state), Line(PLACES)
        self._reader = Reader(self._memory, phrases, menu, forget)
        self._running: dict[str, asyncio.Task[Any]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        # Turn and late delivery together, so that a person's answers keep their order.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._closing = False

    async def answer(self, message: Incoming) -> str | None:
        """The text to answer an attempt with, or None for `success`."""
        if not wants_answer(message):
            return None
        key = message.key
        attempt = await self._state.append(f"wechat:attempts:{key}", "", KEEP)
        last = self._api is not None or attempt >= ATTEMPTS
        if await self._await_answer(key, message, ANSWER if last else HELD) is None:
            if not (last or self._line.is_long_for(message.person, PATIENCE)):
                return None  # WeChat has hung up and comes again
            await self._claim(key, "later")
        return await self._in_response(key, message)

    async def drain(self, seconds: float) -> None:
        """Let turns in flight end, and what they set going."""
        self._closing = True
        end = asyncio.get_running_loop().time() + seconds
        while self._tasks and (left := end - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(self._tasks, timeout=left)

    async def _await_answer(self, key: str, message: Incoming, seconds: float) -> str | None:
        """The answer as soon as it is there, None if that takes too long; the turn is run here if no worker has it."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while True:
            answer = await self._memory.answer(message)
            left = end - loop.time()
            if answer is not None or left <= 0:
                return answer
            await self._begin(key, message)
            if self._line.is_long_for(message.person, PATIENCE):
                return None
            if key in self._running:
                await asyncio.wait({self._running[key]}, timeout=min(left, LOOK))
            else:
                await asyncio.sleep(min(POLL, left))

    async def _begin(self, key: str, message: Incoming) -> None:
        """Run the turn here, if no worker has it."""
        if key in self._running or not await self._state.put_if_absent(f"wechat:turn:{key}", "", LEASE):
            return
        if await self._memory.answer(message) is None:  # else the lease ran out after the turn
            self._running[key] = self._spawn(self._take(key, message))
            self._running[key].add_done_callback(lambda _: self._running.pop(key, None))

    async def _in_response(self, key: str, message: Incoming) -> str | None:
        """What a response may say: the answer, unless it goes another way."""
        stored = await self._memory.answer(message)
        text: str | None = json.loads(stored) if stored else None
        if text and await self._claim(key, "passive") == "passive":
            return text
        return None if self._api else await self._placeholder(message.person)

    async def _claim(self, key: str, way: str) -> str:
        """The way that an answer goes: the one claimed first."""
        if await self._state.put_if_absent(f"wechat:way:{key}", way, KEEP):
            return way
        return await self._state.get(f"wechat:way:{key}") or way

    async def _take(self, key: str, message: Incoming) -> None:
        """Run the turn and see its answer on its way."""
        lease = self._spawn(self._renew(key))
        try:
            async with self._lock(message.person):
                blocks = await self._blocks(message)
                text = await self._page(message.person, blocks)
                await self._memory.keep_answer(message, json.dumps(text))
                way = "later" if text is None else await self._state.get(f"wechat:way:{key}")
                if way == "later":
                    # Before the next turn of this person, so that answers keep their order.
                    await self._deliver(message, blocks)
        finally:
            lease.cancel()
        if way is None:
            self._spawn(self._watch(key, message, blocks))

    async def _renew(self, key: str) -> None:
        while True:
            await asyncio.sleep(LEASE / 4)
            await self._state.put(f"wechat:turn:{key}", "", LEASE)

    async def _watch(self, key: str, message: Incoming, blocks: list[Block]) -> None:
        """Deliver an answer for which no attempt comes (again)."""
        loop = asyncio.get_running_loop()
        end = loop.time() + RETRY
        way = None
        while way is None and loop.time() < end:
            await asyncio.sleep(POLL)
            way = await self._state.get(f"wechat:way:{key}")
            if self._closing:
                break
        if (way or await self._claim(key, "later")) == "later":
            async with self._lock(message.person):
                await self._deliver(message, blocks)

    async def _page(self, person: str, blocks: list[Block]) -> str | None:
        """The answer as one passive text, or None where custom messages serve better. Its choices can be tapped."""
        shown = [choice for block in blocks for choice in block.choices]
        if self._api and (shown or len(messages(blocks)) > 1):
            await self._memory.show(person, shown)
            return None
        text, choices = page(blocks, self._phrases["wechat_more"])
        await self._memory.show(person, choices)
        return text

    async def _deliver(self, message: Incoming, blocks: list[Block]) -> None:
        """Send custom messages, and keep for the person's next message what can't be sent."""
        person = message.person
        if await self._memory.is_of_before(message):
            return
        unsent = messages(blocks)
        if self._api:
            unsent = await self._within_quota(message, unsent)
            try:
                while unsent:
                    await self._send(self._api, person, unsent[0])
                    unsent = unsent[1:]
            except ApiError as error:
                logger.warning("a message to %s was kept back: errcode %s", masked(person), error.code)
                if error.code in wechat_api.NOT_ALLOWED:
                    logger.error("YIBAO_WECHAT_VERIFIED is set, but the account may not send: answering passively")
                    self._api = None
        await self._memory.keep_back(person, unsent)

    async def _within_quota(self, message: Incoming, unsent: list[Block]) -> list[Block]:
        """As many messages as WeChat takes; the last leads to the rest."""
        quota = QUOTA_OF_EVENT if message.kind == "event" else QUOTA
        if len(unsent) <= quota:
            return unsent
        onward = Choice(self._phrases["wechat_more"], dump(unsent[quota - 1 :]))
        await self._memory.show(message.person, [*(c for b in unsent[: quota - 1] for c in b.choices), onward])
        return [*unsent[: quota - 1], Block(self._phrases["wechat_there_is_more"], (onward,))]

    @staticmethod
    async def _send(api: WeChatApi, person: str, block: Block) -> None:
        try:
            await api.send(person, block)
        except ApiError as error:
            if error.code != wechat_api.TOO_LONG:
                raise
            for part in messages([block], LIMIT // 2):
                await api.send(person, part)

    async def _placeholder(self, person: str) -> str:
        """Says that the answer will come, with a link that asks for it."""
        later = Choice(self._phrases["wechat_show_answer"], dump([]))
        await self._memory.show(person, [later])
        return f"{self._phrases['wechat_wait']}\n{later.link}"

    async def _blocks(self, message: Incoming) -> list[Block]:
        """What the person is to read: what was kept back, then what the turn says."""
        waiting: list[Block] = []
        try:
            said, wishes = await self._reader.understand(message)
            waiting = await self._memory.take_out(message.person)
            said += await self._answers(message.person, wishes)
        except Exception as error:  # whatever breaks, the person hears of it
            # Not the error's own text: Rasa's name the person.
            at = traceback.extract_tb(error.__traceback__)[-1]
            logger.error("a turn of %s failed: %s at %s:%s", masked(message.person), type(error).__name__, *at[:2])
            return [*waiting, Block(self._phrases["wechat_apology"])]
        if not said and not waiting:
            later = Choice(self._phrases["wechat_show_answer"], dump([]))
            return [Block(self._phrases["wechat_nothing_waiting"], (later,))]
        return [*waiting, *said]

    async def _answers(self, person: str, wishes: list[str]) -> list[Block]:
        """What the dialogue says to that."""
        if not wishes:
            return []
        blocks: list[Block] = []
        async with self._line.place(person):
            for wish in wishes:
                blocks += blocks_of(await asyncio.wait_for(self._say(person, wish), TURN))
        if not blocks:
            raise RuntimeError("the dialogue said nothing")  # as Rasa does when it has no model
        return blocks

    def _lock(self, person: str) -> asyncio.Lock:
        return self._locks.setdefault(person, asyncio.Lock())

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run on its own: a client that hangs up cancels its handler, not this."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            logger.error("an answer could not be kept: %s", type(task.exception()).__name__)


def masked(person: str) -> str:
    """An openid as logs may hold it."""
    return f"{person[:4]}…"
