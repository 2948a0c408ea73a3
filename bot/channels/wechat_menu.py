"""The account's menu: `knowledge/wechat_menu.yml` -> what WeChat is told, and what its keys stand for."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml.error import YAMLError

from bot.errors import BotError
from bot.paths import KNOWLEDGE
from bot.yamlfile import read_yaml

PATH = KNOWLEDGE / "wechat_menu.yml"


class MenuError(BotError):
    """The menu file can't be used."""


def _at_most(limit: int) -> AfterValidator:
    def check(text: str) -> str:
        if len(text.encode()) > limit:
            raise ValueError(f"太长：最多 {limit} 字节（一个汉字 3 字节）")
        return text

    return AfterValidator(check)


def _payload(text: str) -> str:
    if not text.startswith("/"):
        raise ValueError("应以 / 开头，如 /bind_family")
    return text


Payload = Annotated[str, AfterValidator(_payload), _at_most(128)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, str_min_length=1)


class Item(_Record):
    """A button of the menu: starts a turn or opens a page."""

    name: Annotated[str, _at_most(60)]
    payload: Payload | None = None
    url: Annotated[str, _at_most(1024)] | None = None

    @model_validator(mode="after")
    def _one(self) -> "Item":
        if (self.payload is None) == (self.url is None):
            raise ValueError("payload 和 url 要有一个，也只能有一个")
        return self

    def button(self) -> dict[str, Any]:
        """The button as WeChat takes it."""
        if self.url:
            return {"type": "view", "name": self.name, "url": self.url}
        return {"type": "click", "name": self.name, "key": self.payload}


class Group(_Record):
    """A button that is always seen, with those that it opens."""

    name: Annotated[str, _at_most(16)]
    items: list[Item] = Field(min_length=1, max_length=5)

    def button(self) -> dict[str, Any]:
        """The same as WeChat takes it."""
        return {"name": self.name, "sub_button": [item.button() for item in self.items]}


class Menu(_Record):
    """The file: the payload that greets a new follower, and the menu."""

    greeting: Payload
    menu: list[Group] = Field(min_length=1, max_length=3)

    def buttons(self) -> dict[str, Any]:
        """The menu as WeChat takes it."""
        return {"button": [group.button() for group in self.menu]}

    def holds(self, payload: str) -> bool:
        """Whether the greeting or a button of the menu stands for this payload."""
        return payload == self.greeting or any(item.payload == payload for group in self.menu for item in group.items)


def load_menu(path: Path = PATH) -> Menu:
    """Read a menu file.

    Raises:
        MenuError: names what is wrong.
    """
    try:
        return Menu.model_validate(read_yaml(path))
    except (OSError, UnicodeDecodeError) as error:
        raise MenuError(f"读不了菜单文件 {path}：{type(error).__name__}") from None
    except YAMLError as error:
        raise MenuError(f"菜单文件 {path} 的 YAML 写法有误：{error}") from None
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"])) or "整个文件"
        raise MenuError(f"菜单文件 {path} 的 {where} 不对：{fault['msg'].removeprefix('Value error, ')}") from None
