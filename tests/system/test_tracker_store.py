"""The tracker store on real databases."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot import stores
from bot.feedback import Feedback
from bot.stores import database
from bot.stores.tracker_store import MAX_EVENTS, ConversationStore, Deleted, WrittenMeanwhile

pytestmark = pytest.mark.anyio

DOMAIN = Domain.from_dict(
    {
        "slots": {
            "procedure": {"type": "text", "mappings": [{"type": "custom"}]},
            "channel": {"type": "text", "mappings": [{"type": "custom"}]},
        },
        "forms": {"procedure_form": {"required_slots": ["channel"]}},
    }
)


@pytest.fixture
def store(database_url: str) -> Iterator[ConversationStore]:
    store = ConversationStore(DOMAIN, database_url)
    yield store
    store.close()


def turn(
    tracker: DialogueStateTracker, text: str, client_message_id: str | None = None, channel: str | None = None
) -> None:
    """What a turn adds to a tracker: a form goes on, a slot changes, the bot says something."""
    metadata = {"client_message_id": client_message_id} if client_message_id else {}
    if not tracker.events:
        tracker.update_with_events(
            [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")], DOMAIN
        )
    tracker.update_with_events(
        [
            UserUttered(
                text,
                {"name": "inform"},
                parse_data={"text": text, "intent": {"name": "inform"}},
                input_channel=channel,
                metadata=metadata,
            ),
            SlotSet("procedure", f"p-{len(tracker.events)}"),
            ActionExecuted("procedure_form"),
            ActiveLoop("procedure_form"),
            SlotSet("requested_slot", "channel"),
            BotUttered(f"re: {text}"),
            ActionExecuted("action_listen"),
        ],
        DOMAIN,
    )


async def say(store: ConversationStore, text: str, sender: str = "s", client_message_id: str | None = None) -> None:
    tracker = await store.get_or_create_tracker(sender, append_action_listen=False)
    turn(tracker, text, client_message_id)
    await store.save(tracker)


def raw(store: ConversationStore) -> str:
    """Everything in the database as text."""
    tables = ("events", "conversations", "heard")
    with store.engine.connect() as connection:
        return "\n".join(str(row) for table in tables for row in connection.execute(sa.text(f"SELECT * FROM {table}")))


async def test_a_conversation_comes_back_as_it_was(store: ConversationStore) -> None:
    await say(store, "一")
    before = await store.retrieve("s")
    await say(store, "二")
    after = await store.retrieve("s")
    assert [e for e in after.events][: len(before.events)] == list(before.events)
    assert [e.text for e in after.events if isinstance(e, UserUttered)] == ["一", "二"]
    assert after.active_loop_name == "procedure_form"
    assert await store.keys() == ["s"]
    assert await store.retrieve("unknown") is None


async def test_a_long_conversation_keeps_its_state_in_a_bounded_window(store: ConversationStore) -> None:
    for number in range(60):
        await say(store, str(number))
        window, full = await store.retrieve("s"), await store.retrieve_full_tracker("s")
        assert len(window.events) <= MAX_EVENTS + 10
        assert window.current_slot_values() == full.current_slot_values()
        assert window.active_loop_name == full.active_loop_name
        assert window.latest_message.text == full.latest_message.text == str(number)
        assert window.latest_action_name == full.latest_action_name
    assert [e.text for e in full.events if isinstance(e, UserUttered)] == [str(number) for number in range(60)]


async def test_a_new_session_begins_a_new_window(store: ConversationStore) -> None:
    await say(store, "一")
    tracker = await store.retrieve("s")
    tracker.update_with_events(
        [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")], DOMAIN
    )
    turn(tracker, "二")
    await store.save(tracker)
    await say(store, "三")
    window = await store.retrieve("s")
    assert [e.text for e in window.events if isinstance(e, UserUttered)] == ["二", "三"]
    full = await store.retrieve_full_tracker("s")
    assert [e.text for e in full.events if isinstance(e, UserUttered)] == ["一", "二", "三"]


async def test_of_two_turns_at_once_one_is_told_that_it_came_too_late(store: ConversationStore) -> None:
    await say(store, "一")
    first, second = await store.retrieve("s"), await store.retrieve("s")
    turn(first, "二")
    turn(second, "三")
    results = await asyncio.gather(store.save(first), store.save(second), return_exceptions=True)
    assert sorted(type(result) for result in results if result) == [WrittenMeanwhile] and None in results
    full = await store.retrieve_full_tracker("s")
    assert len([e for e in full.events if isinstance(e, UserUttered)]) == 2


async def test_of_two_first_turns_at_once_one_is_kept(store: ConversationStore) -> None:
    # Both begin before either is written.
    trackers = [await store.get_or_create_tracker("s", append_action_listen=False) for _ in range(2)]
    for tracker, text in zip(trackers, ("一", "二")):
        turn(tracker, text)
    results = await asyncio.gather(*map(store.save, trackers), return_exceptions=True)
    assert len([result for result in results if isinstance(result, WrittenMeanwhile)]) == 1
    full = await store.retrieve_full_tracker("s")
    assert len([e for e in full.events if isinstance(e, UserUttered)]) == 1


async def test_a_message_is_taken_once_and_its_answer_found(store: ConversationStore) -> None:
    await say(store, "一", client_message_id="a")
    await say(store, "二", client_message_id="b")
    with pytest.raises(WrittenMeanwhile):
        await say(store, "一", client_message_id="a")
    answer = await store.answer_to("s", "a")
    assert [e.text for e in answer if isinstance(e, (UserUttered, BotUttered))] == ["一", "re: 一"]
    assert await store.answer_to("s", "c") == []
    assert await store.answer_to("t", "a") == []


async def test_a_message_whose_events_are_gone_has_no_answer(store: ConversationStore) -> None:
    await say(store, "一", client_message_id="a")
    with store.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM events"))
    assert await store.answer_to("s", "a") == []


async def test_what_was_said_is_that_of_the_window(store: ConversationStore) -> None:
    for number in range(20):
        await say(store, str(number))
    window = await store.retrieve("s")
    spoken = [event for event in window.events if isinstance(event, (UserUttered, BotUttered))]
    assert 0 < len(spoken) < 40 and await store.said("s") == spoken
    assert await store.said("unknown") == []


async def test_personal_data_is_masked_once_more(store: ConversationStore) -> None:
    await say(store, "我的身份证号是110101199003074514，手机13800138000", client_message_id="8d1f-44665544000012")
    everything = raw(store)
    assert "110101199003074514" not in everything and "13800138000" not in everything
    assert "8d1f-44665544000012" in everything


@pytest.mark.parametrize(
    "pieces",
    [
        ("我138呢，是我妈的", "那个0013哈", "还有8000对吧"),
        ("号段138，是我妈的", "接下来0013，", "收尾8000对吧"),
        ("她开头是65400219，", "生日那段900307，", "最末451X谢谢"),
    ],
)
async def test_a_number_told_over_several_messages_is_masked_in_all_of_them(
    store: ConversationStore, pieces: tuple[str, ...]
) -> None:
    for text in ("先说一下她是2025年办的", *pieces, "怎么绑定，12393能问吗"):
        await say(store, text)
    events = (await store.retrieve_full_tracker("s")).events
    told = [event.text for event in events if isinstance(event, UserUttered)]
    assert told[0] == "先说一下她是2025年办的" and told[-1] == "怎么绑定，12393能问吗"
    kept = "".join(told[1:-1])
    assert sum(char.isdigit() for char in kept) <= 4, kept


async def test_a_turn_that_could_not_be_written_leaves_no_trace(store: ConversationStore) -> None:
    await say(store, "一")
    tracker = await store.retrieve("s")
    turn(tracker, "二", "a")
    with store.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE heard RENAME TO gone"))
    with pytest.raises(sa.exc.DBAPIError) as caught:
        await store.save(tracker)
    assert "二" not in str(caught.value)
    with store.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE gone RENAME TO heard"))
    await say(store, "二", client_message_id="a")
    full = await store.retrieve_full_tracker("s")
    assert [e.text for e in full.events if isinstance(e, UserUttered)] == ["一", "二"]


async def test_forget_leaves_nothing_of_one_and_all_of_the_other(store: ConversationStore) -> None:
    await say(store, "一", "s", "a")
    await say(store, "二", "t", "b")
    await stores.forget(FailSafeTrackerStore(store), "s")
    assert await store.keys() == ["t"]
    assert "'s'" not in raw(store) and "'t'" in raw(store)


async def test_what_is_too_old_goes(store: ConversationStore, monkeypatch: pytest.MonkeyPatch) -> None:
    then = time.time() - 31 * 86400
    with monkeypatch.context() as past:
        past.setattr(time, "time", lambda: then)
        await say(store, "旧", "old", "a")
    await say(store, "新", "new", "b")
    await store.purge(30)
    assert await store.keys() == ["new"]
    assert "old" not in raw(store)


# -- a clock that jumps

DAY = 86400
NOW = time.time()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the clock to so many days from now."""
    return lambda days: monkeypatch.setattr(time, "time", lambda: NOW + days * DAY)


