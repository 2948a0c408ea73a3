"""Silence ends a conversation."""

import asyncio

import pytest
from rasa.shared.core.events import SessionStarted

from bot.assistant import new_sender

MINUTE = 60


@pytest.mark.parametrize(("minutes", "region"), [(29, "新疆维吾尔自治区伊犁哈萨克自治州"), (31, None)])
def test_after_half_an_hour_of_silence_the_next_message_starts_afresh(assistant, minutes, region):
    async def talk():
        sender = new_sender()
        await assistant.say(sender, "大舅在伊犁上的医保，亲情账户里加他怎么加")
        await _let_time_pass(assistant.agent.tracker_store, sender, minutes * MINUTE)
        return await assistant.say(sender, "那他这个审批等几天呀")

    turn = asyncio.run(talk())
    assert turn.slots["region"] == region
    assert turn.outcome in ("answer", "unknown", "ask")


async def _let_time_pass(store, sender: str, seconds: int) -> None:
    tracker = await store.retrieve_full_tracker(sender)
    for event in tracker.events:
        event.timestamp -= seconds
    assert any(isinstance(event, SessionStarted) for event in tracker.events)
    await store.save(tracker)
