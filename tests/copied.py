"""A copy of the project whose knowledge a test may change; what is large is shared with the project."""

import shutil
from pathlib import Path

from bot.paths import ROOT

_OWN = ("bot", "actions", "knowledge", "credentials.yml", "endpoints.yml")
_SHARED = ("data", "models", "config.yml", "domain.yml", "requirements.lock")


def copy_of_project(folder: Path) -> Path:
    """Make one in a folder; gives its root."""
    root = folder / "project"
    root.mkdir()
    for name in _OWN:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, root / name)
    for name in _SHARED:
        (root / name).symlink_to(ROOT / name)
    return root
