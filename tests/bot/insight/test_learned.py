"""Accepted sentences come into a file of their own, which stays as people left it."""

import pytest
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader

from bot.errors import BotError
from bot.insight import learned
from bot.insight.proposals import ACCEPTED, Proposal, Proposals
from bot.stores import opened


def proposal(text, label):
    return Proposal(1, text, label, ACCEPTED, "甲", 0.0, "乙", 0.0)


@pytest.fixture
def proposals(tmp_path):
    with opened(f"sqlite:///{tmp_path / 'conversations.db'}") as engine:
        yield Proposals(engine)


def test_sentences_stand_under_their_labels(tmp_path, proposals):
    file = tmp_path / "from_staff.yml"
    for text, label in (
        ("要带啥: #1", "bind_family/materials"),
        ("咋绑", "bind_family"),
        ("带啥去", "bind_family/materials"),
    ):
        proposals.decide(proposals.add(text, label, "甲").id, True, "乙")
    assert learned.take_in(proposals, file) == 3
    read = RasaYAMLReader().reads(file.read_text(encoding="utf-8"))
    said = [
        (example.get("intent_response_key") or example.get("intent"), example.get("text"))
        for example in read.training_examples
    ]
    assert said == [
        ("bind_family/materials", "要带啥: #1"),
        ("bind_family/materials", "带啥去"),
        ("bind_family", "咋绑"),
    ]
    assert learned.take_in(proposals, file) == 0


def test_the_open_and_the_declined_are_not_learned(tmp_path, proposals):
    proposals.add("要带啥", "bind_family", "甲")
    proposals.decide(proposals.add("咋绑", "bind_family", "甲").id, False, "乙")
    assert learned.take_in(proposals, tmp_path / "from_staff.yml") == 0
    assert not (tmp_path / "from_staff.yml").exists()


def test_what_people_wrote_there_stays(tmp_path):
    before = 'version: "3.1"\n# 我们的\nnlu:\n- intent: bind_family # 绑\n  examples: |\n    - 咋绑\n- intent: deny\n  examples: |\n    - 不\n'
    after = learned.added(before, [proposal("怎么绑呀", "bind_family"), proposal("咋绑", "bind_family")])
    assert after == before.replace("    - 咋绑\n", "    - 咋绑\n    - 怎么绑呀\n")


def test_a_file_that_cannot_be_written_takes_none(tmp_path, proposals):
    accepted = proposals.decide(proposals.add("咋绑", "bind_family", "甲").id, True, "乙")
    with pytest.raises(BotError, match="写不到"):
        learned.take_in(proposals, tmp_path / "nowhere" / "from_staff.yml")
    assert proposals.all(ACCEPTED) == [accepted]


def test_who_dies_before_noting_it_adds_none_twice(tmp_path, proposals, monkeypatch):
    file = tmp_path / "from_staff.yml"
    proposals.decide(proposals.add("咋绑", "bind_family", "甲").id, True, "乙")
    with monkeypatch.context() as patch:
        patch.setattr(proposals, "take", lambda ids: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            learned.take_in(proposals, file)
    assert learned.take_in(proposals, file) == 1
    assert file.read_text(encoding="utf-8").count("咋绑") == 1
