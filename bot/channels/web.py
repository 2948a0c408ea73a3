"""The web channel: sessions, messages, history and feedback as JSON over HTTP."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from functools import partial
from inspect import signature
from typing import Annotated, Any, TypeVar
from weakref import WeakValueDictionary

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, model_validator
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.core.lock_store import LockError
from rasa.shared.core.events import BotUttered, Event
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, Request, response
from sanic.exceptions import SanicException
from sanic.log import logger
from sanic.response import HTTPResponse
from sqlalchemy.exc import SQLAlchemyError

from bot import settings, stores
from bot.assistant import new_sender
from bot.channels import taps, transcript
from bot.channels.address import Networks, caller
from bot.channels.limits import CpuBudget, SharedLimit, metered
from bot.edge import MAX_CHARACTERS, NothingSaid, TextTooLong, clean
from bot.errors import SettingsError
from bot.feedback import Feedback
from bot.http.hosts import is_own_origin
from bot.ids import is_id
from bot.knowledge.loader import shipped

_SESSION = re.compile(r"[0-9a-f]{32}")
_TURN_SECONDS = 10
# What a page of another origin may not call without asking first.
_PREFLIGHT = ("/sessions", "/sessions/<session>", "/messages", "/feedback")
_HEADERS = "Content-Type"
_METHODS = "GET, POST, DELETE"
_AT_ONCE = 4  # turns of one address
_PAGE = 50  # messages of a history at a time
_CODES = {400: "bad_request", 404: "not_found", 405: "not_allowed", 408: "too_slow", 413: "too_long"}
_RETRY_SECONDS = 2  # after which a message that failed may be sent again


class WebError(SanicException):
    """A call that can't be answered; `code` names the phrase `web_error_<code>` that tells why."""

    def __init__(self, status: int, code: str, retry_after: int | None = None):
        super().__init__(code, status_code=status)
        self.code, self.retry_after = code, retry_after


def _id(text: str) -> str:
    if not is_id(text):
        raise ValueError("no id")
    return text


