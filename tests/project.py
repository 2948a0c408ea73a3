"""A copy of the project's files, where tests may break them."""

import shutil
from pathlib import Path

import pytest

from bot import paths, validation


class Project:
    """A copy of the project's files, where they may be broken."""

    def __init__(self, root: Path):
        self.root = root
        for name in ("knowledge", "data", "tests/nlu"):
            shutil.copytree(paths.ROOT / name, root / name)
        shutil.copytree(paths.ROOT / "bot" / "staff", root / "bot" / "staff")
        for path in (paths.DOMAIN, paths.CONFIG):
            shutil.copy(path, root)

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a text where it stands first."""
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name}: {old}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def line(self, name: str, text: str) -> int:
        lines = (self.root / name).read_text(encoding="utf-8").splitlines()
        return next(number for number, content in enumerate(lines, 1) if text in content)

    def faults(self) -> list[str]:
        places = {"ROOT": ".", "KNOWLEDGE": "knowledge", "DATA": "data", "_TESTS": "tests/nlu", "_STAFF": "bot/staff"}
        with pytest.MonkeyPatch.context() as patch:
            for name, place in {**places, "DOMAIN": "domain.yml", "CONFIG": "config.yml"}.items():
                patch.setattr(validation, name, self.root / place)
            return [str(fault) for fault in validation.faults()]
