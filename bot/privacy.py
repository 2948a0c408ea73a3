"""Masks personal data before anything else sees a message.

`RULES` is what counts, a line each: the label, where to look, what it looks like, and what proves it. All read the
normalised text, in which no width, no traditional character, nothing invisible and no other sign for a digit (壹, ①, ٣)
hides anything. A number that proves itself, by a check digit or a prefix, is masked whatever stands beside it.
Ordinary numbers stay: hotlines, years, dates, amounts, durations, short codes.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from importlib.util import find_spec
from operator import mul
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

from bot.nlu.text import normalise
from bot.paths import KNOWLEDGE

# What the labels of numbers look like, for who wants to say that there was one.
NUMBER_LABELS = ("【身份证号】", "【手机号】", "【卡号】", "【证件号】", "【号码】")
_LABEL = re.compile("|".join((*NUMBER_LABELS, "【账号】", "【邮箱】", "【姓名】", "【地址】")))
# Stand in what the rules read for what is masked, the second for 【号码】: no word, no gap, no digit.
_MASKED, _NUMBERED = "\uffff", "\ufffe"
_HIDDEN = _MASKED + _NUMBERED
# Between the messages of `mask_together`.
_BREAK = "\n"
# Nothing is seen of them, though Unicode has them for letters and signs: fillers of Hangul, and Braille's blank.
_UNSEEN = f"\u115f\u1160\u3164\u2800{_HIDDEN}"
# What looks like a digit in Latin, Greek and Cyrillic, and what is said for one on the telephone.
_SIMILAR = str.maketrans("OoΟοОо洞lIi|!丨ΙιІі么妖Zz两ЗзSs拐B勾", "00000001111111111112223355789")

# -- what numbers look like

# Between the digits of one number: blanks, hyphens, dots.
_CLOSE = rf"(?:[^\w,、;/:()~%{_HIDDEN}]|_){{0,3}}"
# Between digits that are told one by one.
_SIGN = rf"(?:[^\w{_BREAK}{_HIDDEN}]|[_是的号码再加杠嗯啊呃])"
_LOOSE = rf"{_SIGN}{{0,20}}"
# The same where eleven digits and more make one number: 13然后80.
_LINKED = rf"(?:{_SIGN}|[然后接着面边空格来转]){{0,20}}"
# How many digits come next is none of the number's: "后4位8000".
_TOLD = "[0-9]{1,2}位"
# Between groups of three digits or more whatever is said: "138点0013", "前6位110101，后面是…". Each gap is one of the
# three and no other, or a text of many would be read in all ways there are.
_ANY = rf"(?:{_TOLD}|[^0-9{_BREAK}{_HIDDEN}]){{0,20}}(?=[0-9]{{3}})"
_GAP = rf"(?:(?<![0-9]{{3}}){_LINKED}|(?<=[0-9]{{3}})(?:{_ANY}|{_LINKED}(?![0-9]{{3}})))"
# In an identity number, which its check digit proves, also those of the day of birth.
_BORN = rf"(?:[年月日]\s?|{_GAP})"
# Between the messages in which one number is told, whatever is said besides.
_WORDS = rf"[^0-9{_BREAK}{_HIDDEN}]{{0,20}}"
_ONWARD = rf"{_WORDS}(?:{_BREAK}{_WORDS}){{1,3}}"
_FAR = rf"(?:{_GAP}|{_ONWARD})"
# What begins further from the end of a message does not end in the next.
_NEAR_END = rf"(?=[^{_BREAK}]{{0,60}}{_BREAK})"
# Of a number found in several messages the part in one, from its first digit to its last; of an address all.
_PIECE = {
    "numbers": re.compile(rf"[0-9](?:[^{_BREAK}]*[0-9xX])?"),
    "letters": re.compile(rf"[^{_BREAK}{_HIDDEN}]+"),
}


def _digits(least: int, most: int | str, gap: str) -> str:
    return rf"[0-9](?:{gap}[0-9]){{{least - 1},{most and int(most) - 1}}}"


def _identity(gap: str) -> str:
    return rf"(?<![0-9]){_digits(17, 17, gap)}{gap}(?:[0-9](?![0-9])|[xX](?![A-Za-z]))"


def _mobile(gap: str) -> str:
    # 1380013八千 as well.
    rest = rf"(?:{_digits(9, 9, gap)}(?![0-9])|{_digits(6, 6, gap)}千)"
    return rf"(?<![0-9])(?:(?:\+|00?)?86{gap})?1{gap}[3-9]{gap}{rest}"


def _card(gap: str) -> str:
    return rf"(?<![0-9]){_digits(16, 19, gap)}(?![0-9])"


def _far(kind: Callable[[str], str]) -> str:
    return rf"(?=[0-9]){_NEAR_END}{kind(_FAR)}"


_LANDLINE = r"(?<![0-9])0[0-9]{2,3}[\W_]{0,3}[2-9][0-9]{6,7}(?![0-9])"
# Passport, 社保卡, 通行证, 出生医学证明.
_DOCUMENT = r"(?<![A-Za-z0-9])[A-Za-z]{1,2}[ \-]?[0-9]{7,12}(?![A-Za-z0-9])"
# The same with signs between, where a word tells what it is, and shorter.
_LETTERED = rf"(?<![A-Za-z0-9])[A-Za-z]{{1,2}}{_CLOSE}{_digits(4, 12, _CLOSE)}(?![A-Za-z0-9])"
_MACAO = r"(?<![A-Za-z0-9/])[1578](?:/[0-9]{6}/[0-9](?![A-Za-z0-9/])|[0-9]{6}\([0-9]\))"
_HONG_KONG = r"(?<![A-Za-z0-9])[A-Za-z]{1,2}[0-9]{6}\s?\(?[0-9Aa]\)?(?![A-Za-z0-9])"
_LONG = rf"(?<![0-9]){_digits(9, '', _CLOSE)}(?:{_CLOSE}[xX](?![A-Za-z]))?"
_SHORT = rf"(?<![0-9]){_digits(3, '', _CLOSE)}(?:{_CLOSE}[xX](?![A-Za-z]))?"
_PIECES = rf"(?<![0-9]){_digits(9, 40, _GAP)}(?:{_LOOSE}[xX](?![A-Za-z]))?"
# A message of nothing but a number: a piece of one that is told over several.
_SAID = rf"(?:{_SIGN}|[我你他她这那吧哦呢了哈就]){{0,12}}"
_ALONE = rf"\A{_SAID}(?P<it>[0-9](?:{_LOOSE}[0-9])*(?:{_LOOSE}[xX])?){_SAID}\Z"

# -- what names look like

# The family names of over 98 % of people, without those that begin ordinary words after 姓名 (和, 时, 应, 那).
_FAMILY = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾肖萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任"
    "卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付傅方邹熊白孟秦邱丘江尹薛闫阎侯雷龙段史陶贺毛郝顾龚邵覃武钱戴严莫孔汤常温康施文"
    "牛樊葛邢安齐乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂苗曲盛翁冉路"
    "游靳管柴蒙祁卜苟解房辛娄冷饶滕佟艾车景封党瞿窦宫穆卫卓栗麻米古隋逄佘亓粟逯仝禹鹿盖晏迟练荆裘燕巩寇"
)
_COMPOUND = "欧阳|上官|司马|诸葛|夏侯|皇甫|尉迟|公孙|慕容|令狐|司徒|东方|东郭|南宫|端木|百里|呼延|轩辕|宇文"
# What follows a name rather than belongs to it.
_AFTER_NAME = "我你您他她它想要问怎的在是有和跟与及帮给需今去来可能住电手身年请这那办查绑医社参了吗呢吧啊"
# First characters of Uyghur, Kazakh and Tibetan names as written in Chinese.
_TRANSCRIBED = "阿艾买麦玛热古帕努吐图依伊木迪哈赛叶巴库加米尼沙夏茹祖卡凯克达杰合肉亚扎次洛丹央"
# Who may have a name. Words that end so, before 叫 and a colon: 我妈叫, 宝宝叫, 监护人：, 姓名：.
_BEARER = "我他她爸妈娃亲父母公婆爷奶儿女孩哥姐弟妹孙人宝子夫友属者名字侄甥舅姨姑叔伯媳妇婿大小伴头崽主生"
# What forms have a field for.
_ASKED = "大名|全名|姓名|名字|户名|联系人|持卡人|参保人|被保险人|监护人|收件人|办理人|患者|患儿|户主|机主"
_OPENING = r"[\s:,\"'“”‘’「『《<(\[【]*"
# In so many words, whatever the name: 我叫高峰; and where nothing but a name is put in: 姓名：白雪.
_CALLED = (
    rf"(?:(?<=[{_BEARER}])叫做?(?!车[去来])|[取起]名叫?为?|(?<=[名字])\s*:(?={_OPENING}[^\W0-9]{{2,3}}(?:[\W_]|$)))"
)
_LABELLED = rf"(?:(?<=[{_BEARER}])\s*[:“「]|(?:{_ASKED})[是叫为])"
_HAN = "[\u4e00-\u9fff]"
_DOTS = re.compile("[·•・‧∙]")
_NEXT = rf"(?![{_AFTER_NAME}]){_HAN}"
# Where no sign introduces it: 姓名王有财 with nothing behind, but not 姓名于今年.
_SURE = rf"(?:{_NEXT}|{_HAN}(?={_HAN}(?:[\W_]|$)))"


def _name(second: str) -> str:
    """A name: of one with a family name, the second character decides how sure it is."""
    return (
        rf"(?P<it>{_HAN}{{1,12}}{_DOTS.pattern}{_HAN}(?:(?![{_AFTER_NAME}])[\u4e00-\u9fff·•・‧∙]){{0,12}}"
        rf"|[{_TRANSCRIBED}]{{2}}{_HAN}{{1,6}}?(?=$|[\W_]|[{_AFTER_NAME}])"
        rf"|(?:{_COMPOUND})\s?{_HAN}(?:{_NEXT})?"
        # 张可可: twice the same is no beginning of what follows.
        rf"|[{_FAMILY}]\s?(?P<second>{second})(?:\s?(?:(?P=second)|{_NEXT}))?"
        rf"|(?!阿姨|加|合)[{_TRANSCRIBED}]{_HAN}{{2,7}}?(?=$|[\W_]|[{_AFTER_NAME}]))"
    )


# In the message after the one that asks for it or ends with 我叫.
_NAME_NEXT = rf"(?:(?<=[{_BEARER}])叫做?|(?:姓名|名字)[是叫为]?)\s*:?{_BREAK}{_OPENING}{_name(_HAN)}(?=[\W_]|$)"

# -- what addresses look like

_COUNT = r"(?<![0-9])(?:[0-9]{1,5}|[零〇一二三四五六七八九十百]{1,5})"
# 8-2-301: house, entrance, flat
_FLAT = r"[0-9]{1,4}(?:[\-—–#/][0-9]{1,4}){1,3}(?![0-9年月天元块%单号栋幢])"
# 301, but not 2025年, 1000元
_ROOM = r"(?:[A-Za-z]?[0-9]{3,4}|[零〇一二三四五六七八九]{3,4})室?(?![0-9]|\s?[年月日天个人户元块万分米平窗%:])"
_HOUSE = rf"{_COUNT}\s?(?:号楼|号院|栋|幢|单元|室|座|弄)|[A-Za-z]\s?[座栋幢]|[0-9]{{1,3}}#"
# "3号" of a street is a house, unless it is a counter's number, a line's or a day of the month.
_DOOR = rf"[附甲乙丙丁]?(?:[0-9]{{1,4}}[-－之])?{_COUNT}\s?号(?!线|窗|柜|口|厅|开始|之前|以前|之后|以后|前|后|那天|上午|下午|晚上|文)"
_PLACE = r"[^\W_0-9省市区县州旗镇乡住在是到去]{0,8}"
# 斯大林街2巷5号: a lane with a number, of a street or not
_LANE = rf"(?:{_PLACE}[路街道]\s?)?{_COUNT}\s?[巷弄排]"
_ROAD = rf"(?:{_LANE}|{_PLACE}(?:路|街|巷|弄|道|胡同|条|段))(?:[东南西北中内外一二三四五六七八九十]\w?)?\s?{_DOOR}"
_ESTATE = (
    rf"{_PLACE}(?:小区|社区|花园|家园|公寓|新村|苑|庭|府|城|村|大厦|宿舍|家属院|庄|组|屯|连|团|里|湾|园)"
    rf"\s?(?:{_COUNT}\s?[组队连]\s?)?(?:{_FLAT}|{_HOUSE}|{_COUNT}\s?号(?=[\W_]|$|[0-9楼院]))"
    rf"|{_PLACE}(?:小区|花园|家园|公寓|大厦|苑)\s?{_ROOM}"
)
_REST = rf"(?:[\s,\-－]{{0,2}}(?:{_HOUSE}|{_FLAT}|[0-9]{{1,2}}门|{_DOOR}|[院楼]|{_COUNT}\s?[楼层](?!窗|办)|[A-Za-z]?[0-9]{{2,5}}(?![0-9年月天元块%])|[零〇一二三四五六七八九]{{3,4}}))*"
# Told without a street: 8栋2单元301, 8栋301, 8-2-301
_INSIDE = (
    rf"{_COUNT}\s?(?:号楼|栋|幢)\s?(?:{_COUNT}\s?单元|[0-9]{{1,2}}[\-—–][0-9]{{3,4}}(?![0-9]))"
    rf"|{_COUNT}\s?(?:号楼|栋|幢|单元)\s?{_ROOM}"
    r"|(?<![0-9\-])[0-9]{1,3}[\-—–#][0-9]{1,2}[\-—–#](?!19|20)[0-9]{3,4}(?![0-9\-])"
)
_ADDRESS = rf"(?:{_ROAD}|{_ESTATE}|{_INSIDE}){_REST}"

_USER = r"[A-Za-z0-9_.+\-]{1,64}"
_MAIL = (
    rf"(?:(?<![A-Za-z0-9_.+\-])(?:[A-Za-z]{{1,20}} {_USER} (?=@)|{_USER})|{_HAN}{{1,4}})"
    r"\s?@\s?[A-Za-z0-9\-]{1,64}(?:\.[A-Za-z0-9\-]{1,24}){1,4}"
)
_ACCOUNT = (
    r"(?:微信号|加我?微信|(?:微信|QQ|qq)\s?号?\s?[是为:]|[薇威vV]信号?|加我?[vV]|(?<![A-Za-z])[vVwW][xX]号?)"
    r"[\s是为:]{0,2}(?P<it>[A-Za-z][A-Za-z0-9_\-]{5,19})(?![A-Za-z0-9_\-])"
)


# -- what is no secret


# After these words a shorter number is somebody's as well.
_OWNER = (
    "身份证|证件|手机|电话|座机|固话|联系方式|卡号|账号|帐号|号码|编号|社保卡|医保卡|银行卡|存折|护照|通行证|居住证|户口[本簿]|出生证明?|医学证明"
    r"|[军警]官证|驾驶?证|[学工]号|的号|字第|密码(?=[是为:\s])|QQ|qq|微信号"
)
_OWNED = re.compile(rf"(?:{_OWNER}|[证卡号])[^0-9{_HIDDEN}]{{0,12}}$")
_SIDE = r"[前后末头尾][0-9一二三四五六七八九十]{1,2}位|尾号|(?:[前后][面边]|中间|最后|开头|结尾)(?=[是:])"
_LINK = r"(?:[是为:\s\"'“‘(]|就){0,4}[A-Za-z]{0,3}$"
_NAMED = re.compile(rf"(?:(?:{_OWNER})(?:号码?|码)?|{_SIDE}){_LINK}")
# Whatever else has a number: 门诊号, 老年证. Six digits at least: less may be an amount.
_ANY_OWNER = re.compile(rf"[证卡号]{_LINK}")
_UNIT = re.compile(r"\s*(?:元|块|万|亿|天|年|月|人|次|个|%|分钟|小时|秒|平|岁|步|项|条|种|米|公里|页|[十百千])")
_HOTLINE = re.compile(
    r"(?<![0-9])(?:0[0-9]{2,3}[\s\-]?)?(?:1[12][0-9]|12[0-9]{3}|9[56][0-9]{3}|100[0-9]{2}|[48]00-?[0-9]{3,4}-?[0-9]{3,4})(?![0-9])"
)
_DATE = re.compile(
    r"(?<![0-9])(?:19|20)[0-9]{2}(?:[.\-/ ]?(?:0?[1-9]|1[0-2])[.\-/ ]?(?:[0-2]?[0-9]|3[01]))?"
    r"(?:[ T]+[0-2]?[0-9](?:[:.]?[0-5][0-9]){0,2})?(?![0-9])"
)
_HOUR = re.compile(r"(?<![0-9:])(?:[01]?[0-9]|2[0-4]):[0-5][0-9](?![0-9:])")
_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?:[.\-/ ][0-9]{1,2}){0,2}(?![0-9])")


_WEIGHTS = [2**place % 11 for place in range(17, 0, -1)]  # of an identity number's digits


class Found(NamedTuple):
    """What a pattern found: where, and the letters and numbers of the whole text."""

    start: int
    end: int
    letters: str
    numbers: str

    @property
    def written(self) -> str:
        """The number as it stands there, without how many digits were announced."""
        told = self.numbers[self.start : self.end]
        return re.sub(rf"(?<![0-9]){_TOLD}", " ", told) if "位" in told else told

    @property
    def digits(self) -> str:
        """Its digits, and X for a check letter: no other than the last sign."""
        return re.sub("[^0-9]", "", self.written) + "X" * self.written.endswith(("x", "X"))

    @property
    def rest(self) -> str:
        """Its digits without those of hotlines, dates and hours."""
        return re.sub("[^0-9]", "", _DATE.sub("", _HOUR.sub("", _HOTLINE.sub("", self.written))))

    @property
    def before(self) -> str:
        """What stands before it."""
        return self.letters[max(0, self.start - 24) : self.start]


# -- what proves a number


def is_told(_found: Found) -> bool:
    """Nothing more to prove."""
    return True


def has_check_digit(found: Found) -> bool:
    """An identity number's last digit follows from the others (GB 11643-1999)."""
    digits = found.digits
    body, check = digits[:-1], digits[-1:]
    return len(digits) == 18 and check == "10X98765432"[sum(map(mul, map(int, body), _WEIGHTS)) % 11]


