"""Words of the domain stay whole, and an edit of the dictionary retrains."""

from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.tokenizer import DictionaryTokenizer
from bot.paths import KNOWLEDGE


def config(folder):
    return {**DictionaryTokenizer.get_default_config(), "dictionary_path": str(folder)}


def test_words_of_the_domain_stay_whole():
    tokenizer = DictionaryTokenizer.create(config(KNOWLEDGE / "dictionary"), None, None, None)
    words = [token.text for token in tokenizer.tokenize(Message({TEXT: "怎么解绑亲情账户"}), TEXT)]
    assert "亲情账户" in words and "解绑" in words


def test_another_dictionary_is_another_model(tmp_path):
    (tmp_path / "terms.txt").write_text("医保码 1000\n", encoding="utf-8")
    before = DictionaryTokenizer.fingerprint_addon({"dictionary_path": str(tmp_path)})
    (tmp_path / "terms.txt").write_text("医保卡 1000\n", encoding="utf-8")
    assert DictionaryTokenizer.fingerprint_addon({"dictionary_path": str(tmp_path)}) != before


def test_no_dictionary_needs_no_fingerprint():
    assert DictionaryTokenizer.fingerprint_addon({}) is None
