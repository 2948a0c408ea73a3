"""`yibao serve`."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

    from bot.settings import Settings

HELP = "启动服务：需要时先训练，然后打印网页地址；Ctrl-C 结束"
_MOST_WORKERS = 64
_READY = "可以用了：{} （按 Ctrl-C 结束）"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=5005, metavar="端口", help="默认 5005")
    parser.add_argument("--host", default="127.0.0.1", metavar="地址", help="默认 127.0.0.1，只有本机能访问")
    parser.add_argument("--workers", type=int, default=1, metavar="个数", help="进程数，默认 1")


def run(arguments: argparse.Namespace) -> int:
    from bot.errors import BotError
    from bot.settings import read
    from bot.sockets import listen, listening_inside

    settings = read()
    if not 1 <= arguments.workers <= _MOST_WORKERS:
        raise BotError(f"--workers 不对：应为 1 到 {_MOST_WORKERS} 的整数")
    if arguments.workers > 1 and settings.redis_url is None:
        _say("提醒：没有设 YIBAO_REDIS_URL，各进程的次数限制和微信状态互不相通。")
    taken = listen(arguments.host, arguments.port)
    if settings.redis_url:
        _reach_redis(settings.redis_url)
    with listening_inside(settings.metrics, taken.getsockname()[1]) as inside:
        if arguments.workers > 1:
            _serve_many(taken, inside, arguments.workers)
        else:
            _serve_one(taken, inside, settings)
    _say("已停止。")
    return 0


def _reach_redis(url: str) -> None:
    from redis import Redis
    from redis.exceptions import RedisError

    from bot.errors import SettingsError

    try:
        with Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as redis:
            redis.ping()
    except RedisError as error:
        kind = type(error).__name__  # what it says may hold the address
        raise SettingsError(f"YIBAO_REDIS_URL 指的 Redis 连不上（{kind}），请检查地址、密码，和它开着没有。") from None


def _serve_one(taken: socket.socket, inside: socket.socket | None, settings: Settings) -> None:
    from bot import logs

    logs.configure(settings.log_level)
    from bot import server  # after it: libraries behind it warn while they are imported
    from bot.heartbeat import beat_alone, keep_beating
    from bot.sockets import address
    from bot.training import ensure_model

    model = ensure_model(_say)
    _say("正在启动……")
    agent = server.load_agent(model, settings)
    app = server.build(agent, server.channels(), settings)

    def ready() -> None:
        keep_beating(app, beat_alone())
        _say(_READY.format(address(taken)))

    server.run(app, taken, inside, ready)


def _serve_many(taken: socket.socket, inside: socket.socket | None, count: int) -> None:
    from bot.errors import BotError
    from bot.sockets import address
    from bot.workers import supervise

    def train() -> None:
        # In a process of its own: this one stays small.
        command = [sys.executable, "-m", "bot", "train"]
        if subprocess.run(command, preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, ())).returncode:
            raise BotError("没有能用的模型，原因见上。")

    supervise(taken, inside, count, train, lambda: _say(_READY.format(address(taken))))


def _say(line: str) -> None:
    print(line, flush=True)