def is_one_number(found: Found) -> bool:
    """Its digits stand as people write one number, not several amounts in a row."""
    if _HOUR.search(found.written):
        return False
    groups = re.findall("[0-9]+", found.written)
    if groups and groups[0].lstrip("0") == "86":
        groups = groups[1:]
    sizes = [len(group) for group in groups]
    # No amount begins with 0.
    if len(groups) < 2 or _is_owned(found) or any(group[0] == "0" for group in groups):
        return True
    if _has_unit(found):
        return False
    return (
        re.fullmatch(rf"[0-9](?:{_CLOSE}[0-9])*", found.written) is not None
        or re.search("[\u4e00-\u9fff]", found.written) is not None
        or sizes in ([3, 4, 4], [3, 8], [7, 4], [4, 3, 4], [3, 3, 5], [5, 6], [6, 5])
        or max(sizes) <= 3
        or set(sizes[:-1]) == {4}
        and sum(sizes) > 15
    )


def is_bank_card(found: Found) -> bool:
    """A bank card's last digit follows from the others (ISO/IEC 7812-1)."""
    digits = [*map(int, reversed(found.digits.rstrip("X")))]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[1::2]]
    return len(digits) > 15 and (sum(digits[::2]) + sum(doubled)) % 10 == 0 and is_one_number(found)


