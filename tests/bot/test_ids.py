"""Ids that callers choose."""

import random
import uuid

import pytest

from bot.ids import is_id


@pytest.mark.parametrize(
    "id_", ["1", "c1", "start-0", "a" * 64, "8d1f-44665544000012", "1760000000000", "12345678901", "7203685477580701"]
)
def test_ids(id_: str) -> None:
    assert is_id(id_)


@pytest.mark.parametrize(
    "id_",
    ["", "\0", "a\0", "a\n", "a b", "a.b", "a/b", "a:b", "é", "号", "１", "a" * 65]
    + ["13812345678", "tel13812345678", "8613812345678", "+8613812345678", "138-1234-5678", "tel_138_1234_5678_a"]
    + ["11010519491231002X", "110105194912310021", "sfz-110105-19491231-002x"],
)
def test_no_ids(id_: str) -> None:
    assert not is_id(id_)


def test_random_ids_are_ids() -> None:
    chance = random.Random(7)
    for _ in range(20_000):
        random_ = uuid.UUID(int=chance.getrandbits(128), version=4)
        assert is_id(random_.hex) and is_id(str(random_))
