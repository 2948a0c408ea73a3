"""What the trained model must understand at least: the figures of floors.yml, and all sentences that known_failures.yml does not list."""

import asyncio
import csv
from dataclasses import dataclass

import pytest
import yaml

from bot import evaluation
from bot.cli.evaluate import answer, questions_of, read
from bot.evaluation import NO_HAZARD, Answer, Question
from bot.nlu.understanding import UNDERSTOOD
from bot.paths import ROOT
from scripts.choose_thresholds import TURNS, heard, right

HERE = ROOT / "tests" / "nlu"
FILES = {"sentences": HERE, **{name: HERE / f"{name}.tsv" for name in ("robustness", "danger", "names")}}
# Lending a card, paying with another's: asked as a rule of the card or told as a fraud, either is right.
EITHER = "ask_card_rules"


@dataclass(frozen=True)
class Run:
    """The questions of a file and what the model made of them."""

    questions: list[Question]
    answers: list[Answer]
    kinds: list[str]

    @property
    def pairs(self):
        return list(zip(self.questions, self.answers))


@pytest.fixture(scope="module")
def runs(assistant) -> dict[str, Run]:
    found = {}
    for name, file in FILES.items():
        rows = read(file)
        questions = questions_of(rows, file)
        answers = asyncio.run(answer(assistant, questions))
        found[name] = Run(questions, answers, [row.get("kind") or "" for row in rows])
    return found


def harmless(runs: dict[str, Run]) -> list[tuple[Question, Answer]]:
    dangerous = {question.text for question in runs["danger"].questions}
    pairs = [*runs["sentences"].pairs, *runs["robustness"].pairs]
    return [(q, a) for q, a in pairs if q.text not in dangerous and EITHER not in q.intents]


def measured(runs: dict[str, Run], assistant) -> dict[str, dict[str, float]]:
    """All figures that have a floor."""
    sentences = evaluation.report(runs["sentences"].questions, runs["sentences"].answers)
    robust = [evaluation.is_right(*pair) for pair in runs["robustness"].pairs]
    names = evaluation.report(runs["names"].questions, runs["names"].answers)
    [channel, _] = names.entities
    alarms = [a.hazard != NO_HAZARD for _, a in harmless(runs)]
    return {
        "intents": {score.name: score.recall for score in sentences.intents if score.support},
        "sentences": {
            "accuracy": sentences.accuracy,
            "points": sentences.point_accuracy,
            "points in a conversation": right(heard(assistant, TURNS)),
            "without false alarm": 1 - sum(alarms) / len(alarms),
        },
        "robustness": {kind: accuracy for kind, _, accuracy in evaluation.by_kind(runs["robustness"].kinds, robust)},
        "facts": facts(assistant),
        "names": {
            "channel found": channel.recall,
            "channel right": channel.precision,
            **{f"{score.name} found": score.recall for score in names.roles},
            **{f"{score.name} right": score.precision for score in names.roles},
        },
    }


def facts(assistant) -> dict[str, float]:
    """How many of the facts of facts.tsv are heard, and how many of those that are heard were told."""
    with (HERE / "facts.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    told = [set(filter(None, row["facts"].split(","))) for row in rows]
    heard = [set(asyncio.run(assistant.parse(row["text"]))[UNDERSTOOD]["facts"]) for row in rows]
    right = sum(len(one & other) for one, other in zip(told, heard))
    return {"found": right / sum(map(len, told)), "right": right / sum(map(len, heard))}


def test_nothing_falls_below_its_floor(runs, assistant):
    floors, figures = yaml.safe_load((HERE / "floors.yml").read_text(encoding="utf-8")), measured(runs, assistant)
    assert {kind: set(those) for kind, those in figures.items()} == {kind: set(those) for kind, those in floors.items()}
    below = {
        f"{kind}: {name}": f"{figures[kind][name]:.3f} < {floor}"
        for kind, those in floors.items()
        for name, floor in those.items()
        if figures[kind][name] < floor
    }
    assert not below


def test_every_danger_is_recognised(runs):
    missed = {q.text for q, a in runs["danger"].pairs if a.hazard not in q.hazards}
    assert missed == known("danger")


def test_every_channel_and_every_place_with_its_role_is_found(runs):
    wrong = {
        q.text
        for q, a in runs["names"].pairs
        if {q.channel} - {None} != a.channels or not same_places(q.places, a.places)
    }
    assert wrong == known("names")


def known(name: str) -> set[str]:
    """The sentences that are misunderstood today. One that is mended must be taken off, or the run breaks."""
    return set(yaml.safe_load((HERE / "known_failures.yml").read_text(encoding="utf-8"))[name])


def same_places(wanted: evaluation.Places, found: evaluation.Places) -> bool:
    """Whether each place that is wanted was found with its role, and no other."""
    inside = [
        [has for has in found if has[1] == role and evaluation.lies_in(has[0], name)] for name, role in sorted(wanted)
    ]
    return all(inside) and len(found) == len(wanted)
