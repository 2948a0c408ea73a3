"""The server: the agent, its channels and the page in one process."""

import asyncio
import json
import socket
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, UserMessage, register
from rasa.core.processor import MessageProcessor
from rasa.core.run import create_http_input_channels
from rasa.core.tracker_store import TrackerStore
from sanic import Request, Sanic, response
from sanic.exceptions import Forbidden, ServiceUnavailable
from sanic.log import logger
from sanic.response import HTTPResponse

from bot import logs, metrics
from bot.assistant import Assistant
from bot.channels.address import caller
from bot.channels.limits import RateLimit, SharedLimit
from bot.channels.replies import Replies
from bot.errors import ModelError
from bot.feedback import Feedback
from bot.http.connection import Connection
from bot.http.crowd import Crowd, file_limit
from bot.http.framing import FramedRequest
from bot.http.hosts import is_known
from bot.knowledge.loader import shipped
from bot.pages import pages
from bot.paths import CREDENTIALS, VAR
from bot.privacy import mask
from bot.refresh import begin, keep_fresh
from bot.runtime import settle
from bot.settings import Settings
from bot.staff import site as staff
from bot.stores import check, conversations, keep_purging, locks, published
from bot.stores.memory import MemoryStore
from bot.workers import BACKLOG

_PROBE = "healthz"  # nobody's conversation
_PROBE_SECONDS = 3
# Of one address.
_CARDS_PER_MINUTE = 600
_HEALTHS_PER_MINUTE = 120
_WARMING = "怎么绑定"
_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Chinese as it is: half the bytes of its escapes.
_dumps = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))
_ERRORS = {403: "host", 404: "not_found", 405: "not_allowed", 408: "too_slow", 413: "too_large"}
# Who watches calls them by whatever address it has.
_WATCHED = ("/livez", "/healthz")


def load_agent(model: Path, settings: Settings) -> Agent:
    """The agent of a model over the stores of the settings.

    Raises:
        ModelError: the model can't be loaded.
        SettingsError: the database can't be reached.
        BotError: what is published is not what the model learned.
    """
    VAR.mkdir(exist_ok=True)
    store = conversations(settings.database_url)
    agent = Assistant.load(model, store).agent
    begin(published(settings.database_url, settings.knowledge))
    agent.lock_store = locks(settings.redis_url)
    asyncio.run(_warm(agent))
    # Rasa answers on from memory when the store fails; here a message that was not stored is an error.
    _keep_in(agent, store)
    metrics.observe(agent)
    settle()
    return agent


async def _warm(agent: Agent) -> None:
    """Take a real message through the model and the actions, and keep nothing of it."""
    mask("本人：苏州")  # what is no name is read at the first that may be one, half a second
    processor = _keep_in(agent, MemoryStore(agent.domain))
    replies = Replies()
    await processor.handle_message(UserMessage(_WARMING, replies, _PROBE))
    if not replies.messages:
        raise ModelError("模型答不上一句问话，可能坏了。请运行 yibao train --force 重新训练。")


def _keep_in(agent: Agent, store: TrackerStore) -> MessageProcessor:
    assert agent.processor  # there is a model
    agent.tracker_store = agent.processor.tracker_store = store
    return agent.processor


def build(agent: Agent, channels: Iterable[InputChannel], settings: Settings) -> Sanic:
    """The app: channels under `/webhooks/`, the page, and what tells whether it is well. No API of Rasa's."""
    app = Sanic("yibao", configure_logging=False, dumps=_dumps, request_class=FramedRequest)
    app.ctx.protocol = partial(Connection, crowd=Crowd(file_limit(), settings.trusted_proxies))
    app.config.update(
        FALLBACK_ERROR_FORMAT="json",
        REQUEST_MAX_SIZE=64 * 1024,
        REQUEST_TIMEOUT=10,  # for the head of a request
        BODY_TIMEOUT=10,  # for its body
        RESPONSE_TIMEOUT=30,  # for the answer; a turn has its own, shorter one
        KEEP_ALIVE_TIMEOUT=60,  # longer than the pause between two questions mostly is
        GRACEFUL_SHUTDOWN_TIMEOUT=15,  # a turn that runs is brought to its end
        ACCESS_LOG=False,
    )
    app.ctx.agent = agent
    register(list(channels), app, "/webhooks/")
    cards = SharedLimit("cards", _CARDS_PER_MINUTE, settings.redis_url)
    app.blueprint(pages(shipped, cards, settings.trusted_proxies))
    if settings.staff_password:
        app.blueprint(staff.site(settings))
    _watch_health(app, settings)
    _name_and_record(app)
    _check_hosts(app, settings.hosts)
    _keep_fresh(app, settings)
    _keep_purged(app, settings)
    app.exception(Exception)(_tell)
    return app


