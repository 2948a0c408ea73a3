"""Finds the terms of lexicons in a text: what people call things -> ids."""

import re
from dataclasses import dataclass

import spacy
from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.util import filter_spans

_BETWEEN = re.compile("^[我俺咱他她也可都还就是又]{1,3}")
_BOTH_LATIN = re.compile("[a-z]{2}")
_OTHER = "\ufffd"
# Characters beside a name that may rule it out.
_BESIDE = 16

Lexicon = dict[str, list[str]]


@dataclass(frozen=True)
class Term:
    """A name found at text[start:end]; `excluded` where the person rules it out."""

    entity: str
    value: str
    start: int
    end: int
    excluded: bool = False


def character_language() -> Language:
    """A spaCy pipeline whose tokens are single characters: behind words, names inside words are missed."""
    return spacy.blank("zh")  # "char" is the default segmenter


class TermFinder:
    """Matches names of several lexicons, the longest first, each lexicon on its own."""

    def __init__(self, lexicons: dict[str, Lexicon], negations: dict[str, list[str]]):
        """Build the matchers.

        Args:
            lexicons: entity -> value -> names.
            negations: `before` and `after`: words that rule out the name they touch; `phrases`: in which a name is none.
        """
        self._language = character_language()
        names = [name for lexicon in lexicons.values() for names in lexicon.values() for name in names]
        self._known = frozenset("".join([*names, *negations.get("phrases", [])]).lower())
        self._matchers = {entity: self._matcher(lexicon) for entity, lexicon in lexicons.items()}
        self._phrases = self._matcher({"phrase": negations.get("phrases", [])})
        self._before, self._after = negations.get("before", []), tuple(negations.get("after", []))

    def find(self, text: str) -> list[Term]:
        """The terms in a text, by place."""
        lower = text.lower()
        if len(lower) != len(text):  # a letter whose lower case is longer would shift the offsets
            lower = text
        # spaCy keeps every character it sees for ever: those of no name are one to it.
        document = self._language.make_doc("".join(c if c in self._known or c.isspace() else _OTHER for c in lower))
        phrases = filter_spans(self._phrases(document, as_spans=True))
        terms = []
        for entity, matcher in self._matchers.items():
            for span in filter_spans(matcher(document, as_spans=True)):
                if any(
                    phrase.start < span.end and span.start < phrase.end and len(phrase) > len(span)
                    for phrase in phrases
                ) or _inside_a_word(lower, span.start_char, span.end_char):
                    continue
                excluded = self._excluded(lower, span.start_char, span.end_char)
                terms.append(Term(entity, span.label_, span.start_char, span.end_char, excluded))
        return sorted(terms, key=lambda term: (term.start, term.end))

    def _matcher(self, lexicon: Lexicon) -> PhraseMatcher:
        matcher = PhraseMatcher(self._language.vocab)
        for value, names in lexicon.items():
            matcher.add(value, [self._language.make_doc(name.lower()) for name in names])
        return matcher

    def _excluded(self, text: str, start: int, end: int) -> bool:
        before, behind = text[max(0, start - _BESIDE) : start].rstrip(), text[end : end + _BESIDE].lstrip()
        # "微信我可没有": who has not got it, and how much, stands between.
        after = (behind, _BETWEEN.sub("", behind))
        return any(rest.startswith(self._after) for rest in after) or any(
            before.endswith(word) and not _asks(before[: -len(word)], word) for word in self._before
        )


def _inside_a_word(text: str, start: int, end: int) -> bool:
    """Whether Latin letters go on beyond the name: no SDK in sdkfjh."""
    return any(place and _BOTH_LATIN.fullmatch(text[place - 1 : place + 1]) for place in (start, end))


def _asks(before: str, negation: str) -> bool:
    """Whether 没有 or 不能用 is the second half of a question, 有没有 or 能不能用: that rules nothing out."""
    return len(negation) > 1 and before.endswith(negation[1])
