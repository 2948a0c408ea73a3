"""TF-IDF over a view of a text: its characters or its sounds."""

from collections.abc import Callable

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
    """Sublinear TF-IDF of the n-grams of a view, rows of length 1."""

    def __init__(
        self, view: str, shortest: int, longest: int, vocabulary: dict[str, int] | None = None, idf: list | None = None
    ):
        """Build from nothing, or from what `as_dict` gave; KeyError for an unknown view."""
        self._shape = {"view": view, "shortest": shortest, "longest": longest}
        self._units = VIEWS[view]
        # An n-gram that one example has can't bring two together.
        rarest = 1 if vocabulary else 2
        self._vectorizer = TfidfVectorizer(
            analyzer=self._grams, sublinear_tf=True, min_df=rarest, vocabulary=vocabulary, dtype=np.float32
        )
        if idf is not None:
            self._vectorizer.idf_ = np.asarray(idf)

    def fit(self, texts: list[str]) -> "Tfidf":
        """Learn the n-grams and how rare each is; ValueError where no n-gram occurs twice."""
        self._vectorizer.fit(texts)
        return self

    def transform(self, texts: list[str]) -> csr_matrix:
        """One row a text, shape (len(texts), n-grams known)."""
        return self._vectorizer.transform(texts)

    def as_dict(self) -> dict:
        """All that is needed to build the same again, as JSON types."""
        return {
            **self._shape,
            "vocabulary": {gram: int(index) for gram, index in self._vectorizer.vocabulary_.items()},
            "idf": self._vectorizer.idf_.tolist(),
        }

    def _grams(self, text: str) -> list[str]:
        units = self._units(text)
        return [
            " ".join(units[start : start + size])
            for size in range(self._shape["shortest"], self._shape["longest"] + 1)
            for start in range(len(units) - size + 1)
        ]
