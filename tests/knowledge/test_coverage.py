"""Everything in the two documents is told, or left out for a reason."""

import re
from functools import cache
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.knowledge.loader import load
from bot.knowledge.lookup import Answer, Query, lookup
from bot.knowledge.render import render
from bot.paths import KNOWLEDGE, ROOT

ENTRIES = YAML(typ="safe").load(Path(__file__).with_name("coverage.yml").read_text(encoding="utf-8"))
ANSWERED = [entry for entry in ENTRIES if "left_out" not in entry]
SEEDS = ROOT.parent / "shared" / "seeds"
_NOT_SAID = frozenset({"channel", "region"})
_HEADING = re.compile(r"(\d+\. |步骤.:|方法.:)")
_DATE_LINE = re.compile(r"健康新闻 \d{4}-\d\d-\d\d")


@cache
def knowledge():
    return load(KNOWLEDGE)


def _id(entry):
    return f"{entry['document']}-{entry['heading'][:24]}"


@pytest.mark.parametrize("entry", ANSWERED, ids=_id)
def test_answer_holds_the_fragment(entry):
    answer = lookup(knowledge(), Query(**entry["query"], skipped=_NOT_SAID))
    assert isinstance(answer, Answer)
    text = "\n".join(reply.text for reply in render(knowledge(), answer))
    assert entry["fragment"] in text


def test_entries_are_complete():
    for entry in ENTRIES:
        rest = entry.keys() - {"document", "heading"}
        assert rest in ({"left_out"}, {"question", "query", "fragment"}), entry
        assert entry["document"] in knowledge().documents


def test_no_question_is_asked_twice():
    questions = [entry["question"] for entry in ANSWERED]
    assert sorted(set(questions)) == sorted(questions)


@pytest.mark.parametrize("entry", ANSWERED, ids=_id)
def test_question_tells_the_topic(entry):
    """The longest of the topics' words in the question is one of the topic that is looked up."""
    procedure = knowledge().procedures[entry["query"]["procedure"]]
    own = {variant.topic for variant in procedure.variants}
    names = {
        name: id_ for id_, topic in knowledge().topics.items() for name in topic.names if name in entry["question"]
    }
    told = names[max(names, key=len)] if names else None
    assert (told if told in own else None) == entry["query"].get("topic")


def test_every_procedure_is_reached():
    reached = {entry["query"]["procedure"] for entry in ANSWERED}
    assert reached == set(knowledge().procedures)


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
