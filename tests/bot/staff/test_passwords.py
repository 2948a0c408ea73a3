from bot.staff.passwords import fits, hashed, is_hash


def test_a_password_fits_its_own_hash_and_no_other() -> None:
    stored = hashed("伊犁的草原")
    assert is_hash(stored) and "伊犁" not in stored
    assert fits("伊犁的草原", stored)
    assert not fits("伊犁的草", stored) and not fits("", stored) and not fits("伊犁的草原", None)
    assert not fits("伊犁的草原", hashed("别的"))


def test_the_same_password_has_another_hash_each_time() -> None:
    assert hashed("一样的") != hashed("一样的")


def test_a_hash_that_would_take_all_memory_is_none() -> None:
    salt, digest = "A" * 22, "A" * 43
    assert not is_hash(f"scrypt:{2**20}:16:1:{salt}:{digest}") and not is_hash(f"scrypt:1000:8:1:{salt}:{digest}")
