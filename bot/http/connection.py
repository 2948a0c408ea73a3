"""A connection with deadlines: Sanic's own start again with every byte that dribbles in."""

from asyncio import TimerHandle, Transport
from typing import Any

from sanic.exceptions import RequestTimeout, ServiceUnavailable
from sanic.http import Stage
from sanic.server.protocols.http_protocol import HttpProtocol

from bot.http.crowd import Crowd
from bot.http.framing import FramedHttp

_GRACE_SECONDS = 0.2
_LAST_SECONDS = 5  # to take the answer to who was too slow


class Connection(HttpProtocol):
    """Sanic's protocol; what is awaited of the client, or of a handler, has a deadline from its beginning.

    The seconds stand in Sanic's configuration: REQUEST_TIMEOUT for a head, BODY_TIMEOUT for a body, RESPONSE_TIMEOUT
    for the answer until it is taken, KEEP_ALIVE_TIMEOUT between two requests.
    """

    __slots__ = ("_crowd", "_address", "_timer", "begun")

    def __init__(self, *, crowd: Crowd, **parts: Any):
        super().__init__(**parts)
        self._crowd, self._address = crowd, ""
        self.begun = False  # a first request has come
        self._timer: TimerHandle | None = None
        self._http: TimedHttp | None = None  # type: ignore[assignment]  # None before the first byte

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # a TCP server has no other
        """Begin, if there is room (see parent class)."""
        peer = transport.get_extra_info("peername")
        self._address = peer[0] if isinstance(peer, tuple) else ""
        if not self._crowd.join(self, self._address):
            transport.abort()
            return
        super().connection_made(transport)
        self.allow(self.request_timeout)

    def connection_lost(self, exc: Exception | None) -> None:
        """End (see parent class)."""
        self._crowd.part(self, self._address)
        self.allow(None)
        super().connection_lost(exc)

    def allow(self, seconds: float | None) -> None:
        """Set the deadline for what comes next; none without seconds."""
        if self._timer:
            self._timer.cancel()
        self._timer = self.loop.call_later(seconds, self._look_once_more) if seconds else None

    def is_busy(self) -> bool:
        """Whether a handler runs and its client has taken what was sent so far."""
        http = self._http
        return bool(http and http.stage is Stage.HANDLER and not http.request_body and self._can_write.is_set())

    def leave(self) -> None:
        """Close at once."""
        self._crowd.part(self, self._address)
        self._abort()

    def served(self) -> None:
        """A request has been answered."""
        self._crowd.served(self, self._address)

    def check_timeouts(self) -> None:
        """Nothing: the deadlines here are kept by `allow` (see parent class)."""

    def _setup_connection(self) -> None:
        self._http = TimedHttp(self)

    def _look_once_more(self) -> None:
        # If the loop itself stood still, what has come meanwhile is read first.
        self._timer = self.loop.call_later(_GRACE_SECONDS, self._give_up)

    def _give_up(self) -> None:
        http = self._http
        if not (self._task and http):
            self._abort()
            return
        slow = http.stage is Stage.REQUEST or http.request_body
        http.exception = RequestTimeout("Too slow") if slow else ServiceUnavailable("No answer in time")
        http.request_body = None  # else Sanic waits for the rest of it
        self._timer = self.loop.call_later(_LAST_SECONDS, self._abort)
        self._task.cancel()

    def _abort(self) -> None:
        if self.transport:
            self.transport.abort()


class TimedHttp(FramedHttp):
    """Tells its connection what is awaited."""

    def init_for_request(self) -> None:
        """Get ready for a request (see parent class)."""
        super().init_for_request()
        if self.protocol.begun:
            self.protocol.served()
            self.protocol.allow(self.protocol.keep_alive_timeout)

    async def http1_request_header(self) -> None:
        """Read a head (see parent class)."""
        protocol = self.protocol
        protocol.begun = True
        protocol.allow(protocol.request_timeout)
        await super().http1_request_header()
        protocol.allow(protocol.app.config.BODY_TIMEOUT if self.request_body else protocol.response_timeout)

    async def read(self) -> bytes | None:
        """Read some of a body (see parent class)."""
        data = await super().read()
        if not self.request_body and self.stage is Stage.HANDLER:
            self.protocol.allow(self.protocol.response_timeout)
        return data
