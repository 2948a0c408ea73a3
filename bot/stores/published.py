"""What is published of the knowledge: the files of a machine, or something in their place (see `published_rows`)."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

Stamps = dict[Path, tuple[int, ...]]  # of each file what is another one once its text is


class Published(Protocol):
    """What all workers tell of the knowledge."""

    folder: Path

    def begin(self) -> None:
        """Make the files its first version, where it has none."""

    def stamps(self) -> Stamps:
        """Of each file what changes with it."""

    def texts(self) -> dict[Path, str]:
        """The files whose text stands elsewhere than in the folder."""

    def text(self, path: Path) -> str:
        """What stands in a file; FileNotFoundError where there is none."""

    def differs(self) -> list[Path]:
        """The files that say something else than what is published."""

    def replace(self, texts: Mapping[Path, str]) -> None:
        """Let other texts stand in some files.

        Raises:
            OSError: nothing has changed.
        """

    def alone(self) -> AbstractContextManager[None]:
        """A context that only one process is in; who dies lets go."""


class Files:
    """The files themselves: what this machine tells."""

    def __init__(self, folder: Path):
        self.folder = folder

    def begin(self) -> None:
        """They are it."""

    def stamps(self) -> Stamps:
        """When each was written, its size, and which file it is."""
        found = ((path, path.stat()) for path in self.folder.rglob("*.yml"))
        return {path: (stat.st_mtime_ns, stat.st_size, stat.st_ino) for path, stat in found}

    def texts(self) -> dict[Path, str]:
        """None."""
        return {}

    def text(self, path: Path) -> str:
        """As `Published.text`."""
        return path.read_text("utf-8")

    def differs(self) -> list[Path]:
        """None."""
        return []

    def replace(self, texts: Mapping[Path, str]) -> None:
        """Put new files in the place of the old ones, once all are safe on the disk."""
        written = {path: _written_aside(path, text) for path, text in texts.items()}
        for path, aside in written.items():
            os.replace(aside, path)
        for folder in {path.parent for path in texts}:
            _sync(folder)

    def alone(self) -> AbstractContextManager[None]:
        """One process of the machine at a time."""
        return locked(self.folder)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """A file or folder that one process of the machine has at a time; who dies lets go."""
    opened = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def _written_aside(path: Path, text: str) -> Path:
    """A file beside another, safe on the disk, that is to take its place."""
    aside = path.with_name(f".{path.name}.new")
    with aside.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fchmod(file.fileno(), path.stat().st_mode & 0o777)
        os.fsync(file.fileno())
    return aside


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
