"""The first component of the pipeline: the others see normalised text only."""

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.component import Component
from bot.nlu.text import normalise


# Rasa has no type for this; a featurizer is the one that it allows in front of the tokenizer.
@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class Normalizer(Component):
    """Rewrites the text of every message; offsets then count in the normalised text."""

    def process(self, messages: list[Message]) -> list[Message]:
        """Normalise the messages in place."""
        for message in messages:
            text = message.get(TEXT)
            if text:
                message.set(TEXT, normalise(text))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Normalise the examples in place."""
        self.process(training_data.training_examples)
        return training_data
