"""Adds TF-IDF features of one view of the text to a message."""

import json
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.component import TrainedComponent
from bot.nlu.spelling_reader import reading
from bot.nlu.text import spoken
from bot.nlu.tfidf import Tfidf


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class TfidfFeaturizer(TrainedComponent, SparseFeaturizer):
    """Sentence features (1, n-grams): TF-IDF of a view's n-grams.

    Rasa's CountVectorsFeaturizer joins jieba's words with blanks before it looks at characters, so its character
    n-grams hang on how jieba cut; and it has no inverse document frequency.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            **SparseFeaturizer.get_default_config(),
            # characters or sounds
            "view": "characters",
            # shortest and longest n-gram
            "ngrams": [1, 2],
        }

    def __init__(self, config: dict[str, Any], *place: Any) -> None:
        super().__init__(config, *place)
        SparseFeaturizer.__init__(self, self._context.node_name or "", config)
        self._tfidf = Tfidf(config["view"], *config["ngrams"])

    def learn(self, training_data: TrainingData, folder: Path) -> None:
        texts = [spoken(reading(message)) for message in training_data.training_examples if message.get(TEXT)]
        self._tfidf.fit(texts)
        (folder / "tfidf.json").write_text(json.dumps(self._tfidf.as_dict(), ensure_ascii=False), encoding="utf-8")

    def read(self, folder: Path) -> None:
        self._tfidf = Tfidf(**json.loads((folder / "tfidf.json").read_text(encoding="utf-8")))

    def process(self, messages: list[Message]) -> list[Message]:
        said = [message for message in messages if message.get(TEXT)]
        if said:
            for message, row in zip(said, self._tfidf.transform([spoken(reading(message)) for message in said])):
                message.add_features(Features(row, FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing to validate: an unknown view fails at creation (see the parent class)."""
