"""The lines of an answer that a question about it is about, found by what they share in words."""

import re

from bot.knowledge.lookup import Answer

# Any question and any line may have them: they tell nothing of what is asked.
_EMPTY_CHARACTERS = (
    "的了吗呢啊吧么嘛不没要我你您他她它们是有在去就都也还和与或及这那哪个啥怎咋能可以会想给把被让到来说用做办弄人"
)
_EMPTY_WORDS = frozenset(
    re.findall(
        "..",
        "医保社保保卡电子凭证亲情情账账户账号家属家庭庭成成员绑定本人自己如何什么多少多久时间时候步骤问题相关一下爷爷奶奶爸爸妈妈孩子老人知道",
    )
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
