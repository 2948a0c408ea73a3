"""Tries a callback address and an account's settings, from the outside in."""

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.channels import wechat_codec as codec
from bot.channels.state import MemoryState
from bot.channels.wechat_api import ApiError, WeChatApi
from bot.settings import WeChat

_TIMEOUT = aiohttp.ClientTimeout(total=5)


@dataclass(frozen=True)
class Finding:
    """What a check came to; `fault` says what is wrong, None if nothing is."""

    what: str
    fault: str | None = None


async def check(account: WeChat, url: str, api: WeChatApi | None = None) -> AsyncIterator[Finding]:
    """Check the callback, each step only where the one before held; then the account.

    Args:
        account: the settings that WeChat's side would use.
        url: the callback's address as WeChat is to call it.
        api: for tests; WeChat's own if none.
    """
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
        callback = _Callback(account, url, session)
        for step in (callback.echo, callback.stranger, callback.message):
            finding = await step()
            yield finding
            if finding.fault:
                break
    yield await _credentials(account, api)


class _Callback:
    """WeChat's calls to one address."""

    def __init__(self, account: WeChat, url: str, session: aiohttp.ClientSession):
        self._account, self._url, self._session = account, url, session

    async def echo(self) -> Finding:
        """Reachable, and with the same token."""
        what, echo = "回调地址和 Token", secrets.token_hex(8)
        answer = await self._call("GET", {**self._signed(), "echostr": echo})
        if isinstance(answer, str):
            return Finding(what, answer)
        status, text = answer
        if status == 200 and text == echo:
            return Finding(what)
        reasons = {
            403: "Token 与服务器上的不一致，或者两边的时钟差了 5 分钟以上，或者服务器只许微信的 IP 访问",
            404: "这个地址上没有公众号的接口：网址不对，或者服务器没有设 YIBAO_WECHAT_TOKEN",
        }
        return Finding(what, reasons.get(status, f"服务器答了 {status}，内容不是 echostr，可能被前面的代理改了"))

    async def stranger(self) -> Finding:
        """Refuses who does not know the token."""
        what = "拒绝没有签名的请求"
        answer = await self._call("GET", {**self._signed(), "signature": "0" * 40, "echostr": "1"})
        if isinstance(answer, str):
            return Finding(what, answer)
        return Finding(what, None if answer[0] == 403 else f"签名不对也答了 {answer[0]}：这里的不是本程序")

    async def message(self) -> Finding:
        """Takes a message in the account's mode; it is an event that starts nothing."""
        what = {"plain": "收消息（明文）"}.get(self._account.mode, "EncodingAESKey 和 AppID")
        body = (
            "<xml><ToUserName>gh_check</ToUserName><FromUserName>yibao_check</FromUserName>"
            f"<CreateTime>{int(time.time())}</CreateTime><MsgType>event</MsgType><Event>yibao_check</Event></xml>"
        )
        parameters = self._signed()
        if self._account.mode != "plain":
            cipher = codec.Cipher(self._account.aes_keys[0], self._account.app_id)
            encrypted = cipher.encrypt(body.encode(), os.urandom(16))
            given = (self._account.token, parameters["timestamp"], parameters["nonce"], encrypted)
            parameters |= {"encrypt_type": "aes", "msg_signature": codec.sign(*given)}
            body = f"<xml><Encrypt>{encrypted}</Encrypt></xml>"
        answer = await self._call("POST", parameters, body)
        if isinstance(answer, str):
            return Finding(what, answer)
        status, text = answer
        if (status, text) == (200, "success"):
            return Finding(what)
        reasons = {
            403: "EncodingAESKey、AppID 或模式与服务器上的不一致，或者 credentials.yml 的 original_id 只许一个号"
        }
        return Finding(what, reasons.get(status, f"服务器答了 {status}，应答 success"))

    def _signed(self) -> dict[str, str]:
        timestamp, nonce = str(int(time.time())), secrets.token_hex(5)
        return {
            "signature": codec.sign(self._account.token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
        }

    async def _call(self, method: str, parameters: dict[str, Any], body: str | None = None) -> tuple[int, str] | str:
        """Status and text, or why there are none."""
        try:
            async with self._session.request(
                method, self._url, params=parameters, data=body, allow_redirects=False
            ) as response:
                return response.status, await response.text(errors="replace")
        except aiohttp.InvalidURL:
            return "网址的写法不对，应为 https://域名/webhooks/wechat/webhook"
        except aiohttp.ClientConnectorCertificateError:
            return "HTTPS 证书不对：过期、域名不符，或者缺了中间证书"
        except aiohttp.ClientConnectorError:
            return "连不上：域名解析不了、端口没有开，或者服务没有运行"
        except asyncio.TimeoutError:
            return "5 秒内没有回答，微信也只等 5 秒"
        except (aiohttp.ClientError, ValueError):
            return "连上了，但对方答的不是 HTTP"


async def _credentials(account: WeChat, api: WeChatApi | None) -> Finding:
    """The account's id and secret, asked of WeChat itself."""
    what = "AppID 和 AppSecret"
    if not account.secret:
        return Finding(f"{what}（没有设 YIBAO_WECHAT_SECRET，跳过）")
    api = api or WeChatApi(account.app_id, account.secret, MemoryState())
    try:
        await api.token()
        return Finding(what)
    except ApiError as error:
        return Finding(what, str(error))
    finally:
        await api.close()
