"""Rasa's jieba tokenizer, retrained when its dictionary changes."""

from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.jieba_tokenizer import JiebaTokenizer
from rasa.shared.utils.io import get_text_hash


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class DictionaryTokenizer(JiebaTokenizer):
    """Splits Chinese text into words with jieba and the dictionaries in `dictionary_path`."""

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Retrain when a dictionary changes: Rasa's cache does not look into the files (see parent class)."""
        # On a cache hit Rasa passes another node's config, hence the defaults.
        folder = {**cls.get_default_config(), **config}["dictionary_path"]
        if folder is None:
            return None
        return get_text_hash("".join(path.read_text(encoding="utf-8") for path in sorted(Path(folder).iterdir())))
