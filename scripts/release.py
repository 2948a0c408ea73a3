"""Makes a release of what is committed: changelog and version, a tag, and the archive of the tag with its hash in dist/.

`make release VERSION=1.2.3` runs all checks and tests before it.
"""

import hashlib
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

from bot.errors import BotError
from bot.paths import ROOT

_UNRELEASED = "## 未发布"


def release(folder: Path, version: str, today: date) -> Path:
    """Commit and tag the release and write its archive.

    Args:
        folder: the repository.
        version: such as 1.2.3.
        today: stands in the changelog.

    Returns:
        The archive; beside it lie its hash, in the form of sha256sum, and the notes.

    Raises:
        BotError: something is missing for it; nothing was changed.
    """
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise BotError(f"VERSION 不对：“{version}”应像 1.2.3")
    tag = f"v{version}"
    if _git(folder, "status", "--porcelain"):
        raise BotError("还有没提交的改动：先提交，再发布")
    if _git(folder, "tag", "--list", tag):
        raise BotError(f"{tag} 已经发布过了")
    changelog, project = folder / "CHANGELOG.md", folder / "pyproject.toml"
    text = changelog.read_text(encoding="utf-8")
    notes = unreleased(text)
    if not notes:
        raise BotError("CHANGELOG.md 的“未发布”下面什么也没写：没有变化，不用发布")
    changelog.write_text(
        text.replace(_UNRELEASED, f"{_UNRELEASED}\n\n## {version}（{today.isoformat()}）", 1), encoding="utf-8"
    )
    declared = re.sub(r'(?m)^version = ".*"$', f'version = "{version}"', project.read_text(encoding="utf-8"), count=1)
    project.write_text(declared, encoding="utf-8")
    _git(folder, "commit", "--quiet", "--allow-empty", "-m", f"Release {version}", "--", changelog.name, project.name)
    _git(folder, "tag", "--annotate", tag, "-m", notes)
    return _pack(folder, version, tag, notes)


def unreleased(changelog: str) -> str:
    """What stands in a changelog under "未发布"; empty where that is missing."""
    _, _, rest = changelog.partition(f"{_UNRELEASED}\n")
    return re.split(r"(?m)^## ", rest, maxsplit=1)[0].strip()


def _pack(folder: Path, version: str, tag: str, notes: str) -> Path:
    out = folder / "dist"
    out.mkdir(exist_ok=True)
    archive = out / f"yibao-bot-{version}.tar.gz"
    _git(folder, "archive", f"--prefix=yibao-bot-{version}/", f"--output={archive}", tag)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    archive.with_name(f"{archive.name}.sha256").write_text(f"{digest}  {archive.name}\n", encoding="ascii")
    (out / f"yibao-bot-{version}.md").write_text(f"{notes}\n", encoding="utf-8")
    return archive


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True)  # noqa: S607  (the one there is)
    if done.returncode:
        raise BotError(f"git {arguments[0]} 没有成功：{done.stderr.strip()}")
    return done.stdout.strip()


def main() -> int:
    """Release; 1 on a fault that was named in one line."""
    version = sys.argv[1] if len(sys.argv) == 2 else ""
    try:
        archive = release(ROOT, version, date.today())
    except BotError as error:
        print(f"出错了：{error}", file=sys.stderr)
        return 1
    print(f"发布好了：{archive.relative_to(ROOT)}（旁边是校验值和说明）。推送：git push --follow-tags")
    print(f"镜像：docker build -f deploy/Dockerfile -t yibao-bot:{version} .")
    return 0


if __name__ == "__main__":
    sys.exit(main())
