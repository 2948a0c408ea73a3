"""What must hold for the training sentences: each once, none that is measured with, enough of each business."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml.error import YAMLError

from bot.knowledge.examples import examples
from bot.knowledge.loader import Fault
from bot.knowledge.model import BARE
from bot.nlu.labels import SentenceLabel
from bot.nlu.text import normalise
from bot.yamlfile import read_yaml_with_lines

_FEWEST = 40
_TOO_NEAR = 0.6


@dataclass(frozen=True)
class Sentence:
    """A sentence of an intent and where it stands; `line` counts from 1."""

    text: str
    intent: str
    file: str
    line: int
    point: str | None = None

    @property
    def key(self) -> str:
        """The same for sentences that differ in case, punctuation or kind of characters only."""
        return _letters(self.text) or self.text


def faults(
    folder: Path, tests: Path, businesses: set[str], against: Path | None = None, cells: Path | None = None
) -> list[Fault]:
    """All faults of the training sentences.

    Args:
        folder: data/nlu.
        tests: tests/nlu, of which no sentence may be trained on, be it in an NLU file or in the column `text` of a TSV.
        businesses: the intents that need at least 40 sentences.
        against: a TSV with a column `text`; no training sentence may come near one of them.
        cells: knowledge/points, whose example questions are learned too. Two entries may share one.
    """
    training = list(read(folder))
    learned = [*training, *(examples_of_cells(cells) if cells else [])]
    measured = {sentence.key: sentence for sentence in [*read(tests), *_tables(tests)]}
    found = [*_repeated(training), *_tested(learned, measured)]
    found += _few(training, folder, businesses)
    if against:
        found += _near(learned, against)
    return sorted(set(found))


def read(folder: Path) -> Iterator[Sentence]:
    """The sentences in the NLU files of a folder; what is no YAML or no NLU file is skipped."""
    for path in sorted(folder.rglob("*.yml")):
        try:
            tree = read_yaml_with_lines(path)
        except (YAMLError, UnicodeDecodeError):
            continue  # bot.validation tells of it
        for entry in (tree or {}).get("nlu") or []:
            # The block's text begins on the line after its key.
            first = entry.lc.key("examples")[0] + 2
            for offset, line in enumerate(entry["examples"].splitlines()):
                text = line.strip().removeprefix("-").strip()
                if text:
                    file = path.relative_to(folder.parent.parent).as_posix()
                    label = SentenceLabel.parse(entry["intent"])
                    yield Sentence(text, label.intent, file, first + offset, label.point)


def _tables(folder: Path) -> Iterator[Sentence]:
    """The sentences of the TSVs in a folder."""
    for path in sorted(folder.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            for line, row in enumerate(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE), 2):
                yield Sentence(row["text"], "", path.relative_to(folder.parent.parent).as_posix(), line)


def examples_of_cells(cells: Path) -> Iterator[Sentence]:
    """The example questions of the cells, each at the line where it stands first."""
    try:
        found = examples(cells)
    except (YAMLError, UnicodeDecodeError, AttributeError):
        return  # bot.knowledge.loader tells of it
    paths = {path.stem: path for path in [*cells.glob("*.yml"), *cells.parent.glob("bare.yml")]}
    lines = {name: path.read_text(encoding="utf-8").splitlines() for name, path in paths.items()}
    for entry, text in found:
        task, point, _, kind = entry.split("/")
        file = BARE if kind == BARE else task
        line = next((number for number, content in enumerate(lines[file], 1) if text in content), 1)
        yield Sentence(text, task, paths[file].relative_to(cells.parent.parent).as_posix(), line, point)


def _repeated(training: list[Sentence]) -> Iterator[Fault]:
    known: dict[str, Sentence] = {}
    for sentence in training:
        first = known.setdefault(sentence.key, sentence)
        if first is not sentence:
            under = "" if first.intent == sentence.intent else f"，意图却是 {first.intent}"
            yield _fault(sentence, f"“{sentence.text}”已在 {first.file}:{first.line}{under}")


def _tested(training: list[Sentence], tests: dict[str, Sentence]) -> Iterator[Fault]:
    for sentence in training:
        if sentence.key in tests:
            test = tests[sentence.key]
            yield _fault(sentence, f"“{sentence.text}”是测试句（{test.file}:{test.line}），不能拿来训练")


def _few(training: list[Sentence], folder: Path, businesses: set[str]) -> Iterator[Fault]:
    for intent in sorted(businesses):
        count = sum(sentence.intent == intent for sentence in training)
        if count < _FEWEST:
            file = (folder / f"{intent}.yml").relative_to(folder.parent.parent).as_posix()
            yield Fault(file, 1, f"只有 {count} 句，至少要 {_FEWEST} 句")


def _near(training: list[Sentence], against: Path) -> Iterator[Fault]:
    with against.open(encoding="utf-8", newline="") as file:
        measured = [(row["text"], trigrams(row["text"])) for row in csv.DictReader(file, delimiter="\t")]
    for sentence in training:
        own = trigrams(sentence.text)
        text, nearest = max(((text, likeness(own, other)) for text, other in measured), key=lambda pair: pair[1])
        if nearest >= _TOO_NEAR:
            yield _fault(sentence, f"“{sentence.text}”与 {against.name} 的“{text}”太像（{nearest:.2f}）")


def _fault(sentence: Sentence, message: str) -> Fault:
    return Fault(sentence.file, sentence.line, message)


def _letters(text: str) -> str:
    return "".join(character for character in normalise(text).lower() if character.isalnum())


def trigrams(text: str) -> frozenset[str]:
    """The character trigrams of a sentence, without what is no letter."""
    letters = _letters(text) or text
    return frozenset(letters[start : start + 3] for start in range(max(1, len(letters) - 2)))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard index of the trigrams of two sentences, 0 to 1."""
    return len(one & other) / len(one | other)
