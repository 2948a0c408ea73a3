"""Tells of a message its intent, its point, its hazard, the facts in it, and which of the cells' example questions it is like."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from threadpoolctl import threadpool_limits

from bot.nlu import kernel_model
from bot.nlu.blocks import Blocks, Row
from bot.nlu.component import TrainedComponent
from bot.nlu.importer import ENTRY, FACTS, HAZARD, POINT, WITHOUT
from bot.nlu.kernel_model import LEFT_OUT, KernelModel
from bot.nlu.questions import Questions
from bot.nlu.text import spoken

POINTS, HAZARDS, TOLD, ASKED = "points", "hazards", "told", "asked"
_WHOLE = "whole"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class KernelClassifier(TrainedComponent, IntentClassifier):
    """A kernel model with a head a kind of label over the blocks that the featurizers gave a message."""

    _model: KernelModel | None = None
    _blocks: Blocks | None = None
    _questions: Questions | None = None

    @classmethod
    def required_components(cls) -> list[type]:
        return [Featurizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "ridge": 0.1,
            "sharpness": 1.5,
            # each featurizer's say, by the featurizer's alias; 1 where not named
            "weights": {},
            # how many labels a ranking keeps, and how many of the cells' examples
            "ranking_length": 10,
            "near": 300,
            # intents whose sentences say nothing of hazards: some of them are refused for one
            "unsafe": ["out_of_scope"],
            # intents that name no task: without a label they ask for no point, where a task's ask for the whole
            "leaning": ["follow_up", "inform", "out_of_scope"],
            # intents whose sentences ask for points that nobody has labelled
            "unlabelled": ["ask_other_insurance"],
        }

    def learn(self, training_data: TrainingData, folder: Path) -> None:
        examples = labelled_examples(training_data)
        rows = [_row(example) for example in examples]
        self._blocks = Blocks.measure(rows, self._config["weights"])
        features = self._blocks.join(rows)
        labels = self._labels(examples)
        with threadpool_limits(os.cpu_count()):  # one at a time elsewhere: here it is minutes
            told = _told(examples)
            fit = kernel_model.fit(features, labels, self._config["ridge"], self._config["sharpness"], told)
        self._blocks.write(folder)
        fit.model.write(folder)
        labels[FACTS] = [example.get(FACTS) for example in examples]
        given = {f"{kind}_labels": np.array([label or "" for label in labels[kind]]) for kind in labels}
        np.savez(folder / LEFT_OUT, **fit.left_out, **given)
        asked = sorted(
            (example for example in training_data.training_examples if example.get(ENTRY)),
            key=lambda example: str(example.get(ENTRY)).split("/")[0],
        )
        if asked:
            keys = [tuple(example.get(ENTRY).split()) for example in asked]
            features = self._blocks.join([_row(example) for example in asked])
            Questions.learn(features, keys, self._config["ridge"], self._config["sharpness"]).write(folder)

    def read(self, folder: Path) -> None:
        self._blocks, self._model = Blocks.read(folder), KernelModel.read(folder)
        self._questions = Questions.read(folder)

    def process(self, messages: list[Message]) -> list[Message]:
        # Emoji, punctuation and masks alone look like any intent: there is nothing to understand.
        said = [message for message in messages if any(c.isalnum() for c in spoken(message.get(TEXT) or ""))]
        for message in messages:
            _tell(message, [])
        if self._model and self._blocks and said:
            self._classify(said, self._model, self._blocks)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def _classify(self, messages: list[Message], model: KernelModel, blocks: Blocks) -> None:
        # All at once: a message and its clauses share the way through the memory of the examples.
        features = blocks.join([_row(message) for message in messages])
        says = model.probabilities(features)
        length = self._config["ranking_length"]
        asked = list(self._questions.asked(features, self._config["near"], length)) if self._questions else []
        for place, message in enumerate(messages):
            rankings = {kind: self._ranking(model.heads[kind].labels, rows[place]) for kind, rows in says.items()}
            _tell(message, rankings[INTENT])
            message.set(POINTS, rankings.get(POINT, []))
            message.set(HAZARDS, rankings.get(HAZARD, []))
            message.set(TOLD, rankings.get(FACTS, []))
            message.set(ASKED, asked[place] if asked else None)

    def _ranking(self, labels: NDArray[Any], probabilities: NDArray[Any]) -> list[tuple[str, float]]:
        order = np.argsort(-probabilities, kind="stable")[: self._config["ranking_length"]]
        return [(str(labels[i]), float(probabilities[i])) for i in order]

    def _labels(self, examples: list[Message]) -> dict[str, list[str | None]]:
        labels: dict[str, list[str | None]] = {INTENT: [example.get(INTENT) for example in examples]}
        if any(example.get(POINT) for example in examples):
            pointed = {example.get(INTENT) for example in examples if example.get(POINT)}
            pointed -= set(self._config["leaning"])
            labels[POINT] = [self._point(example, pointed) for example in examples]
        if any(example.get(HAZARD) for example in examples):
            labels[HAZARD] = [self._hazard(example) for example in examples]
        return labels

    def _point(self, example: Message, pointed: set[str]) -> str | None:
        point: str | None = example.get(POINT)
        if point or example.get(INTENT) in [None, *self._config["unlabelled"]]:
            return point
        return _WHOLE if example.get(INTENT) in pointed else WITHOUT

    def _hazard(self, example: Message) -> str | None:
        hazard: str | None = example.get(HAZARD)
        if hazard:
            return hazard
        return None if example.get(INTENT) in self._config["unsafe"] else WITHOUT


def _told(examples: list[Message]) -> dict[str, list[frozenset[str] | None]]:
    """The facts that each example tells; of the sentences of danger nobody has said."""
    given = [example.get(FACTS) for example in examples]
    told = [None if facts is None else frozenset(filter(None, facts.split("+"))) for facts in given]
    return {FACTS: told} if any(told) else {}


def labelled_examples(training_data: TrainingData) -> list[Message]:
    """The examples that have a text and a label of any kind."""
    return [e for e in training_data.training_examples if e.get(TEXT) and (e.get(INTENT) or e.get(HAZARD))]


def _tell(message: Message, ranking: list[tuple[str, float]]) -> None:
    entries = [{"name": name, "confidence": says} for name, says in ranking]
    message.set(INTENT, entries[0] if entries else {"name": None, "confidence": 0.0}, add_to_output=True)
    message.set(INTENT_RANKING_KEY, entries, add_to_output=True)


def _row(message: Message) -> Row:
    return {
        str(feature.origin): feature.features
        for feature in message.features
        if feature.attribute == TEXT and feature.type == FEATURE_TYPE_SENTENCE
    }
