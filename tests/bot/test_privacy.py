"""Personal data is masked however it is written, and nothing else is."""

import random
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.privacy import mask
from tests.personal_data import Sample, identity, samples

ROOT = Path(__file__).resolve().parents[2]


def sentences() -> list[str]:
    """All sentences of the training and test data, without the entities' marks."""
    found = []
    for folder in (ROOT / "data" / "nlu", ROOT / "tests" / "nlu"):
        for file in sorted(folder.glob("*.yml")):
            for block in (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).get("nlu") or []:
                found += [line[2:].strip() for line in (block.get("examples") or "").splitlines() if line.strip()]
    return found


@pytest.mark.parametrize("sample", samples(300), ids=lambda sample: sample.text)
def test_nothing_of_a_secret_is_left(sample: Sample) -> None:
    masked = mask(sample.text)
    assert not [secret for secret in sample.secrets if secret in masked], masked


def test_no_sentence_of_the_data_is_touched() -> None:
    found = sentences()
    assert len(found) > 1000
    assert [text for text in found if mask(text) != text] == []


@pytest.mark.parametrize(
    "text",
    [
        "打12393还是12333",
        "0999-12393能打通吗",
        "区号加12393，比如010 12393",
        "电话是12393、12333、95588",
        "110 120 119都是什么",
        "2025年3月15日办的",
        "2025-03-15 10:30提交的，2025-03-18还没好",
        "20250315交的费",
        "补卡要15–30天",
        "15-30天，最多2025年底",
        "第3步没看懂",
        "最多绑6个人，2个人来绑",
        "余额1000，2000，300元",
        "1000000元能报多少",
        "一二三四五步都做完了",
        "二〇二五年新疆伊犁怎么绑定",
        "验证码123456收不到",
        "姓名填错了怎么改",
        "姓名和身份证号不一致",
        "填姓名时总报错",
        "姓名怎么写",
        "我叫不出名字来",
        "我叫孩子去办",
        "医保局3楼5号窗口",
        "街道办3楼办理可以吗",
        "3号窗口排队",
        "小区15号开始登记",
        "人民路社区医院能用吗",
        "400-812-3456是什么电话",
        "手机号码怎么换",
        "身份证2025年换的",
        "绑定要3个工作日，审核1-3天",
        "12306买票",
        "3.5%还是4.0%",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("我在伊宁市解放路12号住", "我在伊宁市【地址】住"),
        ("我叫张三想绑我妈", "我叫【姓名】想绑我妈"),
        ("姓名：欧阳娜娜，怎么查", "姓名：【姓名】，怎么查"),
        ("手机13800138000。", "手机【手机号】。"),
        ("1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣", "【手机号】\ufe0f\u20e3"),
        ("座机8123456打不通", "座机【号码】打不通"),
        ("身份证11010119900307451x", "身份证【卡号】"),
    ],
)
def test_what_a_masked_text_looks_like(text: str, masked: str) -> None:
    assert mask(text) == masked


@given(
    st.integers(),
    st.text(alphabet="我的医保绑定查吗 ，。", max_size=12),
    st.sampled_from(["", " ", "-", "·", "\u200b", "　"]),
)
@settings(max_examples=200, deadline=None)
def test_an_identity_number_is_found_anywhere(seed: int, around: str, gap: str) -> None:
    number = identity(random.Random(seed))
    masked = mask(around + gap.join(number) + around)
    assert masked == f"{around}【身份证号】{around}"


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_masking_twice_is_masking_once(text: str) -> None:
    once = mask(text)
    assert mask(once) == once


@given(st.text(alphabet="0123456789 ，是号码x路栋一二叫王", max_size=200))
@settings(max_examples=300, deadline=500)
def test_it_is_quick_whatever_comes(text: str) -> None:
    assert isinstance(mask(text), str)
