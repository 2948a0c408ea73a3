"""Environment -> one frozen `Settings`; the only reader of the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network

from sqlalchemy.engine.url import make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import SettingsError
from bot.paths import VAR

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True)
class WeChat:
    """One WeChat account; what is secret is never printed."""

    token: str = field(repr=False)
    app_id: str
    aes_keys: tuple[str, ...] = field(default=(), repr=False)  # the present one, then the previous one
    secret: str = field(default="", repr=False)
    mode: str = "secure"
    verified: bool = False  # the account may send custom messages


@dataclass(frozen=True)
class Settings:
    """All settings of one process; the defaults work on one machine."""

    database_url: str = f"sqlite:///{VAR / 'conversations.db'}"
    allowed_origins: tuple[str, ...] = ()
    log_level: str = "WARNING"
    redis_url: str | None = field(default=None, repr=False)  # may hold a password
    hosts: tuple[str, ...] = ()  # names under which this server is called, besides loopback
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    retention_days: int = 30
    wechat: WeChat | None = None


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
        redis_url=_redis(values.get("YIBAO_REDIS_URL")),
        trusted_proxies=_networks(values.get("YIBAO_TRUSTED_PROXIES", "")),
        retention_days=_days(values.get("YIBAO_RETENTION_DAYS", str(default.retention_days))),
        wechat=_wechat(values),
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


def _days(value: str) -> int:
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 3650):
        raise SettingsError("YIBAO_RETENTION_DAYS 不对：应为 1 到 3650 的整数，单位是天")
    return int(value)


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


def _redis(value: str | None) -> str | None:
    if value and not value.startswith(("redis://", "rediss://", "unix://")):
        # The value may hold a password: it is not repeated.
        raise SettingsError("YIBAO_REDIS_URL 不对：应为 redis://:密码@主机:6379/0，加密连接写 rediss://")
    return value


def _networks(value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    networks = []
    for part in filter(None, (part.strip() for part in value.split(","))):
        try:
            networks.append(ip_network(part))
        except ValueError:
            raise SettingsError(
                f"YIBAO_TRUSTED_PROXIES 不对：{part} 应为 IP 或网段，如 10.0.0.0/8，多个用逗号隔开"
            ) from None
    return tuple(networks)


def _wechat(values: Mapping[str, str]) -> WeChat | None:
    prefix = "YIBAO_WECHAT_"
    given = {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}
    if not given:
        return None
    mode = given.get("MODE", "secure")
    if mode not in ("plain", "compatible", "secure"):
        raise SettingsError("YIBAO_WECHAT_MODE 不对：应为 plain（明文）、compatible（兼容）或 secure（安全）")
    for name, pattern, right in (
        ("TOKEN", r"[!-~]{1,64}", "应与公众号后台“服务器配置”里的 Token 相同，是英文和数字，没有空格"),
        ("APPID", r"wx[0-9A-Za-z_-]+", "应为公众号后台的 AppID，以 wx 开头"),
    ):
        if not re.fullmatch(pattern, given.get(name, "")):
            raise SettingsError(f"{prefix}{name} {'不对' if name in given else '没有设'}：{right}")
    for name in ("AES_KEY", "AES_KEY_PREVIOUS"):
        if name in given and not re.fullmatch(r"[0-9A-Za-z+/]{43}", given[name]):
            raise SettingsError(f"{prefix}{name} 不对：应为 43 个字符的 EncodingAESKey，只有英文字母和数字")
    if mode != "plain" and "AES_KEY" not in given:
        raise SettingsError(f"YIBAO_WECHAT_AES_KEY 没有设：{mode} 模式要有 43 个字符的 EncodingAESKey")
    verified = given.get("VERIFIED", "false").lower()
    if verified not in ("true", "false"):
        raise SettingsError("YIBAO_WECHAT_VERIFIED 不对：应为 true（已认证，能发客服消息）或 false")
    if verified == "true" and "SECRET" not in given:
        raise SettingsError("YIBAO_WECHAT_SECRET 没有设：YIBAO_WECHAT_VERIFIED 是 true 时要有 AppSecret")
    return WeChat(
        token=given["TOKEN"],
        app_id=given["APPID"],
        aes_keys=tuple(given[name] for name in ("AES_KEY", "AES_KEY_PREVIOUS") if name in given),
        secret=given.get("SECRET", ""),
        mode=mode,
        verified=verified == "true",
    )
