"""Groups of sentences that are alike."""

import numpy as np

from bot.insight.likeness import firsts

EAST, NORTH, NEARLY_EAST = [1.0, 0.0], [0.0, 1.0], [0.9, 0.436]


def test_each_finds_the_first_that_it_is_like():
    said = np.array([EAST, NORTH, NEARLY_EAST])
    assert firsts([5, 6, 7], said, [], np.zeros((0, 2))) == [5, 6, 5]
    assert firsts([5, 6, 7], said, [2], np.array([EAST])) == [2, 6, 2]
