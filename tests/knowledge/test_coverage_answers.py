"""Every heading of the documents through the whole bot: a person's question brings the text."""

import asyncio
import json
from pathlib import Path

import pytest
import yaml

from bot.assistant import new_sender

ENTRIES = yaml.safe_load((Path(__file__).parent / "coverage.yml").read_text(encoding="utf-8"))
ASKED = [entry for entry in ENTRIES if "question" in entry]


async def answer(assistant, entry) -> str:
    """Everything the bot says until it has no question left that the entry's query answers."""
    sender, said = new_sender(), []
    turn = await assistant.say(sender, entry["question"])
    said += [reply["text"] for reply in turn.replies]
    told = {key: entry["query"].get(key) for key in ("channel", "region")}
    for _ in told:
        if turn.outcome != "ask":
            break
        open_slots = {key: value for key, value in told.items() if value and turn.slots[key] is None}
        payload = "/inform" + json.dumps(open_slots, ensure_ascii=False) if open_slots else "/no_preference"
        turn = await assistant.say(sender, payload, payload=True)
        said += [reply["text"] for reply in turn.replies]
    return "\n".join(said)


@pytest.mark.parametrize("entry", ASKED, ids=[f"{entry['document']}:{entry['heading'][:20]}" for entry in ASKED])
def test_question_brings_the_text(assistant, entry):
    assert entry["fragment"] in asyncio.run(answer(assistant, entry))
