"""What was looked up -> what a person sees: a short text for every channel and a card for rich ones."""

from dataclasses import dataclass
from typing import Any

from bot.knowledge.lookup import Answer, Told, Unknown
from bot.knowledge.model import Difference, Knowledge, Source, Statement, Supplement, Variant


@dataclass(frozen=True)
class Reply:
    """One message: plain text, and the same as a card (keys: `CONTRACT`, a message's card)."""

    text: str
    card: dict[str, Any]


def point(knowledge: Knowledge, told: Told, bare: bool = False) -> Reply:
    """What is said on a point: the answer first, then what it rests on, then the source.

    Args:
        told: what was looked up.
        bare: only the first sentence, for who asks for less.
    """
    entry, phrases = told.entry, knowledge.phrases
    if entry.say:
        lead = phrases[f"verdict_{told.verdict}"] + entry.say if told.verdict else entry.say
        lines = [lead] if bare or not entry.more else [lead, entry.more]
    else:
        silence, nearest = phrases["silent"].format(point=entry.silent), entry.near or ""
        asked = knowledge.points.get(told.point)
        # Who is stuck gets what can be done all the same first; who asks for less, no more than the answer.
        trouble = bool(asked and asked.trouble)
        order = [nearest, silence] if trouble else [silence, "" if bare else nearest]
        lines = ["".join([*order, phrases[f"door_{entry.door}"]])]
    if entry.source and not bare:
        lines.append(short_source(knowledge, entry.source))
    # The answer is the heading: whoever looks at nothing else has it.
    more = [entry.more] if entry.more and not bare else []
    task = told.task if told.task in knowledge.procedures else None
    return Reply(
        "\n".join(lines), _card(knowledge, entry.source, title=lines[0], procedure=task, lead=lines[0], notes=more)
    )


def way(knowledge: Knowledge, answer: Answer, opening: str | None = None, ahead: bool = True) -> Reply:
    """A way from its first step to its last, in few words; the card has them in full.

    Args:
        answer: what was looked up.
        opening: a sentence before it, such as why it is not the way that was asked for.
        ahead: with what must be known before the first step.
    """
    return _Page(knowledge, answer, opening, ahead).reply()


def step(knowledge: Knowledge, answer: Answer, number: int) -> str:
    """One step of a way, counted from 1."""
    steps = answer.variants[0].steps
    return knowledge.phrases["step"].format(number=number, total=len(steps), text=steps[number - 1].text)


def shorter(_knowledge: Knowledge, answer: Answer) -> str:
    """A way in a breath."""
    variant = answer.variants[0]
    if variant.short:
        return variant.short
    said = variant.brief or [step.text for step in variant.steps] or [variant.summary.text if variant.summary else ""]
    return "；".join(line.rstrip("。") for line in said) + "。"


def source_line(knowledge: Knowledge, source: Source) -> str:
    """A source in full: title, section, date."""
    phrases, document = knowledge.phrases, knowledge.documents[source.document]
    as_of = source.as_of or document.as_of
    parts = [phrases["source_document"].format(title=document.title)]
    if source.section:
        parts.append(phrases["source_section"].format(section=source.section))
    parts.append(phrases["source_as_of"].format(as_of=as_of) if as_of else phrases["source_undated"])
    return "".join(parts)


def short_source(knowledge: Knowledge, source: Source) -> str:
    """A source as it stands under a text: its short title, its month, and who has the last word."""
    document = knowledge.documents[source.document]
    as_of = (source.as_of or document.as_of or "")[:7]
    phrase = "source_note" if document.note else "source_short"
    return knowledge.phrases[phrase].format(title=document.short or document.title, as_of=as_of)


def _card(knowledge: Knowledge, source: Source | None, title: str, **parts: object) -> dict[str, Any]:
    document = knowledge.documents[source.document] if source else None
    empty: dict[str, Any] = {
        "channel": None,
        "region": None,
        "lead": None,
        "steps": [],
        "materials": [],
        "duration": None,
        "notes": [],
    }
    return {
        **empty,
        "title": title,
        "labels": {"channel": None, "region": None},
        "notices": [],
        "summary": None,
        **parts,
        "source": {
            "document": document.title,
            "section": source.section,
            "as_of": source.as_of or document.as_of,
        }
        if source and document
        else None,
        "disclaimer": knowledge.phrases["disclaimer"],
    }


