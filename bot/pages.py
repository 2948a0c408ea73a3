"""The page, the widget's files, and single cards for who was sent a link."""

import gzip
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sanic import Blueprint, Request, response
from sanic.response import HTTPResponse

from bot.channels.address import Networks, caller
from bot.channels.limits import SharedLimit
from bot.knowledge.lookup import Answer, Query, lookup
from bot.knowledge.model import Knowledge
from bot.knowledge.render import way
from bot.paths import WEB
from bot.places import full_names

_TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_TEXTS = "/* texts */ {}"  # in widget.js: the phrases `web_*` come here
# Nothing but what the own origin serves; no inline script or style; no string ever becomes HTML or script.
_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


@dataclass(frozen=True)
class _File:
    kind: str
    body: bytes
    packed: bytes
    etag: str


def pages(known: Callable[[], Knowledge], limit: SharedLimit, proxies: Networks = ()) -> Blueprint:
    """Serve the page at `/`, the widget at `/widget.js` and cards as JSON at `/cards/<procedure>`.

    Args:
        known: gives what cards are made of now; the widget's texts stay those of the start.
        limit: how often an address may ask for a card.
        proxies: whose X-Forwarded-For counts.
    """
    site = Blueprint("pages")
    full_names()  # at the start, not while somebody waits
    for path in sorted(WEB.rglob("*")):
        if path.suffix in _TYPES:
            _add_file(site, path, _read(path, known()))

    @site.get("/cards/<procedure>")
    async def card(request: Request, procedure: str) -> HTTPResponse:
        knowledge = known()

        def refuse(status: int, code: str, **headers: str) -> HTTPResponse:
            message = knowledge.phrases[f"web_error_{code}"]
            return response.json({"error": {"code": code, "message": message}}, status, headers)

        if seconds := await limit.wait(caller(request, proxies)):
            return refuse(429, "too_many", **{"Retry-After": str(seconds)})
        channel, region = (request.args.get(key) or None for key in ("channel", "region"))
        unknown = _unknown(knowledge, procedure, channel, region)
        if unknown:
            return refuse(404, unknown)
        # Nobody is there to ask: what was not said is taken as "any".
        answer = lookup(knowledge, Query(procedure, channel, region, skipped=frozenset({"channel", "region"})))
        assert isinstance(answer, Answer)
        return response.json({"cards": [way(knowledge, answer).card]})

    return site


def _unknown(knowledge: Knowledge, procedure: str, channel: str | None, region: str | None) -> str | None:
    """The code of what the link names and nobody knows."""
    if procedure not in knowledge.procedures:
        return "unknown_procedure"
    if channel and channel not in knowledge.channels:
        return "unknown_channel"
    # A link must not put words of its own into a card.
    if region and region not in full_names():
        return "unknown_region"
    return None


def _read(path: Path, knowledge: Knowledge) -> _File:
    text = path.read_text(encoding="utf-8")
    texts = {key.removeprefix("web_"): phrase for key, phrase in knowledge.phrases.items() if key.startswith("web_")}
    body = text.replace(_TEXTS, json.dumps(texts, ensure_ascii=False)).encode()
    return _File(_TYPES[path.suffix], body, gzip.compress(body, mtime=0), f'"{hashlib.sha256(body).hexdigest()[:16]}"')


def _add_file(site: Blueprint, path: Path, file: _File) -> None:
    url = "/" if path.name == "index.html" else f"/{path.relative_to(WEB).as_posix()}"

    async def send(request: Request) -> HTTPResponse:
        headers = {
            "ETag": file.etag,
            "Cache-Control": "no-cache",  # kept, but asked for again: a new version is there at once
            "Vary": "Accept-Encoding",
            "Content-Security-Policy": _POLICY,
            # The widget is for other people's sites.
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        if request.headers.get("if-none-match") == file.etag:
            return response.empty(304, headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return response.raw(file.packed, headers={**headers, "Content-Encoding": "gzip"}, content_type=file.kind)
        return response.raw(file.body, headers=headers, content_type=file.kind)

    site.add_route(send, url, methods=["GET", "HEAD"], name=re.sub(r"\W", "_", path.stem + url))
