"""The WeChat official account: checks what comes in, hands it to the turns, wraps what goes out."""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable
from ipaddress import ip_network
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint
from sanic.exceptions import InvalidUsage, PayloadTooLarge
from sanic.request import Request
from sanic.response import HTTPResponse, raw

from bot import settings, stores
from bot.channels import wechat_codec as codec
from bot.channels.address import Networks, client_address, is_within
from bot.channels.replies import Replies
from bot.channels.state import open_state
from bot.channels.wechat_api import WeChatApi
from bot.channels.wechat_codec import Cipher, Incoming, Malformed, Refused
from bot.channels.wechat_menu import load_menu
from bot.channels.wechat_turns import Turns, masked
from bot.errors import SettingsError
from bot.knowledge.loader import shipped

BODY_SECONDS = 5  # for a body to arrive: WeChat waits no longer itself
DRAIN_SECONDS = 10

logger = logging.getLogger(__name__)


class WeChatInput(InputChannel):
    """Rasa's way to WeChat; without settings for an account its routes answer 404.

    Args:
        account: the settings of the account.
        redis_url: where workers share what they know.
        original_id: the account's own id (gh_…): messages to another are refused.
        allowed: the networks that may call, all if empty.
        proxies: whose X-Forwarded-For counts.
        now: the clock, in seconds since 1970.
    """

    def __init__(
        self,
        account: settings.WeChat | None,
        redis_url: str | None = None,
        original_id: str | None = None,
        allowed: Networks = (),
        proxies: Networks = (),
        now: Callable[[], float] = time.time,
    ):
        self._account, self._original_id = account, original_id
        self._allowed, self._proxies, self._now = allowed, proxies, now
        if account:
            self._token, self._mode = account.token, account.mode
            self._ciphers = [Cipher(key, account.app_id) for key in account.aes_keys]
            self._state = open_state(redis_url)
            self._api = WeChatApi(account.app_id, account.secret, self._state) if account.verified else None
            self._phrases = shipped().phrases

    @classmethod
    def name(cls) -> str:
        """The channel's name in credentials.yml (see parent class)."""
        return "wechat"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> "WeChatInput":
        """Read the settings, and from credentials.yml what is no secret: `original_id`, `allowed_addresses`.

        Raises:
            SettingsError: names what is wrong.
        """
        read, options = settings.read(), credentials or {}
        try:
            allowed = tuple(ip_network(address) for address in options.get("allowed_addresses") or ())
        except (TypeError, ValueError):
            raise SettingsError(
                "credentials.yml 的 allowed_addresses 不对：应为 IP 或网段的列表，如 [101.226.103.0/25]"
            ) from None
        return cls(read.wechat, read.redis_url, options.get("original_id"), allowed, read.trusted_proxies)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The two routes of WeChat's callback (see the parent class)."""
        blueprint = Blueprint("wechat_webhook")
        if not self._account:
            blueprint.add_route(_absent, "/webhook", methods=["GET", "POST"])
            return blueprint

        async def say(person: str, text: str) -> list[dict[str, Any]]:
            replies = Replies()
            await on_new_message(UserMessage(text, replies, person, input_channel=self.name()))
            return replies.messages

        async def forget(person: str) -> None:
            (app,) = blueprint.apps
            async with app.ctx.agent.lock_store.lock(person):
                await stores.forget(app.ctx.agent.tracker_store, person)

        turns = Turns(say, self._state, self._api, self._phrases, load_menu(), forget)

        self._add_routes(blueprint, turns)

        @blueprint.listener("before_server_stop")
        async def drain(*_: Any) -> None:
            await turns.drain(DRAIN_SECONDS)

        @blueprint.listener("after_server_stop")
        async def close(*_: Any) -> None:
            await turns.drain(0)
            await self._state.close()
            if self._api:
                await self._api.close()

        return blueprint

    def _add_routes(self, blueprint: Blueprint, turns: Turns) -> None:
        @blueprint.get("/webhook")
        async def verify(request: Request) -> HTTPResponse:
            """WeChat's question whether this address is ours."""
            try:
                self._check_address(request)
                self._check_url(request)
            except Refused as error:
                return _refusal(403, error)
            return _plain(_one(request, "echostr"))

        @blueprint.post("/webhook", stream=True)
        async def receive(request: Request) -> HTTPResponse:
            """A message or an event."""
            try:
                self._check_address(request)
                message, cipher = self._open(request, await _body(request))
            except Refused as error:
                return _refusal(403, error)
            except Malformed as error:
                return _refusal(400, error)
            except PayloadTooLarge as error:
                return _refusal(413, error)
            try:
                text = await turns.answer(message)
            except Exception as error:  # a 5xx would make WeChat tell the person that the account is out of order
                logger.error("no answer for %s: %s", masked(message.person), type(error).__name__)
                text = self._phrases["wechat_apology"]
            return _plain("success") if text is None else self._wrap(request, message, text, cipher)

    def _check_address(self, request: Request) -> None:
        forwarded = ",".join(request.headers.getall("x-forwarded-for", []))
        if self._allowed and not is_within(client_address(request.ip, forwarded, self._proxies), self._allowed):
            raise Refused("address")

    def _check_url(self, request: Request) -> None:
        timestamp = _one(request, "timestamp")
        codec.check_age(timestamp, self._now())
        codec.check_signature(_one(request, "signature"), self._token, timestamp, _one(request, "nonce"))

    def _open(self, request: Request, body: bytes) -> tuple[Incoming, Cipher | None]:
        """The message in a request, and the cipher that its answer needs."""
        cipher = None
        if _one(request, "encrypt_type") == "aes":
            body, cipher = self._decrypt(request, body)
        elif self._mode == "secure":
            raise Refused("not encrypted")
        else:
            self._check_url(request)
        message = codec.read_message(body)
        if self._original_id and message.account != self._original_id:
            raise Refused("account")
        return message, cipher

    def _decrypt(self, request: Request, body: bytes) -> tuple[bytes, Cipher]:
        """What is encrypted in a body; in compatible mode all else in it is as good as unsigned."""
        if self._mode == "plain":
            raise Refused("encrypted")
        timestamp = _one(request, "timestamp")
        codec.check_age(timestamp, self._now())
        encrypted = codec.read_fields(body).get("Encrypt", "")
        parts = (self._token, timestamp, _one(request, "nonce"), encrypted)
        codec.check_signature(_one(request, "msg_signature"), *parts)
        return codec.decrypt(encrypted, self._ciphers)

    def _wrap(self, request: Request, message: Incoming, text: str, cipher: Cipher | None) -> HTTPResponse:
        now = int(self._now())
        answer = codec.write_text(message, text, now)
        if cipher:
            encrypted = cipher.encrypt(answer.encode(), os.urandom(16))
            answer = codec.write_envelope(encrypted, self._token, str(now), _one(request, "nonce"))
        return _respond(answer, 200, "application/xml; charset=utf-8")


