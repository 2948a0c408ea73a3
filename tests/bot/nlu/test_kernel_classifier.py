"""The learning components of the pipeline together: trained, kept in a model, loaded from it, and giving the same answers."""

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.importer import ENTRY, FACTS, HAZARD, POINT
from bot.nlu.kernel_classifier import ASKED, HAZARDS, POINTS, TOLD, KernelClassifier
from bot.nlu.kernel_model import LEFT_OUT
from bot.nlu.sentence_encoder import SentenceEncoder
from bot.nlu.spelling_reader import SpellingReader
from bot.nlu.tfidf_featurizer import TfidfFeaturizer

SENTENCES = {
    ("bind", None): ["怎么绑定医保", "绑定我爸的医保", "医保绑定家人", "怎么绑家里人", "绑定老婆", "如何绑定孩子医保"],
    ("bind", "fee"): ["绑定要钱吗", "绑家人收不收费", "绑医保要交多少钱"],
    ("balance", None): ["余额怎么查", "查余额", "医保余额在哪看", "卡里还有多少钱", "app查余额", "怎么查医保余额"],
    ("balance", "fee"): ["查余额要钱吗", "查一次余额收费吗"],
    ("follow_up", "fee"): ["要钱吗", "收不收费", "免费的吗", "多少手续费"],
    ("follow_up", "time"): ["要几天", "多久能好", "等多长时间", "几天办完"],
    ("thank", None): ["谢谢", "谢谢你", "多谢了"],
    ("weather", None): ["今天下雨吗", "明天天气怎么样", "唱首歌吧", "讲个笑话"],
}
HAZARDS_OF = {
    "scam": ["有人叫我把钱转过去", "让我点链接转账", "要我报验证码转账"],
    "none": ["转账要几天", "钱转过去了多久到账"],
}
CELLS = {
    "bind/fee/1/asks": ["要押金不", "先交押金吗"],
    "bind/fee/1/no": ["押金要一百吧"],
    "balance/time/0/asks": ["夜里能查吗"],
}
FACTS_OF = {
    "apart": ["他在外地", "我妈在老家呢", "人在外地", "他俩在老家"],
    "": ["人在旁边", "带着人来了", "苹果手机", "新买的手机"],
    "apart+old_phone": ["他在外地用老人机", "老家的爸用老人机"],
    "old_phone": ["老人机", "用的老人机", "他是老人机"],
}
PIPELINE = [
    (SpellingReader, {}),
    (TfidfFeaturizer, {"view": "characters"}),
    (TfidfFeaturizer, {"view": "sounds"}),
    (SentenceEncoder, {}),
    (
        KernelClassifier,
        {
            "weights": {"node3": 2},
            "ranking_length": 3,
            "near": 2,
            "unsafe": ["weather"],
        },
    ),
]


def nodes(storage, build):
    for number, (component, config) in enumerate(PIPELINE):
        defaults = getattr(component, "get_default_config", dict)()
        context = ExecutionContext(GraphSchema({}), node_name=f"node{number}")
        method = getattr(component, build, component.create)
        yield method({**defaults, **config}, storage, Resource(f"node{number}"), context)


def messages():
    yield from (Message({TEXT: t, INTENT: i, POINT: p}) for (i, p), texts in SENTENCES.items() for t in texts)
    yield from (Message({TEXT: text, HAZARD: hazard}) for hazard, texts in HAZARDS_OF.items() for text in texts)
    yield from (Message({TEXT: t, INTENT: "tell", FACTS: facts}) for facts, texts in FACTS_OF.items() for t in texts)
    yield from (Message({TEXT: text, ENTRY: entry}) for entry, texts in CELLS.items() for text in texts)


