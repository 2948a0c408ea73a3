"""Sentence vectors kept in a file, so that a training need not wait for a slow encoder."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

Vectors = dict[str, np.ndarray]


def read(path: Path) -> Vectors:
    """Text -> vector; empty where there is no file."""
    if not path.exists():
        return {}
    with np.load(path) as arrays:
        return dict(zip(arrays["texts"].tolist(), arrays["steps"] * arrays["scales"][:, None]))


def write(path: Path, vectors: Vectors) -> None:
    """Write the vectors, rounded to 127 steps of their largest number: a cosine changes by less than 0.001."""
    texts = sorted(vectors)
    matrix = np.stack([vectors[text] for text in texts])
    scales = (np.abs(matrix).max(axis=1) / 127).astype(np.float32)
    steps = np.round(matrix / scales[:, None]).astype(np.int8)
    np.savez_compressed(path, texts=np.array(texts), steps=steps, scales=scales)


def complete(texts: list[str], known: Vectors, encode: Callable[[list[str]], np.ndarray]) -> np.ndarray:
    """The texts' vectors, shape (len(texts), width); what is not known is encoded."""
    missing = sorted(set(texts) - set(known))
    found = {**known, **dict(zip(missing, encode(missing) if missing else []))}
    return np.stack([found[text] for text in texts])
