import sys

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.normalizer import Normalizer
from bot.nlu.region_extractor import RegionExtractor
from bot.paths import KNOWLEDGE, ROOT

REGIONS = KNOWLEDGE / "regions.yml"
YILI = "新疆维吾尔自治区伊犁哈萨克自治州"
RESOURCE = Resource("regions")
CONTEXT = ExecutionContext(GraphSchema({}))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("model")


@pytest.fixture(scope="module")
def trained(folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("knowledge") / "regions.yml"
    path.write_text(REGIONS.read_text(encoding="utf-8"), encoding="utf-8")
    extractor = RegionExtractor.create({"path": str(path)}, LocalModelStorage(folder), RESOURCE, CONTEXT)
    extractor.train(TrainingData())
    path.unlink()
    return extractor


def entities(extractor, text, known=()):
    message = Message({TEXT: text, ENTITIES: list(known)})
    extractor.process([message])
    return [(e["entity"], e["value"], e["start"], e["end"]) for e in message.get(ENTITIES)]


SAID = {
    "": [],
    "怎么绑定家属": [],
    "我在伊犁，怎么绑亲情账户": [("region", YILI, 2, 4)],
    "我在广东，我妈在伊犁参保": [("region", YILI, 8, 10), ("place", "广东省", 2, 4)],
    "我不是伊犁的": [("region_denied", YILI, 3, 5)],
    "不是广东，是伊犁": [("region", YILI, 6, 8), ("region_denied", "广东省", 2, 4)],
    "朝阳区": [("region_option", "北京市", 0, 3), ("region_option", "吉林省长春市", 0, 3)],
    "我在广东,妈在伊犁": [("region_option", "广东省", 2, 4), ("region_option", YILI, 7, 9)],
    "医保在伊犁，人在朝阳区": [("region", YILI, 3, 5), ("place", "朝阳区", 8, 11)],
}


@pytest.mark.parametrize("text", SAID)
def test_places_become_entities(text, trained):
    assert entities(trained, text) == SAID[text]


def test_entities_of_others_are_kept(trained):
    other = {"entity": "channel", "value": "wechat", "start": 0, "end": 2, "extractor": "TermExtractor"}
    assert entities(trained, "微信 伊犁", [other]) == [("channel", "wechat", 0, 2), ("region", YILI, 3, 5)]


def test_the_extractor_signs_its_entities(trained):
    message = Message({TEXT: "伊犁"})
    trained.process([message])
    assert [entity["extractor"] for entity in message.get(ENTITIES)] == ["RegionExtractor"]


def test_a_loaded_extractor_answers_the_same(trained, folder, monkeypatch):
    # None in sys.modules makes an import fail: the model must need no dictionary at run time.
    monkeypatch.setitem(sys.modules, "jionlp", None)
    config = RegionExtractor.get_default_config()
    loaded = RegionExtractor.load({**config, "path": "/nowhere"}, LocalModelStorage(folder), RESOURCE, CONTEXT)
    assert {text: entities(loaded, text) for text in SAID} == SAID


def test_the_fingerprint_follows_the_file(tmp_path):
    path = tmp_path / "regions.yml"
    path.write_text("a: 1", encoding="utf-8")
    before = RegionExtractor.fingerprint_addon({"path": str(path)})
    path.write_text("a: 2", encoding="utf-8")
    assert RegionExtractor.fingerprint_addon({"path": str(path)}) != before


def test_the_fingerprint_needs_no_config_of_its_own(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert RegionExtractor.fingerprint_addon({"another": "node's"})


def test_the_normalizer_rewrites_messages_and_examples():
    normalizer = Normalizer.create({}, None, RESOURCE, CONTEXT)
    message, example, empty = Message({TEXT: "我媽在 廣東 "}), Message({TEXT: "ＡＰＰ"}), Message({"intent": "greet"})
    normalizer.process([message])
    normalizer.process_training_data(TrainingData([example, empty]))
    assert [m.get(TEXT) for m in (message, example, empty)] == ["我妈在 广东", "APP", None]
