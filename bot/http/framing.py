"""Where a request begins and ends, beyond doubt: what Sanic 21.12 reads by chance is refused with 400.

Sanic takes any `int()` for the length of a body (a negative one makes it spin for ever), skips the line ends between
chunks unread, takes trailers for the next request, and dies on addresses that it can't decode.
"""

import re
from typing import Any

from httptools import HttpParserInvalidURLError
from sanic import Request
from sanic.exceptions import InvalidUsage
from sanic.http import HTTP_CONTINUE, Http, Stage
from sanic.log import logger

_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_ADDRESS = re.compile(rb"/[^\x00-\x20\x7f]*|\*")
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_LENGTH = re.compile(rb"[0-9]{1,15}")
_CHUNK = re.compile(rb"\r\n([0-9A-Fa-f]{1,8})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?\r\n")
_CHUNK_LINE = 256


class FramedRequest(Request):
    """A request whose head can be read in one way only."""

    def __init__(self, *, url_bytes: bytes, **parts: Any):
        try:
            url_bytes.decode()
            super().__init__(url_bytes=url_bytes, **parts)
        except (HttpParserInvalidURLError, UnicodeError):
            raise InvalidUsage("Bad address") from None
        if self.head:  # Sanic's stand-in for a request that could not be read has none
            _check(self.head)


def _check(head: bytes) -> None:
    # The bytes themselves: Sanic strips off more than blanks.
    line, *fields = head.split(b"\r\n")
    method, address, version = line.split(b" ")
    if not (_TOKEN.fullmatch(method) and _ADDRESS.fullmatch(address)):
        raise InvalidUsage("Bad request line")
    found: dict[bytes, list[bytes]] = {b"host": [], b"content-length": [], b"transfer-encoding": []}
    for name, _, value in (field.partition(b":") for field in fields):
        if not _TOKEN.fullmatch(name) or _CONTROL.search(value):
            raise InvalidUsage("Bad header")
        if name.lower() in found:
            found[name.lower()].append(value.lstrip(b" \t"))
    hosts, lengths, codings = found.values()
    chunked = codings == [b"chunked"] and not lengths and version == b"HTTP/1.1"
    sized = len(lengths) == 1 and _LENGTH.fullmatch(lengths[0].rstrip(b" \t")) and not codings
    if len(hosts) > 1 or ((lengths or codings) and not (chunked or sized)):
        raise InvalidUsage("Several hosts, or no length")


class FramedHttp(Http):
    """Sanic's reading of a connection, strict about chunks and silent to who has gone."""

    async def http1_request_header(self) -> None:
        """Read a head (see parent class)."""
        try:
            await super().http1_request_header()
        except UnicodeError:  # an address that is no UTF-8
            raise InvalidUsage("Bad address") from None

    async def read(self) -> bytes | None:
        """Read some of a body (see parent class)."""
        if self.request_body == "chunked" and not self.request_bytes_left:
            await self._check_chunk()
        return await super().read()

    async def _check_chunk(self) -> None:
        """Look at the next chunk's head, and behind the last chunk for the end."""
        if self.expecting_continue:
            self.expecting_continue = False
            await self._send(HTTP_CONTINUE)
        buffer = self.recv_buffer
        while (end := buffer.find(b"\r\n", 2)) < 0 and len(buffer) <= _CHUNK_LINE:
            await self._receive_more()
        chunk = _CHUNK.fullmatch(buffer[: end + 2]) if 0 <= end <= _CHUNK_LINE else None
        if chunk and not int(chunk[1], 16):
            while len(buffer) < end + 4:
                await self._receive_more()
        if not chunk or (not int(chunk[1], 16) and buffer[end + 2 : end + 4] != b"\r\n"):
            self.keep_alive, self.request_body = False, None
            raise InvalidUsage("Bad chunk")

    async def error_response(self, exception: Exception) -> None:
        """Tell what went wrong (see parent class)."""
        transport = self.protocol.transport
        if transport is None or transport.is_closing():
            # Nobody is there to be told, and the rest of the body does not come.
            if self.stage is Stage.HANDLER:
                logger.warning("call given up: %s", exception)
            self.keep_alive, self.request_body = False, None
        else:
            await super().error_response(exception)

    def create_empty_request(self) -> None:
        """Make what stands for a request that could not be read (see parent class)."""
        self.url = None  # Sanic would read it once more
        super().create_empty_request()
