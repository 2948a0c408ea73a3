import shutil

import pytest

from bot import paths, training


def test_texts_change_nothing_that_is_trained():
    names = {path.name for path in training._inputs()}
    assert {"domain.yml", "config.yml", "regions.yml", "bind_family.yml", "die.yml", "terms.txt"} <= names
    assert not {"phrases.yml", "sources.yml", "menu.yml", "points.yml", "facts.yml"} & names


def test_no_text_of_a_procedure_or_cell_is_an_input():
    folders = {(paths.KNOWLEDGE / name) for name in ("procedures", "points")}
    assert not any(path.parent in folders for path in training._inputs())


class TestFingerprint:
    @pytest.fixture
    def cells(self, tmp_path, monkeypatch):
        shutil.copytree(training._CELLS, tmp_path / "points")
        monkeypatch.setattr(training, "_CELLS", tmp_path / "points")
        return tmp_path / "points" / "bind_family.yml"

    @staticmethod
    def edit(path, old, new):
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def test_what_a_cell_says_is_not_in_it(self, cells):
        before = training.fingerprint()
        self.edit(cells, "say: ", "say: 新的")
        assert training.fingerprint() == before

    def test_an_example_question_of_a_cell_is(self, cells):
        before = training.fingerprint()
        self.edit(cells, "asks: [", "asks: [新的问法, ")
        assert training.fingerprint() != before


def test_up_to_date_model_is_not_trained_again(model_path):
    said = []
    assert training.ensure_model(said.append) == model_path
    assert "没有变化" in said[0]
