"""What the actions read out of a tracker."""

from itertools import takewhile
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from bot.knowledge.lookup import Query

# Entities by which a message tells what the form asks for.
TOLD = {"channel", "channel_excluded", "mini_program", "region", "region_option"}


def named(tracker: Tracker) -> set[str]:
    """The entities of the latest message."""
    return {found["entity"] for found in tracker.latest_message.get("entities") or []}


def query(tracker: Tracker) -> Query:
    """The slots as a query to the knowledge."""
    slot = tracker.get_slot
    return Query(
        procedure=slot("procedure"),
        channel=slot("channel"),
        region=slot("region"),
        topic=slot("topic"),
        mini_program=slot("mini_program"),
        region_options=tuple(slot("region_options") or ()),
        excluded=frozenset(slot("excluded_channels") or ()),
        skipped=frozenset(slot("skipped") or ()),
        reopened=slot("reopened"),
    )


def intent(tracker: Tracker) -> str | None:
    """The intent of the latest message."""
    return (tracker.latest_message.get("intent") or {}).get("name")


def confidence(tracker: Tracker) -> float:
    """How sure the intent of the latest message is."""
    return (tracker.latest_message.get("intent") or {}).get("confidence") or 0.0


def entity(tracker: Tracker, name: str) -> str | None:
    """The first value of an entity in the latest message."""
    return next(tracker.get_latest_entity_values(name), None)


def values(tracker: Tracker, name: str) -> list[str]:
    """All values of an entity in the latest message, in their order."""
    return list(tracker.get_latest_entity_values(name))


def longest(tracker: Tracker, name: str) -> str | None:
    """The value of an entity that is named at most length in the latest message, the first of equal ones."""
    named = [found for found in tracker.latest_message.get("entities") or [] if found["entity"] == name]
    return max(named, key=lambda found: found.get("end", 0) - found.get("start", 0))["value"] if named else None


def skipping(tracker: Tracker, slot: str) -> list[dict]:
    """The events that note that a slot doesn't matter to the person: it is not asked for any more."""
    return [SlotSet("skipped", [*(tracker.get_slot("skipped") or []), slot]), SlotSet("reopened", None)]


def slot_before_message(tracker: Tracker, name: str) -> Any:
    """The value of a slot before the latest message."""
    value, latest = None, None
    for event in tracker.events:
        if event["event"] == "user":
            value = latest
        elif event["event"] == "slot" and event["name"] == name:
            latest = event["value"]
    return value


def action_before_form(tracker: Tracker) -> str | None:
    """The action before the form: Rasa hands a validation the form's own as the latest."""
    actions = [event["name"] for event in tracker.events if event["event"] == "action"]
    return actions[-2] if len(actions) > 1 else None


def misunderstood(tracker: Tracker) -> int:
    """How many of the latest messages in a row led nowhere: not understood, or not about insurance."""
    intents = [event["parse_data"]["intent"].get("name") for event in tracker.events if event["event"] == "user"]
    return sum(1 for _ in takewhile({"nlu_fallback", "out_of_scope"}.__contains__, reversed(intents)))
