"""Looks at everything a start needs, and says of each thing whether it is sound."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.errors import BotError
from bot.settings import Settings, read


@dataclass(frozen=True)
class Finding:
    """What was found of one thing."""

    about: str
    sound: bool
    text: str


def examine() -> Iterator[Finding]:
    """Examine everything; what can't be read hinders only what needs it."""
    try:
        settings = read()
    except BotError as error:
        yield Finding("设置", False, str(error))
        return
    yield Finding("设置", True, "环境变量都读得懂")
    yield _found("知识", lambda: _knowledge(settings))
    yield _found("模型", _model)
    yield _found("数据库", lambda: _database(settings))
    yield _found("Redis", lambda: _redis(settings))
    yield _found("渠道", lambda: _channels(settings))


def _found(about: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(about, True, look())
    except BotError as error:
        return Finding(about, False, str(error).splitlines()[0])


def _knowledge(settings: Settings) -> str:
    import sqlalchemy as sa

    from bot.knowledge.loader import shipped
    from bot.refresh import begin
    from bot.stores import published

    try:
        begin(told := published(settings.database_url, settings.knowledge))
        others = len(told.differs())
    except sa.exc.SQLAlchemyError as error:
        raise BotError(f"数据库里的知识读不了：{type(error).__name__}") from error
    found = f"{len(shipped().procedures)} 件事"
    return f"{found}；数据库里有 {others} 个文件和这里的不同，各台机器用数据库里的" if others else found


def _model() -> str:
    from bot import models
    from bot.assistant import Assistant
    from bot.training import fingerprint

    archive = models.chosen()
    if archive is None:
        archive = next((path for path in models.available() if path.name == f"yibao-{fingerprint()}.tar.gz"), None)
    if archive is None:
        raise BotError("还没有按现在的文件训练的模型。yibao serve 和 yibao train 会训练它。")
    models.verify(archive)
    turn = asyncio.run(Assistant.load(archive).say("doctor", "怎么绑定亲情账户"))
    if not turn.replies:
        raise BotError(f"{archive.name} 答不上一句问话。请运行 yibao train --force 重新训练。")
    return f"{archive.name} 答得上话"


def _database(settings: Settings) -> str:
    import sqlalchemy as sa

    from bot.stores import conversations

    store = conversations(settings.database_url)
    try:
        asyncio.run(store.check())
    except sa.exc.SQLAlchemyError as error:
        raise BotError(f"YIBAO_DATABASE_URL 指的数据库连得上，但建不了表或读不了：{type(error).__name__}") from error
    finally:
        store.close()
    return f"{store.engine.dialect.name} 能读能写，对话保留 {settings.retention_days} 天"


def _redis(settings: Settings) -> str:
    from redis.exceptions import RedisError

    from bot.stores.lock_store import RedisLocks

    if settings.redis_url is None:
        return "没有设 YIBAO_REDIS_URL，锁和次数限制只在本进程里，只适合一个进程"
    try:
        asyncio.run(RedisLocks(settings.redis_url).check())
    except RedisError as error:
        raise BotError(f"YIBAO_REDIS_URL 指的 Redis 连不上：{type(error).__name__}") from error
    return "能用"


def _channels(settings: Settings) -> str:
    from rasa.core.run import create_http_input_channels

    from bot.paths import CREDENTIALS

    names = [channel.name() for channel in create_http_input_channels(None, str(CREDENTIALS))]
    return "、".join(names) + ("" if settings.wechat else "（没有微信的设置，微信不开）")
