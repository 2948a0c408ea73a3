"""What a proposed sentence would change: the sentences that it is most like, and those of tests/nlu that it may turn."""

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from bot import files
from bot.errors import BotError
from bot.insight import likeness
from bot.insight.likeness import Vectors
from bot.nlu_data import Sentence, read
from bot.paths import DATA, ROOT, VAR

TRAINED, TESTED, CACHE = DATA / "nlu", ROOT / "tests" / "nlu", VAR / "sentences.npz"
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
        known: the trained ones by their key.
        measured: the tested ones by theirs.
    """

    trained: list[Sentence]
    tested: list[Sentence]
    vectors: Vectors
    tested_vectors: Vectors
    nearest: Vectors
    known: dict[str, Sentence]
    measured: dict[str, Sentence]


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


def sentences(trained: Path = TRAINED, tested: Path = TESTED, cache: Path = CACHE) -> Sentences:
    """All sentences; half a minute the first time, after which they are kept in a file until one changes."""
    found = ready(trained, tested, cache)
    if found is None:
        digest, read_now = _digest(trained, tested), [list(read(folder)) for folder in (trained, tested)]
        vectors = [likeness.vectors([sentence.text for sentence in part]) for part in read_now]
        written = BytesIO()
        texts = json.dumps([[asdict(sentence) for sentence in part] for part in read_now]).encode()
        kept = {"trained": vectors[0].astype(np.float16), "tested": vectors[1].astype(np.float16)}
        np.savez(written, digest=digest, texts=np.frombuffer(texts, np.uint8), **kept)
        with suppress(BotError):  # then whoever asks next computes them anew
            cache.parent.mkdir(exist_ok=True)
            files.write(cache, written.getvalue())
        found = _sentences(read_now[0], read_now[1], vectors[0], vectors[1])
    return found


def ready(trained: Path = TRAINED, tested: Path = TESTED, cache: Path = CACHE) -> Sentences | None:
    """The same if they are kept and none has changed, else None."""
    try:
        with np.load(cache) as kept:
            if str(kept["digest"]) != _digest(trained, tested):
                return None
            said = [[Sentence(**sentence) for sentence in part] for part in json.loads(kept["texts"].tobytes())]
            own, others = (kept[name].astype(np.float32) for name in ("trained", "tested"))
            return _sentences(said[0], said[1], own, others)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None


def _sentences(said: list[Sentence], asked: list[Sentence], own: Vectors, others: Vectors) -> Sentences:
    nearest = (others @ own.T).max(axis=1) if said else np.zeros(len(asked), dtype=np.float32)
    known, measured = ({sentence.key: sentence for sentence in part} for part in (said, asked))
    return Sentences(said, asked, own, others, nearest, known, measured)


def _digest(*folders: Path) -> str:
    digest = hashlib.sha256()
    for path in (path for folder in folders for path in sorted(folder.rglob("*.yml"))):
        digest.update(path.as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def effect(sentences: Sentences, text: str, label: str) -> Effect:
    """What a sentence with a label would change."""
    (vector,) = likeness.vectors([text])
    like, key = sentences.vectors @ vector, Sentence(text, "", "", 0).key
    order = np.argsort(-like, kind="stable")[:_MOST]
    tested = sentences.tested_vectors @ vector
    turned = [
        (-tested[place], sentence)
        for place, sentence in enumerate(sentences.tested)
        if tested[place] > max(sentences.nearest[place], _UNLIKE) and not _agree(sentence, label)
    ]
    return Effect(
        sentences.known.get(key),
        sentences.measured.get(key),
        tuple((sentences.trained[place], float(like[place])) for place in order),
        tuple(sentence for _, sentence in sorted(turned, key=lambda one: one[0])[:_MOST]),
    )


def _agree(sentence: Sentence, label: str) -> bool:
    """Whether a test sentence stays right if it is taken for a label; without a point any point is."""
    intent, _, point = label.partition("/")
    return sentence.intent == intent and sentence.point in (None, point)


if __name__ == "__main__":  # a process of its own, so that nobody's answer waits for it
    sentences()
