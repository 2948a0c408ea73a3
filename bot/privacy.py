"""Masks personal data before anything else sees a message.

What counts: identity, phone and card numbers, names that are introduced as such, addresses with a door number. In any
width of digits, with blanks or signs between them, said in Chinese digits, or in pieces ("前六位110101，号码是…").
Ordinary numbers stay: hotlines, years, dates, amounts, durations, short codes.
"""

import re
import unicodedata
from collections.abc import Callable

# Chinese digits count where at least `_LONG` digits follow one another: no ordinary phrase has so many.
_DIGIT = "[0-9零〇一二三四五六七八九幺]"
_VALUES = {char: value for value, chars in enumerate(("零〇", "一幺", *"二三四五六七八九")) for char in chars}
_LONG = 9
# Between the digits of one number: blanks, hyphens, dots, invisible characters, the rest of a keycap emoji.
_GAP = r"(?:[^\w,，、;；/:：()（）~～%]|_){0,3}"
_RUN = re.compile(rf"(?<![0-9A-Za-z]){_DIGIT}(?:{_GAP}{_DIGIT}){{6,40}}(?:{_GAP}[xX](?![A-Za-z]))?")
# Between the pieces of one number that is told bit by bit.
_FILLER = (
    r"(?:[\W_]|然后|接着|后面|后边|前面|中间|最后|剩下|还有|前.位|后.位|末.位|再|是|的|号码|號碼|号|数字|加|空格|杠)"
    r"{1,12}"
)
_PIECES = re.compile(rf"(?<![0-9A-Za-z])[0-9]+(?:{_FILLER}[0-9]+){{1,20}}(?:[\W_]{{0,3}}[xX](?![A-Za-z]))?")
# After these words a shorter number is somebody's as well.
_OWNER = re.compile(
    r"(?:身份证|身份證|证件|手机|手機|电话|電話|座机|固话|卡号|卡號|账号|号码|號碼|联系方式)[^0-9]{0,12}$"
)
_UNIT = re.compile(r"\s*(?:元|块|塊|万|萬|亿|天|年|月|人|次|个|個|%|％|分钟|小时|平)")
_HOTLINE = re.compile(
    r"(?<![0-9])(?:0[0-9]{2,3}[\s\-－—]?)?(?:1[12][0-9]|12[0-9]{3}|9[56][0-9]{3}|100[0-9]{2}|[48]00-?[0-9]{3,4}-?[0-9]{3,4})(?![0-9])"
)
_DATE = re.compile(
    r"(?<![0-9])(?:19|20)[0-9]{2}(?:[.\-/ ]?(?:0?[1-9]|1[0-2])[.\-/ ]?(?:[0-2]?[0-9]|3[01]))?"
    r"(?:[ T]+[0-2]?[0-9](?:[:.]?[0-5][0-9]){0,2})?(?![0-9])"
)
# What the labels of numbers look like, for who wants to say that there was one.
NUMBER_LABELS = ("【身份证号】", "【手机号】", "【卡号】", "【号码】")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999

