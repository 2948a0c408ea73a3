"""Personal data is masked however it is written, and nothing else is."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.hostile import FUNCTION, crafted, longest
from bot.privacy import mask, mask_together
from bot.yamlfile import read_yaml
from tests.personal_data import Sample, identity, samples

ROOT = Path(__file__).resolve().parents[2]


def sentences() -> list[str]:
    """All sentences of the training and test data, without the entities' marks."""
    found = []
    for folder in (ROOT / "data" / "nlu", ROOT / "tests" / "nlu"):
        for file in sorted(folder.glob("*.yml")):
            for block in (read_yaml(file) or {}).get("nlu") or []:
                found += [line[2:].strip() for line in (block.get("examples") or "").splitlines() if line.strip()]
    return found


def knowledge() -> list[str]:
    """Every line of the knowledge."""
    files = sorted((ROOT / "knowledge").rglob("*.yml"))
    return [line for file in files for text in _texts(read_yaml(file)) for line in text.split("\n")]


def _texts(data: object) -> list[str]:
    if isinstance(data, dict):
        data = [*data, *data.values()]
    return (
        [data]
        if isinstance(data, str)
        else [text for part in data for text in _texts(part)]
        if isinstance(data, list)
        else []
    )


MOBILE, IDENTITY, CARD = "13800138000", "11010519491231002X", "6228480402564890018"


@pytest.mark.parametrize("sample", samples(300), ids=lambda sample: sample.text)
def test_nothing_of_a_secret_is_left(sample: Sample) -> None:
    masked = mask(sample.text)
    assert not [secret for secret in sample.secrets if secret in masked], masked


@pytest.mark.parametrize("number", [MOBILE, IDENTITY, CARD])
@pytest.mark.parametrize(
    "around", ["Tel{}", "SFZ{}", "微信wx{}", "No.{}号", "({})", "卡{}卡", "a{}b", "_{}_", "第{}个", "¥{}元"]
)
def test_a_number_that_proves_itself_is_found_whatever_stands_beside_it(number: str, around: str) -> None:
    assert number not in mask(around.format(number))