def has_digits(found: Found) -> bool:
    """Letters stand for some digits only: of a number in another script or spelling enough are left."""
    return len(found.digits) >= 4


def is_similar(proof: Callable[[Found], bool]) -> Callable[[Found], bool]:
    """The proof, of a number in which letters stand for some of the digits."""

    def proves(found: Found) -> bool:
        return has_digits(found) and proof(found._replace(numbers=found.numbers.translate(_SIMILAR)))

    return proves


def has_hong_kong_digit(found: Found) -> bool:
    """A Hong Kong identity card's last digit stands in brackets, or follows from the rest."""
    if found.written.endswith(")"):
        return True
    signs = re.sub("[^0-9A-Z]", "", found.written.upper()).rjust(9)
    values = [36 if sign == " " else int(sign, 36) for sign in signs]
    return sum(value * (9 - place) for place, value in enumerate(values)) % 11 == 0


def is_no_date(found: Found) -> bool:
    """The digits are no date."""
    return _DATE.fullmatch(found.digits) is None


def is_long(found: Found) -> bool:
    """So many digits in a row are no hotlines, dates or amounts."""
    left = len(found.rest)
    return left > 0 and not (left < 14 and _UNIT.match(found.letters, found.end))


def is_very_long(found: Found) -> bool:
    """As long as the number of a bank card."""
    return len(found.digits) >= 15 and is_long(found)


