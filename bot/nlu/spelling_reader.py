"""Adds how a message reads with dialect, slips, homophones and pinyin understood; its text stays as it was typed."""

import inspect
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import get_text_hash

from bot.nlu import dialects, reader, repairs, spelling
from bot.nlu.component import TrainedComponent
from bot.nlu.dialects import read_dialects
from bot.nlu.reader import Reader

_FILE = "spelling.json"
_READING = "reading"


def reading(message: Message) -> str:
    """What the featurizers should look at: the text, as a SpellingReader understood it where there is one."""
    text: str = message.get(_READING) or message.get(TEXT)
    return text


# In front of the featurizers, which is where Rasa allows a featurizer only.
@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SpellingReader(TrainedComponent):
    """Learns the words of the examples by their sounds."""

    _reader: Reader | None = None

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Retrain when the code or the dictionaries change (see the parent class)."""
        words = json.dumps(_words({**cls.get_default_config(), **config}["dialects"]))
        code = "".join(map(inspect.getsource, (reader, repairs, dialects, spelling)))
        return get_text_hash(code + version("jieba") + version("pypinyin") + words)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the default config (see the parent class)."""
        # file of dialect words: dialect -> word -> standard word
        return {"dialects": None}

    def learn(self, training_data: TrainingData, folder: Path) -> None:
        """Learn the words of the examples by their sounds (see the parent class)."""
        texts = [example.get(TEXT) for example in training_data.training_examples if example.get(TEXT)]
        self._reader = Reader.learn(texts, _words(self._config["dialects"]))
        (folder / _FILE).write_text(json.dumps(self._reader.as_dict(), ensure_ascii=False), encoding="utf-8")

    def read(self, folder: Path) -> None:
        """Take the words and their sounds (see the parent class)."""
        self._reader = Reader(**json.loads((folder / _FILE).read_text(encoding="utf-8")))

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the readings in place."""
        for message in messages:
            if self._reader and message.get(TEXT):
                message.set(_READING, self._reader.read(message.get(TEXT)))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Read the examples too: a misspelt one should look like what it means (see the parent class)."""
        self.process(training_data.training_examples)
        return training_data


def _words(path: str | None) -> dict[str, str]:
    return read_dialects(Path(path)) if path else {}
