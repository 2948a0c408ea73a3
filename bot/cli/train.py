"""`yibao train`."""

import argparse
from pathlib import Path

from bot.paths import ROOT

HELP = "训练模型；没有变化时不再训练"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="没有变化也重新训练")


def run(arguments: argparse.Namespace) -> int:
    from bot import logs
    from bot.training import ensure_model

    logs.configure("ERROR")  # Rasa tells every rule that it learns
    _take_in()
    ensure_model(print, arguments.force)
    return 0


def _take_in() -> None:
    """Learn the sentences of the staff too, where there is a database that may have some."""
    from sqlalchemy.engine.url import make_url

    from bot import settings
    from bot.errors import BotError
    from bot.insight import learned
    from bot.insight.proposals import Proposals
    from bot.stores import opened

    url = settings.read().database_url
    if make_url(url).get_backend_name() == "sqlite" and not Path(make_url(url).database).exists():
        return
    try:
        with opened(url) as engine:
            count = learned.take_in(Proposals(engine), learned.FILE)
    except BotError as error:
        print(f"提醒：工作台上同意的例句这次没有收进来。{error}")
        return
    if count:
        print(f"收进了工作台上同意的 {count} 句：{learned.FILE.relative_to(ROOT)}")
