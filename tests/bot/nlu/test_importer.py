"""Labels of the data files as Rasa's own commands read them."""

import pytest
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.constants import INTENT, INTENT_RESPONSE_KEY, TEXT

from bot.nlu.importer import ENTRY, FACTS, HAZARD, POINT

FILES = {
    "domain.yml": 'version: "3.1"\nintents: [bind, follow_up, thank]\nresponses:\n  utter_thank:\n  - text: 不谢\n',
    "data/nlu.yml": """\
version: "3.1"
nlu:
- intent: bind
  examples: |
    - 怎么绑
- intent: bind/fee
  examples: |
    - 绑定要钱吗
- intent: follow_up/fee
  examples: |
    - 要钱吗
- intent: bind/fee+apart+old_phone
  examples: |
    - 我妈在老家用老人机，绑定要钱吗
- intent: follow_up/apart
  examples: |
    - 他在外地
- intent: thank+apart
  examples: |
    - 谢谢，我这就给老家打电话
- intent: thank
  examples: |
    - 谢谢
- intent: hazard/scam
  examples: |
    - 有人叫我转账
- intent: hazard/none
  examples: |
    - 转账要几天
""",
    "data/more.yml": 'version: "3.1"\nresponses:\n  utter_bye:\n  - text: 再见\n',
    "facts.yml": "apart: {title: 不在一起}\nold_phone: {title: 老人机}\n",
    "points/bind.yml": """\
fee:
- say: 不要钱。
- asks: [要押金不]
  "yes": [免费对吧]
  say: 也不要。
- asks: [要押金不]
  when: [apart]
  say: 人不在也不要。
scan: inherited
""",
}


@pytest.fixture
def importer(tmp_path):
    """The importer that Rasa makes of a configuration which names ours."""

    def made(cells=True):
        for name, text in FILES.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        ours = {"name": "bot.nlu.importer.LabelledImporter", "facts": str(tmp_path / "facts.yml")}
        ours |= {"cells": str(tmp_path / "points")} if cells else {}
        return TrainingDataImporter.load_from_dict(
            {"importers": [ours]}, None, str(tmp_path / "domain.yml"), [str(tmp_path / "data")]
        )

    return made


@pytest.fixture
def examples(importer):
    return {example.get(TEXT): example for example in importer().get_nlu_data().training_examples}


def test_labels_are_split(examples):
    told = {text: (example.get(INTENT), example.get(POINT)) for text, example in examples.items()}
    assert told["怎么绑"] == ("bind", None)
    assert told["绑定要钱吗"] == ("bind", "fee")
    assert told["要钱吗"] == ("follow_up", "fee")
    assert told["谢谢"] == ("thank", None)


def test_facts_stand_behind_a_plus_or_are_the_point(examples):
    """Of a sentence of danger nobody has said which it tells."""
    both = examples["我妈在老家用老人机，绑定要钱吗"]
    assert (both.get(INTENT), both.get(POINT), both.get(FACTS)) == ("bind", "fee", "apart+old_phone")
    assert examples["他在外地"].get(FACTS) == "apart"
    beside = examples["谢谢，我这就给老家打电话"]
    assert (beside.get(INTENT), beside.get(POINT), beside.get(FACTS)) == ("thank", None, "apart")
    assert examples["怎么绑"].get(FACTS) == examples["要钱吗"].get(FACTS) == ""
    assert examples["有人叫我转账"].get(FACTS) is None


def test_sentences_of_danger_have_no_intent(examples):
    told = {text: (example.get(INTENT), example.get(HAZARD)) for text, example in examples.items()}
    assert told["有人叫我转账"] == (None, "scam")
    assert told["转账要几天"] == (None, "none")
    assert told["怎么绑"] == ("bind", None)


def test_examples_of_the_cells_stand_beside_without_an_intent(examples):
    told = {text: example.get(ENTRY) for text, example in examples.items() if example.get(ENTRY)}
    assert told == {"要押金不": "bind/fee/1/asks bind/fee/2/asks", "免费对吧": "bind/fee/1/yes"}
    assert examples["要押金不"].get(INTENT) is None


def test_without_cells_there_are_the_sentences_alone(importer):
    assert not any(example.get(ENTRY) for example in importer(cells=False).get_nlu_data().training_examples)


def test_rasa_sees_no_retrieval_intents(importer):
    data = importer().get_nlu_data()
    assert data.retrieval_intents == set()
    assert not any(example.get(INTENT_RESPONSE_KEY) for example in data.training_examples)
    assert importer().get_domain().retrieval_intents == []
    assert data.intents == {"bind", "follow_up", "thank"}


def test_responses_are_kept(importer):
    assert set(importer().get_nlu_data().responses) == {"utter_bye"}
    assert {"utter_thank", "utter_bye"} <= set(importer().get_domain().responses)
