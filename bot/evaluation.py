"""What a run over labelled questions says: how often right, how sure, which entities. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.dialogue.understand import ACTS, NONE
from bot.knowledge.model import WHOLE

OUT_OF_SCOPE = "out_of_scope"
_OTHER_TOLD = "other_told"  # the label of what is told and is no fact of facts.yml
_BINS = 10


@dataclass(frozen=True)
class Label:
    """What is right for a question; without a point every point is."""

    intent: str
    point: str | None = None

    def __str__(self) -> str:
        return f"{self.intent}/{self.point}" if self.point else self.intent


@dataclass(frozen=True)
class Question:
    """A labelled question; of `labels` each is right, None in `channel` or `region` means that none is named."""

    text: str
    labels: tuple[Label, ...]
    channel: str | None = None
    region: str | None = None

    @property
    def intents(self) -> tuple[str, ...]:
        """The intents of the labels, each once."""
        return tuple(dict.fromkeys(label.intent for label in self.labels))

    @property
    def has_point(self) -> bool:
        """Whether the point is judged too."""
        return any(label.point for label in self.labels)


@dataclass(frozen=True)
class Answer:
    """What the assistant made of a question; `guess` is its likeliest intent, also where it asked back instead.

    `points` are what may stand behind the slash of its label, none where it asked back.
    """

    guess: str
    confidence: float
    asked_back: bool = False
    channels: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    points: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Score:
    """Precision, recall and F1 of one intent or entity; `support` is how often it is in the labels."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass
class Report:
    """All figures of a run; shares are between 0 and 1."""

    count: int
    accuracy: float
    in_scope_accuracy: float
    out_of_scope_recall: float
    wrongly_refused: float
    asked_back: float
    macro_f1: float
    calibration_error: float
    auroc: float
    pointed: int  # questions whose point is labelled
    point_accuracy: float  # of these: intent and point are right
    point_accuracy_of_right: float  # the same where the intent is
    intents: list[Score] = field(default_factory=list)
    entities: list[Score] = field(default_factory=list)


def question(row: dict[str, str]) -> Question:
    """A row of a TSV as a question; KeyError without the columns text and intent."""
    names = [*row["intent"].split("+"), *(row.get("also") or "").split("+")]
    labels = (_label(name.strip()) for name in names if name.strip())
    return Question(row["text"], tuple(dict.fromkeys(labels)), row.get("channel") or None, row.get("region") or None)


def _label(name: str) -> Label:
    intent, _, point = name.partition("/")
    return Label(intent, WHOLE if point in NONE else point or None)


def points(understood: dict[str, Any], guess: str) -> frozenset[str]:
    """What may stand behind the slash of a message's label: a point, else what it tells or how it leans on the rest.

    Args:
        understood: `bot.dialogue.heard.Understood` as a dictionary.
        guess: the intent that stands before the slash.
    """
    wishes, act = understood["wishes"], understood["act"]
    own = [wish["point"] for wish in wishes if wish["task"] in (None, guess)]
    if wishes and not own:
        return frozenset()
    if any(own):
        return frozenset(filter(None, own))
    if act == "told":
        return frozenset(understood["facts"]) or frozenset({_OTHER_TOLD})
    return frozenset({act if act in ACTS else WHOLE})


def is_right(question: Question, answer: Answer) -> bool:
    """Whether the likeliest intent is one of the labels', whatever its point."""
    return answer.guess in question.intents


def is_right_to_the_point(question: Question, answer: Answer) -> bool:
    """Whether intent and point are those of one label."""
    return any(
        label.intent == answer.guess and (label.point is None or label.point in answer.points)
        for label in question.labels
    )


