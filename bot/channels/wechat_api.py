"""WeChat's server API: the access token, custom messages, the menu.

Source: https://developers.weixin.qq.com/doc/offiaccount/
"""

import asyncio
import json
import logging
from typing import Any

import aiohttp

from bot.channels.state import State
from bot.channels.wechat_text import Block
from bot.errors import BotError

BASE = "https://api.weixin.qq.com"
TIMEOUT = aiohttp.ClientTimeout(total=5, connect=3)
# Seconds before trying again where WeChat is busy or the connection broke.
PAUSES = (0.5, 1.0, 2.0)
_EARLY = 300  # seconds that a token is renewed before its end; until then both are valid

BUSY = -1
STALE_TOKEN = (40001, 40014, 42001)
TOO_LONG = 45002
NOT_ALLOWED = (40200, 48001)  # of unverified accounts

_MEANINGS = {
    -1: "微信系统繁忙，请稍后再试",
    40001: "AppSecret 不对，或者 access_token 已失效",
    40002: "凭证类型不对",
    40003: "openid 不对，这个人可能没有关注",
    40013: "AppID 不对",
    40014: "access_token 不对",
    40015: "菜单类型不对",
    40016: "按钮个数不对（一级最多 3 个，二级最多 5 个）",
    40017: "按钮类型不对",
    40018: "按钮名字的长度不对",
    40019: "按钮 KEY 的长度不对",
    40020: "按钮网址的长度不对",
    40023: "二级菜单的按钮个数不对",
    40024: "二级菜单的按钮类型不对",
    40025: "二级菜单的按钮名字长度不对",
    40054: "二级菜单的网址域名不对",
    40055: "菜单的网址域名不对",
    40125: "AppSecret 不对",
    40164: "这台机器的 IP 不在公众号后台的 IP 白名单里",
    40200: "账号类型不支持这种消息（未认证的号和测试号不能发菜单消息）",
    40243: "AppSecret 已被冻结，请在公众号后台解冻",
    41001: "缺少 access_token",
    41002: "缺少 AppID",
    41004: "缺少 AppSecret",
    42001: "access_token 过期了",
    43002: "要用 POST 请求",
    43004: "对方没有关注公众号",
    44002: "请求的内容是空的",
    45002: "内容太长",
    45009: "接口调用次数超过了今天的上限",
    45011: "调用太频繁，请稍后再试",
    45015: "超过 48 小时没有来过消息，不能再发客服消息",
    45047: "客服消息的条数超过了上限",
    46003: "还没有创建菜单",
    47001: "请求的 JSON 写法不对",
    48001: "公众号没有这个接口的权限（未认证的号都没有）",
    48004: "这个接口被封禁了",
    50002: "账号被限制",
    89503: "这个 IP 还要管理员在公众号后台确认",
}

logger = logging.getLogger(__name__)


class ApiError(BotError):
    """WeChat said no; `code` is its errcode, None where no answer came."""

    def __init__(self, code: int | None, meaning: str | None = None):
        self.code = code
        super().__init__(meaning or f"微信返回错误码 {code}：{_MEANINGS.get(code or 0, '没有收录，请查微信的文档')}")


class _Broken(ApiError):
    """The connection could not be made, or broke."""


class WeChatApi:
    """The API for one account; the token is shared through the state."""

    def __init__(self, app_id: str, secret: str, state: State, base: str | None = None):
        self._app_id, self._secret, self._state = app_id, secret, state
        self._base = base or BASE
        self._token_key = f"wechat:token:{app_id}"
        self._session: aiohttp.ClientSession | None = None
        self._renewing = asyncio.Lock()

    async def send(self, person: str, block: Block) -> None:
        """Send a custom message: a text, or a menu where there are choices.

        Raises:
            ApiError: it was not sent, or nobody knows whether it was.
        """
        if block.choices:
            items = [{"id": choice.id, "content": choice.title} for choice in block.choices]
            content = {"head_content": block.text, "list": items, "tail_content": ""}
            body = {"touser": person, "msgtype": "msgmenu", "msgmenu": content}
        else:
            body = {"touser": person, "msgtype": "text", "text": {"content": block.text}}
        await self._call("/cgi-bin/message/custom/send", body)

    async def create_menu(self, menu: dict[str, Any]) -> None:
        """Replace the account's menu.

        Raises:
            ApiError: WeChat's reason in Chinese.
        """
        await self._call("/cgi-bin/menu/create", menu)

    async def token(self) -> str:
        """The access token: WeChat is asked once, however many wait for it.

        Raises:
            ApiError: WeChat gives none.
        """
        async with self._renewing:
            token = await self._state.get(self._token_key)
            if token:
                return token
            body = {"grant_type": "client_credential", "appid": self._app_id, "secret": self._secret}
            answer = await self._post_patiently("/cgi-bin/stable_token", body)
            try:
                token, seconds = str(answer["access_token"]), int(answer["expires_in"])
            except (KeyError, TypeError, ValueError):
                raise ApiError(None, "微信没有给 access_token，请稍后再试") from None
            await self._state.put(self._token_key, token, max(seconds - _EARLY, 1))
            return token

    async def close(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()
            self._session = None

    async def _call(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        token = await self.token()
        try:
            return await self._post_patiently(path, body, token)
        except ApiError as error:
            if error.code not in STALE_TOKEN:
                raise
        await self._drop(token)
        return await self._post_patiently(path, body, await self.token())

    async def _drop(self, token: str) -> None:
        """Forget a token, unless another has renewed it already."""
        async with self._renewing:
            if await self._state.get(self._token_key) == token:
                await self._state.delete(self._token_key)

    async def _post_patiently(self, path: str, body: dict[str, Any], token: str | None = None) -> dict[str, Any]:
        for pause in PAUSES:
            try:
                return await self._post(path, body, token)
            except ApiError as error:
                if error.code != BUSY and not isinstance(error, _Broken):
                    raise
                logger.info("WeChat's %s failed (%s), again in %s s", path, error.code, pause)
            await asyncio.sleep(pause)
        return await self._post(path, body, token)

    async def _post(self, path: str, body: dict[str, Any], token: str | None) -> dict[str, Any]:
        self._session = self._session or aiohttp.ClientSession(timeout=TIMEOUT)
        data = json.dumps(body, ensure_ascii=False).encode()  # \u escapes would be shown as such
        parameters = {"access_token": token} if token else {}
        headers = {"Content-Type": "application/json; charset=utf-8"}
        # No error of aiohttp's goes on: its text may hold the address, and that the token.
        try:
            async with self._session.post(self._base + path, params=parameters, data=data, headers=headers) as response:
                answer = json.loads(await response.read())
        except asyncio.TimeoutError:
            raise ApiError(None, "微信的接口没有及时回答") from None
        except aiohttp.ClientError:
            raise _Broken(None, "连不上微信的接口，请检查网络") from None
        except ValueError:
            raise ApiError(None, "微信的接口答的不是 JSON") from None
        if not isinstance(answer, dict):
            raise ApiError(None, "微信的接口答的不是 JSON 对象")
        if answer.get("errcode"):
            raise ApiError(answer["errcode"])
        return answer
