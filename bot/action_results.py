"""Checks what actions return against Rasa's schema, without checking the schema itself each time.

Patches rasa 3.6.21, `rasa.core.actions.action.RemoteAction._validate_action_result`: it calls `jsonschema.validate`,
which holds the schema, a constant, against its meta-schema before it looks at the result. That is 85 % of the check and
a quarter of a turn, four or five times a message. No setting turns it off, and no class can take its place: forms and the extraction
of slots make their RemoteActions themselves. `tests/bot/test_action_results.py` fails when Rasa has stopped; then this
file can go.
"""

from typing import Any

from jsonschema import Draft7Validator
from rasa.core.actions.action import RemoteAction

_schema = Draft7Validator(RemoteAction.action_response_format_spec())


def check_schema_once() -> None:
    """Put the patch in place; a second time changes nothing."""
    RemoteAction._validate_action_result = _validate


def _validate(action: RemoteAction, result: dict[str, Any]) -> bool:
    _schema.validate(result)
    return True