@pytest.mark.parametrize(
    "written",
    [
        "壹叁捌零零壹叁捌零零零",
        "幺三八洞洞幺三八洞洞洞",
        "⑴⑶⑻00⑴⑶⑻000",
        "⒈⒊⒏００⒈⒊⒏０００",
        "Ⅰ3800Ⅰ38000",
        "①③⑧⓪⓪①③⑧⓪⓪⓪",
        "١٣٨٠٠١٣٨٠٠٠",
        "१३८००१३८०००",
        "𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎",
        "1̶3̶8̶0̶0̶1̶3̶8̶0̶0̶0̶",
        "l38OO138OOO",
        "I38ОО138ООО",
        "138/0013/8000",
        "138、0013、8000",
        "138,0013,8000",
        "138：0013：8000",
        "138|0013|8000",
        "1/3/8/0/0/1/3/8/0/0/0",
        "138\u200b\u200c\u2060\ufeff\u00ad0013\u200b\u200b\u200b\u200b8000",
        "138\u3164\u3164\u3164\u31640013\u115f\u115f\u115f\u115f8000",
        "1三8零0一三8〇零0",
        "+86 138-0013-8000",
        "138点0013点8000",
        "138转0013接8000",
        "138跟着0013之后8000",
        "138接下来是0013再来8000",
        "138a0013b8000",
        "138x0013x8000",
        "138😀0013😀8000",
        "138" + "-" * 18 + "0013" + "-" * 18 + "8000",
        "138中间四位0013后四位8000",
        "一三八 中四位零零一三 后四位八零零零",
        "么三八零零么三八零零零",
        "妖三八洞洞妖三八洞洞洞",
        "!38OO!38OOO",
        "丨38OO丨38OOO",
        "1380013八千",
        "13然后80然后01然后38然后000",
    ],
)
@pytest.mark.parametrize("sentence", ["{}", "我妈{}收不到验证码", "打{}，谢谢"])
def test_a_mobile_number_is_found_however_it_is_written(written: str, sentence: str) -> None:
    assert mask(sentence.format(written)) == sentence.format("【手机号】")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("社保卡号A12345678怎么查", "社保卡号【证件号】怎么查"),
        ("护照E12345678能绑吗", "护照【证件号】能绑吗"),
        ("护照EA1234567", "护照【证件号】"),
        ("港澳通行证C12345678", "港澳通行证【证件号】"),
        ("台胞证12345678", "台胞证【号码】"),
        ("出生医学证明编号U650123456", "出生医学证明编号【证件号】"),
        ("香港身份证A123456(3)", "香港身份证【证件号】"),
        ("我妈的号是A12345678", "我妈的号是【证件号】"),
        ("身份证前6位是654002", "身份证前6位是【号码】"),
        ("后面是451X", "后面是【号码】"),
        ("19900307", "【号码】"),
        ("0013", "【号码】"),
        ("我叫“张伟”", "我叫“【姓名】”"),
        ("我叫：张伟", "我叫：【姓名】"),
        ("我叫张偉", "我叫【姓名】"),
        ("持卡人：张伟，伊犁的", "持卡人：【姓名】，伊犁的"),
        ("持卡人张伟", "持卡人【姓名】"),
        ("參保人：張偉", "參保人：【姓名】"),
        ("宝宝叫张子轩", "宝宝叫【姓名】"),
        ("孩子名字叫张子轩", "孩子名字叫【姓名】"),
        ("儿子取名张子轩", "儿子取名【姓名】"),
        ("患者「李娜」", "患者「【姓名】」"),
        ("小区8-2-301", "【地址】"),
        ("我住幸福小区8-2-301", "我住【地址】"),
        ("阳光花园3-1-1202寄到", "【地址】寄到"),
        ("住8#2-301", "住【地址】"),
        ("住八栋二单元三零一", "住【地址】"),
        ("8幢2-301", "【地址】"),
        ("阳光家园8栋2-301", "【地址】"),
        ("小区8—2—301", "【地址】"),
        ("名字：张伟", "名字：【姓名】"),
        ("宝宝名字张子轩", "宝宝名字【姓名】"),
        ("军字第1234567号", "军字第【号码】号"),
        ("加我微信 zs_1990", "加我微信 【账号】"),
        ("138 0013 8000元", "【手机号】元"),
        ("发到zhang.san@163.com", "发到【邮箱】"),
        ("发到zhang san @163.com", "发到【邮箱】"),
        ("张三@qq.com", "【邮箱】"),
        ("email zhang@163.com", "email 【邮箱】"),
        ("vx zhangsan123", "vx 【账号】"),
        ("V信：zhangsan123", "V信：【账号】"),
        ("wx:zhangsan123", "wx:【账号】"),
        ("110101 1965年10月18日 3797", "【身份证号】"),
        ("4111x1111x1111x1111", "【卡号】"),
        ("社会保障卡号A.123.456.78", "社会保障卡号【证件号】"),
        ("护照 AB123456", "护照 【证件号】"),
        ("护照号 E 1234 5678", "护照号 【证件号】"),
        ("澳门身份证1/234567/8", "澳门身份证【证件号】"),
        ("5123456(8)", "【证件号】"),
        ("门诊号 998877", "门诊号 【号码】"),
        ("老年证 123456", "老年证 【号码】"),
        ("密码是123456", "密码是【号码】"),
        ("支付密码是 112233", "支付密码是 【号码】"),
        ("老伴叫李秀英", "老伴叫【姓名】"),
        ("媳妇叫李秀英", "媳妇叫【姓名】"),
        ("丫头叫李秀英", "丫头叫【姓名】"),
        ("崽叫李秀英", "崽叫【姓名】"),
        ("我叫张和平", "我叫【姓名】"),
        ("我叫李在明", "我叫【姓名】"),
        ("我叫王有财想问", "我叫【姓名】想问"),
        ("我叫张可可", "我叫【姓名】"),
        ("宝宝叫张想想", "宝宝叫【姓名】"),
        ("我叫高峰", "我叫【姓名】"),
        ("姓名：白雪，怎么查", "姓名：【姓名】，怎么查"),
        ("我叫逄小明", "我叫【姓名】"),
        ("我叫巩小明", "我叫【姓名】"),
        ("持卡人为张伟", "持卡人为【姓名】"),
        ("患者张伟", "患者【姓名】"),
        ("参保人张伟", "参保人【姓名】"),
        ("户主张伟", "户主【姓名】"),
        ("监护人：张伟", "监护人：【姓名】"),
        ("机主：张伟", "机主：【姓名】"),
        ("学生：张伟", "学生：【姓名】"),
        ("患儿：张伟", "患儿：【姓名】"),
        ("签名：张伟", "签名：【姓名】"),
        ("姓 名：张伟", "姓 名：【姓名】"),
        ("姓名买买提江·吐尔逊 查余额", "姓名【姓名】 查余额"),
        ("姓名：艾克拜尔", "姓名：【姓名】"),
        ("姓名：艾克拜尔，怎么查", "姓名：【姓名】，怎么查"),
        ("8号楼301", "【地址】"),
        ("8栋301", "【地址】"),
        ("8号楼三零一", "【地址】"),
        ("2单元301", "【地址】"),
        ("汉宾大厦803", "【地址】"),
        ("幸福小区301", "【地址】"),
        ("幸福小区8#", "【地址】"),
        ("解放路甲12号", "【地址】"),
        ("12排3号", "【地址】"),
        ("斯大林街2巷5号", "【地址】"),
        ("信合苑3#1单元502", "【地址】"),
        ("微信号：zhang_san88", "微信号：【账号】"),
    ],
)
def test_documents_pieces_names_and_addresses(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "texts",
    [
        ["我138呢", "还有0013", "好的", "最后8000对吧"],
        ["号段138，是我妈的", "接下来0013，", "收尾8000对吧"],
        ["她开头是110105，", "生日那段19491231，", "最末002X谢谢"],
        ["1380", "0138", "000"],
    ],
)
def test_a_number_told_over_several_messages(texts: list[str]) -> None:
    told = "".join(mask_together([mask(text) for text in texts]))
    assert not [char for char in told if char.isdigit()]


