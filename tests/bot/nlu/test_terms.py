import pytest

from bot.nlu.terms import TermFinder
from bot.paths import KNOWLEDGE
from bot.yamlfile import read_yaml


@pytest.fixture(scope="module")
def finder():
    channels, negations = (read_yaml(KNOWLEDGE / f"{name}.yml") for name in ("channels", "negations"))
    return TermFinder({"channel": {id_: channel["names"] for id_, channel in channels.items()}}, negations)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("支付包怎么绑", ["alipay"]),
        ("在微信小程序里弄", ["wechat"]),
        ("国家医保服务平台APP上查", ["national_app"]),
        ("网上能查吗", ["website"]),
        ("去大厅办行不行", ["counter"]),
        ("国家医保局网站上写的", ["website"]),
        ("医院窗口说不行", []),
        ("在交费窗口排队", []),
        ("钱转到银行卡", []),
        ("怎么绑我爸", []),
        ("happy", []),
        ("打开app2", ["national_app"]),
        ("", []),
        ("😀", []),
    ],
)
def test_channels_are_found(finder, text, values):
    assert [term.value for term in finder.find(text)] == values


@pytest.mark.parametrize(
    ("text", "excluded"),
    [
        ("我没有微信", True),
        ("不是支付宝", True),
        ("APP打不开", True),
        ("手机上没那个APP", True),
        ("有没有微信的办法", False),
        ("能不能用APP办", False),
        ("要不要去银行", False),
    ],
)
def test_a_channel_is_ruled_out_but_not_by_a_question(finder, text, excluded):
    [term] = finder.find(text)
    assert term.excluded is excluded
    assert text[term.start : term.end].lower() in text.lower()
