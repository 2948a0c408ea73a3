"""Ranks the intents of a message by logistic regression over all its sentence features."""

from typing import Any, Dict, List, Text, Type

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import intent_model
from bot.nlu.intent_model import IntentModel


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class BlockClassifier(IntentClassifier, GraphComponent):
    """Logistic regression over the blocks that the featurizers gave a message.

    Rasa's LogisticRegressionClassifier fixes C = 1, too strong for features of length 1, and leaves the blocks on
    the scales they happen to have.
    """

    @classmethod
    def required_components(cls) -> List[Type]:
        return [Featurizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {
            # candidates for scikit-learn's C; the best in cross-validation is taken
            "strengths": [10],
            "folds": 5,
            # length of each featurizer's block, by the featurizer's alias; 1 where not named
            "weights": {},
            # how many intents the ranking keeps
            "ranking_length": 10,
        }

    def __init__(self, config: Dict[Text, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config, self._storage, self._resource = config, storage, resource
        self._model: IntentModel | None = None
        self._blocks: List[Text] = []

    @classmethod
    def create(
        cls, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> "BlockClassifier":
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "BlockClassifier":
        component = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder, np.load(folder / "model.npz") as arrays:
            component._model = IntentModel(arrays["labels"], arrays["weights"], arrays["bias"])
            component._blocks = arrays["blocks"].tolist()
        return component

    def train(self, training_data: TrainingData) -> Resource:
        examples = [e for e in training_data.intent_examples if e.get(TEXT) and e.get(INTENT)]
        self._blocks = sorted(self._by_origin(examples[0]))
        labels = [example.get(INTENT) for example in examples]
        features = self._features(examples)
        self._model = model = intent_model.fit(features, labels, self._config["strengths"], self._config["folds"])
        with self._storage.write_to(self._resource) as folder:
            np.savez(
                folder / "model.npz", labels=model.labels, weights=model.weights, bias=model.bias, blocks=self._blocks
            )
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            if self._model is not None and _has_words(message.get(TEXT) or ""):
                [probabilities] = self._model.probabilities(self._features([message]))
                order = np.argsort(-probabilities)[: self._config["ranking_length"]]
                ranking = [
                    {"name": str(self._model.labels[i]), "confidence": float(probabilities[i])} for i in order
                ]
            else:
                ranking = []
            message.set(INTENT, ranking[0] if ranking else {"name": None, "confidence": 0.0}, add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def _features(self, messages: List[Message]) -> Any:
        rows = [self._by_origin(message) for message in messages]
        blocks = [[row[block] for row in rows] for block in self._blocks]
        return intent_model.stack(blocks, [self._config["weights"].get(block, 1.0) for block in self._blocks])

    @staticmethod
    def _by_origin(message: Message) -> Dict[Text, Any]:
        return {
            feature.origin: feature.features
            for feature in message.features
            if feature.attribute == TEXT and feature.type == FEATURE_TYPE_SENTENCE
        }


def _has_words(text: str) -> bool:
    """Whether there is anything to understand: emoji and punctuation alone look like any intent."""
    return any(character.isalnum() for character in text)
