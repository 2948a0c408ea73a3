"""The model archives in `models/`: each with its hash beside it, one of them chosen."""

import hashlib
import hmac
from pathlib import Path

from bot.errors import ModelError
from bot.paths import MODELS

_CHOICE = "chosen"  # the file that names the archive to run; without it, the one of the files as they are


def seal(archive: Path) -> None:
    """Write an archive's hash beside it, in the form of sha256sum."""
    _seal_of(archive).write_text(f"{_hash(archive)}  {archive.name}\n", encoding="ascii")


def verify(archive: Path) -> None:
    """See that an archive is what was sealed; unpacking one runs what it says.

    Raises:
        ModelError: it has changed, or has no hash.
    """
    try:
        wanted = _seal_of(archive).read_text(encoding="ascii").split()[0]
        same = hmac.compare_digest(wanted, _hash(archive))
    except (OSError, UnicodeDecodeError, IndexError):
        same = False
    if not same:
        raise ModelError(
            f"模型 {archive.name} 和它的校验值对不上，可能坏了或被换过。请运行 yibao train --force 重新训练。"
        )


def available() -> list[Path]:
    """All archives, the newest first."""
    return sorted(MODELS.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)


def chosen() -> Path | None:
    """The archive that was chosen, None if there was no choice.

    Raises:
        ModelError: it is gone or has changed.
    """
    try:
        name = (MODELS / _CHOICE).read_text(encoding="utf-8").strip()
    except OSError:
        return None
    archive = MODELS / name
    if archive not in available():
        raise ModelError(f"选定的模型 {name} 不在了。请运行 yibao model use latest，或从 yibao model list 里另选一个。")
    verify(archive)
    return archive


def choose(name: str | None) -> None:
    """Run this archive from the next start on; None: again the one of the files as they are.

    Raises:
        ModelError: there is none of this name, or it has changed.
    """
    if name is None:
        (MODELS / _CHOICE).unlink(missing_ok=True)
        return
    archive = next(
        (archive for archive in available() if name in (archive.name, archive.name[: -len(".tar.gz")])), None
    )
    if archive is None:
        raise ModelError(f"没有叫 {name} 的模型。运行 yibao model list 看有哪些。")
    verify(archive)
    # In one step: a worker that starts meanwhile reads the old choice or the new one.
    draft = MODELS / f"{_CHOICE}.new"
    draft.write_text(archive.name, encoding="utf-8")
    draft.replace(MODELS / _CHOICE)


def _seal_of(archive: Path) -> Path:
    return archive.with_name(f"{archive.name}.sha256")


def _hash(archive: Path) -> str:
    return hashlib.sha256(archive.read_bytes()).hexdigest()
