"""`yibao preview`."""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.errors import BotError

if TYPE_CHECKING:
    from bot.knowledge.model import Entry, Knowledge, Variant
    from bot.knowledge.preview import Line, Scope, Shown, Way

HELP = "把每个办法、每个要点的话按人们看到的样子打印出来"

_UNDER = "    "


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task", metavar="事", nargs="?", help="只看这件事；general 是各件事共用的。不写就全看")
    parser.add_argument("--channel", metavar="渠道", help="只看这个渠道用得上的，如 wechat 或 微信")
    parser.add_argument("--region", metavar="参保地", help="只看在这里参保用得上的，如 伊犁、广东省深圳市")
    parser.add_argument("--point", metavar="要点", help="只看这个要点，如 materials；whole 是办法本身")


def run(arguments: argparse.Namespace) -> int:
    from bot.cli.points import known_task
    from bot.knowledge.loader import shipped
    from bot.knowledge.model import WHOLE
    from bot.knowledge.points import tasks
    from bot.knowledge.preview import Scope

    knowledge = shipped()
    channels = {id_: channel.title for id_, channel in knowledge.channels.items()}
    points = {**{id_: point.title for id_, point in knowledge.points.items()}, WHOLE: _WHOLE_TITLE}
    scope = Scope(
        _known("渠道", arguments.channel, channels),
        _region(knowledge, arguments.region),
        _known("要点", arguments.point, points),
    )
    chosen = [known_task(knowledge, arguments.task)] if arguments.task else tasks(knowledge)
    for task in chosen:
        print("\n".join(_task(knowledge, task, scope)))
    return 0


_WHOLE_TITLE = "办法里更窄的问题"


def _known(what: str, name: str | None, titles: dict[str, str]) -> str | None:
    """The id of something that was given by its id or its title.

    Raises:
        BotError: there is none; the message names all.
    """
    if name is None or name in titles:
        return name
    for id_, title in titles.items():
        if name == title:
            return id_
    raise BotError(f"没有这个{what}：{name}。有：{'、'.join(titles)}")


def _region(knowledge: "Knowledge", name: str | None) -> str | None:
    """The full name of a place that was given by it, by its short name or by a part of it that no other has.

    Raises:
        BotError: there is none, or several.
    """
    full = knowledge.region_titles
    if name is None or any(name.startswith(known) for known in full):
        return name
    found = [id_ for id_, title in full.items() if name == title] or [id_ for id_ in full if name in id_]
    if len(found) != 1:
        which = f"有几个：{'、'.join(found)}" if found else "请写全名，如 广东省深圳市"
        raise BotError(f"不知道是哪个参保地：{name}。{which}")
    return found[0]


def _task(knowledge: "Knowledge", task: str, scope: "Scope") -> Iterator[str]:
    from bot.cli.points import title
    from bot.knowledge import preview

    yield f"════ {task} {title(knowledge, task)}"
    for way in preview.ways(knowledge, task, scope):
        yield from ("", f"── 办法：{_holds_for(knowledge, way.variant)}", *_way(knowledge, way))
    for shown in preview.points(knowledge, task, scope):
        yield from ("", *_point(knowledge, shown))
    yield ""


def _way(knowledge: "Knowledge", way: "Way") -> Iterator[str]:
    if way.variant.after:
        yield f"（存疑：排在{knowledge.channels[way.variant.after].title}的办法后面，步骤只写在它卡片的注意里）"
    yield from way.reply.text.splitlines()
    card = way.reply.card
    parts = [
        ("开头", [card["summary"]] if card["summary"] else []),
        ("步骤", [f"{number}. {step}" for number, step in enumerate(card["steps"], 1)]),
        ("材料", card["materials"]),
        ("时间", [card["duration"]] if card["duration"] else []),
        ("注意", card["notes"]),
    ]
    yield f"短说：{way.short}"
    yield "卡片上："
    for name, lines in parts:
        yield from (f"{_UNDER}{name}　{line}" for line in lines)


def _point(knowledge: "Knowledge", shown: "Shown") -> Iterator[str]:
    known = knowledge.points.get(shown.point)
    heading = f"── {shown.point} {known.title if known else _WHOLE_TITLE}"
    if not shown.applicable:
        yield f"{heading}：不适用"
        return
    yield f"{heading}：承自 {shown.owner}" if shown.owner else heading
    for line in shown.lines:
        yield f"· {_holds_for(knowledge, line.entry)}"
        yield from (f"{_UNDER}{asked}" for asked in _examples(line))
        yield from (f"{_UNDER}{text}" for text in line.text.splitlines())


def _holds_for(knowledge: "Knowledge", part: "Variant | Entry") -> str:
    """For whom a text holds, in the words of the staff."""
    limits = [
        "、".join(knowledge.channels[id_].title for id_ in part.channel),
        f"{knowledge.region_title(part.region)}参保" if part.region else "",
        "、".join(knowledge.facts[id_].title for id_ in part.when),
        "、".join(f"不是{knowledge.facts[id_].title}" for id_ in getattr(part, "unless", ())),
        "问得更窄" if getattr(part, "asks", None) else "",
    ]
    return "，".join(filter(None, limits)) or "一般"


def _examples(line: "Line") -> Iterator[str]:
    """The questions that ask for an entry, and what is said to who guessed it right or wrong."""
    if line.entry.asks:
        yield f"问：{'／'.join(line.entry.asks)}"
    for guesses, said in ((line.entry.yes, line.yes), (line.entry.no, line.no)):
        if guesses:
            yield f"猜：{'／'.join(guesses)}　答：{said}"
