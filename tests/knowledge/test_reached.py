"""Everything that is known is told to somebody: each way and each entry of a cell is the answer to some question."""

from collections import defaultdict
from dataclasses import replace

import pytest

from bot.knowledge.loader import shipped
from bot.knowledge.lookup import Answer, Near, Query, lookup, told
from bot.knowledge.model import GENERAL, WHOLE, Entry

SHIPPED = shipped()
SKIPPED = frozenset({"channel", "region"})
TASKS = [*SHIPPED.procedures, GENERAL]
# The words of an example -> every entry that has it: a message with these words is like all of them.
ALIKE: dict[str, list[Near]] = defaultdict(list)
for _task, _cells in SHIPPED.cells.items():
    for _point, _cell in _cells.items():
        for _number, _entry in enumerate(_cell.entries):
            for _kind in ("asks", "yes", "no"):
                for _text in getattr(_entry, _kind):
                    ALIKE[_text].append(Near(_task, _point, _number, _kind, 1.0))


def queries(task: str, entry: Entry):
    """The questions of those for whom an entry is meant."""
    asks = Query(None if task == GENERAL else task, region=entry.region, facts=frozenset(entry.when))
    # Who names no channel is told what holds for the one that the task leads with.
    for channel in entry.channel or [None, *SHIPPED.channels]:
        yield replace(asks, channel=channel)
    if not entry.channel:
        yield replace(asks, excluded=frozenset(SHIPPED.channels))


def is_told(task: str, point: str, number: int, entry: Entry) -> bool:
    """Whether it is told to who asks for the point, or with the words of one of its examples."""
    asked = [(), *(tuple(ALIKE[text]) for text in entry.examples)]
    found = [told(SHIPPED, query, point, near) for query in queries(task, entry) for near in asked]
    return any(one and (one.task, one.number) == (task, number) for one in found)


@pytest.mark.parametrize("procedure", SHIPPED.procedures.values(), ids=list(SHIPPED.procedures))
def test_every_way_is_shown(procedure):
    for variant in procedure.variants:
        asked = [
            lookup(SHIPPED, Query(procedure.id, channel, variant.region, frozenset(variant.when), skipped=SKIPPED))
            for channel in variant.channel or [None]
        ]
        assert any(isinstance(answer, Answer) and variant in answer.variants for answer in asked), variant.title


@pytest.mark.parametrize("task", TASKS)
def test_every_entry_is_told(task):
    unreached = [
        f"{point}/{number}: {entry.say or entry.silent}"
        for point, cell in SHIPPED.cells[task].items()
        for number, entry in enumerate(cell.entries)
        if not is_told(task, point, number, entry)
    ]
    assert unreached == []


@pytest.mark.parametrize("task", TASKS)
def test_every_example_brings_an_entry_that_has_it(task):
    """With the words of an example its entry is told, or one beside it with the same words."""
    wrong = []
    for point, cell in SHIPPED.cells[task].items():
        for entry in cell.entries:
            for text in entry.examples:
                for query in queries(task, entry):
                    found = told(SHIPPED, query, point, tuple(ALIKE[text]))
                    if found is None or text not in found.entry.examples:
                        wrong.append(f"{point}: {text}")
    assert wrong == []


@pytest.mark.parametrize("task", TASKS)
def test_every_point_is_told_whatever_is_known(task):
    """Whoever asks for a point that can be meant gets an answer, with any channel, place or single fact."""
    places = {v.region for p in SHIPPED.procedures.values() for v in p.variants} | {"广东省深圳市"}
    query = Query(None if task == GENERAL else task)
    known = [{}, *({"channel": channel} for channel in SHIPPED.channels), *({"region": place} for place in places)]
    known += [{"facts": frozenset({fact})} for fact in SHIPPED.facts]
    known += [{"excluded": frozenset(SHIPPED.channels)}]
    for point in SHIPPED.points:
        if SHIPPED.entries(query.procedure, point):
            silent = [more for more in known if told(SHIPPED, Query(query.procedure, **more), point) is None]
            assert silent == [], point


@pytest.mark.parametrize("task", SHIPPED.procedures)
def test_nothing_stands_in_the_way_of_the_whole(task):
    """An entry for the whole that needs no example would be said instead of the way itself."""
    assert told(SHIPPED, Query(task), WHOLE) is None
