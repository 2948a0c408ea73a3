"""Reads the training sentences with labels of several kinds, and the example questions of the cells beside them.

Rasa takes `intent/point` for a retrieval intent and wants a response for each. Here what stands behind the slash is a
label of its own, learned over all intents.
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

POINT, HAZARD, ENTRY = "point", "hazard", "entry"
_HAZARDS = "hazard"  # the intent under which sentences stand that are labelled with a hazard only
WITHOUT = "none"


class LabelledImporter(RasaFileImporter):
    """Splits the labels of the data and adds the cells' examples, which have no intent."""

    def __init__(self, *arguments: Any, cells: str | None = None, **more: Any) -> None:
        """Create an importer; `cells` is the folder of the cells, relative to the project."""
        super().__init__(*arguments, **more)
        self._cells = Path(cells) if cells else None

    @cached_method  # Rasa asks three times, and reading takes seconds
    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """The labelled sentences (see parent class)."""
        read = super().get_nlu_data(language)
        examples = [_labelled(example) for example in read.training_examples]
        if self._cells:
            # Learned with the model, so that it runs without the files.
            examples += [Example({TEXT: text, ENTRY: entry}) for entry, text in examples_of_cells(self._cells)]
        return TrainingData(examples, responses=read.responses)


def _labelled(example: Message) -> Message:
    data = dict(example.data)
    label = data.pop(INTENT_RESPONSE_KEY, None)
    if data.get(INTENT) == _HAZARDS:
        del data[INTENT]
        data[HAZARD] = label.partition("/")[2]
    elif INTENT in data:
        data[POINT] = label.partition("/")[2] if label else None
    return Example(data, example.output_properties, features=example.features)
