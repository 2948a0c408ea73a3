import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.text import normalise, spoken


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("", ""),
        ("   ", ""),
        ("怎么绑定家属", "怎么绑定家属"),
        ("怎麼綁定親情賬戶", "怎么绑定亲情账户"),
        ("我媽在廣東參保", "我妈在广东参保"),
        ("伊犁 哈薩克自治州", "伊犁 哈萨克自治州"),
        ("ＡＰＰ怎么下载？", "APP怎么下载?"),
        ("全角\u3000空格", "全角 空格"),
        ("  前后  都有\t空白\n换行 ", "前后 都有 空白 换行"),
        ("零\u200b宽\ufeff字\u2060符", "零宽字符"),
        ("控\x00制\x07符", "控制符"),
        ("孤\ud83d立", "孤立"),
        ("①②③", "123"),
        ("谢谢😂👍", "谢谢😂👍"),
        ("一家👨\u200d👩\u200d👧三口", "一家👨\u200d👩\u200d👧三口"),
        ("爱心❤️", "爱心❤️"),
        ("陕西乾县的医保", "陕西乾县的医保"),
        ("吉林乾安", "吉林乾安"),
        ("沈思一下，慰藉", "沈思一下,慰藉"),
        ("著名的医院", "著名的医院"),
        ("我妈后天干什么，里面有面条", "我妈后天干什么,里面有面条"),
    ],
)
def test_normalise(raw, expected):
    assert normalise(raw) == expected


@given(
    st.text(st.one_of(st.characters(), st.sampled_from("乾縣乾著於后後 \u200d\u200b👨👩❤\ufe0f\u3000ＡＢ①がか\u3099")))
)
def test_normalise_is_idempotent(text):
    once = normalise(text)
    assert normalise(once) == once
    once.encode("utf-8")


def test_labels_of_masked_data_are_not_spoken():
    assert spoken("我妈身份证【身份证号】电话【手机号】怎么绑") == "我妈身份证电话怎么绑"
    assert spoken("点【我的】") == "点"
