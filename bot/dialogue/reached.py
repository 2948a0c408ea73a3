"""Which step of a way somebody is at, by the words they share with it. Pure."""

from collections import Counter
from collections.abc import Sequence


def reached(steps: Sequence[str], said: str, current: int = 0) -> int | None:
    """The step, counted from 1, that is spoken of in its own words; of several as likely the first, None where none is.

    Args:
        steps: their texts, in order.
        said: such as 点开她头像了, 已提交.
        current: the step that was told last; those before it are done.
    """
    pairs = [_pairs(step) for step in steps]
    common = Counter(pair for of_step in pairs for pair in of_step)
    # What only one step says tells it from the others.
    scores = [sum(1 / common[pair] for pair in of_step & _pairs(said)) for of_step in pairs]
    best = max(scores[max(current - 1, 0) :], default=0.0)
    return scores.index(best, max(current - 1, 0)) + 1 if best > 0 else None


def _pairs(text: str) -> set[str]:
    letters = [c for c in text if c.isalnum()]
    return {one + other for one, other in zip(letters, letters[1:])}
