import pytest

from bot.nlu.gazetteer import Gazetteer, build, read_locations, read_words
from bot.nlu.region_roles import Roles
from bot.paths import KNOWLEDGE
from bot.yamlfile import read_yaml


@pytest.fixture(scope="session")
def regions():
    return read_yaml(KNOWLEDGE / "regions.yml")


@pytest.fixture(scope="session")
def tables(regions):
    return build(read_locations(), regions, read_words())


@pytest.fixture(scope="session")
def gazetteer(tables):
    return Gazetteer(tables)


@pytest.fixture(scope="session")
def roles(regions):
    return Roles(regions["roles"])
