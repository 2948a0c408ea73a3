"""This project's understanding of intents beside Rasa's default Chinese pipeline and a linear SVM, in one run.

    python benchmarks/nlu.py                                   # this project's data/nlu and tests/nlu
    python benchmarks/nlu.py --train a.tsv --test b.tsv        # columns text, intent
    python benchmarks/nlu.py --train a.tsv --test b.tsv --shots 10 --seeds 3

Writes a table and a picture to benchmarks/results/. Each pipeline runs in a process of its own, so that time and memory are its own.
"""

import argparse
import asyncio
import csv
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import mean, median
from typing import Any

from bot.yamlfile import read_yaml

Examples = list[tuple[str, str]]

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
# Of config.yml what understands intents; the rest finds entities or decides what to do when in doubt.
UNDERSTANDING = ("normalizer", "spelling_reader", "tfidf_featurizer", "sentence_encoder", "kernel_classifier")
RASA_DEFAULT: list[dict[str, Any]] = [
    {"name": "JiebaTokenizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "DIETClassifier", "epochs": 100},
]


def main() -> None:
    """Run every pipeline on every sample and write what came out."""
    arguments = _arguments()
    if arguments.worker:
        _work(arguments.worker, Path(arguments.folder))
        return
    train = read_tsv(arguments.train) if arguments.train else read_folder(ROOT / "data" / "nlu")
    test = read_tsv(arguments.test) if arguments.test else read_folder(ROOT / "tests" / "nlu")
    samples = [draw(train, arguments.shots, seed) for seed in range(arguments.seeds)] if arguments.shots else [train]
    runs = {name: [_measure(name, sample, test) for sample in samples] for name in arguments.pipelines}
    rows = summarise(runs, [intent for _, intent in test])
    title = arguments.title or (arguments.train.stem if arguments.train else "own")
    if arguments.shots:
        title += f"-{arguments.shots}shots"
    table = as_table(rows, len(samples[0]), len(test), len(samples))
    print(table)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{title}.md").write_text(table, encoding="utf-8")
    _draw(rows, RESULTS / f"{title}.png")


def read_tsv(file: Path) -> Examples:
    """Text and intent of each row; of an intent a+b the first."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(row["text"], row["intent"].split("+")[0]) for row in rows]


def read_folder(folder: Path) -> Examples:
    """The sentences of a folder of Rasa's NLU files."""
    from bot.nlu_data import read

    return [(sentence.text, sentence.intent) for sentence in read(folder)]


def draw(examples: Examples, shots: int, seed: int) -> Examples:
    """So many examples of each intent, or all where there are fewer."""
    by_intent = defaultdict(list)
    for text, intent in examples:
        by_intent[intent].append((text, intent))
    chance = random.Random(seed)
    return [
        example for _, those in sorted(by_intent.items()) for example in chance.sample(those, min(shots, len(those)))
    ]


def summarise(runs: dict[str, list[dict[str, Any]]], wanted: list[str]) -> list[dict[str, Any]]:
    """One row a pipeline; the first is what the others are tested against."""
    from scipy.stats import binomtest
    from sklearn.metrics import f1_score

    first = None
    rows = []
    for name, results in runs.items():
        right = [guess == intent for result in results for guess, intent in zip(result["guesses"], wanted)]
        first = first or right
        better, worse = sum(a and not b for a, b in zip(first, right)), sum(b and not a for a, b in zip(first, right))
        # The intervals and the test take the seeds' predictions together, as if they were of different sentences.
        low, high = binomtest(sum(right), len(right)).proportion_ci(method="wilson")
        rows.append(
            {
                "name": name,
                "accuracy": mean(right),
                "low": low,
                "high": high,
                "macro_f1": mean(f1_score(wanted, result["guesses"], average="macro") for result in results),
                "p": binomtest(better, better + worse).pvalue if better + worse else 1.0,
                "seconds": mean(result["seconds"] for result in results),
                "ms": median(result["ms"] for result in results),
                "megabytes": max(result["megabytes"] for result in results),
            }
        )
    return rows


def as_table(rows: list[dict[str, Any]], trained: int, tested: int, seeds: int) -> str:
    """The rows in Markdown."""
    lines = [
        f"{trained} training sentences, {tested} test sentences, {seeds} run(s); {os.cpu_count()} cores, other work beside it.",
        "",
        "| pipeline | accuracy | 95 % interval | macro-F1 | McNemar p | training s | ms a message | peak MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append(
            f"| {row['name']} | {row['accuracy']:.3f} | {row['low']:.3f}–{row['high']:.3f} | {row['macro_f1']:.3f} "
            f"| {row['p']:.2g} | {row['seconds']:.0f} | {row['ms']:.1f} | {row['megabytes']:.0f} |"
        )
    return "\n".join(lines) + "\n"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=Path)
    parser.add_argument("--test", type=Path)
    parser.add_argument("--shots", type=int, help="examples an intent")
    parser.add_argument("--seeds", type=int, default=1, help="samples drawn with --shots")
    parser.add_argument("--pipelines", nargs="+", default=list(PIPELINES), choices=PIPELINES)
    parser.add_argument("--title", help="name of the files written")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure(name: str, train: Examples, test: Examples) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "data.json").write_text(json.dumps({"train": train, "test": [text for text, _ in test]}))
        # No cache of an earlier run, and one core for the messages.
        environment = {
            **os.environ,
            "RASA_MAX_CACHE_SIZE": "0",
            "RASA_TELEMETRY_ENABLED": "false",
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONPATH": str(ROOT),
            "LOG_LEVEL": "ERROR",
        }
        command = [sys.executable, "-W", "ignore", __file__, "--worker", name, "--folder", folder]
        subprocess.run(
            command, check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        result: dict[str, Any] = json.loads((Path(folder) / "result.json").read_text())
        return result


def _work(name: str, folder: Path) -> None:
    data = json.loads((folder / "data.json").read_text())
    started = time.perf_counter()
    understand = PIPELINES[name](data["train"], folder)
    seconds = time.perf_counter() - started
    understand(data["test"][0])  # what is loaded at the first message is no message's time
    guesses, times = [], []
    for text in data["test"]:
        started = time.perf_counter()
        guesses.append(understand(text))
        times.append((time.perf_counter() - started) * 1000)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result = {"guesses": guesses, "seconds": seconds, "ms": median(times), "megabytes": peak}
    (folder / "result.json").write_text(json.dumps(result))


def _svm(train: Examples, _folder: Path) -> Callable[[str], str]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    texts, intents = zip(*train)
    model = make_pipeline(TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True), LinearSVC())
    model.fit(texts, intents)
    return lambda text: model.predict([text])[0]


