"""The settings of the WeChat channel: every wrong one is named, no secret is printed."""

import pytest

from bot.errors import SettingsError
from bot.settings import read

KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
GOOD = {
    "YIBAO_WECHAT_TOKEN": "kefu_test_Token1",
    "YIBAO_WECHAT_APPID": "wx0123456789abcdef",
    "YIBAO_WECHAT_AES_KEY": KEY,
}


def test_nothing_set_is_no_account() -> None:
    assert read({}).wechat is None
    assert read({"YIBAO_WECHAT_TOKEN": " "}).wechat is None


def test_a_good_account_is_secure_and_unverified_by_default() -> None:
    account = read(GOOD).wechat
    assert (account.mode, account.verified, account.aes_keys) == ("secure", False, (KEY,))
    other = {"YIBAO_WECHAT_AES_KEY_PREVIOUS": "a" * 43, "YIBAO_WECHAT_VERIFIED": "true", "YIBAO_WECHAT_SECRET": "s"}
    account = read({**GOOD, **other}).wechat
    assert account.aes_keys == (KEY, "a" * 43) and account.verified


def test_plain_mode_needs_no_key() -> None:
    plain = {**GOOD, "YIBAO_WECHAT_MODE": "plain", "YIBAO_WECHAT_AES_KEY": ""}
    assert read(plain).wechat.aes_keys == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YIBAO_WECHAT_TOKEN", ""),
        ("YIBAO_WECHAT_TOKEN", "two words"),
        ("YIBAO_WECHAT_APPID", ""),
        ("YIBAO_WECHAT_APPID", "gh_0123456789ab"),
        ("YIBAO_WECHAT_AES_KEY", ""),
        ("YIBAO_WECHAT_AES_KEY", KEY[:-1]),
        ("YIBAO_WECHAT_AES_KEY", KEY + "a"),
        ("YIBAO_WECHAT_AES_KEY", KEY[:-1] + "="),
        ("YIBAO_WECHAT_AES_KEY", KEY[:-1] + "密"),
        ("YIBAO_WECHAT_AES_KEY_PREVIOUS", "short"),
        ("YIBAO_WECHAT_MODE", "safe"),
        ("YIBAO_WECHAT_VERIFIED", "maybe"),
        ("YIBAO_REDIS_URL", "localhost:6379"),
        ("YIBAO_TRUSTED_PROXIES", "10.0.0.0/8, nginx"),
    ],
)
def test_a_wrong_value_ends_the_start_with_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} "):
        read({**GOOD, name: value})


def test_a_verified_account_needs_its_secret() -> None:
    with pytest.raises(SettingsError, match="^YIBAO_WECHAT_SECRET "):
        read({**GOOD, "YIBAO_WECHAT_VERIFIED": "true"})


def test_no_secret_is_printed() -> None:
    secret = {"YIBAO_WECHAT_SECRET": "s3cret", "YIBAO_REDIS_URL": "redis://:p4ss@localhost"}
    printed = repr(read({**GOOD, **secret}))
    assert "wx0123456789abcdef" in printed
    assert not any(word in printed for word in (KEY, "kefu_test_Token1", "s3cret", "p4ss"))
    with pytest.raises(SettingsError) as caught:
        read({**GOOD, "YIBAO_REDIS_URL": "http://:p4ss@localhost"})
    assert "p4ss" not in str(caught.value)