async def _body(request: Request) -> bytes:
    """The body, however it is sent.

    Raises:
        PayloadTooLarge: over `MAX_BYTES`. Malformed: cut off, or too slow.
    """
    assert request.stream  # it is being read
    # Sanic counts against this, also what is left over after the answer; its own limit is that of the whole app.
    request.stream.request_max_size = codec.MAX_BYTES
    try:
        await asyncio.wait_for(request.receive_body(), BODY_SECONDS)
    except (asyncio.TimeoutError, InvalidUsage):
        raise Malformed("body") from None
    return request.body


def _one(request: Request, name: str) -> str:
    """A parameter of the address; empty if it is missing or given twice."""
    values = request.args.getlist(name, [])
    return values[0] if len(values) == 1 else ""


async def _absent(request: Request) -> HTTPResponse:
    return _respond("not found", 404)


def _refusal(status: int, reason: Exception) -> HTTPResponse:
    # One answer for each status: nobody learns how far they came.
    logger.info("refused with %s: %s", status, reason)
    return _respond({400: "bad request", 403: "forbidden", 413: "too large"}[status], status)


def _plain(text: str) -> HTTPResponse:
    return _respond(text, 200)


def _respond(text: str, status: int, content_type: str = "text/plain; charset=utf-8") -> HTTPResponse:
    return raw(
        text.encode("utf-8", "replace"), status, {"X-Content-Type-Options": "nosniff"}, content_type=content_type
    )