def report(questions: Sequence[Question], answers: Sequence[Answer]) -> Report:
    """All figures; a share of nothing is NaN."""
    right = np.array([is_right(q, a) for q, a in zip(questions, answers, strict=True)])
    sure = np.array([answer.confidence for answer in answers])
    inside = np.array([OUT_OF_SCOPE not in question.intents for question in questions])
    refused = np.array([answer.guess == OUT_OF_SCOPE for answer in answers])
    pointed = np.array([question.has_point for question in questions])
    exact = np.array([is_right_to_the_point(q, a) for q, a in zip(questions, answers)])
    intents = intent_scores(questions, answers)
    return Report(
        count=len(questions),
        accuracy=_mean(right),
        in_scope_accuracy=_mean(right[inside]),
        out_of_scope_recall=_mean(right[~inside]),
        wrongly_refused=_mean((refused & ~right)[inside]),
        asked_back=_mean(np.array([answer.asked_back for answer in answers])),
        macro_f1=_mean(np.array([score.f1 for score in intents if score.support])),
        calibration_error=calibration_error(right, sure),
        auroc=auroc(right, sure),
        pointed=int(pointed.sum()),
        point_accuracy=_mean(exact[pointed]),
        point_accuracy_of_right=_mean(exact[pointed & right]),
        intents=intents,
        entities=entity_scores(questions, answers),
    )


def expected(question: Question, answer: Answer) -> str:
    """The label that the answer is held against: of several the one it hit, else the first."""
    return answer.guess if is_right(question, answer) else question.intents[0]


def intent_scores(questions: Sequence[Question], answers: Sequence[Answer]) -> list[Score]:
    """Scores of every intent that was asked for or guessed, by name."""
    wanted = [expected(q, a) for q, a in zip(questions, answers, strict=True)]
    guessed = [answer.guess for answer in answers]
    scores = []
    for name in sorted({*wanted, *guessed}):
        hits = sum(w == g == name for w, g in zip(wanted, guessed, strict=True))
        scores.append(_score(name, hits, guessed.count(name), wanted.count(name)))
    return scores


def entity_scores(questions: Sequence[Question], answers: Sequence[Answer]) -> list[Score]:
    """Scores of channel and region; a region is right if it lies in the label's."""
    pairs = list(zip(questions, answers, strict=True))
    channel_hits = sum(q.channel in a.channels for q, a in pairs if q.channel)
    region_hits = sum(any(lies_in(found, q.region) for found in a.regions) for q, a in pairs if q.region)
    return [
        _score(
            "channel",
            channel_hits,
            sum(len(a.channels) for _, a in pairs),
            sum(q.channel is not None for q, _ in pairs),
        ),
        _score(
            "region", region_hits, sum(len(a.regions) for _, a in pairs), sum(q.region is not None for q, _ in pairs)
        ),
    ]


def lies_in(full: str, label: str) -> bool:
    """Whether a full name (湖南省衡阳市) lies in what a label calls a place (湖南, 湖南衡阳)."""
    rest = iter(full)
    return full.startswith(label[:2]) and all(character in rest for character in label)


def bins(right: NDArray[Any], sure: NDArray[Any]) -> list[tuple[float, float, int]]:
    """Mean confidence, accuracy and count of the answers in each tenth of the confidence that has any."""
    place = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    return [
        (float(sure[place == b].mean()), float(right[place == b].mean()), int((place == b).sum()))
        for b in range(_BINS)
        if (place == b).any()
    ]


def calibration_error(right: NDArray[Any], sure: NDArray[Any]) -> float:
    """Expected calibration error over ten bins of equal width (Guo et al. 2017, arXiv:1706.04599)."""
    return sum(abs(confidence - accuracy) * count for confidence, accuracy, count in bins(right, sure)) / len(right)


def auroc(right: NDArray[Any], sure: NDArray[Any]) -> float:
    """How often a right answer is surer than a wrong one, a tie counting half; NaN where one kind is missing."""
    good, bad = sure[right.astype(bool)], sure[~right.astype(bool)]
    if not (len(good) and len(bad)):
        return float("nan")
    return float(((good[:, None] > bad).sum() + 0.5 * (good[:, None] == bad).sum()) / (len(good) * len(bad)))


def by_kind(kinds: Iterable[str], right: Iterable[bool]) -> list[tuple[str, int, float]]:
    """Kind, count and accuracy of each kind of sentence, in the order they come."""
    groups: dict[str, list[bool]] = {}
    for kind, hit in zip(kinds, right, strict=True):
        groups.setdefault(kind, []).append(hit)
    return [(kind, len(hits), sum(hits) / len(hits)) for kind, hits in groups.items()]


def _score(name: str, hits: int, found: int, wanted: int) -> Score:
    precision, recall = hits / found if found else 1.0, hits / wanted if wanted else 1.0
    return Score(name, precision, recall, 2 * hits / (found + wanted) if found + wanted else 1.0, wanted)


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean()) if len(values) else float("nan")
