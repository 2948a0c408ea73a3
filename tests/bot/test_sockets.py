"""Where it listens: on all interfaces only when that was said."""

import socket
import stat
from pathlib import Path

import pytest

from bot import sockets
from bot.errors import BotError
from bot.sockets import listen, listening_inside


@pytest.mark.parametrize(
    "host",
    ["", " ", "0", "00", "0x0", "0.0", "000.0.0.0", "*", "nowhere.invalid", "ü", "a..b"]
    + ["::0", "0::0.0.0.0", "::ffff:0.0.0.0", "::ffff:0:0", "::FFFF:0:0", "::%1", "::ffff:0.0.0.0%lo"],
)
def test_a_host_that_is_none_or_means_all_is_refused(host: str) -> None:
    with pytest.raises(BotError, match="^--host ") as caught:
        listen(host, 0).close()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("port", [-1, 65536, 10**30])
def test_a_port_that_is_none_is_refused(port: int) -> None:
    with pytest.raises(BotError, match="^--port "):
        listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "::1", "::"])
def test_what_was_said_is_taken(host: str) -> None:
    with listen(host, 0) as taken:
        assert taken.getsockname()[1]


def test_figures_have_a_socket_of_their_own_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("d" * 100)  # a path that no socket could have
    deep.mkdir()
    monkeypatch.setattr(sockets, "VAR", deep / "var")
    path = deep / "var" / "metrics-5005.sock"
    with listening_inside("", 5005) as taken:
        assert taken.family == socket.AF_UNIX and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()


def test_figures_where_they_are_wanted(tmp_path: Path) -> None:
    with listening_inside("off", 5005) as taken:
        assert taken is None
    with listening_inside(str(tmp_path / "m.sock"), 5005) as taken:
        assert (tmp_path / "m.sock").exists()
    with socket.create_server(("127.0.0.1", 0)) as used:
        port = used.getsockname()[1]
        with pytest.raises(BotError, match="^YIBAO_METRICS "), listening_inside(f"127.0.0.1:{port}", 5005):
            pass
    with listening_inside(f"127.0.0.1:{port}", 5005) as taken:
        assert taken.getsockname()[1] == port


def test_a_path_that_can_not_be_taken_is_one_line_and_no_file_is_lost(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("mine")
    for path in (kept, kept / "m.sock", tmp_path / "no" / "no" / "m.sock", tmp_path):
        with pytest.raises(BotError, match="^YIBAO_METRICS "), listening_inside(str(path), 5005):
            pass
    assert kept.read_text() == "mine"


def test_a_socket_left_behind_is_no_hindrance(tmp_path: Path) -> None:
    path = tmp_path / "m.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with listening_inside(str(path), 5005) as taken:
        assert taken and path.is_socket()
