"""Characters as tokens: nothing in the pipeline needs words, and jieba would hold 0.1 GB to tell them."""

import re
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

_TOKEN = re.compile(r"[A-Za-z0-9]+|\S")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class CharacterTokenizer(Tokenizer):
    """Each Chinese character, number and latin word is a token; `rasa test nlu` counts entities by them."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the default config (see the parent class)."""
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Split an attribute of a message (see the parent class)."""
        return [Token(match.group(), match.start()) for match in _TOKEN.finditer(message.get(attribute))]
