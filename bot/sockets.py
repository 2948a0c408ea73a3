"""Where the server is reached: its port, and inside the machine the place of its figures."""

import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

from bot.errors import BotError
from bot.paths import VAR

_ALL = ("0.0.0.0", "::")  # noqa: S104  (what was asked for is looked for)
_HOST = re.compile(r"[A-Za-z0-9._:%-]+")


def listen(host: str, port: int) -> socket.socket:
    """Take the port, so that nothing is trained and loaded for nothing when it is in use.

    Raises:
        BotError: it can't be taken.
    """
    if not 0 <= port <= 65535:
        raise BotError(f"--port 不对：{port} 应为 1 到 65535 的整数")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        places = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM) if _HOST.fullmatch(host) else []
    except (OSError, ValueError):
        places = []
    if not places:
        raise BotError(f"--host 不对：“{host}”不是这台机器的地址。只给本机用写 127.0.0.1，所有网卡写 0.0.0.0")
    place = places[0][4]
    # Many a thing is short for it: 0, 0x0, 0.0
    if is_all(str(place[0])) and host not in _ALL:
        raise BotError(f"--host 不对：“{host}”等于所有网卡。真要这样请写 0.0.0.0 或 ::")
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind(place)
    except OSError as error:
        taken.close()
        raise BotError(f"端口用不了：{host}:{port}（可能已被占用）。换一个试试：yibao serve --port 5006") from error
    return taken


def is_all(address: str) -> bool:
    """Whether an address stands for all interfaces; in IPv6, ::ffff:0.0.0.0 does too."""
    parsed = ip_address(address)
    return (getattr(parsed, "ipv4_mapped", None) or parsed).is_unspecified


def address(taken: socket.socket) -> str:
    """The page's address."""
    host, port = taken.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


@contextmanager
def listening_inside(where: str, port: int) -> Iterator[socket.socket | None]:
    """Hold the place where the figures are served; nothing if they are not wanted.

    Args:
        where: the setting: "off", `host:port`, the path of a socket, or empty for one in `var/`.
        port: of the server, in the name of that socket.

    Raises:
        BotError: it can't be taken.
    """
    path = Path(where) if where.startswith("/") else None if where else VAR / f"metrics-{port}.sock"
    try:
        if where == "off":
            taken = None
        elif path:
            VAR.mkdir(exist_ok=True)
            taken = _listen_at(path)
        else:
            host, _, number = where.rpartition(":")
            taken = listen(host.strip("[]"), int(number))
    except (OSError, BotError):
        raise BotError(f"YIBAO_METRICS 用不了：{path or where}。应为 地址:端口、能写的套接字文件路径，或 off") from None
    try:
        yield taken
    finally:
        if taken and path:
            path.unlink(missing_ok=True)


def _listen_at(path: Path) -> socket.socket:
    if path.is_socket():  # of a server that is no more: this one has the port
        path.unlink()
    taken = socket.socket(socket.AF_UNIX)
    # Through the folder's own number, for the path of a socket must be short.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        taken.bind(f"/proc/self/fd/{folder}/{path.name}")
        path.chmod(0o600)
    except OSError:
        taken.close()
        raise
    finally:
        os.close(folder)
    return taken
