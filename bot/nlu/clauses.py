"""Cuts a message into its clauses, which pass through the pipeline behind it as messages of their own."""

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.component import Component

# Message data of a clause: the message it was cut from, and its span there.
CLAUSE_OF, SPAN = "clause_of", "clause_span"
_MARKS = r",，.。;；:：!！?？、~…\s"
# A clause that ends in a particle without a mark has so many characters in front of it and behind it.
_BEFORE, _BEHIND = 4, 5


def cut(text: str, pattern: re.Pattern[str], shortest: int) -> list[tuple[int, int]]:
    """Spans of the clauses of a text, those under `shortest` characters left out; none where there is only one."""
    spans, start = [], 0
    for mark in pattern.finditer(text):
        if mark.start() > start:
            spans.append((start, mark.start()))
        start = mark.end()
    if start < len(text):
        spans.append((start, len(text)))
    return [(a, b) for a, b in spans if b - a >= shortest] if len(spans) > 1 else []


def boundaries(
    conjunctions: Iterable[str], particles: Iterable[str] = (), corrections: Iterable[str] = ()
) -> re.Pattern[str]:
    """What stands between two clauses: marks, the place before a conjunction, that behind a particle as one speaks on."""
    places = [f"[{_MARKS}]+", *(f"(?={re.escape(word)})" for word in conjunctions)]
    goes_on = "".join(f"(?!{re.escape(word)})" for word in corrections)
    places += [
        f"(?<=[^{_MARKS}]{{{_BEFORE}}}{re.escape(particle)}){goes_on}(?=[^{_MARKS}]{{{_BEHIND}}})"
        for particle in particles
    ]
    return re.compile("|".join(places))


# In front of the featurizers, which is where Rasa allows a featurizer only.
@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class ClauseSplitter(Component):
    """Adds the clauses of a message behind it; who reads them at the end of the pipeline takes them off again."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the default config (see the parent class)."""
        return {
            # words that open a new clause without a mark
            "conjunctions": [],
            # particles that end one, as one speaks on without a mark, and words behind them that take back what was said
            "particles": [],
            "corrections": [],
            # shortest clause, in characters
            "shortest": 3,
            # of a long story only the last clauses are looked at
            "most": 4,
        }

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return boundaries(*(self._config[words] for words in ("conjunctions", "particles", "corrections")))

    def process(self, messages: list[Message]) -> list[Message]:
        """Return the messages and behind them their clauses."""
        return messages + [clause for message in messages for clause in self._clauses(message)]

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples as they are (see the parent class)."""
        return training_data

    def _clauses(self, message: Message) -> list[Message]:
        text = message.get(TEXT) or ""
        spans = cut(text, self._pattern, self._config["shortest"])[-self._config["most"] :]
        return [Message({TEXT: text[start:end], CLAUSE_OF: message, SPAN: (start, end)}) for start, end in spans]
