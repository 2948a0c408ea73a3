"""What a message brings, and what it makes void."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import ValidationAction

from actions import tracker as said
from bot.knowledge.loader import shipped
from bot.knowledge.lookup import offers_channel
from bot.knowledge.model import Knowledge

_MOST_WISHES = 3  # Rasa ends a turn after ten predictions; a wish takes two


class ValidateSlots(ValidationAction):
    """Runs after every message on the slots it filled."""

    def __init__(self, knowledge: Knowledge | None = None):
        self.knowledge = knowledge or shipped()

    def name(self) -> str:
        return "action_validate_slot_mappings"

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[str]:
        return ["procedure", "topic", "channel", "region", "region_options", "denied_region", "excluded_channels"]

    def validate_procedure(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """A newly named procedure has its own topic and puts the open one on the agenda, after the further wishes.

        A channel that it does not have was meant for the last one.
        """
        changes: dict[str, Any] = {"procedure": value, "topic": said.longest(tracker, "topic"), "reopened": None}
        channel = tracker.get_slot("channel")
        if channel and not said.entity(tracker, "channel") and not offers_channel(self.knowledge, value, channel):
            changes["channel"] = None
        changes["agenda"] = self._agenda(value, tracker)
        return changes

    def validate_topic(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """Of several topics the one that is named at most length."""
        return {"topic": said.longest(tracker, "topic")}

    def validate_channel(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """A channel that is named is no longer ruled out, and "any" no longer holds."""
        excluded = [channel for channel in tracker.get_slot("excluded_channels") or [] if channel != value]
        return {
            "channel": value,
            "excluded_channels": excluded,
            "skipped": _without("channel", tracker),
            "reopened": None,
        }

    def validate_region(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """A place that is clear settles what was open; one named in passing says nothing against what was said before."""
        [named] = [e for e in tracker.latest_message.get("entities") or [] if e["entity"] == "region"][:1] or [{}]
        before = said.slot_before_message(tracker, "region")
        if named.get("aside") and before:
            return {"region": before}
        return {"region": value, "region_options": None, "skipped": _without("region", tracker), "reopened": None}

    def validate_region_options(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """A place that may be several makes the last one void."""
        return {"region_options": value, "region": None, "skipped": _without("region", tracker), "reopened": None}

    def validate_denied_region(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """The place that was taken for it until now is not: "我不是伊犁的"."""
        region = tracker.get_slot("region")
        inside = region and (region.startswith(value) or value.startswith(region))
        return {"denied_region": None, "region": None if inside else region}

    def validate_excluded_channels(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """A channel that is ruled out is no longer the chosen one."""
        channel = tracker.get_slot("channel")
        return {"excluded_channels": value, "channel": None if channel in (value or []) else channel}

    def _agenda(self, procedure: str, tracker: Tracker) -> list[dict]:
        """What to take up afterwards: procedures, each with the channel that was said for it."""
        agenda = list(tracker.get_slot("agenda") or [])
        asked = tracker.get_slot("asked_procedure")
        topic = self.knowledge.topics.get(said.longest(tracker, "topic"))
        in_passing = bool(topic and topic.aside)
        if tracker.active_loop and asked and (asked != procedure or in_passing):
            left_open = {"procedure": asked, "channel": tracker.get_slot("channel")}
            agenda = [] if said.entity(tracker, "dismissal") else [left_open, *agenda]
        wishes = (tracker.latest_message.get("wishes") or [])[1:_MOST_WISHES]
        wanted = [self._procedure_of(wish, procedure, tracker) for wish in wishes]
        further = [{"procedure": id_, "channel": None} for id_ in wanted if id_ in self.knowledge.procedures]
        first_of_each = {item["procedure"]: item for item in reversed([*further, *agenda])}
        return [item for item in reversed(first_of_each.values()) if item["procedure"] != procedure or in_passing]

    def _procedure_of(self, wish: dict, procedure: str, tracker: Tracker) -> str | None:
        """The procedure of a further wish; for "绑完多久能用" the one that tells this part of the first."""
        if wish["intent"] != "follow_up":
            return wish["intent"]
        named = tracker.latest_message.get("entities") or []
        aspects = [e["value"] for e in named if e["entity"] == "aspect" and wish["start"] <= e["start"] < wish["end"]]
        parts = self.knowledge.procedures[procedure].parts
        return next((parts[aspect] for aspect in aspects if aspect in parts), None)


def _without(slot: str, tracker: Tracker) -> list[str]:
    return [name for name in tracker.get_slot("skipped") or [] if name != slot]
