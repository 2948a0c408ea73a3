"""Which sentences are like an earlier one, by the vectors of the sentence encoder. Pure but for the encoder."""

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

# Of 2,000 training sentences one in ten joins a group from here on (at 0.7 one in seven, at 0.65 one in four), and the
# group is about the same wording; farther apart, sentences share no more than the word for insurance.
ALIKE = 0.75


def vectors(texts: list[str]) -> Vectors:
    """The sentences' vectors, shape (sentences, 512), each of length 1."""
    from bot.nlu.sentence_encoder import LONGEST, encoder
    from bot.nlu.text import spoken

    if not texts:
        return np.zeros((0, 512), dtype=np.float32)
    found = np.atleast_2d(encoder().encode([spoken(text)[:LONGEST] or text[:LONGEST] for text in texts]))
    of_length_one: Vectors = (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)
    return of_length_one


def firsts(ids: list[int], said: Vectors, known_ids: list[int], known: Vectors) -> list[int]:
    """For each sentence the first one that it is like: a known one, an earlier one of these, or itself.

    Args:
        ids: of the sentences.
        said: their vectors, shape (sentences, width).
        known_ids: of those that are the first of their group.
        known: their vectors, shape (known, width).
    """
    leaders = list(known_ids)
    rows = np.concatenate([known.reshape(-1, said.shape[1]), np.empty_like(said)])
    found = []
    for id_, vector in zip(ids, said):
        likeness = rows[: len(leaders)] @ vector
        nearest = int(likeness.argmax()) if leaders else -1
        if leaders and likeness[nearest] >= ALIKE:
            found.append(leaders[nearest])
            continue
        rows[len(leaders)] = vector
        leaders.append(id_)
        found.append(id_)
    return found
