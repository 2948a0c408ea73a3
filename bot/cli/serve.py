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
_READY = "可以用了：{} （按 Ctrl-C 结束）"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=5005, metavar="端口", help="默认 5005")
    parser.add_argument("--host", default="127.0.0.1", metavar="地址", help="默认 127.0.0.1，只有本机能访问")
    parser.add_argument("--workers", type=int, default=1, metavar="个数", help="进程数，默认 1")


def run(arguments: argparse.Namespace) -> int:
    from bot.errors import BotError
    from bot.settings import read
    from bot.workers import listen

    settings = read()
    if arguments.workers < 1:
        raise BotError("--workers 至少是 1")
    if arguments.workers > 1 and settings.redis_url is None:
        _say("提醒：没有设 YIBAO_REDIS_URL，各进程的次数限制和微信状态互不相通。")
    taken = listen(arguments.host, arguments.port)
    if arguments.workers > 1:
        _serve_many(taken, arguments.workers)
    else:
        _serve_one(taken, settings)
    _say("已停止。")
    return 0


def _serve_one(taken: socket.socket, settings: Settings) -> None:
    from bot import logs

    logs.configure(settings.log_level)
    from bot import server  # after it: libraries behind it warn while they are imported
    from bot.training import ensure_model
    from bot.workers import address

    model = ensure_model(_say)
    _say("正在启动……")
    agent = server.load_agent(model, settings)
    app = server.build(agent, server.channels(), settings)
    server.run(app, taken, lambda: _say(_READY.format(address(taken))))


def _serve_many(taken: socket.socket, count: int) -> None:
    from bot.errors import BotError
    from bot.workers import address, supervise

    def train() -> None:
        # In a process of its own: this one stays small.
        command = [sys.executable, "-m", "bot", "train"]
        if subprocess.run(command, preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, ())).returncode:
            raise BotError("没有能用的模型，原因见上。")

    supervise(taken, count, train, lambda: _say(_READY.format(address(taken))))


def _say(line: str) -> None:
    print(line, flush=True)
