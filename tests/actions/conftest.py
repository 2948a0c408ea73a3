import pytest

from tests.small_knowledge import small


@pytest.fixture(scope="session")
def knowledge():
    return small()
