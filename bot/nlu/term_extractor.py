"""Marks the terms of lexicon files in a message as entities."""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import get_text_hash

from bot.nlu.component import TrainedComponent
from bot.nlu.terms import Term, TermFinder
from bot.yamlfile import read_yaml

_EITHER_OR = re.compile(r"[^,，。;；]{0,4}还是[^,，。;；]{0,2}")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class TermExtractor(TrainedComponent, EntityExtractorMixin):
    """Entities from lexicons; what is ruled out ("不是支付宝") becomes `<entity>_excluded` where that is configured."""

    _finder: TermFinder | None = None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            # entity -> YAML file: value -> {names: [...]}
            "lexicons": {},
            # YAML file: the words that rule out a name before or after them
            "negations": None,
            # entities that can be ruled out
            "excludable": [],
        }

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Retrain when a file changes: Rasa's cache does not look into them (see parent class)."""
        # On a cache hit Rasa passes another node's config, hence the defaults.
        config = {**cls.get_default_config(), **config}
        files = [*config["lexicons"].values(), *filter(None, [config["negations"]])]
        return get_text_hash("".join(Path(file).read_text(encoding="utf-8") for file in files))

    def learn(self, training_data: TrainingData, folder: Path) -> None:
        lexicons = {
            entity: {value: entry["names"] for value, entry in read_yaml(Path(file)).items()}
            for entity, file in self._config["lexicons"].items()
        }
        negations = read_yaml(Path(self._config["negations"])) if self._config["negations"] else {}
        data: dict[str, Any] = {"lexicons": lexicons, "negations": negations}
        (folder / "terms.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        self._finder = TermFinder(**data)

    def read(self, folder: Path) -> None:
        self._finder = TermFinder(**json.loads((folder / "terms.json").read_text(encoding="utf-8")))

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            found = self._entities(message.get(TEXT) or "")
            message.set(ENTITIES, message.get(ENTITIES, []) + self.add_extractor_name(found), add_to_output=True)
        return messages

    def _entities(self, text: str) -> list[dict[str, Any]]:
        if self._finder is None:
            return []
        excludable = self._config["excludable"]
        found = self._finder.find(text)
        open_ = {place for pair in _alternatives(text, found, excludable) for place in pair}
        return [
            {
                "entity": f"{term.entity}_excluded" if term.excluded and term.entity in excludable else term.entity,
                "value": term.value,
                "start": term.start,
                "end": term.end,
            }
            for place, term in enumerate(found)
            if place not in open_
        ]


def _alternatives(text: str, terms: list[Term], kinds: list[str]) -> Iterator[tuple[int, int]]:
    """Places of two terms of which one is asked for, "微信还是APP": neither is what the person chose."""
    for place, (first, second) in enumerate(pairwise(terms)):
        either_or = _EITHER_OR.fullmatch(text, first.end, second.start)
        if first.entity == second.entity and first.entity in kinds and either_or:
            yield place, place + 1
