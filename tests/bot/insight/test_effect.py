"""What a proposed sentence would change, on a few sentences and the real encoder."""

import pytest

from bot.insight import effect as effects

TRAINED = {"bind_family": ["怎么绑定家人", "帮我妈绑一下"], "report_lost_card": ["社保卡丢了怎么办"]}
TESTED = {"bind_family/duration": ["绑定家人要等几天"], "unbind_family": ["社保卡丢失了去哪里补办"], "deny": ["不是的"]}


def write(folder, sentences):
    folder.mkdir(parents=True)
    for label, texts in sentences.items():
        examples = "".join(f"    - {text}\n" for text in texts)
        file = folder / f"{label.replace('/', '-')}.yml"
        file.write_text(f'version: "3.1"\nnlu:\n- intent: {label}\n  examples: |\n{examples}', encoding="utf-8")


@pytest.fixture
def known(tmp_path):
    write(tmp_path / "data" / "nlu", TRAINED)
    write(tmp_path / "tests" / "nlu", TESTED)
    return lambda: effects.sentences(tmp_path / "data" / "nlu", tmp_path / "tests" / "nlu", tmp_path / "vectors.npz")


def test_the_nearest_come_first(known):
    found = effects.effect(known(), "社保卡不见了怎么办", "report_lost_card")
    assert found.near[0][0].text == "社保卡丢了怎么办" and found.near[0][1] > found.near[1][1]
    assert (found.known, found.measured) == (None, None)


def test_a_sentence_of_another_label_that_is_more_like_it_may_turn(known):
    near = "社保卡丢失了到哪里去补办"
    assert [s.text for s in effects.effect(known(), near, "report_lost_card").turned] == ["社保卡丢失了去哪里补办"]
    assert effects.effect(known(), near, "unbind_family").turned == ()
    assert effects.effect(known(), "今天天气好", "report_lost_card").turned == ()


def test_a_point_that_is_another_turns_it_too(known):
    near = "绑定家人要等好几天"
    assert [s.point for s in effects.effect(known(), near, "bind_family").turned] == ["duration"]
    assert effects.effect(known(), near, "bind_family/duration").turned == ()


def test_what_is_there_already_is_told(known):
    assert effects.effect(known(), "帮我妈绑一下！", "bind_family").known.text == "帮我妈绑一下"
    assert effects.effect(known(), "不是的。", "deny").measured.text == "不是的"


def test_vectors_are_kept_until_a_sentence_changes(known, tmp_path, monkeypatch):
    known()

    def never(texts):
        raise AssertionError("computed again")

    with monkeypatch.context() as patch:
        patch.setattr(effects.likeness, "vectors", never)
        known()
        (tmp_path / "data" / "nlu" / "bind_family.yml").unlink()
        with pytest.raises(AssertionError, match="again"):
            known()
    (tmp_path / "vectors.npz").write_bytes(b"broken")
    assert len(known().trained) == 1
