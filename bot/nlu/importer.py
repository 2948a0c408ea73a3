"""Reads the training sentences with labels of several kinds, and the example questions of the cells beside them.

Rasa takes `intent/point` for a retrieval intent and wants a response for each. Here what stands behind the slash is a
label of its own, learned over all intents, and so are the facts of one's situation that a sentence tells.
"""

from pathlib import Path
from typing import Any

from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, INTENT_RESPONSE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import cached_method

from bot.knowledge.examples import examples as examples_of_cells
from bot.nlu.example import Example
from bot.nlu.labels import SentenceLabel
from bot.yamlfile import parse_yaml

POINT, HAZARD, ENTRY, FACTS = "point", "hazard", "entry", "facts"
_HAZARDS = "hazard"  # the intent under which sentences stand that are labelled with a hazard only
WITHOUT = "none"


class LabelledImporter(RasaFileImporter):
    """Splits the labels of the data and adds the cells' examples, which have no intent."""

    def __init__(self, *arguments: Any, cells: str | None = None, facts: str | None = None, **more: Any) -> None:
        """Create an importer; `cells` is the folder of the cells, `facts` the file of the facts, relative to the project."""
        super().__init__(*arguments, **more)
        self._cells = Path(cells) if cells else None
        self._facts = frozenset(parse_yaml(Path(facts).read_text(encoding="utf-8"))) if facts else frozenset()

    @cached_method  # Rasa asks three times, and reading takes seconds
    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """The labelled sentences (see parent class)."""
        read = super().get_nlu_data(language)
        examples = [self._labelled(example) for example in read.training_examples]
        if self._cells:
            # Learned with the model, so that it runs without the files.
            asked = _by_question(examples_of_cells(self._cells))
            examples += [Example({TEXT: text, ENTRY: " ".join(entries)}) for text, entries in asked]
        return TrainingData(examples, responses=read.responses)

    def _labelled(self, example: Message) -> Message:
        data = dict(example.data)
        if INTENT in data:
            label = SentenceLabel.parse(data.pop(INTENT_RESPONSE_KEY, None) or data[INTENT])
            if label.intent == _HAZARDS:
                del data[INTENT]
                data[HAZARD] = label.point
            else:
                told = self._facts & {label.point, *label.facts}
                data |= {INTENT: label.intent, POINT: label.point, FACTS: "+".join(sorted(told))}
        return Example(data, example.output_properties, features=example.features)


def _by_question(told: list[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Each question of a cell with all the entries that answer it: for other people, in other places."""
    entries: dict[tuple[str, str], list[str]] = {}
    for entry, text in told:
        entries.setdefault((entry.rsplit("/", 2)[0], text), []).append(entry)
    return [(text, of_question) for (_, text), of_question in entries.items()]
