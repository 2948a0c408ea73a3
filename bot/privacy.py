"""Masks personal data before anything else sees a message."""

import re

# A digit in any of its widths, and what people put between digits.
_DIGIT = "[0-9０-９]"
_GAP = r"[\s\-－—_.·・]{0,3}"
_RUN = re.compile(rf"(?<!{_DIGIT}){_DIGIT}(?:{_GAP}{_DIGIT}){{8,30}}(?:{_GAP}[xXｘＸ])?")
_NAME = re.compile(r"((?:我叫|我的名字是|名字叫|姓名(?:是|叫)?)[\s：:，,]*)(?!什么|啥|怎么|和|填|不|错|要|对|与|一|、)([\u4e00-\u9fff]{2,4}?)(?=$|[\s，,。；;、！!？?的身手电住]|我|在|今年)")
_ADDRESS = re.compile(
    rf"[\u4e00-\u9fffA-Za-z0-9]{{1,20}}?(?:路|街|巷|弄|道|村|苑|小区|社区|花园|家园|公寓)(?:[\u4e00-\u9fff]{{0,6}}{_DIGIT}{{1,5}}(?:号楼|号|栋|幢|单元|室|座|层|楼|-)?)+"
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999


def mask(text: str) -> str:
    """Replace identity, phone and card numbers, names that are introduced as such and addresses with a door number."""
    text = _RUN.sub(lambda found: _label(found.group()), text)
    text = _NAME.sub(r"\1【姓名】", text)
    return _ADDRESS.sub("【地址】", text)


def _label(written: str) -> str:
    number = "".join(str(int(c)) if c.isdigit() else "X" for c in written if c.isdigit() or c in "xXｘＸ")
    if _is_identity(number):
        return "【身份证号】"
    if re.fullmatch(r"(86)?1[3-9]\d{9}", number):
        return "【手机号】"
    return "【卡号】" if len(number) >= 15 else "【号码】"


def _is_identity(number: str) -> bool:
    if not re.fullmatch(r"\d{17}[\dX]", number):
        return False
    rest = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS)) % 11
    return number[17] == "10X98765432"[rest]
