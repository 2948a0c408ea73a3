"""Logs of the server: one JSON object a line, with the request they belong to."""

import json
import logging
import re
import secrets
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from datetime import datetime, timezone
from typing import Any

import structlog
from sanic.log import error_logger

from bot.ids import is_id
from bot.privacy import mask

# Libraries whose warnings tell nothing to who runs the bot.
QUIET = ("tensorflow", "matplotlib", "jieba", "apscheduler", "rasa.shared.utils.io")
# Sanic calls these errors, and any caller can cause as many as they like. (A request leaves its own line.)
_NOISE = re.compile(r"Failed when parsing form|.* body not consumed\.", re.DOTALL)
# Who knows a session's id owns the session; Sanic names paths in its complaints.
_SESSION = re.compile(r"[0-9a-f]{32}")
_SHORTEST = 8  # characters of a request's id: a shorter one would not tell requests apart
_OPENID = re.compile(r"(?<![\w-])o[\w-]{27}(?![\w-])")  # of a person in WeChat; Rasa logs senders

_request: ContextVar[str | None] = ContextVar("request", default=None)


def begin_request(given: str | None) -> str:
    """Name the request that begins: by the id that a proxy gave it, if that looks like one."""
    name = given if given and len(given) >= _SHORTEST and is_id(given) else secrets.token_hex(8)
    _request.set(name)
    return name


def configure(level: str) -> None:
    """Log to standard error, Rasa's structured lines as well."""
    import jieba  # makes itself heard at import: before its level is set

    jieba.default_logger.handlers.clear()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    handler.setLevel(level)
    handler.addFilter(lambda record: record.name != error_logger.name or not _NOISE.fullmatch(record.getMessage()))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.ERROR, logging.getLevelName(level)))
    structlog.configure(
        processors=[_as_record],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


class JsonLines(logging.Formatter):
    """A record as one line of JSON; what slipped through elsewhere is masked here."""

    def format(self, record: logging.LogRecord) -> str:
        """The line (see parent class)."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request": _request.get(),
            "message": _safe(record.getMessage()),
        }
        for name, value in getattr(record, "fields", {}).items():
            line[name] = value if isinstance(value, (int, float)) else _safe(str(value))
        if record.exc_info:
            line["error"] = _safe(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def _safe(text: str) -> str:
    return _OPENID.sub(lambda found: f"{found.group()[:4]}…", mask(_SESSION.sub("…", text)))


def _as_record(logger: logging.Logger, method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """What Rasa says through structlog, as a record of the standard library."""
    told: dict[str, Any] = {"msg": str(event.pop("event_info", None) or event.get("event"))}
    if error := event.pop("exc_info", None):
        told["exc_info"] = error
    return {**told, "extra": {"fields": event}}