# The family names of over 98 % of people, without those that begin ordinary words after 姓名 (和, 时, 应, 那).
_FAMILY = (
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何林高罗羅郑鄭梁谢謝宋唐许許邓鄧韩韓冯馮曹彭曾肖萧蕭田董潘袁蔡蒋蔣余于杜叶葉程魏苏蘇吕呂丁任"
    "卢盧姚沈钟鍾姜崔谭譚陆陸范汪廖石金韦韋贾賈夏付傅方邹鄒熊白孟秦邱丘江尹薛闫阎侯雷龙龍段史陶贺賀毛郝顾顧龚龔邵覃武钱錢戴严嚴莫孔汤湯常温溫康施文"
    "牛樊葛邢安齐齊易乔喬伍庞龐颜顏倪庄莊聂聶章鲁魯岳翟殷詹申欧歐耿关關兰蘭焦俞左柳甘祝包宁寧尚符舒阮柯纪紀梅童凌毕畢单單季裴霍涂苗曲盛翁冉路"
    "游靳管柴蒙祁卜苟解房辛娄婁冷饶饒滕佟艾车車景封党瞿窦宫宮穆卫衛卓栗麻米古隋"
)
_COMPOUND = (
    "欧阳|歐陽|上官|司马|司馬|诸葛|諸葛|夏侯|皇甫|尉迟|公孙|慕容|令狐|司徒|东方|东郭|南宫|端木|百里|呼延|轩辕|宇文"
)
# What follows a name rather than belongs to it.
_AFTER_NAME = (
    "我你您他她它想要问問怎的在是有和跟与及帮幫给給需今去来來可能住电電手身年请請这這那办辦查绑綁医醫社参參了吗嗎呢吧啊"
)
# First characters of Uyghur, Kazakh and Tibetan names as written in Chinese.
_TRANSCRIBED = "阿艾买麦玛热古帕努吐图依伊木迪哈赛叶巴库加米尼沙夏茹祖卡凯克达杰合肉亚扎次洛丹央"
_ORDINARY = (
    r"何(?:时|必|处|种|为)|关(?:系|联|于)|方(?:式|法|面)|安(?:全|装|心)|单(?:位|子)|程序|包括|申(?:请|报)|余额|常(?:用|见)|解(?:绑|除|决)|管(?:理|用)|严格|"
    r"高(?:级|龄)|路(?:上|人)|车(?:主|牌)|文(?:件|字)|任(?:何|意)|许(?:可|多)|于(?:是|何)|付(?:款|费)|温馨|游客|关闭|党员"
)
_INTRODUCED = (
    r"(?:(?<=[我他她爸妈媽娃亲父母公婆爷奶儿女孩哥姐弟妹孙人])叫做?|我的名字[是叫]?|名字[是叫]|(?:姓名|户名|联系人)[是叫为]?)"
    r"[\s:,，]*"
)
_NAME = re.compile(
    rf"({_INTRODUCED})("
    rf"[\u4e00-\u9fff]{{1,12}}[·•・‧∙][\u4e00-\u9fff](?:(?![{_AFTER_NAME}])[\u4e00-\u9fff·•・‧∙]){{0,12}}"
    rf"|(?!{_ORDINARY})(?:{_COMPOUND})\s?[\u4e00-\u9fff](?:(?![{_AFTER_NAME}])[\u4e00-\u9fff])?"
    rf"|(?!{_ORDINARY})[{_FAMILY}]\s?(?![{_AFTER_NAME}])[\u4e00-\u9fff](?:\s?(?![{_AFTER_NAME}])[\u4e00-\u9fff])?"
    rf"|(?!阿姨|加|合)[{_TRANSCRIBED}][\u4e00-\u9fff]{{2,7}}?(?=$|[\W_]|[{_AFTER_NAME}]))"
)

_NUMBER = r"(?:[0-9]{1,5}|[零〇一二三四五六七八九十百]{1,5})"
_HOUSE = rf"{_NUMBER}\s?(?:号楼|號樓|号院|栋|棟|幢|单元|單元|室|座|弄)|[A-Za-z]\s?[座栋棟幢]"
# "3号" of a street is a house, unless it is a counter's number, a line's or a day of the month.
_DOOR = rf"附?(?:[0-9]{{1,4}}[-－之])?{_NUMBER}\s?[号號](?!线|線|窗|柜|口|厅|开始|之前|以前|之后|以后|前|后|那天|上午|下午|晚上|文)"
_PLACE = r"[^\W_0-9省市区區县縣州旗镇鎮乡鄉住在是到去]{0,8}"
_ROAD = rf"{_PLACE}(?:路|街|巷|弄|道|胡同|胡衕|条|段)(?:[东南西北中内外東內一二三四五六七八九十]\w?)?\s?{_DOOR}"
_ESTATE = (
    rf"{_PLACE}(?:小区|小區|社区|社區|花园|花園|家园|家園|公寓|新村|苑|庭|府|城|村|大厦|大廈|宿舍|家属院|庄|组|屯|连|团)"
    rf"\s?(?:{_NUMBER}\s?[组組队隊]\s?)?(?:{_HOUSE}|{_NUMBER}\s?[号號](?=[\W_]|$|[0-9楼樓院]))"
)
_REST = (
    rf"(?:[\s,，\-－]{{0,2}}(?:{_HOUSE}|{_DOOR}|[院楼樓]|{_NUMBER}\s?[楼樓层層](?!窗|办|辦)"
    rf"|[A-Za-z]?[0-9]{{2,5}}(?![0-9年月天元块%])))*"
)
_ADDRESS = re.compile(rf"(?:{_ROAD}|{_ESTATE}){_REST}")


