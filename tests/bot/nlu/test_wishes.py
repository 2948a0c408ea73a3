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
    assert [text[slice(*told)] for told, _ in splitter.questions(text)] == questions


def test_a_clause_that_asks_stands_alone_too_unless_it_is_too_short(splitter):
    text = "卡丢了,在老家,怎么补办,吗"
    assert [text[slice(*alone)] for _, alone in splitter.questions(text)] == ["怎么补办"]
    text = "我卡丢了,能吗"
    assert [text[slice(*alone)] for _, alone in splitter.questions(text)] == ["我卡丢了,能吗"]


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


def test_of_two_readings_of_a_clause_the_surer_counts():
    told, alone, next_one = Clause(0, 9, "inform", 0.9), Clause(4, 9, "bind", 0.8), Clause(10, 19, "balance", 0.9)
    assert wishes([told, alone, next_one], {"bind", "balance"}, set(), 0.5) == [alone, next_one]


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
