"""The faults a person is told about in one line; everything else is a bug."""

from typing import Any


class BotError(Exception):
    """A fault with a message in Chinese that says what is wrong and what would be right."""


class KnowledgeError(BotError):
    """The knowledge files hold faults; `faults` lists all of them."""

    def __init__(self, faults: list[Any]):
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


class SettingsError(BotError):
    """An environment variable holds a value that can't be used."""


class ModelError(BotError):
    """There is no model that can be loaded."""
