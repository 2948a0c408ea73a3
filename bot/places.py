"""The places that this bot knows, by their full names."""

from functools import cache

from bot.nlu.gazetteer import build, read_locations
from bot.paths import KNOWLEDGE
from bot.yamlfile import read_yaml


@cache
def full_names() -> frozenset[str]:
    """The full name of every place that the understanding may find, as `广东省深圳市`; half a second at the first call."""
    config = read_yaml(KNOWLEDGE / "regions.yml")
    names = build(read_locations(), config, {})["names"]
    return frozenset(full for fulls in names.values() for full in fulls)
