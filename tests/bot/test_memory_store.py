"""The store of the shell: a conversation comes back as it was, and as a new tracker."""

import asyncio

from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.stores.memory import MemoryStore

DOMAIN = Domain.from_yaml('version: "3.1"\nslots:\n  case: {type: any, mappings: [{type: custom}]}\n')
EVENTS = [
    ActionExecuted("action_session_start"),
    SessionStarted(),
    ActionExecuted("action_listen"),
    UserUttered("怎么绑", {"name": "bind_family", "confidence": 1.0}),
    SlotSet("case", {"thread": "bind_family"}),
    BotUttered("用APP绑。"),
]


def kept(store, events, sender="someone"):
    tracker = DialogueStateTracker.from_events(sender, events, DOMAIN.slots)
    asyncio.run(store.save(tracker))
    return tracker, asyncio.run(store.retrieve(sender))


def test_a_conversation_comes_back_as_rasas_own_store_gives_it():
    _, found = kept(MemoryStore(DOMAIN), EVENTS)
    _, wanted = kept(InMemoryTrackerStore(DOMAIN), EVENTS)
    assert found.current_slot_values() == wanted.current_slot_values()
    assert [event.as_dict() for event in found.events] == [event.as_dict() for event in wanted.events]
    assert found.latest_message == wanted.latest_message


def test_what_happens_to_a_tracker_that_is_not_saved_is_not_kept():
    store = MemoryStore(DOMAIN)
    tracker, found = kept(store, EVENTS)
    for one in (tracker, found):
        one.update(SlotSet("case", None))
    assert asyncio.run(store.retrieve("someone")).get_slot("case") == {"thread": "bind_family"}


def test_only_the_last_session_is_read_and_all_of_them_where_that_is_wanted():
    store = MemoryStore(DOMAIN)
    kept(store, [*EVENTS, *EVENTS])
    assert len(asyncio.run(store.retrieve("someone")).events) == len(EVENTS)
    assert len(asyncio.run(store.retrieve_full_tracker("someone")).events) == 2 * len(EVENTS)


def test_of_somebody_unknown_there_is_nothing():
    assert asyncio.run(MemoryStore(DOMAIN).retrieve("nobody")) is None
