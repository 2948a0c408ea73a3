"""Environment -> one frozen `Settings`; the only reader of the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.engine.url import make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import SettingsError
from bot.paths import VAR

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True)
class Settings:
    """All settings of one process; the defaults work on one machine."""

    database_url: str = f"sqlite:///{VAR / 'conversations.db'}"
    allowed_origins: tuple[str, ...] = ()
    log_level: str = "WARNING"


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read `YIBAO_*` variables; an empty one counts as not set.

    Raises:
        SettingsError: names the variable and what would be right.
    """
    values = {name: value.strip() for name, value in environment.items() if value.strip()}
    default = Settings()
    return Settings(
        database_url=_database(values.get("YIBAO_DATABASE_URL", default.database_url)),
        allowed_origins=_origins(values.get("YIBAO_ALLOWED_ORIGINS", "")),
        log_level=_level(values.get("YIBAO_LOG_LEVEL", default.log_level)),
    )


def _database(value: str) -> str:
    try:
        kind = make_url(value).get_backend_name()
    except ArgumentError:
        kind = None
    if kind not in ("sqlite", "postgresql"):
        # The value may hold a password: it is not repeated.
        raise SettingsError("YIBAO_DATABASE_URL 不对：应为 sqlite:///文件 或 postgresql://用户:密码@主机/库名")
    return value


def _origins(value: str) -> tuple[str, ...]:
    origins = tuple(origin.strip().rstrip("/") for origin in value.split(",") if origin.strip())
    for origin in origins:
        if not origin.startswith(("http://", "https://")) or origin.count("/") != 2:
            raise SettingsError(f"YIBAO_ALLOWED_ORIGINS 不对：{origin} 应写成 https://域名，多个用逗号隔开")
    return origins


def _level(value: str) -> str:
    if value.upper() not in _LEVELS:
        raise SettingsError(f"YIBAO_LOG_LEVEL 不对：应为 {'、'.join(_LEVELS)} 之一")
    return value.upper()