def is_owned(found: Found) -> bool:
    """A word before it tells whose number it is."""
    named, owned = _NAMED.search(found.before), _is_owned(found)
    if not (named or owned) or _UNIT.match(found.letters, found.end):
        return False
    left = len(found.rest)
    return (
        (owned and left >= 7)
        or bool(named and left >= (3 if re.match(_SIDE, named[0]) else 4))
        or bool(left >= 6 and _ANY_OWNER.search(found.before))
    )


def is_piece(found: Found) -> bool:
    """All of a message, and neither a hotline nor a year: a piece of a longer number."""
    left = re.sub("[^0-9]", "", _YEAR.sub("", _HOUR.sub("", _HOTLINE.sub("", found.written))))
    # The same key again and again is no number.
    return len({*left}) > 1 and (len(left) >= 4 or re.fullmatch("1[3-9][0-9]|[0-9]{3}X", found.digits) is not None)


def is_next_piece(found: Found) -> bool:
    """Beside a message with a piece of a number: no hotline, year or amount."""
    ordinary = _HOTLINE.fullmatch(found.written) or _YEAR.fullmatch(found.written)
    return not ordinary and not _UNIT.match(found.letters, found.end)


def is_in_several(found: Found) -> bool:
    """It begins in one message and ends in another."""
    return _BREAK in found.letters[found.start : found.end]


