"""`yibao train` learns the sentences that two people of the staff have seen, and trains whatever the database does."""

import pytest

from bot.cli import main
from bot.insight import learned
from bot.insight.proposals import Proposals
from bot.stores import opened


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """What was among the files when the training began."""
    file, seen = tmp_path / "from_staff.yml", []
    monkeypatch.setattr(learned, "FILE", file)
    monkeypatch.setattr("bot.cli.train.ROOT", tmp_path)
    monkeypatch.setattr("bot.training.ensure_model", lambda say, force: seen.append(file.exists() and file.read_text()))
    return seen


def test_accepted_sentences_are_there_before_the_training_begins(tmp_path, monkeypatch, trained, capsys):
    url = f"sqlite:///{tmp_path / 'conversations.db'}"
    monkeypatch.setenv("YIBAO_DATABASE_URL", url)
    with opened(url) as engine:
        proposals = Proposals(engine)
        proposals.decide(proposals.add("咋绑", "bind_family", "甲").id, True, "乙")
        proposals.add("没人同意的", "bind_family", "甲")
    assert main(["train"]) == 0
    assert "咋绑" in trained[0] and "没人同意的" not in trained[0]
    assert "收进了工作台上同意的 1 句：from_staff.yml" in capsys.readouterr().out
    assert main(["train"]) == 0 and trained[1] == trained[0]


def test_without_a_database_none_is_made(tmp_path, monkeypatch, trained):
    monkeypatch.setenv("YIBAO_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    assert main(["train"]) == 0 and trained == [False]
    assert not (tmp_path / "none.db").exists()


def test_a_database_that_does_not_answer_is_told_and_the_training_goes_on(monkeypatch, trained, capsys):
    monkeypatch.setenv("YIBAO_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    assert main(["train"]) == 0 and trained == [False]
    assert "没有收进来" in capsys.readouterr().out
