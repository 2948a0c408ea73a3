"""Made-up personal data and ways to write it, for all tests that look for traces of it."""

import random
from dataclasses import dataclass

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
_CHINESE = str.maketrans("0123456789", "零一二三四五六七八九")
_FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾萧田董袁潘蔡蒋余"
_GIVEN = "秀英桂兰玉华建国志强丽娟明杰晓燕海涛淑珍文博梓涵子轩宇航雨欣佳怡浩然"
_MINORITY = ("阿依古丽·买买提", "买买提江·吐尔逊", "古丽娜尔·哈斯木", "努尔兰·别克", "迪丽努尔")
_STREETS = ("解放西路", "斯大林街", "人民路", "胜利巷", "中山三路", "滨河大道", "文化里弄", "长安街")
_ESTATES = ("幸福小区", "金桂花园", "阳光家园", "丽景公寓", "东风新村")


@dataclass(frozen=True)
class Sample:
    """A sentence and the pieces of it that must be found nowhere."""

    text: str
    secrets: tuple[str, ...]


def samples(count: int, seed: int = 7) -> list[Sample]:
    """Sentences with personal data in them, always the same for a seed; kinds and ways of writing take turns."""
    chance = random.Random(seed)
    kinds = (_identity, _mobile, _bank_card, _security_card, _landline, _name, _address, _document)
    return [kinds[number % len(kinds)](chance, number // len(kinds)) for number in range(count)]


def identity(chance: random.Random) -> str:
    """An identity number with a right check digit."""
    day = f"{chance.randint(1935, 2024)}{chance.randint(1, 12):02}{chance.randint(1, 28):02}"
    body = chance.choice(("654002", "110101", "440305", "430525", "620102")) + day + f"{chance.randint(1, 999):03}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]


def mobile(chance: random.Random) -> str:
    return f"1{chance.choice('3456789')}{chance.randint(0, 999_999_999):09}"


def luhn_card(chance: random.Random) -> str:
    body = chance.choice(("622848", "621700", "436742")) + f"{chance.randint(0, 10**12 - 1):012}"
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(body)))
    return body + str(-total % 10)


def _written(chance: random.Random, number: str, way: int, pieces: tuple[int, ...]) -> tuple[str, tuple[str, ...]]:
    """A number in one of eight ways, and what of it must not be found."""
    parts, start = [], 0
    for size in pieces:
        parts.append(number[start : start + size])
        start += size
    parts.append(number[start:])
    match way % 8:
        case 0:
            return number, (number,)
        case 1:
            text = " ".join(parts)
        case 2:
            text = "-".join(parts)
        case 3:
            text = number.translate(_FULL_WIDTH)
        case 4:
            text = " ".join(number)
        case 5:
            text = "　".join(part.translate(_FULL_WIDTH) for part in parts)
        case 6:
            text = number.translate(_CHINESE)
        case _:
            text = f"{parts[0]}，号码是{parts[1]}，后面是" + "".join(parts[2:])
            return text, (text, "".join(parts[1:]), parts[-1])
    return text, (text, number)


def _sentence(chance: random.Random, templates: tuple[str, ...], text: str, secrets: tuple[str, ...]) -> Sample:
    return Sample(chance.choice(templates).format(text), secrets)


def _identity(chance: random.Random, way: int) -> Sample:
    templates = ("我妈的身份证号是{}，怎么绑定", "身份证 {} 查一下余额", "{}这个号绑不上", "证件号码：{}")
    return _sentence(chance, templates, *_written(chance, identity(chance), way, (6, 8)))


def _mobile(chance: random.Random, way: int) -> Sample:
    templates = ("手机号{}收不到验证码", "我的电话是{}，麻烦回电", "联系方式 {} 谢谢", "手机 {}，怎么解绑")
    return _sentence(chance, templates, *_written(chance, mobile(chance), way, (3, 4)))


def _bank_card(chance: random.Random, way: int) -> Sample:
    templates = ("银行卡号{}能用来缴医保吗", "卡号是{}，怎么查余额", "我的银行卡 {}")
    return _sentence(chance, templates, *_written(chance, luhn_card(chance), way, (4, 4)))


def _security_card(chance: random.Random, way: int) -> Sample:
    templates = ("社保卡号{}丢了怎么挂失", "医保卡号码：{}", "社保卡卡号是{}，能报销吗")
    return _sentence(chance, templates, *_written(chance, f"{chance.randint(10**9, 10**12)}", way, (3, 4)))


def _landline(chance: random.Random, way: int) -> Sample:
    area, number = chance.choice(("0999", "010", "0755")), str(chance.randint(2_000_000, 89_999_999))
    text = (f"{area}-{number}", f"{area}{number}", f"（{area}）{number}", f"{area} {number}")[way % 4]
    return _sentence(chance, ("家里座机{}，打不通", "固话 {} 怎么改", "电话：{}"), text, (number,))


def _name(chance: random.Random, way: int) -> Sample:
    name = chance.choice(_FAMILY) + "".join(chance.sample(_GIVEN, chance.choice((1, 2))))
    if way % 6 == 5:
        name = chance.choice(_MINORITY)
    templates = (
        "我叫{}，想给我妈绑定",
        "姓名：{}，怎么查",
        "姓名{} 查余额",
        "我叫{}",
        "我妈叫{}，医保卡丢了",
        "我叫{}想问怎么解绑",
    )
    return _sentence(chance, templates, name, (name,))


def _address(chance: random.Random, way: int) -> Sample:
    door = f"{chance.randint(1, 320)}号"
    rest = (
        f"{chance.randint(1, 30)}栋{chance.randint(101, 3204)}室",
        f"{chance.randint(1, 9)}号楼{chance.randint(1, 5)}单元{chance.randint(101, 999)}",
        "",
    )
    if way % 2:
        text = chance.choice(_ESTATES) + chance.choice(rest[:2])
    else:
        text = chance.choice(_STREETS) + door + chance.choice(rest)
    if way % 4 == 2:
        text = text.translate(_FULL_WIDTH)
    if way % 4 == 3:
        text = " ".join((text[:4], text[4:]))
    templates = ("我住在伊宁市{}，去哪办", "地址：广东省深圳市南山区{}", "寄到{}可以吗", "家在{}")
    return _sentence(chance, templates, text, (text,))


def _document(chance: random.Random, way: int) -> Sample:
    number = f"{chance.choice(('A', 'E', 'EA', 'C', 'U'))}{chance.randint(10**6, 10**9 - 1):08}"
    templates = ("社保卡号{}丢了", "护照{}能绑吗", "通行证号码是{}", "出生医学证明编号{}，绑宝宝", "这个{}查不到")
    return _sentence(chance, templates, (number, number.translate(_FULL_WIDTH), number.lower())[way % 3], (number[2:],))
