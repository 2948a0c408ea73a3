"""`yibao misses` and `yibao report` over a database of their own."""

import csv
import io

import pytest

from bot.cli import main
from bot.cli.evaluate import read
from bot.evaluation import question
from tests.system.test_insight import Talk


@pytest.fixture
def talk(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'conversations.db'}"
    monkeypatch.setenv("YIBAO_DATABASE_URL", url)
    talk = Talk(url)
    yield talk
    talk.store.close()


def test_the_file_is_one_that_evaluate_takes(talk, tmp_path, capsys):
    talk.say('他说"不行"，\n绑不上', point="stuck_dead", outcome="unknown", vote=-1, comment="没用\t真的")
    talk.say("哎", intent="nlu_fallback", why="doubt", outcome="ask")
    assert main(["misses", "--days", "1"]) == 0
    shown = capsys.readouterr().out
    file = tmp_path / "misses.tsv"
    file.write_text(shown, encoding="utf-8")
    questions = [question(row) for row in read(file)]
    assert [(q.text, str(q.labels[0])) for q in questions] == [
        ("哎", "bind_family"),
        ('他说"不行"， 绑不上', "bind_family/stuck_dead"),
    ]
    rows = list(csv.DictReader(io.StringIO(shown), delimiter="\t", quoting=csv.QUOTE_NONE))
    assert rows[1]["kinds"] == "没写1、👎1" and rows[1]["comment"] == "没用 真的"


def test_nothing_missed_is_a_file_with_its_heading(talk, capsys):
    assert main(["misses"]) == 0
    assert capsys.readouterr().out.splitlines() == ["text\tintent\tgroup\tcount\tkinds\tlatest\tcomment"]


@pytest.mark.parametrize(("name", "magic"), [("a.png", b"\x89PNG"), ("a.PDF", b"%PDF")])
def test_report(talk, tmp_path, capsys, name, magic):
    for number in range(6):
        talk.say(f"绑定{number}", point="hours", outcome="unknown")
    assert main(["report", "--days", "3", "--out", str(tmp_path / name)]) == 0
    assert (tmp_path / name).read_bytes().startswith(magic)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["report", "--out", "情况.docx"], "应为 .png 或 .pdf"),
        (["report", "--out", "/nowhere/a.png"], "写不到 /nowhere/a.png"),
        (["report", "--days", "0", "--out", "a.png"], "天数不对"),
        (["misses", "--days", "99999"], "天数不对"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(talk, capsys, arguments, told):
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1


def test_a_database_that_is_not_there_is_told(monkeypatch, capsys):
    monkeypatch.setenv("YIBAO_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    assert main(["misses"]) == 1
    assert "连不上" in capsys.readouterr().err
