"""What the server counts, in Prometheus' words. No label holds anything a person wrote."""

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from aiohttp import web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from rasa.core.agent import Agent
from rasa.shared.core.events import BotUttered, Event, UserUttered

from bot.channels.replies import reply

_Result = TypeVar("_Result")
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10)

_turns = Counter("yibao_turns", "Turns that were answered and kept, by the intent understood", ["channel", "intent"])
_replies = Counter("yibao_replies", "Messages of the bot, by what they are", ["outcome"])
_stages = Histogram("yibao_stage_seconds", "Time a turn spends in a stage", ["stage"], buckets=_SECONDS)
_waiting = Gauge("yibao_turns_in_progress", "Turns that run or wait for their turn", multiprocess_mode="livesum")
_began: ContextVar[float | None] = ContextVar("began", default=None)
_failures = Counter("yibao_store_errors", "What the stores could not do", ["operation"])
_requests = Counter("yibao_requests", "HTTP requests", ["route", "status"])


def observe(agent: Agent) -> None:
    """Time the agent's stages. Its parts are made inside Rasa, so they are wrapped where they are."""
    processor, actions = agent.processor, agent.action_endpoint
    assert processor  # of a model that was loaded
    assert actions
    for owner, method, wrapped in (
        (agent, "handle_message", _counted(_timed("turn", agent.handle_message))),
        (processor, "parse_message", _timed("understand", processor.parse_message)),
        (actions, "request", _timed("act", actions.request)),
    ):
        setattr(owner, method, wrapped)


def turn_began() -> float | None:
    """When the turn began in which this is asked, on the monotonic clock."""
    return _began.get()


@contextmanager
def store_operation(operation: str) -> Iterator[None]:
    """Around what a store does: its time is a stage, its failure is counted."""
    try:
        with _stages.labels(operation).time():
            yield
    except Exception:
        _failures.labels(operation).inc()
        raise


def kept(events: Iterable[Event]) -> None:
    """Count the events of a turn that was stored."""
    for event in events:
        if isinstance(event, UserUttered):
            _turns.labels(event.input_channel or "none", (event.intent or {}).get("name") or "none").inc()
        elif isinstance(event, BotUttered):
            _replies.labels(reply(event.message())["outcome"]).inc()


def requested(route: str, status: int) -> None:
    """Count a request."""
    _requests.labels(route, str(status)).inc()


def page() -> tuple[bytes, str]:
    """All figures, of all workers of this machine, and their content type."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:  # the library's own variable, set where workers are started
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    return generate_latest(registry), CONTENT_TYPE_LATEST


async def serve(taken: socket.socket) -> Callable[[], Awaitable[None]]:
    """Serve the figures at `/metrics` of a socket of their own, not where all the world calls; what ends it."""

    async def figures(request: web.Request) -> web.Response:
        body, kind = page()
        return web.Response(body=body, headers={"Content-Type": kind})

    app = web.Application()
    app.router.add_get("/metrics", figures)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    assert runner.server
    loop = asyncio.get_running_loop()
    listen = loop.create_unix_server if taken.family == socket.AF_UNIX else loop.create_server
    server = await listen(runner.server, sock=taken)

    async def end() -> None:
        server.close()
        await runner.cleanup()

    return end


def _timed(stage: str, work: Callable[..., Awaitable[_Result]]) -> Callable[..., Awaitable[_Result]]:
    async def timed(*arguments: object, **named: object) -> _Result:
        with _stages.labels(stage).time():
            return await work(*arguments, **named)

    return timed


def _counted(work: Callable[..., Awaitable[_Result]]) -> Callable[..., Awaitable[_Result]]:
    async def counted(*arguments: object) -> _Result:
        _began.set(time.monotonic())
        with _waiting.track_inprogress():
            return await work(*arguments)

    return counted
