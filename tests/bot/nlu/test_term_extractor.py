"""Terms as entities, in a component that is trained on lexicon files."""

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.term_extractor import TermExtractor


@pytest.fixture(scope="module")
def extractor(tmp_path_factory):
    folder = tmp_path_factory.mktemp("terms")
    (folder / "way.yml").write_text("app: {names: [APP]}\nwechat: {names: [微信]}\n", encoding="utf-8")
    (folder / "part.yml").write_text("fee: {names: [要钱]}\nfree: {names: [免费]}\n", encoding="utf-8")
    (folder / "no.yml").write_text("before: [不是]\nafter: [打不开]\nphrases: []\n", encoding="utf-8")
    lexicons = {"way": str(folder / "way.yml"), "part": str(folder / "part.yml")}
    config = {"lexicons": lexicons, "negations": str(folder / "no.yml"), "excludable": ["way"]}
    context = ExecutionContext(GraphSchema({}))
    extractor = TermExtractor.create(config, LocalModelStorage(folder), Resource("terms"), context)
    extractor.train(TrainingData())
    return extractor


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("微信弄还是app弄好", []),
        ("微信或者APP都行", [("way", "wechat"), ("way", "app")]),
        ("用微信,还是用不了就APP", [("way", "wechat"), ("way", "app")]),
        ("微信打不开，还是APP吧", [("way_excluded", "wechat"), ("way", "app")]),
        ("要钱还是免费", [("part", "fee"), ("part", "free")]),
        ("不是微信", [("way_excluded", "wechat")]),
    ],
)
def test_of_two_ways_asked_about_neither_is_chosen(extractor, text, found):
    message = Message({TEXT: text})
    extractor.process([message])
    assert [(entity["entity"], entity["value"]) for entity in message.get(ENTITIES)] == found
