"""`yibao doctor`: a line for each thing, sound or not, and what would be right."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot import doctor, models
from bot.errors import BotError
from bot.paths import ROOT


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.setenv("YIBAO_DATABASE_URL", f"sqlite:///{tmp_path / 'c.db'}")
    return monkeypatch


def found() -> dict[str, doctor.Finding]:
    return {finding.about: finding for finding in doctor.examine()}


def test_all_is_well(settings: pytest.MonkeyPatch, model_path: Path, redis_url: str) -> None:
    settings.setenv("YIBAO_REDIS_URL", redis_url)
    done = subprocess.run([sys.executable, "-m", "bot", "doctor"], capture_output=True, cwd=ROOT, text=True)
    assert done.returncode == 0, done.stdout
    assert [line[:1] for line in done.stdout.splitlines()] == ["好"] * 6 + ["都"]
    assert model_path.name in done.stdout


def test_each_fault_is_told_and_hides_no_other(settings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings.setattr(models, "MODELS", tmp_path)
    settings.setenv("YIBAO_DATABASE_URL", "postgresql://nobody:secret@127.0.0.1:1/none")
    settings.setenv("YIBAO_REDIS_URL", "redis://:secret@127.0.0.1:1/0")
    findings = found()
    assert {about for about, finding in findings.items() if not finding.sound} == {"模型", "数据库", "Redis"}
    assert "yibao train" in findings["模型"].text
    assert "YIBAO_DATABASE_URL" in findings["数据库"].text and "YIBAO_REDIS_URL" in findings["Redis"].text
    assert not any("secret" in finding.text or "\n" in finding.text for finding in findings.values())


def test_a_wrong_setting_comes_first(settings: pytest.MonkeyPatch) -> None:
    settings.setenv("YIBAO_RETENTION_DAYS", "forever")
    assert [(finding.sound, "YIBAO_RETENTION_DAYS" in finding.text) for finding in doctor.examine()] == [(False, True)]


def test_broken_knowledge_is_one_line(settings: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise BotError("a.yml:1: 错\nb.yml:2: 错")

    finding = doctor._found("知识", broken)
    assert (finding.sound, finding.text) == (False, "a.yml:1: 错")
