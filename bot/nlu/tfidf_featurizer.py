"""Adds TF-IDF features of one view of the text to a message."""

import json
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.spelling_reader import reading
from bot.nlu.text import spoken
from bot.nlu.tfidf import Tfidf


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class TfidfFeaturizer(SparseFeaturizer, GraphComponent):
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

    def __init__(self, config: dict[str, Any], name: str, storage: ModelStorage, resource: Resource) -> None:
        super().__init__(name, config)
        self._tfidf = Tfidf(config["view"], *config["ngrams"])
        self._storage, self._resource = storage, resource

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "TfidfFeaturizer":
        return cls(config, execution_context.node_name, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "TfidfFeaturizer":
        component = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder:
            component._tfidf = Tfidf(**json.loads((folder / "tfidf.json").read_text(encoding="utf-8")))
        return component

    def train(self, training_data: TrainingData) -> Resource:
        texts = [spoken(reading(message)) for message in training_data.training_examples if message.get(TEXT)]
        self._tfidf.fit(texts)
        with self._storage.write_to(self._resource) as folder:
            (folder / "tfidf.json").write_text(json.dumps(self._tfidf.as_dict(), ensure_ascii=False), encoding="utf-8")
        return self._resource

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
