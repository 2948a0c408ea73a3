"""Ids that callers choose."""

import random
import string
import uuid

import pytest

from bot.ids import is_id


@pytest.mark.parametrize(
    "id_",
    ["1", "c1", "start-0", "a" * 64, "0" * 32, "8d1f-44665544000012", "1760000000000", "12345678901"]
    # Times: of JavaScript, of Python, of the log; with a counter behind.
    + ["7203685477580701", "1760000000000-1", "17600000000001", "1760000000000123456", "20261127-130509-123456"]
    # Random ones whose digits look like a phone number by chance, with what this server puts behind its own.
    + ["0f3c1d2e-9b1a-4c3d-8e5f-a13800138000", "5b9a13800138000cde4f60718293a4b5-0", "674a13800138000bcdef0123"],
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


@pytest.mark.parametrize(
    "id_",
    ["tel_13800138000_x1", "13800138000-1", "1-13800138000", "008613800138000", "1380013800013800138000"]
    + ["113800138000", "138001380001", "138001380001760000000000", "1-138_0013_8000-1", "1-3-8-0-0-1-3-8-0-0-0"]
    + [
        "x1-110101196510183797-1",
        "1101011965101837971",
        "1-110101-19651018-3797",
        "110101651018379",
        "x_110101651018379_1",
    ]
    + [
        "6228485995458274749",
        "1-6228485995458274749-1",
        "6228-4859-9545-8274-749",
        "6222021234567894-1",
        "4111_1111_1111_1111_1",
    ]
    + ["l3800l38000", "1-l38OOl38OOO", "s13800138000", "c13800138000-1", "c138001380001760000000"]
    # Nobody draws these by lot.
    + ["00000000-0000-0000-0000-013800138000", "0" * 21 + "13800138000"],
)
def test_what_stands_beside_a_number_does_not_hide_it(id_: str) -> None:
    assert not is_id(id_)


def test_random_ids_are_ids() -> None:
    chance = random.Random(7)

    def signs(alphabet: str, count: int) -> str:
        return "".join(chance.choices(alphabet, k=count))

    refused = []
    for _ in range(20_000):
        random_ = uuid.UUID(int=chance.getrandbits(128), version=4)
        ids = [
            random_.hex,
            str(random_),
            f"{random_.hex}-0",  # of this server's messages
            signs("0123456789abcdef", 32),  # of the widget's
            signs(string.digits + string.ascii_lowercase, 11),
            signs(string.digits + string.ascii_lowercase, 25),
        ]
        refused += [id_ for id_ in ids if not is_id(id_)]
    assert not refused