async def test_a_clock_that_jumps_ahead_deletes_nothing(
    store: ConversationStore, clock: Callable[[float], None], caplog: pytest.LogCaptureFixture
) -> None:
    await say(store, "一")
    clock(40)
    with caplog.at_level(logging.WARNING, "sanic.root"):
        await store.purge(30)
    assert await store.keys() == ["s"] and "clock" in caplog.text
    clock(40 + 1 / 24)
    await store.purge(30)
    clock(0.1)  # it was set right
    await store.purge(30)
    assert await store.keys() == ["s"]


async def test_nor_does_it_when_somebody_talks_meanwhile(
    store: ConversationStore, clock: Callable[[float], None]
) -> None:
    await say(store, "一")
    await store.purge(30)
    clock(40)
    await say(store, "二", "other")
    await store.purge(30)
    assert sorted(await store.keys()) == ["other", "s"]


@pytest.mark.parametrize("days", [(0, 40, 80), (0, 40, 41.5), (40, 80, 120), (0, 40, 0.1, 40), (0, 40, 40.9, 80.9)])
async def test_a_clock_that_jumps_again_is_not_believed_for_it(
    store: ConversationStore, clock: Callable[[float], None], days: tuple[float, ...]
) -> None:
    await say(store, "一")
    for day in days:
        clock(day)
        await store.purge(30)
    assert await store.keys() == ["s"]