_Id = Annotated[str, AfterValidator(_id)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _NewMessage(_Body):
    session_id: _Id
    client_message_id: _Id
    text: str | None = None
    payload: str | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> "_NewMessage":
        if (self.text is None) == (self.payload is None):
            raise ValueError("text or payload")
        return self


class _Vote(_Body):
    session_id: _Id
    message_id: _Id
    value: int
    comment: str | None = None

    @model_validator(mode="after")
    def _is_for_or_against(self) -> "_Vote":
        if self.value not in (1, -1):
            raise ValueError("1 or -1")
        return self


_Shape = TypeVar("_Shape", bound=_Body)
_Result = TypeVar("_Result")


class _Said(OutputChannel):
    """Collects what the bot says in one turn, as Rasa tells it."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        return WebInput.name()

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        self.messages.append(message)


class WebInput(InputChannel):
    """Conversations of browsers. The server makes the session ids; who knows one owns the session."""

    def __init__(
        self,
        feedback: Feedback,
        origins: tuple[str, ...] = (),
        trusted_proxies: Networks = (),
        session_per_minute: int = 30,
        # Generous: behind one address may be a whole town.
        address_per_minute: int = 1200,
        sessions_per_minute: int = 120,
        calls_per_minute: int = 12000,
        histories_per_minute: int = 60,
        # Of this process' one core; a turn takes 0.05 s.
        cpu_seconds_per_minute: int = 30,
        redis_url: str | None = None,
    ):
        self._feedback, self._origins, self._trusted = feedback, origins, trusted_proxies
        self._session_limit = SharedLimit("session", session_per_minute, redis_url)
        self._address_limit = SharedLimit("address", address_per_minute, redis_url)
        self._new_session_limit = SharedLimit("new", sessions_per_minute, redis_url)
        self._whole_limit = SharedLimit("whole", calls_per_minute, redis_url)
        self._history_limit = SharedLimit("history", histories_per_minute, redis_url)
        self._cpu = CpuBudget(cpu_seconds_per_minute)
        self._lanes: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._turns: dict[tuple[str, str], asyncio.Task[Any]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._phrases = shipped().phrases

    @classmethod
    def name(cls) -> str:
        """The channel's name in credentials.yml (see parent class)."""
        return "web"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> "WebInput":
        """Build the channel; the keys in credentials.yml are the rates of `__init__`.

        Raises:
            SettingsError: one of them is none.
        """
        read = settings.read()
        rates = [name for name in signature(cls).parameters if name.endswith("_per_minute")]
        for name, value in (credentials or {}).items():
            if name not in rates or type(value) is not int or value < 1:
                raise SettingsError(f"credentials.yml 的 {name} 不对：应为 {'、'.join(rates)} 之一，值是 1 以上的整数")
        return cls(
            Feedback(read.database_url),
            read.allowed_origins,
            read.trusted_proxies,
            redis_url=read.redis_url,
            **(credentials or {}),
        )

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The calls of the web channel (see parent class)."""
        web = Blueprint("web")
        web.exception(Exception)(self._tell_error)

        # Sanic takes functions for these, and silently no methods.
        @web.on_request
        async def check_caller(request: Request) -> None:
            await self._check_caller(request)

        @web.on_response
        def add_headers(request: Request, answer: HTTPResponse) -> None:
            self._add_headers(request, answer)

        @web.get("/")
        async def alive(request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        async def preflight(request: Request, **_: str) -> HTTPResponse:
            return response.empty()

        for number, path in enumerate(_PREFLIGHT):
            web.add_route(preflight, path, methods=["OPTIONS"], name=f"preflight_{number}")
        self._add_sessions(web)
        self._add_messages(web, on_new_message)
        return web

    def _add_sessions(self, web: Blueprint) -> None:
        """A session begins, is told again, is forgotten."""

        @web.post("/sessions")
        async def start(request: Request) -> HTTPResponse:
            await self._limit(self._new_session_limit, self._address(request))
            session = new_sender()
            tracker = await _greeted(request.app.ctx.agent, session)
            return response.json({"session_id": session, "messages": transcript.messages(tracker.events)}, 201)

        @web.get("/sessions/<session>/messages")
        async def history(request: Request, session: str) -> HTTPResponse:
            await self._limit(self._history_limit, session)
            told = await self._on_account(request, _history(request, session))
            page, earlier = _page(told, request.args.get("before"))
            votes = await self._feedback.of(session)
            for message in page:
                if message["message_id"] in votes:
                    message["feedback"] = votes[message["message_id"]]
            return response.json({"messages": page, "earlier": earlier})

        @web.delete("/sessions/<session>", ignore_body=False)
        async def forget(request: Request, session: str) -> HTTPResponse:
            await self._whole(self._forget(request, session))
            return response.empty()

    def _add_messages(self, web: Blueprint, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> None:
        """A message is answered, and an answer voted on."""

        @web.post("/messages")
        async def say(request: Request) -> HTTPResponse:
            message = _parse(request, _NewMessage)
            _check_session(message.session_id)
            await self._limit(self._session_limit, message.session_id)
            return response.json({"messages": await self._answer(request, message, on_new_message)})

        @web.post("/feedback")
        async def vote(request: Request) -> HTTPResponse:
            vote = _parse(request, _Vote)
            _check_session(vote.session_id)
            await self._limit(self._session_limit, vote.session_id)
            if len(vote.comment or "") > MAX_CHARACTERS:
                raise WebError(413, "too_long")
            await self._whole(self._vote(request, vote))
            return response.empty()

    async def _whole(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do it to its end, also when the person hangs up: Sanic then cancels the handler."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.shield(task)

    async def _forget(self, request: Request, session: str) -> None:
        _check_session(session)
        # Behind the messages that came before it; those that come behind it find no session.
        async with request.app.ctx.agent.lock_store.lock(session):
            await _history(request, session)
            await self._feedback.forget(session)
            await stores.forget(request.app.ctx.agent.tracker_store, session)

    async def _vote(self, request: Request, vote: _Vote) -> None:
        # A session that is deleted meanwhile must not leave a vote behind.
        async with request.app.ctx.agent.lock_store.lock(vote.session_id):
            told = await _history(request, vote.session_id)
            about = next((m for m in told if m["message_id"] == vote.message_id and m["role"] == "bot"), None)
            if about is None:
                raise WebError(404, "unknown_message")
            await self._feedback.store(vote.session_id, vote.message_id, vote.value, about["text"], vote.comment)

    async def _answer(
        self, request: Request, message: _NewMessage, on_new_message: Callable[..., Any]
    ) -> list[dict[str, Any]]:
        """Run the message's turn, or wait for the one that runs already."""
        key = (message.session_id, message.client_message_id)
        turn = self._turns.get(key)
        if turn is None:
            # A task of its own: Sanic cancels the handler when the person hangs up, and half a turn is none.
            work = self._on_account(request, self._turn(request, message, on_new_message))
            turn = self._turns[key] = asyncio.ensure_future(work)
            turn.add_done_callback(lambda done: self._end(key, done))
        try:
            return await asyncio.wait_for(asyncio.shield(turn), _TURN_SECONDS)
        except asyncio.TimeoutError:
            raise WebError(503, "timeout", _RETRY_SECONDS) from None

    def _end(self, key: tuple[str, str], turn: asyncio.Task[Any]) -> None:
        del self._turns[key]
        # Read even if nobody waits any more, else asyncio complains.
        if not turn.cancelled() and turn.exception() and not isinstance(turn.exception(), WebError):
            logger.error("turn failed", exc_info=turn.exception())

    async def _turn(
        self, request: Request, message: _NewMessage, on_new_message: Callable[..., Any]
    ) -> list[dict[str, Any]]:
        # First: a session that has ended since still has its answers.
        answered = await _answered(request, message)
        if answered:
            return answered
        told = await _recent(request, message.session_id)
        if message.payload is not None and message.payload not in transcript.choices(told):
            told = await _history(request, message.session_id)
        text, title = _meant(message, told)
        output = _Said()
        metadata = {"client_message_id": message.client_message_id, **({"title": title} if title else {})}
        heard = UserMessage(text, output, message.session_id, input_channel=self.name(), metadata=metadata)
        try:
            await on_new_message(heard)
        except Exception as error:  # whatever Rasa, a policy or a store raises: the person may try again
            # Another worker may have taken the same message meanwhile.
            answered = await _answered(request, message)
            if answered:
                return answered
            await _recent(request, message.session_id)  # the session may have been deleted
            raise WebError(503, "failed", _RETRY_SECONDS) from error
        if not output.messages:
            raise WebError(503, "failed", _RETRY_SECONDS)
        return [transcript.bot_message(heard.message_id, i, said) for i, said in enumerate(output.messages)]

    async def _check_caller(self, request: Request) -> None:
        origin = request.headers.get("origin")
        if origin and origin not in self._origins and not is_own_origin(origin, request.headers.get("host", "")):
            raise WebError(403, "origin")
        # The address first: what one of them is refused must not be taken from all.
        await self._limit(self._address_limit, self._address(request))
        await self._limit(self._whole_limit, "all")

    def _address(self, request: Request) -> str:
        return caller(request, self._trusted)

    @staticmethod
    async def _limit(limit: SharedLimit, key: str) -> None:
        seconds = await limit.wait(key)
        if seconds:
            raise WebError(429, "too_many", seconds)

    async def _on_account(self, request: Request, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Do what takes the processor's time, in its address' turn and at its expense."""
        address = self._address(request)
        try:
            # So that nobody waits behind all that one address has sent at once.
            async with self._lanes.setdefault(address, asyncio.Semaphore(_AT_ONCE)):
                seconds = self._cpu.wait(address)
                if seconds:
                    raise WebError(429, "too_many", seconds)
                return await metered(work, lambda spent: self._cpu.spend(address, spent))
        finally:
            work.close()  # if it was never begun

    def _add_headers(self, request: Request, answer: HTTPResponse) -> None:
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["Vary"] = "Origin"
        origin = request.headers.get("origin")
        if origin in self._origins:
            answer.headers["Access-Control-Allow-Origin"] = origin
            answer.headers["Access-Control-Allow-Methods"] = _METHODS
            answer.headers["Access-Control-Allow-Headers"] = _HEADERS
            answer.headers["Access-Control-Max-Age"] = "3600"

    def _tell_error(self, request: Request, error: Exception) -> HTTPResponse:
        if isinstance(error, (SQLAlchemyError, LockError)):
            logger.error("store does not answer", exc_info=error)
            error = WebError(503, "failed", _RETRY_SECONDS)
        if not isinstance(error, WebError):
            status = getattr(error, "status_code", 500)
            if status == 500:
                logger.error("call failed", exc_info=error)
            error = WebError(status, _CODES.get(status, "failed"))
        body = {"error": {"code": error.code, "message": self._phrases[f"web_error_{error.code}"]}}
        headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
        return response.json(body, error.status_code, headers=headers)


def _parse(request: Request, shape: type[_Shape]) -> _Shape:
    try:
        return shape.model_validate_json(request.body)
    except ValidationError:
        raise WebError(400, "bad_request") from None


def _meant(message: _NewMessage, told: list[dict[str, Any]]) -> tuple[str, str | None]:
    """What goes to the dialogue, and the title under which a tapped button is shown."""
    if message.payload is not None:
        title = transcript.choices(told).get(message.payload)
        if title is None:
            raise WebError(400, "unknown_payload")
        return message.payload, title
    text = message.text or ""
    payload = taps.tapped(text, transcript.last_choices(told))
    if payload:
        return payload, transcript.choices(told)[payload]
    try:
        return clean(text), None
    except TextTooLong:
        raise WebError(413, "too_long") from None
    except NothingSaid:
        raise WebError(400, "empty") from None


async def _history(request: Request, session: str) -> list[dict[str, Any]]:
    """All that was said in a session; raises as `_told` does."""

    async def read(session: str) -> Iterable[Event]:
        tracker = await request.app.ctx.agent.tracker_store.retrieve_full_tracker(session)
        return tracker.events if tracker else ()

    return await _told(session, read)


def _page(told: list[dict[str, Any]], before: str | None) -> tuple[list[dict[str, Any]], bool]:
    """The newest messages, or those before one; and whether there are earlier ones."""
    ids = [message["message_id"] for message in told]
    if before is not None and before not in ids:
        raise WebError(404, "unknown_message")
    end = len(told) if before is None else ids.index(before)
    start = max(0, end - _PAGE)
    return told[start:end], start > 0


async def _recent(request: Request, session: str) -> list[dict[str, Any]]:
    """What was said lately in a session: as much as a turn needs, however long the session; raises as `_told` does."""
    return await _told(session, partial(stores.said, request.app.ctx.agent.tracker_store))


async def _told(session: str, read: Callable[[str], Awaitable[Iterable[Event]]]) -> list[dict[str, Any]]:
    """The messages of a session.

    Raises:
        WebError: there is no such session, or the store doesn't answer.
    """
    _check_session(session)
    try:
        events = await read(session)
    except Exception as error:  # any of the stores' own
        raise WebError(503, "failed", _RETRY_SECONDS) from error
    if not events:
        raise WebError(404, "unknown_session")
    return transcript.messages(events)


def _check_session(session: str) -> None:
    """Nothing but the ids that are made here comes to stores and limits; raises WebError."""
    if not _SESSION.fullmatch(session):
        raise WebError(404, "unknown_session")


async def _answered(request: Request, message: _NewMessage) -> list[dict[str, Any]]:
    """What was answered to a message, none if it was never taken."""
    try:
        events = await stores.answer_to(
            request.app.ctx.agent.tracker_store, message.session_id, message.client_message_id
        )
    except Exception as error:  # any of the stores' own
        raise WebError(503, "failed", _RETRY_SECONDS) from error
    return [said for said in transcript.messages(events) if said["role"] == "bot"]


async def _greeted(agent: Any, session: str) -> DialogueStateTracker:
    """A new conversation, stored, in which the bot has said hello."""
    processor = agent.processor
    try:
        tracker: DialogueStateTracker = await processor.fetch_tracker_with_initial_session(session)
        greeting = await processor.nlg.generate("utter_greet", tracker, WebInput.name())
        data = {"buttons": greeting.pop("buttons", None)}
        tracker.update(BotUttered(greeting.pop("text"), data, greeting))
        await processor.save_tracker(tracker)
    except Exception as error:
        raise WebError(503, "failed", _RETRY_SECONDS) from error
    return tracker
