"""The last component: what was found in a message, beside the conversation so far, becomes what it means."""

import json
import re
from dataclasses import asdict, replace
from itertools import starmap
from pathlib import Path

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.dialogue.heard import Heard, Named, Part, Understood
from bot.dialogue.ranking import choose
from bot.dialogue.state import State
from bot.dialogue.thresholds import SHADOW
from bot.dialogue.understand import understand
from bot.knowledge.loader import shipped
from bot.knowledge.lookup import Near
from bot.knowledge.model import WHOLE
from bot.nlu.clauses import CLAUSE_OF, SPAN
from bot.nlu.component import TrainedComponent
from bot.nlu.kernel_classifier import ASKED, HAZARDS, POINTS, TOLD, labelled_examples
from bot.nlu.questions import Asked
from bot.nlu.spelling_reader import reading

UNDERSTOOD, POINT, WHY, WISHES = "understood", "point", "why", "wishes"
_FILE = "words.json"
_LATIN = re.compile(r"[a-z0-9]+")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class Understanding(TrainedComponent, IntentClassifier):
    """Takes the clauses off again and sets what the message means: intent, point, wishes, and why.

    It learns the Latin words of the examples: a message of none but others cannot be read.
    """

    _words: frozenset[str] = frozenset()

    def learn(self, training_data: TrainingData, folder: Path) -> None:
        self._words = frozenset().union(*(_latin(reading(example)) for example in labelled_examples(training_data)))
        (folder / _FILE).write_text(json.dumps(sorted(self._words)), encoding="utf-8")

    def read(self, folder: Path) -> None:
        self._words = frozenset(json.loads((folder / _FILE).read_text(encoding="utf-8")))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def process(self, messages: list[Message], tracker: DialogueStateTracker | None = None) -> list[Message]:
        """Understand the messages in place and return them without their clauses.

        Args:
            messages: what a person said, and clauses of it.
            tracker: the conversation before it; Rasa hands it to a parameter of this name, None outside of one.
        """
        state = State.read(tracker.current_slot_values()) if tracker else State()
        whole = [message for message in messages if not message.get(CLAUSE_OF)]
        for message in whole:
            heard = self.heard([message, *(part for part in messages if part.get(CLAUSE_OF))])
            _tell(message, heard, choose(shipped(), state, heard, understand(shipped(), state, heard)))
        return whole

    def heard(self, messages: list[Message]) -> Heard:
        """All that was found in the first of the messages, whose clauses the others may be."""
        message = messages[0]
        clauses = [part for part in messages if part.get(CLAUSE_OF) is message]
        said = reading(message) or ""
        named = [
            Named(e["entity"], str(e["value"]), e["start"], e["end"], bool(e.get("aside")), bool(e.get("insured")))
            for e in message.get(ENTITIES) or []
        ]
        return Heard(
            _part(message),
            tuple(map(_part, clauses)),
            tuple(named),
            _hazards([message, *clauses]),
            # Only ASCII: a single Chinese character is something to go by.
            not said.isascii() or bool(_latin(said) & self._words),
        )


def _hazards(parts: list[Message]) -> tuple[tuple[str, float], ...]:
    """How likely each hazard is in the part where it is likeliest: who is in danger often asks something else besides.

    A clause counts where the whole message has a shadow of its hazard: taken out of it, 她腿摔了 sounds like an emergency.
    """
    whole, *clauses = (dict(part.get(HAZARDS) or []) for part in parts)
    shadows = [name for name, says in whole.items() if says >= SHADOW]
    heard = {name: max(whole[name], *(clause.get(name, 0.0) for clause in clauses), 0.0) for name in shadows}
    return tuple({**whole, **heard}.items())


def _part(message: Message) -> Part:
    start, end = message.get(SPAN) or (0, len(message.get(TEXT) or ""))
    ranking = tuple((entry["name"], entry["confidence"]) for entry in message.get(INTENT_RANKING_KEY) or [])
    points, told = (tuple(map(tuple, message.get(kind) or [])) for kind in (POINTS, TOLD))
    found = Part(message.get(TEXT) or "", ranking, points, start=start, end=end, told=told)
    asked: Asked | None = message.get(ASKED)
    if asked is None:
        return found
    near = tuple(starmap(_near, asked.near))
    return replace(found, near=near, fits=asked.fits, asked=asked.points, plain=asked.plain)


def _near(key: str, likeness: float) -> Near:
    task, point, entry, kind = key.split("/")
    return Near(task, point, int(entry), kind, likeness)


def _tell(message: Message, heard: Heard, understood: Understood) -> None:
    says = dict(heard.whole.intents)
    intent = {
        INTENT_NAME_KEY: understood.intent,
        "confidence": says.get(understood.intent, 1.0 - max(says.values(), default=1.0)),
    }
    point = next((wish.point for wish in understood.wishes if wish.point != WHOLE), None)
    spans = understood.spans or ((0, len(heard.whole.text)),)
    wishes = [
        {
            "intent": wish.task or understood.intent,
            "point": wish.point if wish.point != WHOLE else None,
            "start": start,
            "end": end,
        }
        for wish, (start, end) in zip(understood.wishes, spans)
    ] or [{"intent": understood.intent, "point": None, "start": 0, "end": len(heard.whole.text)}]
    said = {INTENT: intent, POINT: point, WHY: understood.why, WISHES: wishes, UNDERSTOOD: asdict(understood)}
    for key, value in said.items():
        message.set(key, value, add_to_output=True)


def _latin(text: str) -> set[str]:
    return set(_LATIN.findall(text.lower()))