async def test_what_expired_while_the_service_was_down_goes_a_day_later(
    store: ConversationStore, clock: Callable[[float], None]
) -> None:
    await say(store, "一")
    await store.purge(30)
    for days, kept in ((40, ["s"]), (40.5, ["s"]), (41.1, []), (41.2, [])):
        clock(days)
        await store.purge(30)
        assert await store.keys() == kept


async def test_a_service_that_nobody_talks_to_purges_in_time(
    store: ConversationStore, clock: Callable[[float], None]
) -> None:
    await say(store, "一")
    for day in range(30):
        clock(day + 0.5)
        await store.purge(30)
        assert await store.keys() == ["s"]
    clock(30.1)
    await store.purge(30)
    assert await store.keys() == []


async def test_workers_that_purge_at_once_do_not_hinder_one_another(
    store: ConversationStore, clock: Callable[[float], None]
) -> None:
    clock(-31)
    await say(store, "旧", "old")
    clock(0)
    await say(store, "新", "new")
    for _ in range(2):  # the first purge of all, and a later one
        await asyncio.gather(*(store.purge(30) for _ in range(8)))
    assert await store.keys() == ["new"]


async def test_votes_outlast_a_jump_too(database_url: str, clock: Callable[[float], None]) -> None:
    feedback = Feedback(database_url)
    await feedback.store("s", "m", 1, "答", None)
    clock(40)
    await feedback.purge(30)
    assert await feedback.of("s") == {"m": 1}


