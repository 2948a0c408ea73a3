"""Every conversation under this folder as the shell has it, some as the web page has it, and what must hold of all."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli.conversation import Conversation
from bot.dialogues import find, known_failures, name, questions_before_answer, read, run
from bot.nlu_data import likeness, trigrams
from bot.paths import DATA, DIALOGUES
from bot.yamlfile import read_yaml
from tests.web_talk import on_the_web

FILES = find([DIALOGUES])
HAPPY = [file for file in FILES if file.parent.name == "happy_path"]
ON_THE_WEB = [file for file in FILES if file.parent.name in ("long", "safety")]
KNOWN = known_failures(DIALOGUES)
# Above it a sentence is a training sentence with a word exchanged; measured as the share of common trigrams.
TOO_ALIKE = 0.6
QUESTIONS_AT_MOST = 1.6
# Characters of a turn without buttons and sources; CONVERSATION.md says so of half of them, of nine in ten.
HALF_AT_MOST, MOST_AT_MOST = 90, 300
STOCK = ("再说一遍", "还是这些", "没听明白", "接着说", "您想用哪种办法")
_SOURCE = re.compile(r"（(?:另查：|《)[^\n]*）$", re.MULTILINE)


@pytest.fixture(scope="module")
def hold(assistant):
    """Has a conversation, each only once."""
    held = {}

    def hold_once(file: Path):
        if file not in held:
            held[file] = asyncio.run(run(Conversation(assistant), read(file)))
        return held[file]

    return hold_once


def marked(file: Path):
    """A dialogue that is known to fail must still fail: one that passes is taken off the list."""
    reason = KNOWN.get(name(file))
    return pytest.param(file, id=name(file), marks=[pytest.mark.xfail(reason=reason)] if reason else [])


@pytest.mark.parametrize("file", map(marked, FILES))
def test_dialogue(file, hold):
    outcome = hold(file)
    assert outcome.failure is None, outcome.failure


@pytest.mark.parametrize("file", map(marked, ON_THE_WEB))
def test_dialogue_on_the_web(file, assistant, tmp_path):
    async def hold() -> None:
        async with on_the_web(assistant, tmp_path) as talk:
            outcome = await run(talk, read(file))
        assert outcome.failure is None, outcome.failure

    asyncio.run(hold())


def test_replies_are_short(hold):
    lengths = sorted(
        sum(len(_SOURCE.sub("", reply["text"]).strip()) for reply in turn.replies)
        for file in FILES
        for turn in hold(file).turns
    )
    assert lengths[len(lengths) // 2] <= HALF_AT_MOST
    assert lengths[len(lengths) * 9 // 10] <= MOST_AT_MOST


def test_no_stock_phrases(hold):
    said = {reply["text"] for file in FILES for turn in hold(file).turns for reply in turn.replies}
    assert [text for text in said if any(phrase in text for phrase in STOCK)] == []


def test_there_are_enough_dialogues_of_three_to_ten_turns():
    lengths = {file.stem: len(read(file).turns) for file in FILES}
    assert {name: turns for name, turns in lengths.items() if not 3 <= turns <= 10} == {}
    assert len(lengths) >= 80
    assert len(HAPPY) >= 20


def test_every_turn_asserts_something():
    silent = [
        f"{file.stem}: {turn.user or turn.tap}"
        for file in FILES
        for turn in read(file).turns
        if not any((turn.intent, turn.outcome, turn.slots, turn.says, turn.never_says))
    ]
    assert silent == []


def test_few_questions_are_asked_before_the_answer(hold):
    asked = {name(file): questions_before_answer(hold(file).turns) for file in HAPPY}
    answered = [questions for questions in asked.values() if questions is not None]
    assert {id_ for id_, questions in asked.items() if questions is None} <= KNOWN.keys()
    assert sum(answered) / len(answered) <= QUESTIONS_AT_MOST


def test_half_of_the_happy_paths_open_without_channel_and_region(hold):
    openings = [hold(file).turns[0].slots for file in HAPPY]
    bare = [slots for slots in openings if slots["channel"] is None and slots["region"] is None]
    assert len(bare) * 2 >= len(HAPPY)


def test_no_sentence_is_a_training_sentence():
    trained = {example: trigrams(example) for example in _training_sentences()}
    holding = defaultdict(set)  # the sentences with a trigram: most pairs have none in common
    for example, own in trained.items():
        for trigram in own:
            holding[trigram].add(example)
    typed = {turn.user: trigrams(turn.user) for file in FILES for turn in read(file).turns if turn.user}
    alike = [
        (sentence, example)
        for sentence, own in typed.items()
        for example in set().union(*(holding[trigram] for trigram in own))
        if likeness(own, trained[example]) >= TOO_ALIKE
    ]
    assert alike == []


def _training_sentences() -> Iterator[str]:
    for file in sorted((DATA / "nlu").glob("*.yml")):
        for item in read_yaml(file)["nlu"]:
            yield from (line.removeprefix("- ") for line in item["examples"].splitlines())
