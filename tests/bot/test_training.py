from bot import training


def test_texts_change_nothing_that_is_trained(tmp_path, monkeypatch):
    names = {path.name for path in training._inputs()}
    assert {"domain.yml", "config.yml", "regions.yml", "bind_family.yml"} <= names
    assert not {"phrases.yml", "sources.yml", "menu.yml"} & names


def test_no_procedure_text_is_an_input():
    assert not any("procedures" in path.parts for path in training._inputs())


def test_up_to_date_model_is_not_trained_again(model_path, capsys):
    said = []
    assert training.ensure_model(said.append) == model_path
    assert "没有变化" in said[0]
