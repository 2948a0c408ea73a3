"""Measures every number of bot/dialogue/thresholds.py on the model that serves, and prints which values would be best.

Run after training: `python scripts/choose_thresholds.py [models/NAME.tar.gz] [--turns tests/nlu/later_turns.tsv]`. Hazards
are chosen from left-out training sentences, facts from the conversations of `conversations/`, the rest from later turns;
conversations and turns were written blind, and labelled.
"""

import argparse
import csv
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.core.channels.channel import UserMessage

from bot.assistant import Assistant, newest_model
from bot.dialogue import thresholds, understand
from bot.dialogue.heard import Heard
from bot.dialogue.state import State
from bot.knowledge.loader import shipped
from bot.nlu import understanding
from bot.nlu.kernel_model import LEFT_OUT
from bot.paths import ROOT
from bot.yamlfile import read_yaml

SENTENCES = ROOT / "tests" / "nlu"
TURNS = SENTENCES / "later_turns.tsv"
CONVERSATIONS = ROOT / "conversations"
SHADOWS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4)
FACTS = (0.3, 0.4, 0.5, 0.6, 0.7)
FACTS_OF_CLAUSE = (0.5, 0.7, 0.9, 1.1)
HAZARDS = np.round(np.arange(0.1, 0.71, 0.05), 2)
GRID = {
    "LIKENESS_WEIGHT": (8.0, 12.0, 16.0),
    "ASKED_WEIGHT": (0.0, 0.5, 1.0, 1.5),
    "UNLIKE": (0.3, 0.4),
    "BARE_IN_THREAD": (1.0, 2.0, 4.0),
    "SURE_FACT": (0.5, 0.7, 0.9),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, nargs="?")
    parser.add_argument("--turns", type=Path, default=TURNS)
    arguments = parser.parse_args()
    model = arguments.model or newest_model()
    for line in hazards(*left_out(model)):
        print(line)
    assistant = Assistant.load(model)
    for line in shadows(assistant):
        print(line)
    for line in facts(assistant):
        print(line)
    turns = heard(assistant, arguments.turns)
    values = {name: getattr(thresholds, name) for name in GRID}
    print(f"now {values}: right first {right(turns):.3f}")
    names = list(GRID)
    best = max(product(*GRID.values()), key=lambda chosen: right(turns, dict(zip(names, chosen))))
    print(f"best {dict(zip(names, best))}: right first {right(turns, dict(zip(names, best))):.3f}")


