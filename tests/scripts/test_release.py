"""A release: what it writes, tags and packs, and when there is none."""

import hashlib
import subprocess
import tarfile
from datetime import date
from pathlib import Path

import pytest

from bot.errors import BotError
from scripts.release import release

CHANGELOG = "# 变更记录\n\n## 未发布\n\n- 新的一件事\n\n## 0.1.0（2026-01-01）\n\n- 旧的\n"
TODAY = date(2026, 12, 1)


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    return subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "t")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "t@example.org")
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "0.1.0"\n', encoding="utf-8")
    (tmp_path / ".gitignore").write_text("dist/\n", encoding="utf-8")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    return tmp_path


def test_the_archive_is_that_of_the_tag_and_its_hash_fits(project: Path) -> None:
    archive = release(project, "1.0.0", TODAY)
    with tarfile.open(archive) as packed:
        inside = packed.extractfile("yibao-bot-1.0.0/CHANGELOG.md").read().decode()
        declared = packed.extractfile("yibao-bot-1.0.0/pyproject.toml").read().decode()
    assert "## 未发布\n\n## 1.0.0（2026-12-01）\n\n- 新的一件事\n" in inside and 'version = "1.0.0"' in declared
    digest, name = archive.with_name(f"{archive.name}.sha256").read_text().split()
    assert (digest, name) == (hashlib.sha256(archive.read_bytes()).hexdigest(), archive.name)
    assert git(project, "tag", "--list", "-n9", "v1.0.0").split()[-1] == "新的一件事"
    assert git(project, "status", "--porcelain") == ""


@pytest.mark.parametrize("version", ["", "1.0", "v1.0.0", "1.0.0; ls"])
def test_a_version_that_is_none_is_refused(project: Path, version: str) -> None:
    with pytest.raises(BotError, match="VERSION"):
        release(project, version, TODAY)
    assert git(project, "tag", "--list") == ""


def test_nothing_is_released_twice_or_without_a_change_or_from_what_is_not_committed(project: Path) -> None:
    release(project, "1.0.0", TODAY)
    for version, reason in (("1.0.0", "已经发布过"), ("1.0.1", "什么也没写")):
        with pytest.raises(BotError, match=reason):
            release(project, version, TODAY)
    (project / "new.txt").write_text("x")
    with pytest.raises(BotError, match="没提交"):
        release(project, "1.0.1", TODAY)
    assert git(project, "tag", "--list").split() == ["v1.0.0"]
