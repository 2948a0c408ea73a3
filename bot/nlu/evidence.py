"""What a message names may tell its intent better than its words."""

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.component import Component


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class EvidenceClassifier(Component, IntentClassifier):
    """Settles a fallback or a close race where an entity speaks for one of the likeliest; some entities decide outright."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            # entity -> {intent: what it speaks for, within: how far down the ranking that intent may stand,
            # close: a share of the best one's confidence that settles it without a fallback, none if not given}
            "evidence": {},
            # intent that only goes along with a task -> how likely the likeliest task must be to be taken instead
            "yields": {},
            # the intents that are tasks
            "tasks": [],
            # {entity, values, intent, unless}: these values decide, unless the intent is one of `unless`
            "decides": [],
        }

    def __init__(self, config: dict[str, Any], *place: Any) -> None:
        super().__init__(config, *place)
        self._evidence, self._decides = config["evidence"], config["decides"]
        self._yields, self._tasks = config["yields"], config["tasks"]

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            self._yield(message)
            self._decide(message)
            self._reconsider(message)
        return messages

    def _yield(self, message: Message) -> None:
        """“伊犁的，绑孩子，用APP” names a place, a way and a task: the task is what is wanted."""
        needed = self._yields.get((message.get(INTENT) or {}).get("name"))
        tasks = [entry for entry in message.get(INTENT_RANKING_KEY) or [] if entry["name"] in self._tasks]
        if needed is not None and tasks and tasks[0]["confidence"] >= needed:
            _take(message, tasks[0])

    def _decide(self, message: Message) -> None:
        intent = message.get(INTENT) or {}
        named = {(entity["entity"], entity["value"]) for entity in message.get(ENTITIES) or []}
        for rule in self._decides:
            speaks = any((rule["entity"], value) in named for value in rule["values"])
            if speaks and intent.get("name") not in rule["unless"]:
                _take(message, {"name": rule["intent"], "confidence": 1.0})
                return

    def _reconsider(self, message: Message) -> None:
        ranking = message.get(INTENT_RANKING_KEY) or []
        likely = [entry for entry in ranking if entry["name"] != DEFAULT_NLU_FALLBACK_INTENT_NAME]
        named = {entity["entity"] for entity in message.get(ENTITIES) or []}
        intent = message.get(INTENT) or {}
        for entity, says in self._evidence.items():
            spoken_for = [entry for entry in likely[: says["within"]] if entry["name"] == says["intent"]]
            if entity not in named or not spoken_for:
                continue
            close = "close" in says and spoken_for[0]["confidence"] >= says["close"] * (intent.get("confidence") or 0)
            if close or intent.get("name") == DEFAULT_NLU_FALLBACK_INTENT_NAME:
                _take(message, spoken_for[0])
                return


def _take(message: Message, entry: dict[str, Any]) -> None:
    """Make it the intent and the first of the ranking, from which a fallback goes."""
    others = [
        other
        for other in message.get(INTENT_RANKING_KEY) or []
        if other["name"] not in (entry["name"], DEFAULT_NLU_FALLBACK_INTENT_NAME)
    ]
    message.set(INTENT, entry, add_to_output=True)
    message.set(INTENT_RANKING_KEY, [entry, *others], add_to_output=True)
