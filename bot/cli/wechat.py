"""`yibao wechat`: the account's menu, and whether the account and the callback fit."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import SettingsError
from bot.paths import KNOWLEDGE

if TYPE_CHECKING:
    from bot.channels.wechat_menu import Menu
    from bot.settings import WeChat

HELP = "微信公众号：创建菜单，检查设置和回调地址"

_MENU = KNOWLEDGE / "wechat_menu.yml"
_LOCAL = "http://127.0.0.1:5005/webhooks/wechat/webhook"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Do as `bot.cli` says."""
    tasks = command.add_subparsers(metavar="任务", dest="task", required=True, title="任务")
    menu = tasks.add_parser("menu", help="创建公众号的菜单，先给您看，您同意了才发布", add_help=False)
    menu.add_argument(
        "file", nargs="?", type=Path, default=_MENU, metavar="文件", help=f"菜单的 YAML 文件，不写用 {_MENU.name}"
    )
    menu.add_argument("--yes", action="store_true", help="不问，直接发布")
    trial = tasks.add_parser(
        "check", help="从外往里检查：回调地址、Token、EncodingAESKey、AppID、AppSecret", add_help=False
    )
    trial.add_argument("url", nargs="?", default=_LOCAL, metavar="网址", help=f"微信要访问的回调地址，不写用 {_LOCAL}")
    for task in (menu, trial):
        task.add_argument("-h", "--help", action="help", help="显示这段说明")


def run(arguments: argparse.Namespace) -> int:
    """Do as `bot.cli` says."""
    # Here, not above: every command would wait for these imports.
    from bot import settings
    from bot.channels.wechat_menu import load_menu

    account = settings.read().wechat
    if account is None:
        raise SettingsError("没有设公众号：请先设 YIBAO_WECHAT_TOKEN、YIBAO_WECHAT_APPID 等（见 docs/wechat.md）")
    if arguments.task == "menu":
        return _menu(account, load_menu(arguments.file), arguments.yes)
    return asyncio.run(_check(account, arguments.url))


def _menu(account: WeChat, menu: Menu, yes: bool) -> int:
    if not account.secret:
        raise SettingsError("YIBAO_WECHAT_SECRET 没有设：创建菜单要用公众号的 AppSecret")
    for group in menu.menu:
        print(group.name)
        for item in group.items:
            print(f"  {item.name}  →  {item.payload or item.url}")
    strange = _strange(menu)
    if strange:
        print(f"注意：机器人只认 {_MENU.name} 里的按钮。{'、'.join(strange)} 不在里面，点了只当作打的字。")
    if not yes and not _agreed():
        print("没有发布。")
        return 0
    asyncio.run(_publish(account, menu))
    print("菜单已发布。手机上可能要过几分钟、或者重新关注后才看得到。")
    return 0


def _strange(menu: Menu) -> list[str]:
    """The payloads that would start nothing: the bot takes only those of the project's own menu."""
    from bot.channels.wechat_menu import load_menu

    own = load_menu(_MENU)
    return [item.payload for group in menu.menu for item in group.items if item.payload and not own.holds(item.payload)]


def _agreed() -> bool:
    try:
        return input("发布后会换掉公众号现在的菜单。发布吗？[y/N] ").strip().lower() in ("y", "yes", "是")
    except EOFError:
        return False


async def _publish(account: WeChat, menu: Menu) -> None:
    from bot.channels.state import MemoryState
    from bot.channels.wechat_api import WeChatApi

    api = WeChatApi(account.app_id, account.secret, MemoryState())
    try:
        await api.create_menu(menu.buttons())
    finally:
        await api.close()


async def _check(account: WeChat, url: str) -> int:
    from bot.channels.wechat_check import check

    faults = 0
    async for finding in check(account, url):
        faults += finding.fault is not None
        print(f"{'✗' if finding.fault else '✓'} {finding.what}{f'：{finding.fault}' if finding.fault else ''}")
    return 1 if faults else 0
