"""The components of the pipeline together: trained, kept in a model, loaded from it, and giving the same answers."""

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import cascade_classifier
from bot.nlu.cascade_classifier import CascadeClassifier, encode
from bot.nlu.entity_filter import EntityFilter
from bot.nlu.intent_classifier import KernelClassifier
from bot.nlu.sentence_encoder import SentenceEncoder
from bot.nlu.spelling_reader import SpellingReader
from bot.nlu.strange_letters import StrangeLetters
from bot.nlu.tfidf_featurizer import TfidfFeaturizer
from bot.nlu.wish_components import WISHES, ClauseSplitter, WishCollector

EXAMPLES = {
    "bind": ["怎么绑定医保", "绑定我爸的医保", "医保绑定家人", "怎么绑家里人", "绑定老婆", "如何绑定孩子医保"],
    "balance": [
        "余额怎么查",
        "查余额",
        "医保余额在哪看",
        "卡里还有多少钱",
        "app查余额",
        "怎么查医保余额",
        "看一下余额",
    ],
    "lost": ["卡丢了", "医保卡丢了怎么办", "怎么挂失医保卡", "卡不见了要补", "补办医保卡", "挂失电话"],
}
PIPELINE = [
    (ClauseSplitter, {"questions": ["怎么"]}),
    (SpellingReader, {}),
    (TfidfFeaturizer, {"view": "characters"}),
    (TfidfFeaturizer, {"view": "sounds"}),
    (SentenceEncoder, {}),
    (None, {"weights": {"node4": 2}, "ranking_length": 2}),  # the classifier that is tested
    (StrangeLetters, {}),
    (WishCollector, {"intents": list(EXAMPLES), "threshold": 0.4}),
    (EntityFilter, {"drop": {"lost": {"channel": ["counter"]}}}),
]


def nodes(classifier, storage, build):
    for number, (component, config) in enumerate(PIPELINE):
        component = component or classifier
        defaults = getattr(component, "get_default_config", dict)()
        context = ExecutionContext(GraphSchema({}), node_name=f"node{number}")
        method = getattr(component, build, component.create) if build == "load" else component.create
        yield method({**defaults, **config}, storage, Resource(f"node{number}"), context)


def train(classifier, folder):
    """The components after training, and as they are loaded from what that kept."""
    data = TrainingData([Message({TEXT: text, INTENT: intent}) for intent, texts in EXAMPLES.items() for text in texts])
    components = list(nodes(classifier, LocalModelStorage(folder), "create"))
    for component in components:
        if hasattr(component, "train"):
            component.train(data)
        if hasattr(component, "process_training_data"):
            data = component.process_training_data(data)
    return components, list(nodes(classifier, LocalModelStorage(folder), "load"))


@pytest.fixture(scope="module", params=[KernelClassifier, CascadeClassifier])
def trained(request, tmp_path_factory):
    return train(request.param, tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def cascade(tmp_path_factory):
    return train(CascadeClassifier, tmp_path_factory.mktemp("cascade"))[1]


def understand(components, text, entities=()):
    messages = [Message({TEXT: text, ENTITIES: list(entities)})]
    for component in components:
        messages = component.process(messages)
    [message] = messages
    return message


@pytest.mark.parametrize("text", ["绑定奶奶的医保", "帮定我妈医宝", "yue怎么查", "卡丢啦", "龘靐", "hello world"])
def test_a_loaded_model_answers_as_the_trained_one(trained, text):
    before, after = (understand(components, text).get(INTENT_RANKING_KEY) for components in trained)
    assert before == after


def test_the_ranking_is_sorted_and_its_confidences_are_shares(trained):
    ranking = understand(trained[1], "绑定奶奶的医保").get(INTENT_RANKING_KEY)
    confidences = [entry["confidence"] for entry in ranking]
    assert ranking[0]["name"] == "bind"
    assert len(ranking) == 2
    assert confidences == sorted(confidences, reverse=True)
    assert sum(confidences) <= 1.0001


def test_only_a_doubtful_message_is_shown_to_the_second_encoder(cascade, monkeypatch):
    classifier = next(component for component in cascade if isinstance(component, CascadeClassifier))
    shown = []
    monkeypatch.setattr(cascade_classifier, "encode", lambda texts: shown.extend(texts) or np.zeros((len(texts), 384)))
    for doubtful, expected in ((0.0, []), (1.1, ["查余额"])):
        monkeypatch.setitem(classifier._config, "doubtful", doubtful)
        understand(cascade, "查余额")
        assert shown == expected


def test_the_second_opinion_counts(cascade, monkeypatch):
    classifier = next(component for component in cascade if isinstance(component, CascadeClassifier))
    monkeypatch.setitem(classifier._config, "doubtful", 1.1)
    monkeypatch.setattr(cascade_classifier, "encode", lambda texts: encode(["卡丢了怎么挂失"]))
    swayed = understand(cascade, "绑定奶奶的医保").get(INTENT_RANKING_KEY)
    monkeypatch.undo()
    alone = understand(cascade, "绑定奶奶的医保").get(INTENT)
    assert next(entry for entry in swayed if entry["name"] == "bind")["confidence"] < alone["confidence"]


def test_what_was_misspelt_is_understood(trained):
    assert understand(trained[1], "帮定医宝").get(INTENT)["name"] == "bind"
    assert understand(trained[1], "帮定医宝").get(TEXT) == "帮定医宝"


@pytest.mark.parametrize("text", ["", "😀😀", "？？", "【身份证号】", "asdfgh", "12345", "qwe rty!"])
def test_where_nothing_is_said_nothing_is_guessed(trained, text):
    message = understand(trained[1], text)
    assert message.get(INTENT) == {"name": None, "confidence": 0.0}
    assert message.get(INTENT_RANKING_KEY) == []


@pytest.mark.parametrize("text", ["APP!", "yue", "chayue", "asd余额"])
def test_letters_that_an_example_has_or_that_read_as_words_are_understood(trained, text):
    assert understand(trained[1], text).get(INTENT)["name"]


def test_two_wishes_are_told_in_order_and_the_first_leads(trained):
    message = understand(trained[1], "医保怎么绑定家人,余额怎么查")
    assert message.get(WISHES) == [
        {"intent": "bind", "start": 0, "end": 8},
        {"intent": "balance", "start": 9, "end": 14},
    ]
    assert message.get(INTENT)["name"] == "bind"


def test_one_wish_is_the_whole_message(trained):
    assert understand(trained[1], "我爸,余额怎么查").get(WISHES) == [{"intent": "balance", "start": 0, "end": 8}]


def test_a_long_story_is_understood_by_its_question(trained):
    story = "我姐在外地开饭馆,一年到头也回不来一趟,家里老人孩子都是我在管,今天逛街回来累坏了,"
    assert understand(trained[1], story + "怎么查医保余额").get(INTENT)["name"] == "balance"


def test_an_entity_goes_where_the_intent_has_no_use_for_it(trained):
    counter, wechat = ({"entity": "channel", "value": value} for value in ("counter", "wechat"))
    assert understand(trained[1], "医保卡丢了怎么办", [counter, wechat]).get(ENTITIES) == [wechat]
    assert understand(trained[1], "怎么查余额", [counter]).get(ENTITIES) == [counter]