def is_told_in_pieces(proof: Callable[[Found], bool]) -> Callable[[Found], bool]:
    """The proof, of a number whose pieces stand in several messages and are no hotlines, years or amounts."""

    def proves(found: Found) -> bool:
        places = [piece.span() for piece in re.compile("[0-9]+").finditer(found.numbers, found.start, found.end)]
        pieces = (found._replace(start=start, end=end) for start, end in places)
        return is_in_several(found) and len(places) <= 6 and proof(found) and all(map(is_next_piece, pieces))

    return proves


def is_no_word(found: Found) -> bool:
    """What would be a name is no place, illness or other word: 本人：苏州的, 患者：高血压."""
    told = found.letters[found.start : found.start + 12]
    # 买买提江·吐尔逊 begins with a word, and no word has a dot.
    return _DOTS.search(found.letters, found.start, found.end) is not None or not any(
        told[:size] in _words() for size in range(2, 13)
    )


@cache
def _words() -> frozenset[str]:
    """The words and places that begin like a name, of the dictionaries that the rest reads too; some 0.5 s, once."""
    from bot.yamlfile import read_yaml

    first = f"[{_FAMILY}{_TRANSCRIBED}]"
    jieba, jionlp = (Path(str(find_spec(name).origin)).parent for name in ("jieba", "jionlp"))  # type: ignore[union-attr]
    # Seldom ones are left out, 何国 is one; and jieba also has for persons' names (nr) what is none: of those the illnesses.
    words = re.findall(
        rf"^({first}\S{{1,7}}) (?:(?<=[病症癌科] )|[0-9]{{2,}} (?!nr))",
        (jieba / "dict.txt").read_text(encoding="utf-8"),
        re.M,
    )
    # Packed, as it is shipped: jionlp unpacks it only when it is imported, which takes long.
    with ZipFile(jionlp / "dictionary" / "china_location.zip") as packed:
        lines = packed.read("china_location.txt").decode().split("\n")
    # Under a county, with three tabs, are towns and villages.
    places = [name for line in lines if not line.startswith("\t\t\t") for name in line.split()]
    # 巴音郭楞, of 巴音郭楞蒙古自治州.
    places += [name[:4] for name in places if len(name) > 5]
    places += read_yaml(KNOWLEDGE / "regions.yml")["names"]
    return frozenset([*words, *places, "克州", "孙子", "孙女", "康复", "曾用名"]) - {*_COMPOUND.split("|")}


