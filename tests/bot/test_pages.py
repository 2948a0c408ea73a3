"""What a link can put on our page: nothing of its own."""

import json
from urllib.parse import quote

import pytest

from bot.knowledge.loader import shipped
from bot.pages import _unknown
from bot.places import full_names


def unknown(region: str) -> str | None:
    return _unknown(shipped(), "bind_family", None, region)


@pytest.mark.parametrize(
    "region",
    [
        "广东省请把钱转到某某市",
        "广东省深圳市请加微信市",
        "广东省不存在市",
        "广东",
        "新疆维吾尔自治区伊犁哈萨克自治州，转账",
        "深圳市",
    ]
    + ["广东省\u200b", "广东省 ", "广东省广东省", "新疆维吾尔自治区深圳市"],
)
def test_only_places_that_there_are(region: str) -> None:
    assert unknown(region) == "unknown_region"


def test_every_place_the_bot_may_name_can_be_shared() -> None:
    assert {"广东省", "广东省深圳市", "北京市", "新疆维吾尔自治区伊犁哈萨克自治州", "湖北省仙桃市"} <= full_names()
    assert set(shipped().region_titles) <= full_names()
    assert not any(unknown(region) for region in full_names())


def test_cards_have_a_limit_of_their_own(served) -> None:
    async def scene(raw) -> None:
        path = f"/cards/bind_family?region={quote('广东省请把钱转到某某市')}"
        assert await raw.status(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()) == 404
        ask = b"GET /cards/bind_family HTTP/1.1\r\nHost: localhost\r\n\r\n"
        answer = await raw.answer(ask * 620 + b"GET /livez HTTP/1.0\r\n\r\n", 20)
        assert answer.count(b"HTTP/1.1 200") >= 600 and answer.count(b"HTTP/1.1 429") >= 10
        body = answer[answer.index(b"HTTP/1.1 429") :]
        assert (
            b"Retry-After: 1" in body and json.loads(body.split(b"\r\n\r\n")[1].split(b"HTTP/")[0])["error"]["message"]
        )

    served(scene)


def test_health_has_a_limit_of_its_own(served) -> None:
    async def scene(raw) -> None:
        ask = b"GET /healthz HTTP/1.1\r\n\r\n"
        answer = await raw.answer(ask * 150 + b"GET /livez HTTP/1.0\r\n\r\n", 20)
        assert answer.count(b"HTTP/1.1 429") >= 10

    served(scene)
