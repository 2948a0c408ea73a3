"""Takes back the guess about letters and digits that nobody could read: asdfgh looks like any intent."""

import json
import re
from pathlib import Path

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.component import TrainedComponent
from bot.nlu.intent_classifier import named_examples
from bot.nlu.spelling_reader import reading

_FILE = "words.json"
_LATIN = re.compile(r"[a-z0-9]+")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class StrangeLetters(TrainedComponent, IntentClassifier):
    """Learns the Latin words and the numbers of the examples; a message of none but others has no intent."""

    _known: frozenset[str] = frozenset()

    def learn(self, training_data: TrainingData, folder: Path) -> None:
        self._known = frozenset().union(*(_words(reading(example)) for example in named_examples(training_data)))
        (folder / _FILE).write_text(json.dumps(sorted(self._known)), encoding="utf-8")

    def read(self, folder: Path) -> None:
        self._known = frozenset(json.loads((folder / _FILE).read_text(encoding="utf-8")))

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            said = reading(message) or ""
            # Only ASCII: a single Chinese character is something to go by.
            if said.isascii() and not _words(said) & self._known:
                message.set(INTENT, {"name": None, "confidence": 0.0}, add_to_output=True)
                message.set(INTENT_RANKING_KEY, [], add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data


def _words(text: str) -> set[str]:
    return set(_LATIN.findall(text.lower()))