def _is_owned(found: Found) -> bool:
    return _OWNED.search(found.before) is not None


def _has_unit(found: Found) -> bool:
    """Whether a unit stands behind one of its groups of digits."""
    groups = re.compile("[0-9]+").finditer(found.numbers, found.start, found.end)
    return any(_UNIT.match(found.letters, group.end()) for group in groups)


class Rule(NamedTuple):
    """A kind of personal data.

    Attributes:
        label: what is put in its place.
        view: what the pattern reads: `letters`, as normalised; `numbers`, with a digit for every sign of one; `similar`,
            with a digit for letters that look like one too.
        pattern: where it has a group `it`, only that is masked.
        proof: whether what was found is personal.
    """

    label: str
    view: str
    pattern: re.Pattern[str]
    proof: Callable[[Found], bool]


def _rule(label: str, view: str, pattern: str, proof: Callable[[Found], bool] = is_told) -> Rule:
    return Rule(label, view, re.compile(pattern), proof)


# Whoever comes first takes what it finds.
RULES = (
    _rule("【身份证号】", "numbers", _identity(_BORN), has_check_digit),
    _rule("【手机号】", "numbers", _mobile(_GAP), is_one_number),
    _rule("【卡号】", "numbers", _card(_GAP), is_bank_card),
    _rule("【身份证号】", "similar", _identity(_GAP), is_similar(has_check_digit)),
    _rule("【手机号】", "similar", _mobile(_GAP), is_similar(is_one_number)),
    _rule("【卡号】", "similar", _card(_GAP), is_similar(is_bank_card)),
    _rule("【证件号】", "numbers", _HONG_KONG, has_hong_kong_digit),
    _rule("【证件号】", "numbers", _MACAO),
    _rule("【证件号】", "numbers", _DOCUMENT, is_no_date),
    _rule("【证件号】", "numbers", _LETTERED, is_owned),
    _rule("【号码】", "numbers", _LANDLINE),
    _rule("【卡号】", "numbers", _LONG, is_very_long),
    _rule("【号码】", "numbers", _LONG, is_long),
    _rule("【号码】", "numbers", _PIECES, is_owned),
    _rule("【号码】", "numbers", _SHORT, is_owned),
    _rule("【号码】", "numbers", _ALONE, is_piece),
    _rule("【邮箱】", "letters", _MAIL),
    _rule("【账号】", "letters", _ACCOUNT),
    _rule("【姓名】", "letters", rf"{_CALLED}{_OPENING}{_name(_HAN)}"),
    _rule("【姓名】", "letters", rf"{_LABELLED}{_OPENING}{_name(_HAN)}", is_no_word),
    _rule("【姓名】", "letters", rf"(?:{_ASKED}){_OPENING}{_name(_SURE)}", is_no_word),
    _rule("【地址】", "letters", _ADDRESS),
)
# What proves itself also when it is told in several messages.
FAR_RULES = (
    _rule("【身份证号】", "numbers", _far(_identity), is_told_in_pieces(has_check_digit)),
    _rule("【手机号】", "numbers", _far(_mobile), is_told_in_pieces(is_told)),
    _rule("【卡号】", "numbers", _far(_card), is_told_in_pieces(is_bank_card)),
    _rule("【号码】", "numbers", rf"{_NUMBERED}{_ONWARD}(?P<it>[0-9]{{3,}})(?![0-9])", is_next_piece),
    _rule("【号码】", "numbers", rf"(?<![0-9])(?P<it>[0-9]{{3,}}){_ONWARD}{_NUMBERED}", is_next_piece),
    _rule("【姓名】", "letters", _NAME_NEXT, is_no_word),
    _rule("【地址】", "letters", _NEAR_END + rf"(?:{_ADDRESS})", is_in_several),
)


