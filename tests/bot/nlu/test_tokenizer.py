"""Words of the domain stay whole, and an edit of the dictionary retrains."""

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.tokenizer import DictionaryTokenizer
from bot.paths import KNOWLEDGE


def config(folder):
    return {**DictionaryTokenizer.get_default_config(), "dictionary_path": str(folder)}


@pytest.fixture
def tokenizer(tmp_path):
    context = ExecutionContext(GraphSchema({}), node_name="tokenizer")
    parts = config(KNOWLEDGE / "dictionary"), LocalModelStorage(tmp_path), Resource("tokenizer"), context
    examples = [Message({TEXT: "银行存款有利息吗", INTENT: "out_of_scope"})]
    DictionaryTokenizer.create(*parts).train(TrainingData(examples))
    return DictionaryTokenizer.load(*parts)


def words(tokenizer, text):
    return [token.text for token in tokenizer.tokenize(Message({TEXT: text}), TEXT)]


def test_words_of_the_domain_stay_whole(tokenizer):
    found = words(tokenizer, "怎么解绑亲情账户")
    assert "亲情账户" in found and "解绑" in found


def test_words_of_the_examples_stay_whole(tokenizer):
    assert "利息" in words(tokenizer, "这个利息高")


def test_no_letter_is_lost_where_no_word_is_known(tokenizer):
    assert "".join(words(tokenizer, "饕餮 abc！")) == "饕餮 abc！"


def test_another_dictionary_is_another_model(tmp_path):
    (tmp_path / "terms.txt").write_text("医保码 1000\n", encoding="utf-8")
    before = DictionaryTokenizer.fingerprint_addon({"dictionary_path": str(tmp_path)})
    (tmp_path / "terms.txt").write_text("医保卡 1000\n", encoding="utf-8")
    assert DictionaryTokenizer.fingerprint_addon({"dictionary_path": str(tmp_path)}) != before