def mask(text: str) -> str:
    """Replace personal data in a text by labels such as 【手机号】; masking twice changes nothing more."""
    text = _replace(_RUN, text, _run_label)
    text = _replace(_PIECES, text, _pieces_label)
    text = _replace(_NAME, text, lambda found: "【姓名】", group=2)
    return _replace(_ADDRESS, text, lambda found: "【地址】")


def _replace(pattern: re.Pattern, text: str, label: Callable[[re.Match], str | None], group: int = 0) -> str:
    """Put labels for what is found in the plain form of a text; the rest stays as it was written."""
    parts, end = [], 0
    for found in pattern.finditer(_plain(text)):
        if (put := label(found)) is not None:
            parts += [text[end : found.start(group)], put]
            end = found.end(group)
    return "".join([*parts, text[end:]])


class _Forms(dict):
    """NFKC of one character, where that is one character as well; filled as characters come."""

    def __missing__(self, code: int) -> str:
        form = unicodedata.normalize("NFKC", chr(code))
        self[code] = form if len(form) == 1 else chr(code)
        return self[code]


_plain_forms = _Forms()


def _plain(text: str) -> str:
    """NFKC, character by character, so that positions stay."""
    return text.translate(_plain_forms)


def _run_label(found: re.Match) -> str | None:
    written, number = found.group(), _digits(found.group())
    if label := _known(number):
        return label
    ordinary = _DATE.sub("", _HOTLINE.sub("", written))
    if not any(char in _VALUES or char.isdigit() for char in ordinary):
        return None
    owned = _OWNER.search(found.string, max(0, found.start() - 20), found.start()) is not None
    counted = _UNIT.match(found.string, found.end()) is not None
    if len(number) >= _LONG and not (counted and len(_digits(ordinary)) < 14):
        return "【卡号】" if len(number) >= 15 else "【号码】"
    return "【号码】" if owned and not counted and len(_digits(ordinary)) >= 7 else None


def _pieces_label(found: re.Match) -> str | None:
    number = _digits(found.group())
    owned = _OWNER.search(found.string, max(0, found.start() - 20), found.start()) is not None
    told = re.search(r"[\u4e00-\u9fff]", found.group()) is not None
    label = _known(number)
    # Amounts in a row may look like a phone or card number: only an identity number proves itself.
    if label == "【身份证号】" or (label and (owned or told)):
        return label
    if re.fullmatch(r"0\d{2,3}\W{1,2}[2-9]\d{6,7}", found.group()):
        return "【号码】"
    ordinary = _digits(_DATE.sub("", _HOTLINE.sub("", found.group())))
    return "【号码】" if owned and ordinary and len(number) > _LONG else None


def _known(number: str) -> str | None:
    """The label of a number that shows what it is."""
    if _is_identity(number):
        return "【身份证号】"
    if re.fullmatch(r"(?:0?0?86)?1[3-9]\d{9}", number):
        return "【手机号】"
    return "【卡号】" if re.fullmatch(r"\d{16,19}", number) and _is_luhn(number) else None


def _digits(written: str) -> str:
    return "".join(
        str(_VALUES.get(char, char)).upper() for char in written if char in _VALUES or char in "0123456789xX"
    )


def _is_identity(number: str) -> bool:
    if not re.fullmatch(r"\d{17}[\dX]", number):
        return False
    rest = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11
    return number[17] == "10X98765432"[rest]


def _is_luhn(number: str) -> bool:
    doubled = [int(digit) * (1 + position % 2) for position, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