def mask(text: str) -> str:
    """Replace personal data in a text by labels such as 【手机号】; masking twice changes nothing more."""
    views = _Views([text])
    views.find(RULES)
    return views.labelled()[0]


def mask_together(texts: Sequence[str]) -> list[str]:
    """Mask a number that several messages of one person tell together, in each its piece."""
    views = _Views(texts)
    views.find(FAR_RULES)
    return views.labelled()


class _Views:
    """Texts as the rules read them, one after the other, and where each character of that comes from."""

    def __init__(self, texts: Sequence[str]):
        self._texts = texts
        self._spans: list[tuple[int, int, int, str]] = []
        letters: list[str] = []
        numbers: list[str] = []
        origins: list[tuple[int, int]] = []
        for number, text in enumerate(texts):
            signs = [(_BREAK, _BREAK, 0)] if number else []
            end = 0
            for label in (*_LABEL.finditer(text), None):
                signs += ((*_forms(text[place]), place) for place in range(end, label.start() if label else len(text)))
                if label:
                    sign = _stand_in(label.group())
                    signs.append((sign, sign, label.start()))
                    end = label.end()
            letters += (sign[0] for sign in signs)
            numbers += (sign[1] for sign in signs)
            for form, _, place in signs:
                origins += [(number, place)] * len(form)
        # Behind each character's place that of the next: what is not seen goes with what stands before it.
        self._origins = [*origins, (len(texts), 0)]
        self._views = {"letters": "".join(letters), "numbers": "".join(numbers)}
        self._views["similar"] = self._views["numbers"].translate(_SIMILAR)

    def find(self, rules: Sequence[Rule]) -> None:
        """Look for all that the rules know."""
        for label, view, pattern, proof in rules:
            if view == "similar" and self._views[view] == self._views["numbers"]:
                continue
            place = 0
            while found := pattern.search(self._views[view], place):
                start, end = found.span("it" if "it" in pattern.groupindex else 0)
                place = found.start() + 1
                if proof(Found(start, end, self._views["letters"], self._views["numbers"])):
                    for span in self._pieces(view, start, end):
                        self._hide(*span, label)

    def _pieces(self, view: str, start: int, end: int) -> list[tuple[int, int]]:
        text = self._views[view]
        if _BREAK not in text[start:end]:
            return [(start, end)]
        return [piece.span() for piece in _PIECE[view].finditer(text, start, end)]

    def labelled(self) -> list[str]:
        """The texts with labels for what was found."""
        texts = []
        for number, text in enumerate(self._texts):
            parts, last = [], 0
            for start, end, label in sorted(span[1:] for span in self._spans if span[0] == number):
                parts += [text[last:start], label]
                last = end
            texts.append("".join([*parts, text[last:]]))
        return texts

    def _hide(self, start: int, end: int, label: str) -> None:
        number, first = self._origins[start]
        following, behind = self._origins[end]
        # Of a sign that became several characters all.
        last = max(behind, self._origins[end - 1][1] + 1) if following == number else len(self._texts[number])
        self._spans.append((number, first, last, label))
        for name, view in self._views.items():
            self._views[name] = view[:start] + _stand_in(label) * (end - start) + view[end:]


def _stand_in(label: str) -> str:
    return _NUMBERED if label == "【号码】" else _MASKED


@lru_cache(maxsize=20_000)
def _forms(sign: str) -> tuple[str, str]:
    """A character as normalised, and with a digit for it if it is one; of the same length, empty for what is not seen."""
    kind = unicodedata.category(sign)
    if sign in _UNSEEN or kind in ("Mn", "Me"):
        return "", ""
    value = unicodedata.numeric(sign, None)
    if value is not None and kind in ("Nd", "Nl", "No") and sign != "〇":
        # ⑫ is 12; ¾ is none of a number's digits.
        digits = str(int(value)) if value == int(value) else sign
        return digits, digits
    letters = normalise(sign) or (" " if sign.isspace() else "")
    # 一 is part of words as well.
    return letters, str(int(value)) if value is not None and value in range(10) and len(letters) == 1 else letters
