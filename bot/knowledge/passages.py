"""The lines of an answer that a question about it is about, found by what they share in words."""

import re

from bot.knowledge.lookup import Answer

# Any question and any line may have them: they tell nothing of what is asked.
_EMPTY_CHARACTERS = (
    "的了吗呢啊吧么嘛不没要我你您他她它们是有在去就都也还和与或及这那哪个啥怎咋能可以会想给把被让到来说用做办弄人"
)
_EMPTY_WORDS = frozenset(
    [
        "医保",
        "社保",
        "保卡",
        "电子",
        "凭证",
        "亲情",
        "情账",
        "账户",
        "账号",
        "家属",
        "家庭",
        "庭成",
        "成员",
        "绑定",
        "本人",
        "自己",
        "如何",
        "什么",
        "多少",
        "多久",
        "时间",
        "时候",
        "步骤",
        "问题",
        "相关",
        "一下",
        "爷爷",
        "奶奶",
        "爸爸",
        "妈妈",
        "孩子",
        "老人",
        "知道",
    ]
)
_PAIRS = re.compile(rf"(?=([^\W\da-zA-Z{_EMPTY_CHARACTERS}]{{2}}))")


def lines_about(answer: Answer, question: str) -> list[str]:
    """The lines of the answer, at most two, that share most words with the question; none where none shares any."""
    words = _words(question) - _words(answer.procedure.title)
    counted = [(len(words & _words(line)), line) for line in _lines(answer)]
    most = max((count for count, _ in counted), default=0)
    return [line for count, line in counted if count == most][:2] if most else []


def _lines(answer: Answer) -> list[str]:
    variant = answer.variants[0]
    single = [statement for statement in (variant.duration, variant.fee, variant.url) if statement]
    said = [*variant.materials, *variant.steps, *single, *variant.limits, *variant.notes, *answer.procedure.notes]
    return list(dict.fromkeys(statement.text for statement in said))


def _words(text: str) -> set[str]:
    """Two characters that follow one another stand for a word: "结婚证" is 结婚 and 婚证."""
    return set(_PAIRS.findall(text)) - _EMPTY_WORDS