def _own(train: Examples, folder: Path, **classifier: float) -> Callable[[str], str]:
    config = read_yaml(ROOT / "config.yml")
    pipeline = [part for part in config["pipeline"] if any(name in part["name"] for name in UNDERSTANDING)]
    pipeline[-1].update(classifier)
    return _rasa(pipeline, train, folder)


def _rasa_default(train: Examples, folder: Path) -> Callable[[str], str]:
    return _rasa(RASA_DEFAULT, train, folder)


def _rasa(pipeline: list[dict[str, Any]], train: Examples, folder: Path) -> Callable[[str], str]:
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    config = {"recipe": "default.v1", "language": "zh", "assistant_id": "benchmark", "pipeline": pipeline}
    (folder / "config.yml").write_text(json.dumps(config), encoding="utf-8")
    # Rasa's JSON format: in its YAML a bracket in a sentence is markup.
    examples = [{"text": text, "intent": intent} for text, intent in train]
    (folder / "nlu.json").write_text(json.dumps({"rasa_nlu_data": {"common_examples": examples}}), encoding="utf-8")
    model = train_nlu(str(folder / "config.yml"), str(folder / "nlu.json"), str(folder))
    assert model
    agent = Agent.load(model)
    loop = asyncio.new_event_loop()
    return lambda text: loop.run_until_complete(agent.parse_message(text))["intent"]["name"] or ""


def _draw(rows: list[dict[str, Any]], file: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 1 + 0.6 * len(rows)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    accuracy = [row["accuracy"] for row in rows]
    reach = [[row["accuracy"] - row["low"] for row in rows], [row["high"] - row["accuracy"] for row in rows]]
    axes.barh([row["name"] for row in rows], accuracy, xerr=reach, capsize=4, color="#4c78a8")
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("accuracy, 95 % interval")
    figure.savefig(file, dpi=110)


PIPELINES: dict[str, Callable[[Examples, Path], Callable[[str], str]]] = {
    "this project": _own,
    "without the second encoder": partial(_own, doubtful=0.0),
    "Rasa default (DIET)": _rasa_default,
    "TF-IDF + linear SVM": _svm,
}

if __name__ == "__main__":
    main()
