"""What a proposed sentence would change: the sentences that it is most like, and those of tests/nlu that it may turn."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np

from bot import files
from bot.errors import BotError
from bot.insight import likeness
from bot.nlu_data import Sentence, read
from bot.paths import DATA, ROOT, VAR

_CACHE = VAR / "sentences.npz"
_MOST = 5
_UNLIKE = 0.5  # below it two sentences are no more alike than any two


@dataclass(frozen=True)
class Sentences:
    """The sentences that are trained on and measured with, as the encoder sees them.

    Attributes:
        trained: those of data/nlu.
        tested: those of tests/nlu.
        vectors: of the trained ones, shape (trained, 512).
        tested_vectors: of the tested ones.
        nearest: of each tested sentence, how like it the likest trained one is, shape (tested,).
    """

    trained: list[Sentence]
    tested: list[Sentence]
    vectors: np.ndarray
    tested_vectors: np.ndarray
    nearest: np.ndarray


@dataclass(frozen=True)
class Effect:
    """Of one proposal.

    Attributes:
        known: the training sentence that is the same already.
        measured: the test sentence that it is; such a one must not be learned.
        near: the trained sentences that it is most like, with their likeness.
        turned: tested sentences of another label that are more like it than like any trained one.
    """

    known: Sentence | None
    measured: Sentence | None
    near: tuple[tuple[Sentence, float], ...]
    turned: tuple[Sentence, ...]


def sentences(trained: Path = DATA / "nlu", tested: Path = ROOT / "tests" / "nlu", cache: Path = _CACHE) -> Sentences:
    """Read all; their vectors take a millisecond each the first time, and are kept in a file."""
    said, asked = list(read(trained)), list(read(tested))
    texts = [sentence.text for sentence in (*said, *asked)]
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()
    vectors = _kept(cache, digest)
    if vectors is None:
        vectors = likeness.vectors(texts).astype(np.float16)
        written = BytesIO()
        np.savez(written, vectors=vectors, digest=digest)
        with suppress(BotError):  # then the next process computes them anew
            cache.parent.mkdir(exist_ok=True)
            files.write(cache, written.getvalue())
    vectors = vectors.astype(np.float32)
    own, others = vectors[: len(said)], vectors[len(said) :]
    nearest = (others @ own.T).max(axis=1) if said else np.zeros(len(asked))
    return Sentences(said, asked, own, others, nearest)


def effect(known: Sentences, text: str, label: str) -> Effect:
    """What a sentence with a label would change."""
    (vector,) = likeness.vectors([text])
    like, key = known.vectors @ vector, Sentence(text, "", "", 0).key
    order = np.argsort(-like, kind="stable")[:_MOST]
    tested = known.tested_vectors @ vector
    turned = [
        (-tested[place], sentence)
        for place, sentence in enumerate(known.tested)
        if tested[place] > max(known.nearest[place], _UNLIKE) and not _agree(sentence, label)
    ]
    return Effect(
        next((sentence for sentence in known.trained if sentence.key == key), None),
        next((sentence for sentence in known.tested if sentence.key == key), None),
        tuple((known.trained[place], float(like[place])) for place in order),
        tuple(sentence for _, sentence in sorted(turned, key=lambda one: one[0])[:_MOST]),
    )


def _agree(sentence: Sentence, label: str) -> bool:
    """Whether a test sentence stays right if it is taken for a label; without a point any point is."""
    intent, _, point = label.partition("/")
    return sentence.intent == intent and sentence.point in (None, point)


def _kept(cache: Path, digest: str) -> np.ndarray | None:
    try:
        with np.load(cache) as kept:
            return kept["vectors"] if str(kept["digest"]) == digest else None
    except (OSError, ValueError, KeyError):
        return None
