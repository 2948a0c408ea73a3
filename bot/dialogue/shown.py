"""Keys of what was told: a point as `task/point/entry`, a way as `task#variant`."""

import re

from bot.knowledge.lookup import Answer, Told


def point_key(found: Told) -> str:
    """The key of an entry of a cell."""
    return f"{found.task}/{found.point}/{found.number}"


def way_key(answer: Answer) -> str:
    """The key of a way."""
    variant = answer.variants[0]
    return f"{answer.procedure.id}#{answer.procedure.variants.index(variant)}"


def cell(key: str) -> str:
    """The cell of an entry's key: a narrower question of it that was answered is no other point; a way has none."""
    return key.rpartition("/")[0]


def task_of(key: str) -> str:
    """The task of which something was told under a key."""
    return re.split("[/#]", key)[0]
