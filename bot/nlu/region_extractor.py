"""Adds the places of a message to its entities, each with its role."""

import inspect
import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import get_text_hash

from bot.nlu import gazetteer, text
from bot.nlu.component import TrainedComponent
from bot.nlu.gazetteer import Gazetteer, Place, build, find_places, read_locations, read_words
from bot.nlu.region_roles import Roles, resolve
from bot.yamlfile import read_yaml

_FILE = "regions.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class RegionExtractor(TrainedComponent, EntityExtractorMixin):
    """Marks places by their role.

    The insured place is a `region`, what it may be a `region_option`, what it is not `region_denied`, others a `place`.
    """

    _gazetteer: Gazetteer | None = None
    _roles: Roles | None = None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the default config (see the parent class)."""
        return {
            # names, exceptions and cues beside the dictionary of places
            "path": "knowledge/regions.yml",
        }

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Retrain when the file, the dictionaries or the code that builds from them change (see the parent class)."""
        # On a cache hit Rasa passes another node's config, hence the defaults.
        path = {**cls.get_default_config(), **config}["path"]
        code = inspect.getsource(gazetteer) + inspect.getsource(text)
        return get_text_hash(Path(path).read_text(encoding="utf-8") + code + version("jionlp") + version("jieba"))

    def learn(self, training_data: TrainingData, folder: Path) -> None:
        """Build the tables of places (see the parent class)."""
        names = read_yaml(Path(self._config["path"]))
        tables = {"places": build(read_locations(), names, read_words()), "roles": names["roles"]}
        (folder / _FILE).write_text(json.dumps(tables, ensure_ascii=False), encoding="utf-8")
        self._use(tables)

    def read(self, folder: Path) -> None:
        """Take the tables of places (see the parent class)."""
        self._use(json.loads((folder / _FILE).read_text(encoding="utf-8")))

    def process(self, messages: list[Message]) -> list[Message]:
        """Append the places to the entities of each message."""
        for message in messages:
            found = self.add_extractor_name(list(self._entities(message.get(TEXT) or "")))
            message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages

    def _use(self, tables: dict[str, Any]) -> None:
        self._gazetteer, self._roles = Gazetteer(tables["places"]), Roles(tables["roles"])

    def _entities(self, message: str) -> Iterator[dict[str, Any]]:
        if self._gazetteer is None or self._roles is None:
            return
        places = find_places(message, self._gazetteer)
        resolution = resolve(message, places, self._roles)
        if resolution.insured:
            region = _entity("region", resolution.insured.candidates[0], resolution.insured)
            # For who knows from before where the insurance is.
            yield {**region, "aside": resolution.aside, "insured": resolution.said}
        for option in resolution.options:
            aside = [*resolution.others, *resolution.denied]
            named = (place for place in places if option in place.candidates and place not in aside)
            yield _entity("region_option", option, next(named))
        for place in resolution.denied:
            yield _entity("region_denied", place.candidates[0], place)
        for place in resolution.others:
            # A place that stands for several has no value of its own: its name is.
            yield _entity("place", place.candidates[0] if len(place.candidates) == 1 else place.name, place)


def _entity(kind: str, value: str, place: Place) -> dict[str, Any]:
    return {
        ENTITY_ATTRIBUTE_TYPE: kind,
        ENTITY_ATTRIBUTE_VALUE: value,
        ENTITY_ATTRIBUTE_START: place.start,
        ENTITY_ATTRIBUTE_END: place.end,
    }