@pytest.mark.parametrize(
    ("texts", "masked"),
    [
        (["我叫", "张伟"], ["我叫", "【姓名】"]),
        (["姓名：", "张和平，伊犁的"], ["姓名：", "【姓名】，伊犁的"]),
        (["我住幸福小区", "8号楼", "2单元301"], ["我住【地址】", "【地址】", "【地址】"]),
    ],
)
def test_names_and_addresses_over_several_messages(texts: list[str], masked: list[str]) -> None:
    assert mask_together([mask(text) for text in texts]) == masked


@pytest.mark.parametrize(
    "texts",
    [
        ["15天还是30天", "2025年12月办的", "打12393", "余额300元"],
        ["怎么绑定", "最多6个人", "1", "2"],
        ["我叫张三", "交了1000元", "2025", "12393"],
        ["怎么改姓名", "马上要用"],
        ["填的是孩子：", "石河子的"],
        ["社区", "3号窗口"],
        ["上午8:00", "下午18:00", "1", "3"],
    ],
)
def test_ordinary_numbers_of_several_messages_stay(texts: list[str]) -> None:
    told = [mask(text) for text in texts]
    assert mask_together(told) == told


def test_no_line_of_the_knowledge_is_touched() -> None:
    found = knowledge()
    assert len(found) > 3000
    assert [text for text in found if mask(text) != text] == []


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
        "15至30天",
        "余额1500，2000，300元",
        "2025年3月到2026年12月",
        "一二三、四五六",
        "111111",
        "2025",
        "12393",
        "参保人于2025年去世",
        "本人江苏参保",
        "宝宝叫什么名字都行",
        "联系人怎么填",
        "3-5个工作日",
        "血压150/90",
        "身份证18位",
        "微信是怎么绑的",
        "3.5%还是4.0%",
        "本人：苏州医保",
        "患者：安徽参保",
        *(
            f"{who}：{place}"
            for who in ("本人", "患者", "家人", "孩子")
            for place in (
                "郑州",
                "武汉",
                "温州",
                "石河子",
                "黄石市",
                "徐州的",
                "江西的",
                "石家庄",
                "高邮",
                "金昌医保",
                "巴音郭楞的",
                "克州",
                "伊力州的",
            )
        ),
        "患者：高血压",
        "患者：白血病",
        "患者：温度高",
        "家人：孙女",
        "家属：孙子",
        "患者是安徽的",
        "本人：康复中",
        "姓名：何时能改",
        "名字是曾用名",
        "我叫车去医院",
        "周一到周五9:00-12:00，14:00-18:00",
        "8:00-18:00",
        "9:30、10:30、11:30",
        "上午9：30到12：30",
        "150元，2023年1000元",
        "13年12月1日，2013年12月",
        "每年150，补2000元，剩3000元",
        "验证码 123456",
        "密码6位",
        "幸福小区2025年参保",
        "去幸福小区社区3号窗口",
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
        ("1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣", "【手机号】"),
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


@pytest.mark.parametrize(
    "texts",
    [
        ["生日是19651018", "最后一位是X", "身份证前面110101", "1965年10月的"],
        ["处方60012345的药", "XL号", "41234567能报吗"],
        ["尺码1362281", " x X", "048196507"],
    ],
)
def test_an_x_between_digits_is_no_digit(texts: list[str]) -> None:
    assert len(mask_together(texts)) == len(texts)


# Numbers whole and in pieces among letters, words and signs that may stand between the pieces.
_PARTS = st.sampled_from(
    [
        *"0123456789Xx一三八年月位号 -()/,:\n",
        MOBILE,
        IDENTITY,
        CARD,
        "110101",
        "19651018",
        "前6位",
        "18位",
        "身份证",
        "我叫",
    ]
)


@given(st.lists(st.lists(_PARTS, max_size=30).map("".join) | st.text(max_size=40), max_size=6))
@settings(max_examples=500, deadline=None)
def test_nothing_that_is_said_makes_it_fail(texts: list[str]) -> None:
    assert len(mask_together(texts)) == len(mask_together([mask(text) for text in texts])) == len(texts)


def test_it_is_quick_whatever_comes() -> None:
    for function in (mask, lambda text: mask_together([text] * 4)):
        took, text = longest(function, crafted())
        assert took <= FUNCTION, text
