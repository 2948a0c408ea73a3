"""Everything in the two documents is told, or left out for a reason."""

import asyncio
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bot.knowledge.loader import shipped
from bot.knowledge.model import Record
from bot.nlu_data import Sentence, read
from bot.paths import DATA, ROOT
from bot.yamlfile import read_yaml

ENTRIES = read_yaml(Path(__file__).with_name("coverage.yml"))
ANSWERED = [entry for entry in ENTRIES if "left_out" not in entry]
SEEDS = ROOT.parent / "shared" / "seeds"
_HEADING = re.compile(r"(\d+\. |步骤.:|方法.:)")
_DATE_LINE = re.compile(r"健康新闻 \d{4}-\d\d-\d\d")


def _id(entry):
    return f"{entry['document']}-{entry['heading'][:24]}"


def texts(tree: object) -> Iterator[str]:
    """Every text in a tree of records."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, Record):
        yield from texts([getattr(tree, name) for name in type(tree).model_fields])
    elif isinstance(tree, dict | list):
        for item in tree.values() if isinstance(tree, dict) else tree:
            yield from texts(item)


@cache
def told_of(procedure: str) -> str:
    return "\n".join(texts([shipped().procedures[procedure], shipped().cells[procedure]]))


@pytest.mark.parametrize("entry", ANSWERED, ids=_id)
def test_a_text_of_the_task_holds_the_fragment(entry):
    assert entry["fragment"] in told_of(entry["procedure"])


def test_entries_are_complete():
    for entry in ENTRIES:
        rest = entry.keys() - {"document", "heading"}
        assert rest in ({"left_out"}, {"question", "procedure", "fragment"}), entry
        assert entry["document"] in shipped().documents


def test_no_question_is_asked_twice_or_trained_on():
    questions = [entry["question"] for entry in ANSWERED]
    assert sorted(set(questions)) == sorted(questions)
    trained = {sentence.key for sentence in read(DATA / "nlu")}
    assert [question for question in questions if Sentence(question, "", "", 0).key in trained] == []


def test_every_procedure_is_reached():
    assert {entry["procedure"] for entry in ANSWERED} == set(shipped().procedures)


def test_questions_bring_their_task(assistant):
    turns = [(entry, asyncio.run(assistant.understand(entry["question"]))) for entry in ANSWERED]
    wrong = [f"{entry['question']}: {turn.intent}" for entry, turn in turns if turn.intent != entry["procedure"]]
    assert len(wrong) / len(turns) <= 0.06, "\n".join(wrong)


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the two documents are not part of the project")
@pytest.mark.parametrize("document", ["doc_000", "doc_002"])
def test_headings_are_those_of_the_document(document):
    text = next(SEEDS.glob(f"{document.removeprefix('doc_')}_*.txt")).read_text(encoding="utf-8")
    headings = [entry["heading"] for entry in ENTRIES if entry["document"] == document]
    assert [heading for heading in headings if heading not in text] == []
    # Numbered steps, methods and short lines without a full stop are what the page shows as headings.
    lines = [line.strip() for line in text.splitlines()]
    found = [
        line for line in lines if _HEADING.match(line) or (0 < len(line) < 40 and "。" not in line and line[0] != "•")
    ]
    missing = [line for line in found if not _DATE_LINE.match(line) and not any(h in line for h in headings)]
    assert missing == []
