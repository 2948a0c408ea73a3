from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.tokenizer import CharacterTokenizer


def test_each_character_number_and_latin_word_is_a_token():
    tokenizer = CharacterTokenizer(CharacterTokenizer.get_default_config())
    tokens = tokenizer.tokenize(Message({TEXT: "用APP查 2025年"}), TEXT)
    assert [(token.text, token.start) for token in tokens] == [
        ("用", 0),
        ("APP", 1),
        ("查", 4),
        ("2025", 6),
        ("年", 10),
    ]
