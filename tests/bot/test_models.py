"""Model archives: sealed, verified before loading, chosen and unchosen."""

from pathlib import Path

import pytest

from bot import models, training
from bot.cli import model as command
from bot.errors import BotError, ModelError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(models, "MODELS", tmp_path)
    monkeypatch.setattr(training, "MODELS", tmp_path)
    for name in ("old", "new"):
        archive = tmp_path / f"{name}.tar.gz"
        archive.write_bytes(name.encode())
        models.seal(archive)
    return tmp_path


def test_a_sealed_archive_is_good(folder: Path) -> None:
    models.verify(folder / "old.tar.gz")
    assert (folder / "old.tar.gz.sha256").read_text().endswith("  old.tar.gz\n")


@pytest.mark.parametrize("what", ["changed", "no hash", "hash of nothing", "hash that is no text"])
def test_any_other_is_refused(folder: Path, what: str) -> None:
    archive, seal = folder / "old.tar.gz", folder / "old.tar.gz.sha256"
    match what:
        case "changed":
            archive.write_bytes(b"other")
        case "no hash":
            seal.unlink()
        case "hash of nothing":
            seal.write_text("")
        case _:
            seal.write_bytes(b"\xff\xfe")
    with pytest.raises(ModelError, match=r"old\.tar\.gz"):
        models.verify(archive)
    with pytest.raises(ModelError):
        models.choose("old")


def test_the_chosen_model_is_used_until_it_is_given_up(folder: Path) -> None:
    assert models.chosen() is None
    models.choose("old")
    assert models.chosen() == training.ensure_model(lambda line: None) == folder / "old.tar.gz"
    models.choose("new.tar.gz")
    assert models.chosen() == folder / "new.tar.gz"
    models.choose(None)
    assert models.chosen() is None


def test_a_chosen_model_that_is_gone_is_named(folder: Path) -> None:
    models.choose("old")
    (folder / "old.tar.gz").unlink()
    with pytest.raises(ModelError, match="yibao model"):
        training.ensure_model(lambda line: None)


@pytest.mark.parametrize("name", ["none", "../old", "/etc/passwd", ""])
def test_only_what_is_listed_can_be_chosen(folder: Path, name: str) -> None:
    with pytest.raises(ModelError):
        models.choose(name)


def test_the_command_lists_and_chooses(folder: Path, capsys: pytest.CaptureFixture) -> None:
    import argparse

    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    assert command.run(parser.parse_args(["use", "old"])) == 0
    assert command.run(parser.parse_args(["list"])) == 0
    shown = capsys.readouterr().out
    assert "* old.tar.gz" in shown and "  new.tar.gz" in shown
    assert command.run(parser.parse_args(["use", "latest"])) == 0
    with pytest.raises(BotError):
        command.run(parser.parse_args(["use"]))