class _Page:
    """A way on its way to a text and a card."""

    def __init__(self, knowledge: Knowledge, answer: Answer, opening: str | None, ahead: bool):
        self.knowledge, self.answer, self.opening = knowledge, answer, opening
        self.phrases, self.variant = knowledge.phrases, answer.variants[0]
        # A doubtful way comes second, through a channel of its own.
        variant = self.variant
        self.channel = answer.channel if answer.channel in variant.channel else next(iter(variant.channel), None)
        self.title = variant.title or answer.procedure.title
        self.ahead = variant.ahead if ahead else None

    def reply(self) -> Reply:
        return Reply(self._text(), self._card())

    def _text(self) -> str:
        variant = self.variant
        steps = variant.brief or [step.text for step in variant.steps]
        lines = [self.opening] if self.opening else []
        summary = [variant.summary.text] if variant.summary else []
        if isinstance(self.answer, Unknown):
            lines += [*summary, *steps]
        elif steps:
            lines.append(self.phrases["way"].format(title=self.title))
            lines += [self.ahead] if self.ahead else []
            lines += [f"{number}. {line}" for number, line in enumerate(steps, 1)]
        else:
            lines += summary
        return "\n".join([*lines, short_source(self.knowledge, variant.source)])

    def _card(self) -> dict[str, Any]:
        variant = self.variant
        region = self.answer.region
        return _card(
            self.knowledge,
            variant.source,
            self.title,
            procedure=self.answer.procedure.id,
            channel=self.channel,
            region=region,
            # What a person reads instead of the ids, and what must not be folded away among the notes.
            labels={
                "channel": self.knowledge.channels[self.channel].title if self.channel else None,
                "region": self.knowledge.region_title(region) if region else None,
            },
            notices=[line for line in (self.opening, self.ahead) if line],
            lead=self.opening or self.ahead or (variant.summary.text if variant.summary else None),
            summary=self.say(variant.summary) if variant.summary else None,
            steps=self._said(variant.steps),
            materials=self._said(variant.materials),
            duration=self.say(variant.duration) if variant.duration else None,
            notes=[
                *(self.say(s) for s in (variant.fee, variant.url) if s),
                *map(self._difference, variant.differences),
                *self._said(variant.limits),
                *self._said(variant.notes),
                *self._said(self.answer.procedure.notes, self.answer.procedure.source),
                *self._doubtful(),
                *self._supplements(),
            ],
        )

    def _doubtful(self) -> list[str]:
        """The second way, of which the documents do not say that it does the same."""
        said = [(variant, s) for variant in self.answer.variants[1:] for s in (variant.summary, *variant.steps) if s]
        return [self.say(statement, variant.source) for variant, statement in said]

    def _supplements(self) -> list[str]:
        region, said = self.answer.region or "", {step.text for step in self.variant.steps}
        notes = [*self.variant.supplements, *self.answer.procedure.supplements]
        return [self._supplement(note) for note in notes if note.holds_in(region) and note.text not in said]

    def _supplement(self, note: Supplement) -> str:
        """A note from beyond the documents, with its source."""
        return self.phrases["supplement"].format(text=note.text, source=source_line(self.knowledge, note.source))

    def _difference(self, difference: Difference) -> str:
        said = [self.say(statement, self.variant.source, always=True) for statement in difference.says]
        return self.phrases["difference"].format(about=difference.about, says="／".join(said))

    def _said(self, statements: list[Statement], around: Source | None = None) -> list[str]:
        return [self.say(statement, around) for statement in statements]

    def say(self, statement: Statement, around: Source | None = None, always: bool = False) -> str:
        """The statement, with its source where that is not the one at the foot of the page."""
        source = statement.source or around
        if source is None or (source == self.variant.source and not always):
            return statement.text
        return self.phrases["says"].format(text=statement.text, source=source_line(self.knowledge, source))


__all__ = ["Reply", "Variant", "point", "short_source", "shorter", "source_line", "step", "way"]
