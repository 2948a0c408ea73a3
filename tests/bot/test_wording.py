import pytest

from bot.paths import ROOT
from bot.wording import Use, placeholders, read_code

CODE = """
def say(self, many, kind):
    text = self.phrases["hello"]
    key = "one" if many else "two"
    more = knowledge.phrases[key].format(count=1, name=kind)
    rest = self._phrases["three" if many else "four"]
    return text + phrases[f"door_{kind}"] + phrases[kind].format(x=1) + texts["five"]
"""


@pytest.fixture
def code(tmp_path):
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "said.py").write_text(CODE, encoding="utf-8")
    return read_code(tmp_path, ("bot",))


def test_uses_of_phrases_with_their_lines_and_what_is_filled(code):
    assert sorted(code.uses, key=lambda use: (use.line, use.ids)) == [
        Use("bot/said.py", 3, ("hello",)),
        Use("bot/said.py", 5, ("one", "two"), frozenset({"count", "name"})),
        Use("bot/said.py", 6, ("three", "four")),
        Use("bot/said.py", 7, ()),
        Use("bot/said.py", 7, (), frozenset({"x"})),
        Use("bot/said.py", 7, ("five",), book="texts"),
    ]


def test_names_are_those_that_stand_there_or_begin_so(code):
    assert all(map(code.names, ("hello", "two", "five", "door_bank")))
    assert not any(map(code.names, ("six", "doors", "hell")))


def test_placeholders():
    assert placeholders("第{number}步{{}}：{text}") == {"number", "text"}
    with pytest.raises(ValueError, match="}"):
        placeholders("{number")


def test_the_projects_own_code_is_read():
    code = read_code(ROOT)
    assert any("disclaimer" in use.ids for use in code.uses)
    assert code.names("calm") and code.names("door_12393")
