"""What is loaded is settled once."""

import gc

from bot.runtime import settle


def test_what_is_loaded_is_walked_through_by_no_collection() -> None:
    loaded = {"cells": ["what a server keeps"]}
    try:
        settle()
        assert not any(one is loaded for one in gc.get_objects())
        later = {"turn": ["what it forgets"]}
        assert any(one is later for one in gc.get_objects())
    finally:
        gc.unfreeze()
