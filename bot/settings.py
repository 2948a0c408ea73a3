"""Environment -> one frozen `Settings`; the only reader of the environment."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeVar
from urllib.parse import urlsplit

from redis import ConnectionPool
from redis.exceptions import RedisError
from sqlalchemy.engine.url import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import SettingsError
from bot.paths import VAR
from bot.sockets import is_all
from bot.staff.passwords import NAME, is_hash

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_PLACES = ("files", "database")
_WECHAT = "YIBAO_WECHAT_"
_WECHAT_NAMES = ("TOKEN", "APPID", "AES_KEY", "AES_KEY_PREVIOUS", "SECRET", "MODE", "VERIFIED")
# Whose last part is a number is an address to browsers, or nothing.
_HOST_NAME = re.compile(r"(?!(.*\.)?([0-9]+|0[Xx][0-9A-Fa-f]*)\.?$)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?")
_ORIGIN = re.compile(r"(https?)://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?")
# Wider than all private networks: with such proxies, many strangers could say who they are.
_WIDEST_NETWORK = 7
_PORTS = {"http": 80, "https": 443}
_DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg2")
# Unencoded, these cut an address in the wrong place, and parts of the password would be told to whoever reads errors.
_ENCODE = "密码里的 / # @ : ? % 要写成 %2F %23 %40 %3A %3F %25"

_One = TypeVar("_One")


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

    database_url: str = field(default=f"sqlite:///{VAR / 'conversations.db'}", repr=False)  # may hold a password
    allowed_origins: tuple[str, ...] = ()
    log_level: str = "WARNING"
    redis_url: str | None = field(default=None, repr=False)  # may hold a password
    hosts: tuple[str, ...] = ()  # names under which this server is called, besides loopback
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    retention_days: int = 30
    metrics: str = ""  # where they are served: host:port, the path of a socket, "off"; else a socket in var/
    knowledge: str = "files"  # where what is published stands: in the files of each machine, or in the database of all
    staff_password: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # names, and hashes of passwords
    wechat: WeChat | None = None


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read `YIBAO_*` variables; an empty one counts as not set.

    Raises:
        SettingsError: names the variable and what would be right.
    """
    values = {name: value.strip() for name, value in environment.items() if value.strip()}
    _check_names(values)
    default = Settings()
    return Settings(
        database_url=_database(values.get("YIBAO_DATABASE_URL", default.database_url)),
        allowed_origins=_each(values, "YIBAO_ALLOWED_ORIGINS", _origin, "写成 https://域名，不能用 *"),
        log_level=_level(values.get("YIBAO_LOG_LEVEL", default.log_level)),
        redis_url=_redis(values.get("YIBAO_REDIS_URL")),
        trusted_proxies=_each(
            values, "YIBAO_TRUSTED_PROXIES", _network, "为代理的 IP 或网段，如 10.0.0.0/8，不能是整个互联网"
        ),
        hosts=_each(values, "YIBAO_HOSTS", _host, "为域名或 IP，不带 https:// 和端口，不能用 * 或 0.0.0.0"),
        retention_days=_days(values.get("YIBAO_RETENTION_DAYS", str(default.retention_days))),
        metrics=_metrics(values.get("YIBAO_METRICS", "")),
        knowledge=_knowledge(values.get("YIBAO_KNOWLEDGE", default.knowledge)),
        staff_password=_staff(values.get("YIBAO_STAFF_PASSWORD", "")),
        wechat=_wechat(values),
    )


def names() -> set[str]:
    """Every variable that is read."""
    own = {f"YIBAO_{one.name.upper()}" for one in fields(Settings) if one.name != "wechat"}
    return own | {f"{_WECHAT}{name}" for name in _WECHAT_NAMES}


def _check_names(values: Mapping[str, str]) -> None:
    known = names()
    for name, value in values.items():
        if not name.upper().startswith("YIBAO_"):
            continue
        if name not in known:
            close = get_close_matches(name.upper(), sorted(known), 1)
            raise SettingsError(f"{name} 不认识：{f'是不是 {close[0]}？' if close else '没有这个设置，请删掉'}")
        if not value.isprintable():  # also what is no UTF-8
            raise SettingsError(f"{name} 不对：里面有控制字符，或者不是 UTF-8")


def _split(value: str) -> list[str]:
    return [part for part in (part.strip() for part in value.split(",")) if part]


def _each(values: Mapping[str, str], name: str, read_one: Callable[[str], _One], right: str) -> tuple[_One, ...]:
    """Several of a kind, read one by one.

    Raises:
        SettingsError: the one that `read_one` had a ValueError for is told by its place: a password may stand in it.
    """
    read = []
    for number, part in enumerate(_split(values.get(name, "")), 1):
        try:
            read.append(read_one(part))
        except ValueError:
            raise SettingsError(f"{name} 不对：第 {number} 个应{right}，多个用逗号隔开") from None
    return tuple(read)


def _is_host(name: str) -> bool:
    return _is_address(name) or bool(_HOST_NAME.fullmatch(name))


def _is_address(name: str) -> bool:
    try:
        return bool(ip_address(name))
    except ValueError:
        return False


