"""TF-IDF over a view of a text: its characters or its sounds."""

from collections import Counter
from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.nlu.sounds import syllables

Units = list[str]


def characters(text: str) -> Units:
    """Every character, latin letters in lower case."""
    return [character for character in text.lower() if not character.isspace()]


def sounds(text: str) -> Units:
    """The syllables without tones, so that a homophone typed by mistake changes nothing."""
    return [syllable for syllable in syllables(text.lower()) if not syllable.isspace()]


VIEWS: dict[str, Callable[[str], Units]] = {"characters": characters, "sounds": sounds}


class Tfidf:
    """Sublinear TF-IDF of the n-grams of a view, rows of length 1.

    scikit-learn learns the n-grams and their rarity; a row is made here, since its own way takes about
    twice as long for the one text of a message.
    """

    def __init__(
        self,
        view: str,
        shortest: int,
        longest: int,
        vocabulary: dict[str, int] | None = None,
        idf: list[float] | None = None,
    ):
        """Build from nothing, or from what `as_dict` gave; KeyError for an unknown view."""
        self._view, self._shortest, self._longest = view, shortest, longest
        self._units = VIEWS[view]
        self._vocabulary = vocabulary or {}
        self._idf = np.asarray(idf or [], dtype=np.float32)

    def fit(self, texts: list[str]) -> "Tfidf":
        """Learn the n-grams and how rare each is; ValueError where no n-gram occurs twice."""
        # An n-gram that one example has can't bring two together.
        vectorizer = TfidfVectorizer(analyzer=self._grams, min_df=2).fit(texts)
        self._vocabulary = {gram: int(index) for gram, index in vectorizer.vocabulary_.items()}
        self._idf = vectorizer.idf_.astype(np.float32)
        return self

    def transform(self, texts: list[str]) -> csr_matrix:
        """One row a text, shape (len(texts), n-grams known)."""
        counted = [Counter(filter(None.__ne__, map(self._vocabulary.get, self._grams(text)))) for text in texts]
        ends = np.cumsum([0, *map(len, counted)])
        indices = np.fromiter(chain.from_iterable(counted), dtype=np.int32)
        counts = np.fromiter(chain.from_iterable(row.values() for row in counted), dtype=np.float32)
        data = (1 + np.log(counts)) * self._idf[indices]
        rows = np.repeat(np.arange(len(texts)), np.diff(ends))
        data /= np.sqrt(np.bincount(rows, data**2, minlength=len(texts)))[rows]
        return csr_matrix((data, indices, ends), shape=(len(texts), len(self._idf)), dtype=np.float32)

    def as_dict(self) -> dict[str, Any]:
        """All that is needed to build the same again, as JSON types."""
        return {
            "view": self._view,
            "shortest": self._shortest,
            "longest": self._longest,
            "vocabulary": self._vocabulary,
            "idf": self._idf.tolist(),
        }

    def _grams(self, text: str) -> list[str]:
        units = self._units(text)
        return [
            " ".join(units[start : start + size])
            for size in range(self._shortest, self._longest + 1)
            for start in range(len(units) - size + 1)
        ]
