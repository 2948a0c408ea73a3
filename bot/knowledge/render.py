"""Answer -> what a person sees: a text for narrow channels and a card for rich ones."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.knowledge.lookup import Answer
from bot.knowledge.model import Difference, Knowledge, Problem, Source, Statement, Supplement, Variant


@dataclass(frozen=True)
class Reply:
    """One message: plain text, and the same as a card (keys: `CONTRACT`, a message's card)."""

    text: str
    card: dict


def render(knowledge: Knowledge, answer: Answer) -> list[Reply]:
    """Put an answer into words, one reply a variant; the notices stand before the first."""
    return [
        _Page(knowledge, answer, variant, first=index == 0).reply() for index, variant in enumerate(answer.variants)
    ]


def part(knowledge: Knowledge, answer: Answer, aspect: str) -> str | None:
    """The part of an answer that a follow-up asks for, or None where the documents do not say.

    Args:
        aspect: materials, duration, fee, limits, url, source or simpler.
    """
    page = _Page(knowledge, answer, answer.variants[0], first=True)
    lines = page.part(aspect)
    if not lines:
        return None
    title = knowledge.phrases["part"].format(title=page.title, part=knowledge.phrases[f"part_{aspect}"])
    return "\n".join([title, *lines, *page.foot()])


def passage(knowledge: Knowledge, answer: Answer, variant: Variant, lines: Sequence[Statement | Supplement]) -> str:
    """Some lines of a variant, all documented or all not, for a question that is about them."""
    page = _Page(knowledge, answer, variant, first=True)
    documented = all(isinstance(line, Statement) for line in lines)
    title = knowledge.phrases["passage" if documented else "passage_beyond"].format(title=page.title)
    said = [page.say(line) if isinstance(line, Statement) else page.supplement(line) for line in lines]
    return "\n".join([title, *(f"• {line}" for line in said), *page.foot()])


def step(knowledge: Knowledge, answer: Answer, number: int) -> str:
    """One step of an answer, counted from 1."""
    page = _Page(knowledge, answer, answer.variants[0], first=True)
    head = knowledge.phrases["step"].format(title=page.title, number=number, total=len(page.variant.steps))
    return "\n".join([head, page.steps()[number - 1], *page.foot()])


def render_problem(knowledge: Knowledge, problem: Problem) -> str:
    """All that is known about what somebody is stuck on, each line with its source."""
    phrases = knowledge.phrases
    lines = [
        phrases["says"].format(text=said.text, source=source_line(knowledge, said.source)) for said in problem.says
    ]
    title = phrases["heading"].format(title=problem.title)
    return "\n".join([title, *(f"• {line}" for line in lines), phrases["stuck_else"], phrases["disclaimer"]])


def source_line(knowledge: Knowledge, source: Source) -> str:
    """A source as people read it: title, section, date."""
    phrases, document = knowledge.phrases, knowledge.documents[source.document]
    as_of = source.as_of or document.as_of
    parts = [phrases["source_document"].format(title=document.title)]
    if source.section:
        parts.append(phrases["source_section"].format(section=source.section))
    parts.append(phrases["source_as_of"].format(as_of=as_of) if as_of else phrases["source_undated"])
    return "".join(parts)


class _Page:
    """One variant on its way to a text and a card."""

    def __init__(self, knowledge: Knowledge, answer: Answer, variant: Variant, first: bool):
        self.knowledge, self.answer, self.variant, self.first = knowledge, answer, variant, first
        self.phrases = knowledge.phrases
        # A doubtful variant comes second, through a channel of its own.
        self.channel = answer.channel if answer.channel in variant.channel else next(iter(variant.channel), None)
        self.title = variant.title or answer.procedure.title

    def reply(self) -> Reply:
        return Reply(self._text(), self._card())

    def _text(self) -> str:
        variant, phrases = self.variant, self.phrases
        lines = [self._heading()]
        if self.first:
            lines += self._introduction()
        if variant.summary:
            lines.append(self.say(variant.summary))
        if variant.unknown:
            lines.append(phrases["where_to_ask"])
        lines += [f"{number}. {line}" for number, line in enumerate(self.steps(), 1)]
        lines += self._block("materials", self._said(variant.materials))
        for key in ("duration", "fee", "url"):
            statement = getattr(variant, key)
            if statement:
                lines.append(phrases[key].format(text=self.say(statement)))
        for difference in variant.differences:
            lines.append(phrases["difference"].format(about=difference.about))
            lines += [f"• {line}" for line in self._both(difference)]
        lines += self._block("limits", self._said(variant.limits))
        lines += self._block("notes", self._notes())
        lines += self._block("supplements", self._supplements())
        return "\n".join(lines + self.foot())

    def foot(self) -> list[str]:
        """What stands under everything: the source, and who has the last word."""
        source = source_line(self.knowledge, self.variant.source)
        return [self.phrases["source"].format(source=source), self.phrases["disclaimer"]]

    def steps(self) -> list[str]:
        return self._said(self.variant.steps)

    def part(self, aspect: str) -> list[str]:
        """The lines on one aspect, none where nothing is said."""
        variant = self.variant
        said = {
            "materials": self._said(variant.materials),
            "limits": self._said(variant.limits) + self._notes(),
            "source": [source_line(self.knowledge, variant.source)],
            "simpler": [variant.short] if variant.short else self._bare(),
            **{key: [self.say(s)] for key in ("duration", "fee", "url") if (s := getattr(variant, key))},
        }
        differing = [line for d in variant.differences if d.aspect == aspect for line in self._both(d)]
        return said.get(aspect, []) + differing

    def _card(self) -> dict:
        variant, source = self.variant, self.variant.source
        document = self.knowledge.documents[source.document]
        differences = [
            self.phrases["difference"].format(about=difference.about) + " " + " ／ ".join(self._both(difference))
            for difference in variant.differences
        ]
        supplements = [f"{self.phrases['supplements']}{line}" for line in self._supplements()]
        return {
            "procedure": self.answer.procedure.id,
            "topic": variant.topic,
            "title": self.title,
            "channel": self.channel,
            "region": self.answer.region,
            # What a person reads instead of the ids, and what must not be folded away among the notes.
            "labels": {
                "channel": self.knowledge.channels[self.channel].title if self.channel else None,
                "region": self.knowledge.region_title(self.answer.region) if self.answer.region else None,
            },
            "notices": self._introduction() if self.first else [],
            "summary": self.say(variant.summary) if variant.summary else None,
            "steps": self.steps(),
            "materials": self._said(variant.materials),
            "duration": self.say(variant.duration) if variant.duration else None,
            "notes": [
                *(self._introduction() if self.first else []),
                *(self.say(s) for s in (variant.fee, variant.url) if s),
                *differences,
                *self._said(variant.limits),
                *self._notes(),
                *supplements,
            ],
            "source": {
                "document": document.title,
                "section": source.section,
                "as_of": source.as_of or document.as_of,
            },
            "disclaimer": self.phrases["disclaimer"],
        }

    def _bare(self) -> list[str]:
        """What is said and done, without the rest: for a way that is short as it is."""
        summary = [self.say(self.variant.summary)] if self.variant.summary else []
        return summary + [f"{number}. {line}" for number, line in enumerate(self.steps(), 1)]

    def _heading(self) -> str:
        """The variant's own title, which names its way as it needs, or the procedure's with the channel."""
        if self.variant.title or not self.channel:
            return self.phrases["heading"].format(title=self.title)
        channel = self.knowledge.channels[self.channel].title
        return self.phrases["heading_channel"].format(title=self.title, channel=channel)

    def _introduction(self) -> list[str]:
        answer, knowledge, phrases = self.answer, self.knowledge, self.phrases
        region = knowledge.region_title(answer.region or "")
        asked = knowledge.channels[answer.asked_channel].title if answer.asked_channel else ""
        places = "、".join(map(knowledge.region_title, answer.narrower_regions))
        programme = knowledge.mini_programs.get(answer.mini_program or "")
        lines = [
            phrases[n].format(
                channel=asked,
                region=region,
                places=places,
                programme=programme.names[0] if programme else "",
                home=knowledge.region_title(programme.region) if programme else "",
            )
            for n in answer.notices
        ]
        if answer.region and "elsewhere" not in answer.notices and not answer.procedure.nationwide:
            lines.append(phrases["for_region"].format(region=region))
        if answer.chosen and not answer.asked_channel and answer.other_channels:
            lines.append(phrases["chosen_channel"].format(channel=knowledge.channels[answer.channel].title))
        return lines

    def _notes(self) -> list[str]:
        procedure = self.answer.procedure
        return self._said(self.variant.notes) + self._said(procedure.notes, procedure.source)

    def _supplements(self) -> list[str]:
        region = self.answer.region or ""
        said = {step.text for step in self.variant.steps}
        return [
            self.supplement(note)
            for note in [*self.variant.supplements, *(self.answer.procedure.supplements if self.first else [])]
            if note.holds_in(region) and note.text not in said
        ]

    def supplement(self, note: Supplement) -> str:
        """A note from beyond the documents, with its source."""
        return self.phrases["supplement"].format(text=note.text, source=source_line(self.knowledge, note.source))

    def _both(self, difference: Difference) -> list[str]:
        return [
            self.phrases["says"].format(
                text=said.text, source=source_line(self.knowledge, said.source or self.variant.source)
            )
            for said in difference.says
        ]

    def _block(self, phrase: str, lines: list[str]) -> list[str]:
        return [self.phrases[phrase], *(f"• {line}" for line in lines)] if lines else []

    def _said(self, statements: list[Statement], around: Source | None = None) -> list[str]:
        return [self.say(statement, around) for statement in statements]

    def say(self, statement: Statement, around: Source | None = None) -> str:
        """The statement, with its source where that is not the one at the foot of the page."""
        source = statement.source or around
        if source is None or source == self.variant.source:
            return statement.text
        if (source.document, source.as_of) == (self.variant.source.document, self.variant.source.as_of):
            return self.phrases["says_same_document"].format(text=statement.text, section=source.section)
        return self.phrases["says"].format(text=statement.text, source=source_line(self.knowledge, source))
