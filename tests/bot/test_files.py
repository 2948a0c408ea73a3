"""A file is there whole or not at all."""

import pytest

from bot import files
from bot.errors import BotError


def test_it_replaces_what_was_there_and_keeps_who_may_read_it(tmp_path):
    path = tmp_path / "文件.yml"
    path.write_text("旧")
    path.chmod(0o640)
    files.write(path, "新".encode())
    assert path.read_text(encoding="utf-8") == "新" and path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(BotError, match="写不到"):
        files.write(tmp_path / "folder", b"x")
    assert list(tmp_path.iterdir()) == [tmp_path / "folder"]
