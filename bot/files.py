"""Files that are there whole or not at all."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from bot.errors import BotError


def write(path: Path, content: bytes) -> None:
    """Write a file in place of what is there; whoever reads it meanwhile sees the old one or the new one.

    Raises:
        BotError: it can't be written; what was there is still there.
    """
    part = None
    try:
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(part, path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.replace(part, path)
    except OSError as error:
        if part:
            with suppress(OSError):
                os.unlink(part)
        raise BotError(f"写不到 {path}（{error.strerror}）") from error
