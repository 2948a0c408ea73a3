import pytest

from bot.nlu.wishes import Clause, Splitter, wishes


@pytest.fixture
def splitter():
    return Splitter(["顺便"], ["怎么", "吗", "多久"], shortest=4)


@pytest.mark.parametrize(
    "text, questions",
    [
        ("怎么绑我爸的医保,绑完多久能用", ["怎么绑我爸的医保", "绑完多久能用"]),
        ("余额怎么查顺便问下记录怎么看", ["余额怎么查", "顺便问下记录怎么看"]),
        ("我妈卡丢了,她在老家,怎么补办", ["我妈卡丢了,她在老家,怎么补办"]),
        ("卡丢了怎么办。在老家。能补吗?", ["卡丢了怎么办", "在老家。能补吗"]),
        ("卡丢了", []),
        ("", []),
        ("???", []),
    ],
)
def test_clauses_that_ask_stand_with_the_story_before_them(splitter, text, questions):
    assert [text[start:end] for start, end in splitter.questions(text)] == questions


@pytest.mark.parametrize(
    "text, question",
    [
        ("我妈病了,怎么绑她的卡,急", "怎么绑她的卡,急"),
        ("怎么绑?要多久", "怎么绑?要多久"),
        ("卡丢了,急", None),
        ("", None),
    ],
)
def test_a_story_comes_to_its_last_question(splitter, text, question):
    span = splitter.last_question(text)
    assert (text[slice(*span)] if span else None) == question


def found(*clauses):
    said = [Clause(10 * i, 10 * i + 9, intent, sure) for i, (intent, sure) in enumerate(clauses)]
    return [wish.intent for wish in wishes(said, first={"bind", "balance"}, later={"follow_up"}, threshold=0.5)]


def test_two_sure_ones_are_two_wishes():
    assert found(("bind", 0.9), ("balance", 0.8)) == ["bind", "balance"]
    assert found(("bind", 0.9), ("follow_up", 0.8)) == ["bind", "follow_up"]


@pytest.mark.parametrize(
    "clauses",
    [
        [("bind", 0.9), ("balance", 0.4)],
        [("bind", 0.9), ("bind", 0.9)],
        [("follow_up", 0.9), ("bind", 0.9)],
        [("weather", 0.9), ("bind", 0.9)],
        [],
    ],
)
def test_in_doubt_there_is_one(clauses):
    assert found(*clauses) == []