def left_out(model: Path) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Hazards in the order of the columns, their probabilities when left out, and the labels of the examples."""
    with tarfile.open(model) as archive:
        name = next(name for name in archive.getnames() if name.endswith(LEFT_OUT))
        file = archive.extractfile(name)
        assert file
        with np.load(file) as arrays:
            labels = arrays["hazard_labels"]
            return np.unique(labels[labels != ""]), arrays["hazard"], labels


def hazards(kinds: NDArray[Any], says: NDArray[Any], labels: NDArray[Any]) -> Iterator[str]:
    """For each hazard and threshold how many are found, and how many harmless sentences are taken for it."""
    for place, kind in enumerate(kinds):
        if kind != "none":
            found = [
                (t, (says[labels == kind, place] >= t).mean(), (says[labels == "none", place] >= t).mean())
                for t in HAZARDS
            ]
            yield f"{kind}: " + ", ".join(f"{t:.2f} {recall:.3f}/{alarms:.4f}" for t, recall, alarms in found)


def shadows(assistant: Assistant) -> Iterator[str]:
    """For each value of SHADOW how many messages of danger are missed, and how many others are taken for one."""
    danger = [(row["text"], set(row["hazard"].split("+"))) for row in rows_of(SENTENCES / "danger.tsv")]
    dangerous = {text for text, _ in danger}
    others = [row["text"] for name in ("robustness.tsv", "later_turns.tsv") for row in rows_of(SENTENCES / name)]
    name = "SHADOW"
    kept = getattr(understanding, name)
    try:
        for value in SHADOWS:
            setattr(understanding, name, value)
            missed = [text for text, kinds in danger if not feared(assistant, text) & kinds]
            alarms = [text for text in others if text not in dangerous and feared(assistant, text)]
            yield f"shadow {value}: {len(missed)} of {len(danger)} missed, {len(alarms)} of {len(others)} alarm {alarms}"
    finally:
        setattr(understanding, name, kept)


def facts(assistant: Assistant) -> Iterator[str]:
    """For FACT and FACT_OF_CLAUSE how many of the facts that are heard were told, and how many of those told are heard."""
    turns = [turn for path in sorted(CONVERSATIONS.glob("*.yml")) for talk in read_yaml(path) for turn in talk["turns"]]
    said = [hear(assistant, turn["user"]) for turn in turns]
    sure = [{fact for fact in turn.get("told", []) if not fact.endswith("?")} for turn in turns]
    maybe = [{fact.rstrip("?") for fact in turn.get("told", [])} for turn in turns]
    for whole, clause in product(FACTS, FACTS_OF_CLAUSE):
        found = [
            {
                fact
                for part, least in ((one.whole, whole), *((part, clause) for part in one.clauses))
                for fact, says in part.told
                if says >= least
            }
            for one in said
        ]
        wrong = sum(len(one - other) for one, other in zip(found, maybe))
        right = sum(len(one & other) for one, other in zip(found, sure))
        yield f"fact {whole}, of a clause {clause}: right {right / (right + wrong):.3f}, found {right / sum(map(len, sure)):.3f}"


def feared(assistant: Assistant, text: str) -> set[str]:
    """The hazards that are likely enough in a text."""
    return {name for name, says in hear(assistant, text).hazards if says >= thresholds.DANGER.get(name, 2)}


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a TSV."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def heard(assistant: Assistant, turns: Path) -> list[tuple[State, Heard, set[str]]]:
    """The turns as the pipeline hears them, each in a conversation about its task."""
    return [
        (
            State(procedure=row["task"], thread=row["task"], shown=(f"{row['task']}#0",)),
            hear(assistant, row["text"]),
            set(row["labels"].split("+")),
        )
        for row in rows_of(turns)
    ]


def hear(assistant: Assistant, text: str) -> Heard:
    """What the pipeline finds in a text, without its last component."""
    assert assistant.agent.processor
    runner: Any = assistant.agent.processor.graph_runner
    nodes = runner._instantiated_nodes  # Rasa names no public way into the middle of a graph
    before = next(name for name in nodes if "DictionaryTokenizer" in name and name.startswith("run_"))
    last = next(node._component for name, node in nodes.items() if "Understanding" in name and name.startswith("run_"))
    [messages] = runner.run({"__message__": [UserMessage(text)], "__tracker__": None}, targets=[before]).values()
    found: Heard = last.heard(messages)
    return found


def right(turns: list[tuple[State, Heard, set[str]]], values: dict[str, float] | None = None) -> float:
    """Share of the turns whose meaning is one of their labels, under other values of the thresholds."""
    kept = {name: getattr(understand, name) for name in GRID}
    try:
        for name, value in (values or {}).items():
            setattr(understand, name, value)
        return float(np.mean([bool(meant(state, said) & labels) for state, said, labels in turns]))
    finally:
        for name, value in kept.items():
            setattr(understand, name, value)


def meant(state: State, said: Heard) -> set[str]:
    """The meaning of a turn in the words of its labels."""
    found = understand.understand(shipped(), state, replace(said, hazards=()))
    points = {wish.point or "whole" for wish in found.wishes}
    told = {"told", "switch"} if found.act in ("told", "inform", "switch") else set()
    return points | told | ({found.act} if found.act else set())


if __name__ == "__main__":
    main()
