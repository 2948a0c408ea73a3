"""The schema of `knowledge/`: closed keys, every statement with its source."""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator


class Record(BaseModel):
    """A part of a knowledge file: unknown keys are refused and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, str_min_length=1)


def _as_of(value: Any) -> Any:
    # YAML reads 2025-03-05 as a date, 2025 as a number and 2025-03 as text.
    value = str(value) if isinstance(value, date | int) else value
    if isinstance(value, str) and not re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", value):
        raise ValueError("日期应写成 2025、2025-03 或 2025-03-05")
    return value


AsOf = Annotated[str, BeforeValidator(_as_of)]


class Source(Record):
    """Where a statement comes from: a document of `sources.yml`, its section and its date."""

    document: str
    section: str | None = None
    as_of: AsOf | None = None


class Statement(Record):
    """One sentence with its source; plain text in YAML takes the source of the part around it."""

    text: str
    source: Source | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"text": value} if isinstance(value, str) else value


class Difference(Record):
    """A point on which the documents differ: what each says, never merged."""

    about: str
    aspect: str | None = None  # the follow-up question it belongs to, such as `materials`
    says: list[Statement] = Field(min_length=2)


class Supplement(Record):
    """A note from beyond the two documents, shown apart, where `regions` (if any) hold the card."""

    text: str
    source: Source
    regions: list[str] = []

    def holds_in(self, region: str) -> bool:
        """Whether it may be told to somebody insured in the region, a full name or empty."""
        return not self.regions or any(region.startswith(own) for own in self.regions)


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Variant(Record):
    """One way to do a thing, or one answer, for the channels, the region and the topic it names."""

    channel: Annotated[list[str], BeforeValidator(_as_list)] = []
    region: str | None = None
    topic: str | None = None
    lead: bool = False  # taken when the channel is not said: at once where it is the place's own, else on "都行"
    unknown: bool = False  # the documents do not say: `summary` tells so, `steps` where to ask
    after: str | None = None  # doubtful: shown after the way of this channel
    title: str | None = None
    summary: Statement | None = None
    short: str | None = None  # the same in a breath, for who asks for less
    steps: list[Statement] = []
    materials: list[Statement] = []
    duration: Statement | None = None
    fee: Statement | None = None
    limits: list[Statement] = []
    url: Statement | None = None
    notes: list[Statement] = []
    differences: list[Difference] = []
    supplements: list[Supplement] = []
    source: Source

    @model_validator(mode="after")
    def _says_something(self) -> "Variant":
        if not self.steps and not self.summary:
            raise ValueError("至少要有 steps 或 summary")
        if self.unknown and not (self.steps and self.summary):
            raise ValueError("unknown 要有 summary（没有什么）和 steps（去哪里问）")
        if self.after and (self.lead or not self.channel or self.after in self.channel):
            raise ValueError("有 after 的要有自己的 channel，不能是 lead")
        return self


class Procedure(Record):
    """What the bot knows about one intent."""

    id: str
    title: str
    question: str  # how a person would say it; a button's title
    ask: list[Literal["channel", "region"]] = []  # asked for when not said and when it changes the answer
    related: list[str] = []
    parts: dict[str, str] = {}  # aspect -> the procedure that tells it where the variant does not
    nationwide: bool = False  # holds wherever one is insured: no word about the region
    variants: list[Variant] = Field(min_length=1)
    notes: list[Statement] = []
    supplements: list[Supplement] = []  # told with every variant
    source: Source | None = None  # of `notes`


class Document(Record):
    """A document or another place that statements come from."""

    title: str
    as_of: AsOf | None = None
    review_by: date | None = None
    url: str | None = None


class Channel(Record):
    """A way to get things done, with the names people have for it."""

    title: str
    names: list[str] = Field(min_length=1)


class MiniProgram(Record):
    """A programme inside other channels that serves one region only, such as 粤医保."""

    names: list[str] = Field(min_length=1)
    region: str
    channels: list[str] = Field(min_length=1)


class Topic(Record):
    """A narrower subject inside an intent, known by its words."""

    title: str
    names: list[str] = Field(min_length=1)
    aside: bool = False
    """Asked in passing: the question that was open before is taken up again."""


class Problem(Record):
    """What people get stuck on, and all that is known about it."""

    title: str
    names: list[str] = Field(min_length=1)
    says: list[Statement] = []
    procedures: list[str] = []  # beside one of these, `says` is told instead of the steps
    silent: list[str] = []  # beside one of these, that nothing is known and where to ask
    related: list[str] = []

    @model_validator(mode="after")
    def _sourced(self) -> "Problem":
        if any(statement.source is None for statement in self.says):
            raise ValueError("says 的每一条都要有 source")
        if self.procedures and not self.says:
            raise ValueError("有 procedures 的要有 says")
        return self


class Knowledge(Record):
    """All of `knowledge/`."""

    documents: dict[str, Document]
    channels: dict[str, Channel]
    mini_programs: dict[str, MiniProgram]
    topics: dict[str, Topic]
    problems: dict[str, Problem]
    region_titles: dict[str, str]
    phrases: dict[str, str]
    menu: list[str]
    procedures: dict[str, Procedure]

    def region_title(self, region: str) -> str:
        """The short name of a full region name, or the full name itself."""
        return self.region_titles.get(region, region)
