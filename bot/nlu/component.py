"""What Rasa's graph asks of every component, said once: how it is made, kept in the model and read back."""

from abc import abstractmethod
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.training_data import TrainingData
from typing_extensions import Self


class Component(GraphComponent):
    """A component that keeps its configuration, and its place in the model and in the graph."""

    def __init__(self, config: dict[str, Any], storage: Any = None, resource: Any = None, context: Any = None) -> None:
        self._config = config
        # Rasa always gives them.
        self._storage: ModelStorage = storage
        self._resource: Resource = resource
        self._context: ExecutionContext = context

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Self:
        """Create a component, untrained if it learns (see the parent class)."""
        return cls(config, model_storage, resource, execution_context)


class TrainedComponent(Component):
    """A component that learns from the examples and reads from the model what it learnt.

    Subclasses have `learn` and `read`; until one of them is called they do nothing to a message.
    """

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Self:
        """Load a trained component from the model alone (see the parent class)."""
        component = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder:
            component.read(folder)
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Learn and keep in the model what was learnt."""
        with self._storage.write_to(self._resource) as folder:
            self.learn(training_data, folder)
        return self._resource

    @abstractmethod
    def learn(self, training_data: TrainingData, folder: Path) -> None:
        """Learn from the examples and write to the folder what `read` takes."""

    @abstractmethod
    def read(self, folder: Path) -> None:
        """Take what `learn` wrote; FileNotFoundError where it wrote nothing."""
