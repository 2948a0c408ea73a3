"""The server: the agent, its channels and the page in one process."""

import asyncio
import socket
from collections.abc import Callable, Iterable
from pathlib import Path

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, register
from rasa.core.run import create_http_input_channels
from sanic import Request, Sanic, response
from sanic.log import logger
from sanic.response import HTTPResponse

from bot.assistant import Assistant
from bot.errors import BotError
from bot.knowledge.loader import shipped
from bot.pages import pages
from bot.paths import CREDENTIALS, VAR
from bot.settings import Settings
from bot.stores import conversations

_PROBE = "healthz"  # nobody's conversation
_PROBE_SECONDS = 3
_BACKLOG = 1024
_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_ERRORS = {404: "not_found", 405: "not_allowed", 413: "too_large"}


def load_agent(model: Path, settings: Settings) -> Agent:
    """The agent of a model over the stores of the settings.

    Raises:
        ModelError: the model can't be loaded.
        SettingsError: the database can't be reached.
    """
    VAR.mkdir(exist_ok=True)
    store = conversations(settings.database_url)
    agent = Assistant.load(model, store).agent
    # Rasa answers on from memory when the store fails; here a message that was not stored is an error.
    agent.tracker_store = agent.processor.tracker_store = store
    return agent


def build(agent: Agent, channels: Iterable[InputChannel]) -> Sanic:
    """The app: channels under `/webhooks/`, the page, and what tells whether it is well. No API of Rasa's."""
    phrases = shipped().phrases
    app = Sanic("yibao", configure_logging=False)
    app.config.update(
        FALLBACK_ERROR_FORMAT="json",
        REQUEST_MAX_SIZE=64 * 1024,
        REQUEST_TIMEOUT=15,  # to send a request in
        RESPONSE_TIMEOUT=30,  # a turn has its own, shorter one
        KEEP_ALIVE_TIMEOUT=75,  # longer than the pause between two questions mostly is
        GRACEFUL_SHUTDOWN_TIMEOUT=15,  # a turn that runs is brought to its end
        ACCESS_LOG=False,
    )
    app.ctx.agent = agent
    register(list(channels), app, "/webhooks/")
    app.blueprint(pages(shipped()))

    @app.get("/livez")
    async def livez(request: Request) -> HTTPResponse:
        return response.json({"status": "ok"})

    @app.get("/healthz")
    async def healthz(request: Request) -> HTTPResponse:
        reason = await _illness(app.ctx.agent)
        if reason:
            return response.json({"error": {"code": reason, "message": phrases[f"web_error_{reason}"]}}, 503)
        return response.json({"status": "ok"})

    @app.on_response
    async def secure(request: Request, answer: HTTPResponse) -> None:
        for name, value in _SECURITY.items():
            answer.headers.setdefault(name, value)

    @app.exception(Exception)
    async def tell(request: Request, error: Exception) -> HTTPResponse:
        status = getattr(error, "status_code", 500)
        if status >= 500:
            logger.error("call failed", exc_info=error)
        code = _ERRORS.get(status, "bad_request" if status < 500 else "failed")
        return response.json({"error": {"code": code, "message": phrases[f"web_error_{code}"]}}, status)

    return app


async def _illness(agent: Agent) -> str | None:
    """The code of what is wrong, if anything is."""
    if not agent.is_ready():
        return "no_model"
    try:
        await asyncio.wait_for(agent.tracker_store.retrieve(_PROBE), _PROBE_SECONDS)
    except Exception as error:  # any of the stores' own
        logger.error("store does not answer", exc_info=error)
        return "no_store"
    return None


def listen(host: str, port: int) -> socket.socket:
    """Take the port, so that nothing is trained and loaded for nothing when it is in use.

    Raises:
        BotError: it can't be taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except (OSError, OverflowError) as error:
        taken.close()
        raise BotError(f"端口用不了：{host}:{port}（可能已被占用）。换一个试试：yibao serve --port 5006") from error
    return taken


def run(app: Sanic, taken: socket.socket, workers: int, ready: Callable[[str], None]) -> None:
    """Serve until Ctrl-C or SIGTERM; `ready` is told the page's address once it answers."""
    host, port = taken.getsockname()[:2]
    name = f"[{host}]" if ":" in host else host

    @app.main_process_start
    async def announce(app: Sanic) -> None:
        # From here on who calls is kept waiting, not turned away.
        taken.listen(_BACKLOG)
        ready(f"http://{name}:{port}/")

    # Children must not share the parent's connections to the database.
    app.ctx.agent.tracker_store.engine.dispose()
    app.run(sock=taken, workers=workers, backlog=_BACKLOG, motd=False, access_log=False)


def channels() -> list[InputChannel]:
    """The channels that credentials.yml lists."""
    return create_http_input_channels(None, str(CREDENTIALS))
