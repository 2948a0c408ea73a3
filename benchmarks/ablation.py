"""What each part of the understanding is worth: same features, same sentences, one run; a part at a time is changed.

`python -m benchmarks.nlu --ablate` writes benchmarks/results/ablation.md. Texts are read and encoded once; what is compared
are heads on the same matrices, readings with one step left out, and the answers of the trained model without a clue.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from threadpoolctl import threadpool_limits

from benchmarks.nlu import Examples, digest, draw, mcnemar, read_folder, read_tsv
from bot.dialogue.heard import Heard, Part
from bot.nlu import kernel_model
from bot.nlu.blocks import Blocks, Row
from bot.nlu.dialects import Dialects, read_dialects
from bot.nlu.gazetteer import read_words
from bot.nlu.kernel_classifier import KernelClassifier
from bot.nlu.kernel_model import Features
from bot.nlu.repairs import repaired
from bot.nlu.sentence_encoder import LONGEST, encoder
from bot.nlu.spelling import Speller
from bot.nlu.text import normalise, spoken
from bot.nlu.tfidf import VIEWS, Tfidf
from bot.paths import DATA, KNOWLEDGE, ROOT

Guess = Callable[[Features, list[str], list[Features]], list[list[str]]]
ALL = ("characters", "sounds", "sentence")
_SETTINGS = KernelClassifier.get_default_config()


@dataclass(frozen=True)
class Outcome:
    """Which test sentences a variant gets right, by test set."""

    name: str
    right: dict[str, list[bool]]


def run(folder: Path, most: int, shared: Path | None) -> None:
    """Compare and write the table.

    Args:
        folder: where it is written.
        most: training sentences that are drawn, the same for every variant; 0 for all.
        shared: folder with dev.tsv and kuake_qic/, if there is one.
    """
    own = read_folder(DATA / "nlu")
    own = [example for example in own if example[1] != "hazard"]
    trained = draw_some(own, most)
    tests = {
        "tests/nlu": read_folder(ROOT / "tests" / "nlu"),
        "robustness": read_tsv(ROOT / "tests/nlu/robustness.tsv"),
    }
    if shared:
        tests["dev"] = read_tsv(shared / "dev.tsv")
    tables = [("本项目的句子", len(trained), list(compare(trained, tests, KNOWLEDGE / "dialects.yml")))]
    if shared:
        train, test = (read_tsv(shared / "kuake_qic" / f"{part}.tsv") for part in ("train", "dev"))
        for name, sample in (("KUAKE，每类 20 句", draw(train, 20, 0)), ("KUAKE，全部", train)):
            tables.append((name, len(sample), list(compare(sample, {"dev": test}, None))))
    tables.append(("训练好的模型，整条流程", len(own), list(clues(tests))))
    text = "\n".join(as_table(*table) for table in tables)
    folder.mkdir(exist_ok=True)
    (folder / "ablation.md").write_text(f"数据 {digest()}\n\n{text}", encoding="utf-8")
    print(text)


def draw_some(examples: Examples, most: int) -> Examples:
    """So many of the examples, drawn by chance but always the same."""
    if not most or most >= len(examples):
        return examples
    return [examples[i] for i in np.sort(np.random.default_rng(0).choice(len(examples), most, replace=False))]


def compare(trained: Examples, tests: dict[str, Examples], dialects: Path | None) -> Iterator[Outcome]:
    """All variants of reading, features and heads; the first is what serves."""
    texts, intents = [text for text, _ in trained], [intent for _, intent in trained]
    steps = Steps(texts, read_dialects(dialects) if dialects else {})
    make = Featurizer(steps)

    def outcome(name: str, guess: Guess, reading: str = "", parts: tuple[str, ...] = ALL) -> Outcome:
        with threadpool_limits(2):
            train, *others = make.features(reading, parts, [texts, *([t for t, _ in test] for test in tests.values())])
            found = guess(train, intents, others)
        right = {
            kind: [one in intent.split("+") for one, (_, intent) in zip(ones, test)]
            for (kind, test), ones in zip(tests.items(), found)
        }
        print(name, {kind: round(float(np.mean(hits)), 4) for kind, hits in right.items()}, flush=True)
        return Outcome(name, right)

    yield outcome("现在的", own)
    for part, name in (("sentence", "句向量"), ("characters", "字"), ("sounds", "拼音")):
        yield outcome(f"不要{name}", own, parts=tuple(other for other in ALL if other != part))
    for step in steps.names:
        yield outcome(f"不要{step}", own, step)
    for name, guess in library().items():
        yield outcome(name, guess)


class Steps:
    """How a text is read, with any one step left out."""

    def __init__(self, texts: list[str], dialects: dict[str, str]):
        """Learn the words of the texts by their sounds."""
        self._dialects = Dialects(dialects)
        self._speller = Speller.learn(map(self._dialects.standard, map(normalise, texts)), read_words())
        self._steps = {"改口": repaired, "方言": self._dialects.standard, "错别字": self._speller.read}
        self.names = list(self._steps)

    def read(self, text: str, without: str) -> str:
        """The text as it was meant."""
        text = normalise(text)
        for name, step in self._steps.items():
            text = text if name == without else step(text)
        return spoken(text)


class Featurizer:
    """Features of texts as the pipeline makes them; a text is encoded once, whoever asks."""

    def __init__(self, steps: Steps):
        """Start with nothing encoded."""
        self._steps = steps
        self._vectors: dict[str, NDArray[Any]] = {}

    def features(self, without: str, parts: tuple[str, ...], texts: list[list[str]]) -> list[Features]:
        """Features of each list of texts; n-grams, centres and shares are learnt from the first."""
        read = [[self._steps.read(text, without) for text in some] for some in texts]
        grams = {}
        for view in VIEWS.keys() & set(parts):
            tfidf = Tfidf(view, 1, 2).fit(read[0])
            grams[view] = [tfidf.transform(some) for some in read]
        vectors = [self._encode(some) for some in read] if "sentence" in parts else None
        made = [_rows(i, grams, vectors, len(some)) for i, some in enumerate(read)]
        blocks = Blocks.measure(made[0], {"sentence": 1.5 * max(1, len(grams))})
        return [blocks.join(rows) for rows in made]

    def _encode(self, texts: list[str]) -> NDArray[Any]:
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            self._vectors.update(zip(new, np.atleast_2d(encoder(2).encode([text[:LONGEST] for text in new]))))
        return np.stack([self._vectors[text] for text in texts])


def _rows(place: int, grams: dict[str, list[csr_matrix]], vectors: list[NDArray[Any]] | None, count: int) -> list[Row]:
    dense = {} if vectors is None else {"sentence": vectors[place][:, None, :]}
    return [
        {name: matrices[place][i] for name, matrices in grams.items()} | {name: v[i] for name, v in dense.items()}
        for i in range(count)
    ]


def own(train: Features, intents: list[str], tests: list[Features]) -> list[list[str]]:
    """The kernel model as it serves."""
    fit = kernel_model.fit(train, {"intent": [*intents]}, _SETTINGS["ridge"], _SETTINGS["sharpness"])
    names = fit.model.heads["intent"].labels
    return [list(names[fit.model.probabilities(test)["intent"].argmax(axis=1)]) for test in tests]


def library() -> dict[str, Guess]:
    """Heads of scikit-learn on the same rows."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.linear_model import LogisticRegression, RidgeClassifier
    from sklearn.svm import LinearSVC

    models = {
        "scikit-learn LogisticRegression (C=30)": LogisticRegression(C=30, max_iter=100),
        "scikit-learn RidgeClassifier": RidgeClassifier(alpha=0.3, solver="sparse_cg"),
        "scikit-learn LinearSVC, calibrated": CalibratedClassifierCV(LinearSVC(), cv=3),
        "Rasa LogisticRegressionClassifier": LogisticRegression(
            solver="lbfgs", max_iter=100, class_weight="balanced", tol=1e-4, random_state=42
        ),
    }

    def guess(model: Any, train: Features, intents: list[str], tests: list[Features]) -> list[list[str]]:
        rows = [hstack([f.sparse, csr_matrix(f.dense)]).tocsr() for f in (train, *tests)]
        model.fit(rows[0], intents)
        return [list(model.predict(row)) for row in rows[1:]]

    return {name: partial(guess, model) for name, model in models.items()}


