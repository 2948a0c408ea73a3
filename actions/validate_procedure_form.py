"""Narrows what the form asks for to what the answer depends on."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import FormValidationAction

from actions import tracker as said
from bot.knowledge.loader import shipped
from bot.knowledge.lookup import Missing, lookup, offers_channel
from bot.knowledge.model import Knowledge


class ValidateProcedureForm(FormValidationAction):
    """Takes what a message brings, forgets what it makes void, and names the next slot to ask for."""

    def __init__(self, knowledge: Knowledge | None = None):
        self.knowledge = knowledge or shipped()

    def name(self) -> str:
        return "validate_procedure_form"

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[str]:
        result = lookup(self.knowledge, said.query(tracker))
        return [result.slot] if isinstance(result, Missing) else []

    def validate_procedure(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """A newly named procedure brings its own topic; a channel it does not have was meant for the last one."""
        changes: dict[str, Any] = {"procedure": value}
        if said.intent(tracker) != value:
            return changes
        changes["topic"] = said.entity(tracker, "topic")
        channel = tracker.get_slot("channel")
        if channel and not said.entity(tracker, "channel") and not offers_channel(self.knowledge, value, channel):
            changes["channel"] = None
        return changes

    def validate_channel(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """A channel that is named is no longer ruled out, and "any" no longer holds."""
        if value is None:
            return {"channel": None}
        excluded = [channel for channel in tracker.get_slot("excluded_channels") or [] if channel != value]
        return {"channel": value, "excluded_channels": excluded, "skipped": _without("channel", tracker), "reopened": None}

    def validate_region(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """A place that is clear settles what was open."""
        if value is None:
            return {"region": None}
        if said.entity(tracker, "region_option"):
            return {"region": None}
        return {"region": value, "region_options": None, "skipped": _without("region", tracker), "reopened": None}

    def validate_region_options(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        return {"region_options": value}

    def validate_mini_program(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        return {"mini_program": value}

    def validate_excluded_channels(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """A channel that is ruled out is no longer the chosen one."""
        channel = tracker.get_slot("channel")
        return {"excluded_channels": value, "channel": None if channel in (value or []) else channel}


def _without(slot: str, tracker: Tracker) -> list[str]:
    return [name for name in tracker.get_slot("skipped") or [] if name != slot]
