"""Drops entities that mean nothing beside the intent: the bank in "银行为什么不给激活" is no way of doing it."""

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    INTENT,
    INTENT_NAME_KEY,
)
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.component import Component


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class EntityFilter(Component):
    """Stands behind extractors and classifier."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the default config (see the parent class)."""
        return {
            # intent -> entity -> values that it can't have, or "all"
            "drop": {},
        }

    def process(self, messages: list[Message]) -> list[Message]:
        """Drop entities in place."""
        for message in messages:
            drop = self._config["drop"].get((message.get(INTENT) or {}).get(INTENT_NAME_KEY), {})
            kept = [entity for entity in message.get(ENTITIES, []) if not _dropped(entity, drop)]
            message.set(ENTITIES, kept, add_to_output=True)
        return messages


def _dropped(entity: dict[str, Any], drop: dict[str, Any]) -> bool:
    values = drop.get(entity[ENTITY_ATTRIBUTE_TYPE], ())
    return values == "all" or entity[ENTITY_ATTRIBUTE_VALUE] in values
