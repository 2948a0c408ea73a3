"""`yibao new` and `yibao hits` as they are typed."""

import pytest

from bot import hits, new_task
from bot.cli import main
from bot.lexicons import Name
from bot.nlu_data import Sentence


def test_new_takes_sentences_out_of_a_file_and_names_what_it_wrote(tmp_path, monkeypatch, capsys):
    taken = []
    monkeypatch.setattr("bot.cli.new.ROOT", tmp_path)
    monkeypatch.setattr(new_task, "write", lambda task: taken.append(task) or [tmp_path / "data" / "a.yml"])
    (tmp_path / "s.txt").write_text("\ufeff怎么修\n\n 修一下 \n", encoding="utf-8")
    options = [
        "--title",
        "修",
        "--question",
        "怎么修",
        "--document",
        "doc_000",
        "--section",
        "节",
        "--step",
        "一",
        "--step",
        "二",
    ]
    assert main(["new", "mend", *options, "--sentences", str(tmp_path / "s.txt")]) == 0
    assert (taken[0].steps, taken[0].sentences) == (("一", "二"), ("怎么修", "修一下"))
    assert "写了 data/a.yml" in capsys.readouterr().out
    assert main(["new", "mend", *options, "--sentences", str(tmp_path / "none.txt")]) == 1
    assert "读不出来" in capsys.readouterr().err


SENTENCES = [
    Sentence("用掌上医保能绑吗", "bind_family", "a.yml", 1, "channel_ok"),
    Sentence("支付宝里的医保", "bind_family", "a.yml", 2),
    Sentence("SDK和sd卡", "out_of_scope", "a.yml", 3),
]
KNOWN = [
    Name("医保APP", "channels", "national_app", 1),
    Name("支付宝", "channels", "alipay", 2),
    Name("爸", "relatives", "father", 3),
]


@pytest.mark.parametrize(
    ("word", "texts"),
    [
        ("掌上医保", ["用掌上医保能绑吗"]),
        ("醫保", ["用掌上医保能绑吗", "支付宝里的医保"]),
        ("sd", ["SDK和sd卡"]),  # not the letters in SDK alone
        ("爸爸", []),
    ],
)
def test_sentences_in_which_the_word_is_found(word, texts):
    assert [hit.sentence.text for hit in hits.hits(word, SENTENCES, KNOWN)] == texts


def test_a_name_that_is_found_there_now_is_told():
    [hit] = hits.hits("支付宝里", SENTENCES, KNOWN)
    assert [name.meaning for name in hit.over] == ["alipay"]
    assert hits.like("支付宝里", KNOWN) == [KNOWN[1]]


def test_hits_counts_by_intent(capsys):
    assert main(["hits", "粤医保"]) == 0
    shown = capsys.readouterr().out
    assert "已经有了：粤医保（mini_programs.yml 的 yue_yibao）" in shown
    assert "bind_family" in shown.splitlines()[-1] and "现在认出：粤医保" in shown


@pytest.mark.parametrize("word", ["", " ", "！"])
def test_no_word_is_told(capsys, word):
    assert main(["hits", word]) == 1
    assert "请写一个叫法" in capsys.readouterr().err