# -- what was deleted


async def test_a_deleted_conversation_does_not_come_back_with_a_late_message(store: ConversationStore) -> None:
    tracker = await store.get_or_create_tracker("s", append_action_listen=False)
    turn(tracker, "一", channel="web")
    with pytest.raises(Deleted):
        await store.save(tracker)
    assert await store.keys() == [] and "'s'" not in raw(store)
    await say(store, "一")  # as other channels begin
    late = await store.retrieve("s")
    await store.forget("s")
    turn(late, "二", channel="web")
    with pytest.raises(WrittenMeanwhile):
        await store.save(late)
    assert await store.keys() == []


@pytest.mark.parametrize("how", ["forgotten", "expired"])
async def test_no_byte_of_what_was_deleted_is_in_a_file(
    tmp_path: Path, clock: Callable[[float], None], how: str
) -> None:
    path = tmp_path / "conversations.db"
    store = ConversationStore(DOMAIN, f"sqlite:///{path}")
    feedback = Feedback(f"sqlite:///{path}")
    gone, kept = [f"gone{n:03}" for n in range(20)], [f"kept{n:03}" for n in range(20)]
    for length in (1, 20, 100):
        # Some before, some after the others, long and short: pages are split, joined and used again.
        for one, other in zip(gone, kept):
            clock(-31)
            await say(store, f"{one}说的" * length, one, f"{one}-{length}")
            clock(0)
            await say(store, f"{other}说的" * length, other, f"{other}-{length}")
    for one in gone:
        clock(-31)
        await feedback.store(one, "m", -1, "答", f"{one}评的")
    clock(0)
    if how == "forgotten":
        for one in gone:
            await feedback.forget(one)
            await store.forget(one)
    else:
        await feedback.store("kept000", "m", 1, "答", None)
        await feedback.purge(30)
        await store.purge(30)
    found = b"".join(file.read_bytes() for file in tmp_path.glob("conversations.db*"))
    assert b"kept000" in found and b"gone" not in found
    store.close()


async def test_a_slow_database_does_not_stop_the_others(store: ConversationStore) -> None:
    await store.check()
    late = []

    async def tick() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.01)
            late.append(time.perf_counter() - before)

    ticking = asyncio.ensure_future(tick())
    await store._run(store._threads, time.sleep, 0.5)
    ticking.cancel()
    assert len(late) > 20 and max(late) < 0.25


async def test_many_trackers_at_once(store: ConversationStore) -> None:
    async def talk(sender: str) -> None:
        for number in range(5):
            await say(store, str(number), sender)

    await asyncio.gather(*(talk(f"s{number}") for number in range(40)))
    for number in range(40):
        window = await store.retrieve(f"s{number}")
        assert [e.text for e in window.events if isinstance(e, UserUttered)] == list("01234")


async def test_writers_on_a_slow_disk_stand_in_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "SECONDS", 1)
    store = ConversationStore(DOMAIN, f"sqlite:///{tmp_path}/slow.db")
    sa.event.listen(store.engine, "commit", lambda connection: time.sleep(0.05))
    await asyncio.gather(*(say(store, "0", f"s{number}") for number in range(40)))
    assert len(await store.keys()) == 40
    store.close()


@pytest.mark.parametrize("work", [lambda s: s.retrieve("s"), lambda s: s.keys(), lambda s: s.check()])
async def test_a_database_that_is_not_there_is_an_error_soon(work: Callable[[ConversationStore], Awaitable]) -> None:
    store = ConversationStore(DOMAIN, "postgresql://nobody@127.0.0.1:1/none")
    started = time.perf_counter()
    with pytest.raises(sa.exc.OperationalError):
        await work(store)
    assert time.perf_counter() - started < 6
    store.close()
