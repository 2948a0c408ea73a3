"""The server's log lines: JSON, with the request, masked."""

import json
import logging

import pytest
from sanic.log import error_logger

from bot import logs


def line(record: logging.LogRecord) -> dict:
    written = logs.JsonLines().format(record)
    assert "\n" not in written
    return json.loads(written)


def record(message: str, *arguments: object, **more: object) -> logging.LogRecord:
    made = logging.LogRecord("bot", logging.INFO, "file", 1, message, arguments, more.pop("exc_info", None))
    made.__dict__.update(more)
    return made


def test_a_line_tells_when_where_and_what() -> None:
    found = line(record("turn %s", "done", fields={"status": 200, "ms": 1.5}))
    assert found["level"] == "INFO" and found["logger"] == "bot" and found["message"] == "turn done"
    assert (found["status"], found["ms"]) == (200, 1.5)
    assert found["time"].endswith("+00:00")


def test_lines_of_a_request_carry_its_name() -> None:
    assert logs.begin_request("abc-12345678") == "abc-12345678"
    assert line(record("x"))["request"] == "abc-12345678"


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "short",
        "tel-13812345678",
        "13812345678",
        "r1-13812345678-1",
        "x" * 65,
        "a b c d e f g h",
        'x"}\n{"level":"ERROR"',
    ],
)
def test_a_strange_name_is_replaced(given: str | None) -> None:
    name = logs.begin_request(given)
    assert name != given and len(name) == 16


def test_what_slipped_through_is_masked() -> None:
    error = ValueError("手机13800138000")
    exc_info = (ValueError, error, None)
    found = line(record("身份证110101199003074514", exc_info=exc_info, fields={"text": "我叫张三"}))
    assert "110101199003074514" not in found["message"]
    assert "13800138000" not in found["error"] and "ValueError" in found["error"]
    assert "张三" not in found["text"]


def test_noise_that_anybody_can_cause_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    level = logging.getLogger().level
    try:
        logs.configure("WARNING")
        for text in ("<Request: GET /livez> body not consumed.", "Failed when parsing form", "told"):
            error_logger.error(text)
    finally:
        logs.configure(logging.getLevelName(level))
    assert [json.loads(one)["message"] for one in capsys.readouterr().err.splitlines()] == ["told"]


def test_no_session_is_named() -> None:
    found = line(record("<Request: DELETE /webhooks/web/sessions/48a0cf4bb2b7bb3c3633c453b3446c8f> body not consumed."))
    assert found["message"] == "<Request: DELETE /webhooks/web/sessions/…> body not consumed."
