"""TF-IDF over a view of a text: its characters, its words or its sounds."""

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

Units = list[str]


def characters(text: str, words: Units) -> Units:
    """Every character, latin letters in lower case; words are not looked at."""
    return [character for character in text.lower() if not character.isspace()]


def as_words(text: str, words: Units) -> Units:
    """The tokens as they were cut."""
    return [word.lower() for word in words if not word.isspace()]


def sounds(text: str, words: Units) -> Units:
    """The syllables without tones, so that a homophone typed by mistake changes nothing."""
    from pypinyin import lazy_pinyin  # loads its tables at import

    return [syllable for syllable in lazy_pinyin(text.lower()) if not syllable.isspace()]


VIEWS: dict[str, Callable[[str, Units], Units]] = {"characters": characters, "words": as_words, "sounds": sounds}


class Tfidf:
    """Sublinear TF-IDF of n-grams of units, rows of length 1."""

    def __init__(self, shortest: int, longest: int, vocabulary: dict[str, int] | None = None, idf: list | None = None):
        self.shortest, self.longest = shortest, longest
        self._vectorizer = TfidfVectorizer(analyzer=self._grams, sublinear_tf=True, min_df=1 if vocabulary else 2, vocabulary=vocabulary)
        if idf is not None:
            self._vectorizer.idf_ = np.asarray(idf)

    def fit(self, texts: list[Units]) -> "Tfidf":
        """Learn the vocabulary and how rare each n-gram is."""
        self._vectorizer.fit(texts)
        return self

    def transform(self, texts: list[Units]) -> csr_matrix:
        """One row a text, shape (len(texts), n-grams known)."""
        return self._vectorizer.transform(texts)

    def as_dict(self) -> dict:
        """All that is needed to build the same again, as JSON types."""
        return {
            "shortest": self.shortest,
            "longest": self.longest,
            "vocabulary": {gram: int(index) for gram, index in self._vectorizer.vocabulary_.items()},
            "idf": self._vectorizer.idf_.tolist(),
        }

    def _grams(self, units: Units) -> list[str]:
        return [
            " ".join(units[start : start + size])
            for size in range(self.shortest, self.longest + 1)
            for start in range(len(units) - size + 1)
        ]
