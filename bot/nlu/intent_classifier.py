"""Ranks the intents of a message by its closeness to the examples in all its sentence features."""

from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import intent_model, intent_storage
from bot.nlu.blocks import Blocks, Row
from bot.nlu.component import TrainedComponent
from bot.nlu.intent_model import Fit, IntentModel
from bot.nlu.text import spoken


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class KernelClassifier(TrainedComponent, IntentClassifier):
    """A kernel model over the blocks that the featurizers gave a message, calibrated on left-out examples."""

    _model: IntentModel | None = None
    _blocks: Blocks | None = None

    @classmethod
    def required_components(cls) -> list[type]:
        return [Featurizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            # candidates; the pair with the best left-out probabilities is taken
            "ridges": [0.1],
            "sharpnesses": [0.3, 1.5],
            # each featurizer's say, by the featurizer's alias; 1 where not named
            "weights": {},
            # how many intents the ranking keeps
            "ranking_length": 10,
        }

    def learn(self, training_data: TrainingData, folder: Path) -> None:
        examples = named_examples(training_data)
        fit = self._fit(examples)
        intent_storage.write(folder, self._blocks, fit, [example.get(INTENT) for example in examples])

    def read(self, folder: Path) -> None:
        self._blocks, self._model = intent_storage.read(folder)

    def _fit(self, examples: list[Message]) -> Fit:
        rows = [_row(example) for example in examples]
        self._blocks = Blocks.measure(rows, self._config["weights"])
        labels = [example.get(INTENT) for example in examples]
        features = self._blocks.join(rows)
        fit = intent_model.fit(features, labels, self._config["ridges"], self._config["sharpnesses"])
        self._model = fit.model
        return fit

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            ranking = self._ranking(message)
            message.set(INTENT, ranking[0] if ranking else {"name": None, "confidence": 0.0}, add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def _ranking(self, message: Message) -> list[dict[str, Any]]:
        # Emoji, punctuation and masks alone look like any intent: there is nothing to understand.
        if self._model is None or not any(character.isalnum() for character in spoken(message.get(TEXT) or "")):
            return []
        [probabilities] = self._model.probabilities(self._blocks.join([_row(message)]))
        order = np.argsort(-probabilities, kind="stable")[: self._config["ranking_length"]]
        return [{"name": str(self._model.labels[i]), "confidence": float(probabilities[i])} for i in order]


def named_examples(training_data: TrainingData) -> list[Message]:
    """The examples that have a text and an intent."""
    return [e for e in training_data.intent_examples if e.get(TEXT) and e.get(INTENT)]


def _row(message: Message) -> Row:
    return {
        feature.origin: feature.features
        for feature in message.features
        if feature.attribute == TEXT and feature.type == FEATURE_TYPE_SENTENCE
    }
