import pytest
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.clauses import CLAUSE_OF, SPAN, ClauseSplitter, boundaries, cut


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("怎么绑我爸的医保,绑完多久能用", ["怎么绑我爸的医保", "绑完多久能用"]),
        ("余额怎么查顺便问下记录怎么看", ["余额怎么查", "顺便问下记录怎么看"]),
        ("卡丢了。在老家，能补吗？急", ["卡丢了", "在老家", "能补吗"]),
        ("要 身份证吗 还是户口本", ["身份证吗", "还是户口本"]),
        ("这个要不要他爸回来一趟啊他请不到假的", ["这个要不要他爸回来一趟啊", "他请不到假的"]),
        ("要他来吗我妈", []),
        ("我要查那个余额啊不是余额是消费记录", []),
        ("顺便问一下", []),
        ("卡丢了", []),
        ("卡丢了?", []),
        ("急,急", []),
        ("", []),
        ("???", []),
    ],
)
def test_marks_and_conjunctions_cut(text, clauses):
    pattern = boundaries(["顺便"], ["啊", "吗"], ["不是"])
    assert [text[start:end] for start, end in cut(text, pattern, shortest=3)] == clauses


@pytest.fixture
def splitter():
    return ClauseSplitter({**ClauseSplitter.get_default_config(), "most": 2})


def test_clauses_follow_the_messages_as_messages_of_their_own(splitter):
    story, short = Message({TEXT: "我妈病了,她在老家,怎么绑她,要几天"}), Message({TEXT: "谢谢"})
    found = splitter.process([story, short])
    assert found[:2] == [story, short]
    assert [(clause.get(TEXT), clause.get(SPAN)) for clause in found[2:]] == [
        ("怎么绑她", (10, 14)),
        ("要几天", (15, 18)),
    ]
    assert all(clause.get(CLAUSE_OF) is story for clause in found[2:])


def test_message_without_text_has_none(splitter):
    assert len(splitter.process([Message({})])) == 1


def test_examples_are_left_whole(splitter):
    data = object()
    assert splitter.process_training_data(data) is data