def clues(tests: dict[str, Examples]) -> Iterator[Outcome]:
    """What the trained model makes of the sentences without their clauses, and without the examples they are like."""
    from bot.assistant import Assistant
    from bot.dialogue.state import State
    from bot.dialogue.understand import understand
    from bot.knowledge.loader import shipped
    from scripts.choose_thresholds import hear

    assistant = Assistant.load()
    heard = {kind: [(hear(assistant, text), intent) for text, intent in test] for kind, test in tests.items()}

    def bare(part: Part) -> Part:
        return replace(part, near=())

    changes: dict[str, Callable[[Heard], Heard]] = {
        "现在的": lambda said: said,
        "不看分句": lambda said: replace(said, clauses=()),
        "不看像哪个例句": lambda said: replace(said, whole=bare(said.whole), clauses=tuple(map(bare, said.clauses))),
    }
    for name, change in changes.items():
        yield Outcome(
            name,
            {
                kind: [
                    understand(shipped(), State(), change(said)).intent in intent.split("+") for said, intent in pairs
                ]
                for kind, pairs in heard.items()
            },
        )


def as_table(title: str, trained: int, outcomes: list[Outcome]) -> str:
    """The outcomes in Markdown, each beside the first."""
    kinds = list(outcomes[0].right)
    lines = [
        f"### {title}（训练 {trained} 句）",
        "",
        "| |" + "".join(f" {kind} |" for kind in kinds),
        "|---|" + "---|" * len(kinds),
    ]
    for outcome in outcomes:
        cells = []
        for kind in kinds:
            p = mcnemar(outcomes[0].right[kind], outcome.right[kind])
            mark = "" if outcome is outcomes[0] else f"（p {p:.2g}）"
            cells.append(f" {np.mean(outcome.right[kind]):.3f}{mark} |")
        lines.append(f"| {outcome.name} |" + "".join(cells))
    return "\n".join(lines) + "\n"
