"""Finds what a message asks for when it asks for more than one thing. Careful: most messages with a comma tell a story."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

Span = tuple[int, int]
_MARK = r"[,，.。;；:：!！?？、~…\s]+"


@dataclass(frozen=True)
class Clause:
    """A part of a message, text[start:end], and what it was understood as."""

    start: int
    end: int
    intent: str
    confidence: float


class Splitter:
    """Cuts a message at punctuation and before conjunctions."""

    def __init__(self, conjunctions: Iterable[str], questions: Iterable[str], shortest: int):
        """Build a splitter.

        Args:
            conjunctions: words that open a new clause without a mark.
            questions: patterns of which a clause must hold one to be a wish.
            shortest: characters; what is shorter goes with the clause behind it.
        """
        self._cut = re.compile("|".join([_MARK, *(f"(?={re.escape(word)})" for word in conjunctions)]))
        self._mark = re.compile(f"(?:{_MARK})?")
        self._question = re.compile("|".join(questions))
        self._shortest = shortest

    def questions(self, text: str) -> list[tuple[Span, Span]]:
        """Where the clauses lie that ask for something: each with the clauses before it that don't, and alone."""
        spans, start = [], 0
        for clause_start, clause_end in self._clauses(text):
            # With the mark behind it, which may be a question mark.
            if clause_end - start >= self._shortest and self._question.search(text, clause_start, clause_end + 1):
                story_start = self._mark.match(text, start).end()
                alone = clause_start if clause_end - clause_start >= self._shortest else story_start
                spans.append(((story_start, clause_end), (alone, clause_end)))
                start = clause_end
        return spans

    def last_question(self, text: str) -> Span | None:
        """Where the last clause lies that asks for something, to the end of the text; None where none does."""
        starts = [start for start, end in self._clauses(text) if self._question.search(text, start, end)]
        long_enough = [start for start in starts if len(text) - start >= self._shortest]
        return (long_enough[-1], len(text)) if long_enough else None

    def _clauses(self, text: str) -> list[Span]:
        spans, start = [], 0
        for cut in self._cut.finditer(text):
            if cut.start() > start:
                spans.append((start, cut.start()))
            start = cut.end()
        return spans + [(start, len(text))] if start < len(text) else spans


def wishes(clauses: list[Clause], first: set[str], later: set[str], threshold: float) -> list[Clause]:
    """The wishes among the clauses, in order; none unless at least two different ones are sure.

    Args:
        clauses: the asking clauses of a message; of several that end at one place the surest is taken that can be a wish.
        first: intents that can be a wish.
        later: intents that can be a wish only behind another.
        threshold: how sure each must be.
    """
    found: list[Clause] = []
    for _, readings in groupby(clauses, key=lambda clause: clause.end):
        allowed = (first | later if found else first) - {wish.intent for wish in found}
        sure = [clause for clause in readings if clause.confidence >= threshold and clause.intent in allowed]
        found += sorted(sure, key=lambda clause: -clause.confidence)[:1]
    return found if len(found) > 1 else []