def _database(value: str) -> str:
    try:
        right = _is_right_database(make_url(value))
    except (ArgumentError, ValueError):
        right = False
    if not right:
        # The value may hold a password: it is not repeated.
        raise SettingsError(
            f"YIBAO_DATABASE_URL 不对：应为 sqlite:///文件 或 postgresql://用户:密码@主机/库名；{_ENCODE}"
        ) from None
    return value


def _is_right_database(url: URL) -> bool:
    if url.drivername not in _DRIVERS:
        return False
    if url.get_backend_name() == "sqlite":
        in_file = bool(url.database) and url.database != ":memory:"  # in memory each connection has its own
        return in_file and not (url.host or url.username or url.password or url.port or url.query)
    named = (not url.host or _is_host(url.host)) and (url.port is None or 0 < url.port < 65536)
    return named and not re.search(r"[/@:#\s]", url.database or "")


def _days(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", value) or not 1 <= int(value) <= 3650:
        raise SettingsError("YIBAO_RETENTION_DAYS 不对：应为 1 到 3650 的整数，单位是天")
    return int(value)


def _origin(value: str) -> str:
    """As browsers write it: in lower case, without the port that goes without saying."""
    found = _ORIGIN.fullmatch(value.lower().removesuffix("/"))
    if not found:
        raise ValueError
    scheme, host, port = found[1], found[2], int(found[3] or _PORTS[found[1]])
    in_brackets = host.startswith("[")
    # In brackets stands an address of IPv6, and nothing else has colons.
    if not _is_host(host.strip("[]")) or in_brackets != (":" in host) or not 0 < port < 65536:
        raise ValueError
    return f"{scheme}://{host}" + ("" if port == _PORTS[scheme] else f":{port}")


def _host(value: str) -> str:
    # 0.0.0.0 is nobody's name, and browsers take it for this machine.
    if not _is_host(value) or (_is_address(value) and is_all(value)):
        raise ValueError
    return value.lower().removesuffix(".")


def _metrics(value: str) -> str:
    host, _, port = value.rpartition(":")
    in_network = _is_host(host.strip("[]")) and re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) < 65536
    if value and value != "off" and not value.startswith("/") and not in_network:
        raise SettingsError("YIBAO_METRICS 不对：应为 地址:端口（如 127.0.0.1:9464）、套接字文件的绝对路径，或 off")
    return value


def _knowledge(value: str) -> str:
    if value not in _PLACES:
        raise SettingsError(
            "YIBAO_KNOWLEDGE 不对：应为 files（发布的文字在本机文件里）或 database（在数据库里，几台机器共用）"
        )
    return value


def _level(value: str) -> str:
    if value.upper() not in _LEVELS:
        raise SettingsError(f"YIBAO_LOG_LEVEL 不对：应为 {'、'.join(_LEVELS)} 之一")
    return value.upper()


def _redis(value: str | None) -> str | None:
    try:
        right = value is None or _is_right_redis(value)
    except (TypeError, ValueError, RedisError):  # of redis' own reading of it
        right = False
    if not right:
        # The value may hold a password: it is not repeated.
        raise SettingsError(
            f"YIBAO_REDIS_URL 不对：应为 redis://:密码@主机:6379/0，加密连接写 rediss://；{_ENCODE}"
        ) from None
    return value


def _is_right_redis(value: str) -> bool:
    parts = urlsplit(value)
    if parts.fragment or parts.scheme not in ("redis", "rediss", "unix"):
        return False
    if parts.scheme != "unix" and not (
        parts.port != 0 and _is_host(parts.hostname or "") and re.fullmatch(r"(/[0-9]*)?", parts.path)
    ):
        return False
    ConnectionPool.from_url(value).make_connection()  # not connected yet: only its options are read
    return True


def _network(value: str) -> IPv4Network | IPv6Network:
    network = ip_network(value)
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped and network.prefixlen >= 96:
        # Addresses are compared as IPv4 where they are.
        network = ip_network((int(mapped), network.prefixlen - 96))
    if network.prefixlen < _WIDEST_NETWORK or network.network_address.is_unspecified:
        raise ValueError
    return network


def _staff(value: str) -> tuple[tuple[str, str], ...]:
    people = [(name, stored) for name, _, stored in (part.partition("=") for part in _split(value))]
    names = [name for name, _ in people]
    if len(set(names)) < len(names) or not all(re.fullmatch(NAME, name) and is_hash(stored) for name, stored in people):
        # What is wrong may be the password itself: it is not repeated.
        raise SettingsError(
            "YIBAO_STAFF_PASSWORD 不对：应为 yibao staff password 打印的一行（名字=scrypt:…），几个人用逗号隔开，名字不重复"
        )
    return tuple(people)


def _wechat(values: Mapping[str, str]) -> WeChat | None:
    given = {name.removeprefix(_WECHAT): value for name, value in values.items() if name.startswith(_WECHAT)}
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
            raise SettingsError(f"{_WECHAT}{name} {'不对' if name in given else '没有设'}：{right}")
    for name in ("AES_KEY", "AES_KEY_PREVIOUS"):
        if name in given and not re.fullmatch(r"[0-9A-Za-z+/]{43}", given[name]):
            raise SettingsError(f"{_WECHAT}{name} 不对：应为 43 个字符的 EncodingAESKey，只有英文字母和数字")
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
