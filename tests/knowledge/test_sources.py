"""What is said to stand in the two documents does: the cited sections, the numbers and the names of buttons."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from bot.paths import KNOWLEDGE, ROOT
from bot.yamlfile import read_yaml

SEEDS = ROOT.parent / "shared" / "seeds"
DOCUMENTS = ("doc_000", "doc_002")
pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the two documents are not part of the project")

# Keys of an entry or a variant under which sentences of its source stand.
_OF_ENTRIES = ("say", "more", "near")
_OF_VARIANTS = ("summary", "steps", "brief", "materials", "duration", "fee", "limits", "url", "notes")
_NUMBERING = re.compile(r"^\d+\. ?")
_RELATED = "相关推荐:"
_NUMBER = re.compile(r"(?<!第)\d+")  # 第7个 only follows from "at most 6"
_NAME = re.compile(r"【([^】]+)】|“([^”]+)”")
# Where to ask: told beside the documents, from what `hotline` says.
_HOTLINE = "12393"
# A sentence that says itself that it is from beyond the documents, or what it takes from the other one.
_BEYOND = "另查到："
_OTHER = {"doc_000": ("伊犁", "doc_002"), "doc_002": ("另一篇", "doc_000")}


@dataclass(frozen=True)
class Said:
    """Sentences with their source, and where they stand."""

    where: str
    document: str
    section: str
    texts: tuple[str, ...]


def plain(text: str) -> str:
    """Full and half width alike, no blanks."""
    return "".join(unicodedata.normalize("NFKC", text).split())


@cache
def document(name: str) -> str:
    return next(SEEDS.glob(f"{name.removeprefix('doc_')}_*.txt")).read_text(encoding="utf-8")


@cache
def headings(name: str) -> list[set[str]]:
    """What each line may be cited as: itself, what stands before its colon, each with and without its number."""
    found = []
    for line in document(name).splitlines():
        text = unicodedata.normalize("NFKC", line).strip().removeprefix("•").strip()
        whole = {text, text.partition(":")[0]}
        found.append({plain(name) for name in whole | {_NUMBERING.sub("", name) for name in whole}} - {""})
    return found


def stands_in_order(parts: list[str], name: str) -> bool:
    """Whether each heading is one of the document's, below the one before it."""
    line = 0
    for part in parts:
        cited = plain(part).removeprefix(_RELATED)
        line = next((n for n, names in enumerate(headings(name)) if n >= line and cited in names), None)
        if line is None:
            return False
    return True


def read(path) -> dict:
    return read_yaml(path)


def texts_of(value: object) -> Iterator[str]:
    """The texts of a statement or of several, those with a source of their own left out."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict) and "source" not in item:
            yield item["text"]


def of_points() -> Iterator[Said]:
    for path in sorted((KNOWLEDGE / "points").glob("*.yml")):
        for point, cell in read(path).items():
            for number, entry in enumerate(cell if isinstance(cell, list) else []):
                if entry.get("source"):
                    texts = tuple(entry[key] for key in _OF_ENTRIES if key in entry)
                    yield from _said(f"{path.stem}/{point}/{number}", entry["source"], texts)


def of_procedures() -> Iterator[Said]:
    for path in sorted((KNOWLEDGE / "procedures").glob("*.yml")):
        procedure = read(path)
        for number, variant in enumerate(procedure["variants"]):
            where = f"{path.stem}/variants/{number}"
            texts = tuple(text for key in _OF_VARIANTS for text in texts_of(variant.get(key, [])))
            yield from _said(where, variant["source"], texts)
            yield from _nested(where, {key: value for key, value in variant.items() if key != "source"})
        if "source" in procedure:
            yield from _said(f"{path.stem}/notes", procedure["source"], tuple(texts_of(procedure.get("notes", []))))
        yield from _nested(path.stem, {key: procedure.get(key, []) for key in ("notes", "supplements")})


def _nested(where: str, tree: object) -> Iterator[Said]:
    """Statements with a source of their own."""
    if isinstance(tree, dict) and "source" in tree:
        yield from _said(where, tree["source"], (tree["text"],))
    elif isinstance(tree, dict | list):
        for key, item in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from _nested(f"{where}/{key}", item)


def _said(where: str, source: dict, texts: tuple[str, ...]) -> Iterator[Said]:
    if source["document"] in DOCUMENTS:
        yield Said(where, source["document"], source.get("section", ""), texts)


ALL = [*of_points(), *of_procedures()] if SEEDS.is_dir() else []


def test_both_documents_are_cited_often():
    assert all(sum(said.document == name for said in ALL) > 100 for name in DOCUMENTS)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_cited_sections_are_headings_of_the_document(name):
    wrong = [
        f"{said.where}: {section}"
        for said in ALL
        if said.document == name
        for section in said.section.split("；")
        if not stands_in_order(section.split("·"), name)
    ]
    assert wrong == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_numbers_and_names_of_buttons_stand_in_the_document(name):
    sentences = [(said.where, sentence) for said in ALL if said.document == name for sentence in said.texts]
    found = [(where, sentence, sorted(missing_in(name, sentence))) for where, sentence in sentences]
    assert [f"{where}: {sentence}: {'、'.join(missing)}" for where, sentence, missing in found if missing] == []


def missing_in(name: str, sentence: str) -> set[str]:
    """The numbers and quoted names of a sentence that are not in the document."""
    if sentence.startswith(_BEYOND):
        return set()
    mark, other = _OTHER[name]
    text = plain(document(name) + (document(other) if mark in sentence else ""))
    names = {plain(one or two) for one, two in _NAME.findall(sentence)}
    numbers = _NUMBER.findall(unicodedata.normalize("NFKC", sentence))
    missing = {name for name in names if name not in text} | (set(numbers) - set(_NUMBER.findall(text)))
    return {one for one in missing if _HOTLINE not in one}
