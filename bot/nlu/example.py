"""A training sentence that Rasa can copy and fingerprint cheaply: it merges the data thirteen times on its way to the pipeline."""

from copy import copy
from typing import Any

from rasa.shared.nlu.training_data.message import Message


class Example(Message):
    """A message of which nobody changes the values in place, so that a copy shares them and keeps its fingerprint."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "Example":
        twin = copy(self)
        twin.data = {name: copy(value) if isinstance(value, list) else value for name, value in self.data.items()}
        twin.features = [*self.features]
        twin.output_properties = {*self.output_properties}
        return twin

    def set(self, prop: str, info: Any, add_to_output: bool = False) -> None:
        """Set a property (see parent class); one that stays as it is costs no new fingerprint."""
        if isinstance(info, str) and self.data.get(prop) == info:
            if add_to_output:
                self.output_properties.add(prop)
            return
        super().set(prop, info, add_to_output)
