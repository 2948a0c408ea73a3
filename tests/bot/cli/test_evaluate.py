"""`yibao evaluate` with an assistant that understands by heart."""

import csv
from dataclasses import asdict

import pytest

from bot.cli import main
from bot.dialogue.heard import Understood, Wish

KNOWN = {
    "费用问法": Understood("task", "bind_family", (Wish("bind_family", "fee"),)),
    "整件问法": Understood("task", "bind_family", (Wish("bind_family"),)),
    "没懂": Understood("doubt", "nlu_fallback"),
    "再说": Understood("act", "follow_up", act="repeat"),
}


class ByHeart:
    async def parse(self, text):
        understood = KNOWN[text]
        guess = "bind_family" if understood.intent == "nlu_fallback" else understood.intent
        return {
            "text": text,
            "intent": {"name": understood.intent, "confidence": 0.9},
            "intent_ranking": [{"name": guess, "confidence": 0.9}],
            "entities": [],
            "understood": asdict(understood),
        }


@pytest.fixture
def evaluate(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.assistant.Assistant.load", lambda model: ByHeart())
    monkeypatch.setattr("bot.cli.evaluate._nearest", lambda texts: [""] * len(texts))

    def run(*lines):
        file = tmp_path / "questions.tsv"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return main(["evaluate", str(file), "--model", "by_heart", "--out", str(tmp_path / "out")])

    return run


def errors(tmp_path):
    with (tmp_path / "out" / "errors.tsv").open(encoding="utf-8", newline="") as file:
        return [(row["expected"], row["understood"]) for row in csv.DictReader(file, delimiter="\t")]


def test_points_are_judged_where_they_are_labelled(evaluate, tmp_path, capsys):
    code = evaluate(
        "text\tintent\talso",
        "费用问法\tbind_family/fee\t",
        "费用问法\tbind_family/hours\tbind_family/materials",
        "整件问法\tbind_family/whole\t",
        "费用问法\tbind_family\t",
        "没懂\tbind_family/fee\t",
        "再说\tfollow_up/repeat\t",
    )
    assert code == 0
    shown = capsys.readouterr().out
    assert "共 6 句，准确率 1.000" in shown
    assert "要点准确率 0.600（5 句标了要点，事和要点都要对），事对的里面 0.600" in shown
    assert errors(tmp_path) == [
        ("bind_family/hours+bind_family/materials", "bind_family/fee"),
        ("bind_family/fee", "bind_family"),
    ]
    assert (tmp_path / "out" / "confusion.png").exists()


def test_the_column_also_and_the_plus_both_count(evaluate, tmp_path, capsys):
    evaluate(
        "text\tintent\talso", "费用问法\tquery_balance\tbind_family", "再说\tdeny+follow_up\t", "再说\tdeny\tcancel"
    )
    shown = capsys.readouterr().out
    assert "准确率 0.667" in shown and "要点" not in shown
    assert errors(tmp_path) == [("deny+cancel", "follow_up")]


@pytest.mark.parametrize("line", ["费用问法", "\tbind_family", "费用问法\t+"])
def test_a_line_without_sentence_or_label_is_named(evaluate, capsys, line):
    assert evaluate("text\tintent", "再说\tfollow_up", line) == 1
    assert "第 3 行" in capsys.readouterr().err


def test_dangers_and_places_are_judged_where_they_are_labelled(evaluate, capsys):
    assert (
        evaluate(
            "text\tintent\thazard\tplaces", "费用问法\tbind_family\tpoison\t湖南=insured", "整件问法\tbind_family\t\t"
        )
        == 0
    )
    shown = capsys.readouterr().out
    assert [line.split()[1] for line in shown.splitlines() if line.endswith((" poison", " insured"))] == [
        "0.000",
        "0.000",
    ]
    assert "没有危险的句子里误报 0.000" in shown


def test_a_place_without_a_role_is_named(evaluate, capsys):
    assert evaluate("text\tintent\tplaces", "费用问法\tbind_family\t湖南") == 1
    assert "湖南" in capsys.readouterr().err


def test_a_folder_of_sentences_is_read(evaluate, tmp_path, capsys):
    folder = tmp_path / "nlu"
    folder.mkdir()
    sentences = "- intent: bind_family/fee\n  examples: |\n    - 费用问法\n"
    (folder / "bind_family.yml").write_text(f'version: "3.1"\nnlu:\n{sentences}', encoding="utf-8")
    assert main(["evaluate", str(folder), "--model", "by_heart", "--out", str(tmp_path / "out")]) == 0
    assert "要点准确率 1.000（1 句标了要点" in capsys.readouterr().out