def train(folder, examples):
    """The components after training, and as they are loaded from what that kept."""
    data = TrainingData(list(examples))
    components = list(nodes(LocalModelStorage(folder), "create"))
    for component in components:
        if hasattr(component, "train"):
            component.train(data)
        data = component.process_training_data(data)
    return components, list(nodes(LocalModelStorage(folder), "load"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("model")


@pytest.fixture(scope="module")
def trained(folder):
    return train(folder, messages())[1]


def understand(components, text):
    found = [Message({TEXT: text})]
    for component in components:
        found = component.process(found)
    [message] = found
    return message


class TestRanking:
    def test_it_is_sorted_and_its_confidences_are_shares(self, trained):
        ranking = understand(trained, "绑定奶奶的医保").get(INTENT_RANKING_KEY)
        confidences = [entry["confidence"] for entry in ranking]
        assert ranking[0]["name"] == "bind"
        assert len(ranking) == 3
        assert confidences == sorted(confidences, reverse=True)
        assert 0 < sum(confidences) <= 1.0001

    def test_the_first_is_the_intent(self, trained):
        message = understand(trained, "怎么查余额")
        assert message.get(INTENT) == message.get(INTENT_RANKING_KEY)[0]
        assert message.get(INTENT)["name"] == "balance"

    def test_no_intent_is_learned_of_sentences_that_have_none(self, trained):
        labels = trained[-1]._model.heads[INTENT].labels
        assert set(labels) == {"tell", *(intent for intent, _ in SENTENCES)}

    def test_what_was_misspelt_is_understood(self, trained):
        message = understand(trained, "帮定医宝")
        assert message.get(INTENT)["name"] == "bind"
        assert message.get(TEXT) == "帮定医宝"

    @pytest.mark.parametrize("text", ["", "😀😀", "？？", "【身份证号】"])
    def test_where_nothing_is_said_nothing_is_guessed(self, trained, text):
        message = understand(trained, text)
        assert message.get(INTENT) == {"name": None, "confidence": 0.0}
        assert message.get(INTENT_RANKING_KEY) == []
        assert not any(message.get(kind) for kind in (POINTS, HAZARDS, TOLD, ASKED))


class TestPoints:
    @pytest.mark.parametrize(
        ("text", "point"),
        [
            ("绑定收费吗", "fee"),
            ("查余额要不要钱", "fee"),
            ("几天能好", "time"),
            ("怎么绑我妈的医保", "whole"),
            ("多谢你", "none"),
        ],
    )
    def test_they_are_learned_over_all_intents(self, trained, text, point):
        assert understand(trained, text).get(POINTS)[0][0] == point

    def test_of_intents_with_points_a_sentence_without_one_asks_for_the_whole(self, trained):
        """Who thanks asks for no point; of an intent that nobody labelled nothing is learned."""
        assert set(trained[-1]._model.heads[POINT].labels) == {"fee", "time", "whole", "none"}
        examples = [Message({TEXT: "x", INTENT: intent}) for intent in ("bind", "thank", "ask_other_insurance")]
        assert [trained[-1]._point(example, {"bind"}) for example in examples] == ["whole", "none", None]


class TestHazards:
    def test_danger_is_told_from_what_only_looks_like_it(self, trained):
        says = dict(understand(trained, "叫我点链接把钱转给他").get(HAZARDS))
        assert says["scam"] > 0.5
        assert dict(understand(trained, "转账几天到账").get(HAZARDS))["none"] > 0.5
        assert dict(understand(trained, "怎么绑定医保").get(HAZARDS))["none"] > 0.5

    def test_sentences_of_refused_intents_say_nothing_of_it(self, trained):
        examples = [Message({TEXT: "x", INTENT: intent}) for intent in ("bind", "weather")]
        assert [trained[-1]._hazard(example) for example in examples] == ["none", None]


class TestFacts:
    def test_any_number_of_them_is_told_whatever_is_asked(self, trained):
        told = dict(understand(trained, "他在外地用的老人机").get(TOLD))
        assert told["apart"] > 0.5 and told["old_phone"] > 0.5
        alone = dict(understand(trained, "用的老人机").get(TOLD))
        assert alone["old_phone"] > 0.5 > alone["apart"]


class TestNear:
    def test_entries_by_the_example_that_is_most_like(self, trained):
        near = understand(trained, "要押金不").get(ASKED).near
        assert near[0] == ("bind/fee/1/asks", pytest.approx(1, abs=1e-4))
        assert len(near) == 2  # no more than are wanted
        assert len({entry for entry, *_ in near}) == 2  # an entry once, though it has two examples
        assert near[0][1] > near[1][1]

    def test_belief_is_an_entry_of_its_own(self, trained):
        assert understand(trained, "押金要一百吧").get(ASKED).near[0][0] == "bind/fee/1/no"


class TestModel:
    @pytest.mark.parametrize("text", ["绑定奶奶的医保", "帮定我妈医宝", "yue怎么查", "要押金不", "龘靐", "hello world"])
    def test_a_loaded_model_answers_as_the_trained_one(self, folder, trained, text):
        again = list(nodes(LocalModelStorage(folder), "load"))
        for key in (INTENT_RANKING_KEY, POINTS, HAZARDS, TOLD):
            assert understand(trained, text).get(key) == understand(again, text).get(key)
        one, other = (understand(components, text).get(ASKED) for components in (trained, again))
        assert (one.near, dict(one.fits), dict(one.points)) == (other.near, dict(other.fits), dict(other.points))

    def test_left_out_scores_are_kept_for_choosing_thresholds(self, folder, trained):
        with LocalModelStorage(folder).read_from(Resource("node4")) as kept, np.load(kept / LEFT_OUT) as left_out:
            count = sum(map(len, [*SENTENCES.values(), *HAZARDS_OF.values(), *FACTS_OF.values()]))
            for kind in (INTENT, POINT, HAZARD):
                given = left_out[f"{kind}_labels"]
                assert len(given) == count
                assert left_out[kind].shape == (count, len(set(given) - {""}))

    def test_intents_alone_are_enough(self, tmp_path):
        examples = [Message({TEXT: text, INTENT: intent}) for (intent, _), texts in SENTENCES.items() for text in texts]
        before, after = (understand(components, "怎么查余额") for components in train(tmp_path, examples))
        assert after.get(INTENT)["name"] == "balance"
        assert [after.get(kind) for kind in (POINTS, HAZARDS, TOLD, ASKED)] == [[], [], [], None]