def _watch_health(app: Sanic, settings: Settings) -> None:
    limit = RateLimit(_HEALTHS_PER_MINUTE)  # each asks the stores

    @app.get("/livez")
    async def livez(request: Request) -> HTTPResponse:
        return response.json({"status": "ok"})

    @app.get("/healthz")
    async def healthz(request: Request) -> HTTPResponse:
        if wait := limit.wait(caller(request, settings.trusted_proxies)):
            return _refuse(429, "too_many", {"Retry-After": str(wait)})
        reason = await _illness(app.ctx.agent)
        if reason:
            return _refuse(503, reason)
        return response.json({"status": "ok"})


def _name_and_record(app: Sanic) -> None:
    """Every request has a name, and leaves a line in the log and a figure; every answer has the headers of safety."""

    @app.on_request
    async def name_request(request: Request) -> None:
        request.ctx.began = time.perf_counter()
        request.ctx.name = logs.begin_request(request.headers.get("x-request-id"))

    @app.on_response
    async def secure(request: Request, answer: HTTPResponse) -> None:
        for name, value in _SECURITY.items():
            answer.headers.setdefault(name, value)

    @app.on_response
    async def record(request: Request, answer: HTTPResponse) -> None:
        # The route, not the path: who knows a session's id owns the session.
        route = f"{request.method} /{request.route.path}" if request.route else "unknown"
        metrics.requested(route, answer.status)
        if hasattr(request.ctx, "name"):  # a request that could not even be read has none
            answer.headers["X-Request-ID"] = request.ctx.name
            seconds = time.perf_counter() - request.ctx.began
            fields = {"route": route, "status": answer.status, "ms": round(seconds * 1000, 1)}
            logger.info("request", extra={"fields": fields})


def _check_hosts(app: Sanic, hosts: tuple[str, ...]) -> None:
    @app.on_request
    async def check_host(request: Request) -> None:
        host = request.headers.get("host", "")
        # Sanic's stand-in for a request that could not be read has no connection.
        if request.conn_info and request.path not in _WATCHED and not is_known(host, hosts, _here(request)):
            raise Forbidden("Unknown host")


def _keep_fresh(app: Sanic, settings: Settings) -> None:
    told = published(settings.database_url, settings.knowledge)

    @app.after_server_start
    async def refresh(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        app.ctx.refreshing = asyncio.ensure_future(keep_fresh(told))

    @app.before_server_stop
    async def stop_refreshing(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        app.ctx.refreshing.cancel()


def _keep_purged(app: Sanic, settings: Settings) -> None:
    @app.after_server_start
    async def purge(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        app.ctx.purging = asyncio.ensure_future(
            keep_purging(settings.retention_days, app.ctx.agent.tracker_store, Feedback(settings.database_url))
        )

    @app.before_server_stop
    async def stop_purging(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        app.ctx.purging.cancel()


async def _tell(request: Request, error: Exception) -> HTTPResponse:
    """What a caller is told of a fault."""
    status = getattr(error, "status_code", 500)
    if isinstance(error, ServiceUnavailable):  # whoever called has hung up, or waited too long
        logger.warning("call given up: %s", error)
    elif status >= 500:
        logger.error("call failed", exc_info=error)
    return _refuse(status, _ERRORS.get(status, "bad_request" if status < 500 else "failed"))


def _refuse(status: int, code: str, headers: dict[str, str] | None = None) -> HTTPResponse:
    message = shipped().phrases[f"web_error_{code}"]
    return response.json({"error": {"code": code, "message": message}}, status, headers)


def _here(request: Request) -> str:
    """The address at this end."""
    here = request.conn_info.sockname if request.conn_info else ""
    return here[0] if isinstance(here, tuple) else ""


async def _illness(agent: Agent) -> str | None:
    """The code of what is wrong, if anything is."""
    if not agent.is_ready():
        return "no_model"
    try:
        await asyncio.wait_for(check(agent.tracker_store), _PROBE_SECONDS)
        async with agent.lock_store.lock(_PROBE):
            pass
    except Exception as error:  # any of the stores' own
        logger.error("store does not answer", exc_info=error)
        return "no_store"
    return None


def run(app: Sanic, taken: socket.socket, inside: socket.socket | None, ready: Callable[[], None]) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Args:
        app: what is served.
        taken: on which port.
        inside: where the figures are served, if anywhere.
        ready: is called once callers are answered.
    """

    @app.after_server_start
    async def begin(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        app.ctx.end_figures = await metrics.serve(inside) if inside else None
        ready()

    @app.after_server_stop
    async def end(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        if app.ctx.end_figures:
            await app.ctx.end_figures()

    app.run(sock=taken, protocol=app.ctx.protocol, backlog=BACKLOG, motd=False, access_log=False)


def channels() -> list[InputChannel]:
    """The channels that credentials.yml lists."""
    return create_http_input_channels(None, str(CREDENTIALS))
