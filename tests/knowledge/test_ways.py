"""What holds for one way is said only to who takes it."""

from collections import Counter

import pytest

from bot.knowledge.loader import shipped
from bot.nlu.terms import TermFinder
from bot.paths import KNOWLEDGE
from bot.yamlfile import read_yaml

# What differs from way to way. Elsewhere a question that names a way compares it or asks where it is.
POINTS = ("materials", "item", "copies_photo", "in_person", "face_scan", "duration", "effective", "fee")


@pytest.fixture(scope="module")
def finder() -> TermFinder:
    channels = read_yaml(KNOWLEDGE / "channels.yml")
    negations = read_yaml(KNOWLEDGE / "negations.yml")
    return TermFinder({"channel": {id_: one["names"] for id_, one in channels.items()}}, negations)


@pytest.mark.parametrize("point", POINTS)
def test_who_names_no_way_is_not_answered_for_one(finder, point) -> None:
    assert any(point in cells for cells in shipped().cells.values())
    wrong = []
    for task, cells in shipped().cells.items():
        for entry in cells[point].entries if point in cells else ():
            named = Counter(channel for asked in entry.asks for channel in {t.value for t in finder.find(asked)})
            channel, times = named.most_common(1)[0] if named else ("", 0)
            if times > len(entry.asks) / 2 and channel not in entry.channel:
                wrong.append(f"{task}/{point} {entry.asks[0]}")
    assert not wrong
