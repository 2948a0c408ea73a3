"""The lines of an answer that a question about it is about, found by what they share in words."""

import re
from collections.abc import Sequence
from typing import TypeVar

from bot.knowledge.lookup import Answer
from bot.knowledge.model import Procedure, Statement, Supplement, Variant

_Line = TypeVar("_Line", Statement, Supplement)

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


def lines_about(answer: Answer, question: str) -> tuple[Variant, list[Statement | Supplement]] | None:
    """The lines, at most two, that share most words with the question, and the variant that says them.

    The one that is shown comes first, then the procedure's other ways for the same place, then what is told beyond the
    documents; None where none shares any.
    """
    words = _words(question) - _words(answer.procedure.title)
    shown, region = answer.variants[0], answer.region or ""
    others = [
        v
        for v in answer.procedure.variants
        if v.topic == shown.topic and region.startswith(v.region or "") and not v.after  # of doubtful ways not a word
    ]
    for variant in (shown, *others):
        if lines := _sharing_most(words, _lines(variant, answer.procedure)):
            return variant, lines
    beyond = [s for s in [*shown.supplements, *answer.procedure.supplements] if s.holds_in(region)]
    lines = _sharing_most(words, beyond)
    return (shown, lines) if lines else None


def _sharing_most(words: set[str], lines: Sequence[_Line]) -> list[_Line]:
    counted = [(len(words & _words(line.text)), line) for line in {line.text: line for line in lines}.values()]
    most = max((count for count, _ in counted), default=0)
    return [line for count, line in counted if count == most][:2] if most else []


def _lines(variant: Variant, procedure: Procedure) -> list[Statement]:
    single = [statement for statement in (variant.duration, variant.fee, variant.url) if statement]
    return [*variant.materials, *variant.steps, *single, *variant.limits, *variant.notes, *procedure.notes]


def _words(text: str) -> set[str]:
    """Two characters that follow one another stand for a word: "结婚证" is 结婚 and 婚证."""
    return set(_PAIRS.findall(text)) - _EMPTY_WORDS
