"""`yibao serve`."""

import argparse

HELP = "启动服务：需要时先训练，然后打印网页地址；Ctrl-C 结束"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=5005, metavar="端口", help="默认 5005")
    parser.add_argument("--host", default="127.0.0.1", metavar="地址", help="默认 127.0.0.1，只有本机能访问")
    parser.add_argument("--workers", type=int, default=1, metavar="个数", help="进程数，默认 1")


def run(arguments: argparse.Namespace) -> int:
    from bot import server
    from bot.errors import BotError
    from bot.runtime import configure_logging
    from bot.settings import read
    from bot.training import ensure_model

    settings = read()
    configure_logging(settings.log_level)
    if arguments.workers != 1:
        raise BotError("现在只能用一个进程：--workers 1")
    taken = server.listen(arguments.host, arguments.port)
    model = ensure_model(_say)
    _say("正在启动……")
    agent = server.load_agent(model, settings)
    app = server.build(agent, server.channels())
    server.run(app, taken, arguments.workers, lambda url: _say(f"可以用了：{url} （按 Ctrl-C 结束）"))
    _say("已停止。")
    return 0


def _say(line: str) -> None:
    print(line, flush=True)
