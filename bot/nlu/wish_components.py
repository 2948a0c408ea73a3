"""Two components around the classifier: one lets it see the clauses of a message too, the other takes them out again."""

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import (
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.component import Component
from bot.nlu.wishes import Clause, Span, Splitter, wishes

WISHES = "wishes"
# Message data of a clause: the message it was cut from, and its span there.
_PARENT, _SPAN = "clause_of", "clause_span"
# Of the clause that a long message comes to: it is no wish of its own, but may tell the message's intent better.
_POINT = "clause_is_point"
# Each is understood like a message: somebody who asks more than this at once must not take the time of others.
_CLAUSES = 6


# In front of the featurizers, which is where Rasa allows a featurizer only.
@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class ClauseSplitter(Component):
    """Adds each asking clause of a message that has several as a message of its own."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the default config (see the parent class)."""
        return {
            # words that open a new clause
            "conjunctions": [],
            # regular expressions that tell a question or a request
            "questions": ["[?？]"],
            # shortest clause, in characters
            "shortest": 4,
            # a message of so many characters tells a story: its last question is looked at on its own too
            "story": 40,
        }

    def __init__(self, config: dict[str, Any], *place: Any) -> None:
        """Create a splitter."""
        super().__init__(config, *place)
        self._splitter = Splitter(config["conjunctions"], config["questions"], config["shortest"])
        self._story = config["story"]

    def process(self, messages: list[Message]) -> list[Message]:
        """Return the messages and behind them their clauses."""
        return messages + [clause for message in messages for clause in self._clauses(message)]

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples as they are (see the parent class)."""
        return training_data

    def _clauses(self, message: Message) -> list[Message]:
        text = message.get(TEXT) or ""
        questions = self._splitter.questions(text)
        spans = list(dict.fromkeys(span for readings in questions for span in readings)) if len(questions) > 1 else []
        parts = [_part(message, span) for span in spans[:_CLAUSES]]
        point = self._splitter.last_question(text) if len(text) >= self._story else None
        return [*parts, _part(message, point, point=True)] if point else parts


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class WishCollector(Component):
    """Sets `wishes` on each message, in order; of several the first becomes the message's intent."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the default config (see the parent class)."""
        return {
            # intents that can be a wish
            "intents": [],
            # intents that can be a wish behind another
            "later": [],
            # how sure a clause must be
            "threshold": 0.5,
        }

    def __init__(self, config: dict[str, Any], *place: Any) -> None:
        """Create a collector."""
        super().__init__(config, *place)
        self._first, self._later = set(config["intents"]), set(config["later"])
        self._threshold = config["threshold"]

    def process(self, messages: list[Message]) -> list[Message]:
        """Return the messages without their clauses."""
        parts = [message for message in messages if message.get(_PARENT)]
        whole = [message for message in messages if not message.get(_PARENT)]
        for message in whole:
            self._collect(message, [part for part in parts if part.get(_PARENT) is message])
        return whole

    def _collect(self, message: Message, parts: list[Message]) -> None:
        for point in (part for part in parts if part.get(_POINT)):
            # A question cut out of its story often looks like a follow-up.
            if point.get(INTENT)[INTENT_NAME_KEY] in self._first and _confidence(point) > _confidence(message):
                _understand_as(message, point)
        clauses = {_clause(part): part for part in parts if not part.get(_POINT)}
        found = wishes(list(clauses), self._first, self._later, self._threshold)
        if found:
            _understand_as(message, clauses[found[0]])
            said = [{"intent": wish.intent, "start": wish.start, "end": wish.end} for wish in found]
        else:
            name = message.get(INTENT, {}).get(INTENT_NAME_KEY)
            said = [{"intent": name, "start": 0, "end": len(message.get(TEXT) or "")}]
        message.set(WISHES, said, add_to_output=True)


def _part(message: Message, span: Span, point: bool = False) -> Message:
    return Message({TEXT: message.get(TEXT)[slice(*span)], _PARENT: message, _SPAN: span, _POINT: point})


def _understand_as(message: Message, part: Message) -> None:
    for key in (INTENT, INTENT_RANKING_KEY):
        message.set(key, part.get(key), add_to_output=True)


def _confidence(message: Message) -> float:
    return message.get(INTENT)[PREDICTED_CONFIDENCE_KEY]


def _clause(part: Message) -> Clause:
    start, end = part.get(_SPAN)
    return Clause(start, end, part.get(INTENT)[INTENT_NAME_KEY], _confidence(part))
