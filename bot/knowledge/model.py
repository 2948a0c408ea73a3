"""The schema of `knowledge/`: closed keys, every statement with its source."""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

GENERAL = "general"  # stands for the task where none is meant
BARE = "bare"  # the kind of example that asks for a point and nothing narrower
WHOLE = "whole"  # stands for the point where the way itself is asked for


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
    """One way to do a thing, or one answer, for the channels, the region and the facts it names."""

    channel: Annotated[list[str], BeforeValidator(_as_list)] = []
    region: str | None = None
    when: list[str] = []  # facts that must be known
    lead: bool = False  # taken when the channel is not said: at once where it is the place's own, else on "都行"
    unknown: bool = False  # the documents do not say: `summary` tells so, `steps` where to ask
    after: str | None = None  # doubtful: shown after the way of this channel
    title: str | None = None
    summary: Statement | None = None
    short: str | None = None  # the same in a breath, for who asks for less
    ahead: str | None = None  # what must be known before the first step
    steps: list[Statement] = []
    brief: list[Annotated[str, Field(max_length=40)]] = []  # the same steps in few words, for narrow screens
    behind: dict[str, int] = {}  # fact -> how many of the steps are done where it is known
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
        if any(not 0 < count <= len(self.steps) for count in self.behind.values()):
            raise ValueError("behind 的数要在 1 和步骤数之间")
        return self


Door = Literal["12393", "12333", "hospital", "pharmacy", "window", "bank", "app", "none"]


class Entry(Record):
    """What is said on a point of a task, or that the documents are silent on it.

    The examples of `asks` single it out from the cell's general entry; those of `yes` and `no` are beliefs that it
    confirms or denies; those of `bare` ask for the point of this task and for nothing narrower, which the general entry answers.
    """

    say: Annotated[str, Field(max_length=60)] | None = None
    more: Annotated[str, Field(max_length=60)] | None = None  # what it rests on, or the one next step
    silent: Annotated[str, Field(max_length=40)] | None = None  # what is not written, as a person would name it
    near: Annotated[str, Field(max_length=60)] | None = None  # the nearest thing that is
    door: Annotated[Door, BeforeValidator(str)] = "12393"  # where to ask what is not written
    source: Source | None = None
    channel: Annotated[list[str], BeforeValidator(_as_list)] = []
    region: str | None = None
    when: list[str] = []  # facts that must be known
    unless: list[str] = []  # facts of which none may be: what they rule out
    asks: list[str] = []
    yes: list[str] = []
    no: list[str] = []
    bare: list[str] = []

    @property
    def examples(self) -> list[str]:
        """Every question that it is singled out by."""
        return [*self.asks, *self.yes, *self.no]

    @property
    def general(self) -> bool:
        """Whether it stands for the whole cell."""
        return not (self.asks or self.channel or self.region or self.when or self.unless)

    @model_validator(mode="after")
    def _says_or_is_silent(self) -> "Entry":
        if (self.say is None) == (self.silent is None):
            raise ValueError("say 和 silent 写一个，也只写一个")
        if (self.say or self.near) and self.source is None:
            raise ValueError("有 say 或 near 的要有 source")
        if self.more and not self.say:
            raise ValueError("more 跟在 say 后面")
        return self


class Cell(Record):
    """A point of a task, decided by somebody who looked."""

    entries: list[Entry] = []
    inherited: bool = False  # as in the task it belongs to, or in general
    applicable: bool = True

    @model_validator(mode="before")
    @classmethod
    def _from_short(cls, value: Any) -> Any:
        short = {"inherited": {"inherited": True}, "not_applicable": {"applicable": False}}
        if isinstance(value, str):
            if value not in short:
                raise ValueError("只能是条目的列表、inherited 或 not_applicable")
            return short[value]
        return {"entries": value} if isinstance(value, list) else value

    @model_validator(mode="after")
    def _has_a_general_entry(self) -> "Cell":
        if not self.entries and self.applicable and not self.inherited:
            raise ValueError("一条也没有")
        return self


class Point(Record):
    """What one can want to know of any task."""

    title: str  # completes "{title}，文档没写"
    chip: str | None = None  # how a button asks for it
    task: str | None = None  # of which task it is asked where none is named
    trouble: bool = False  # who asks is stuck: what is nearest helps, and is told before what is not written


class Fact(Record):
    """What somebody may tell of their situation."""

    title: str  # how it is taken up: "{title}"
    group: str | None = None  # of a group only the last one told holds
    stays: bool = False  # it is of who asks, not of the relative: it holds when another relative is meant
    task: str | None = None  # what it makes the matter, unless a task stands
    point: str | None = None  # what it makes one want to know of the task
    takes_over: bool = False  # its task is the matter whatever was before


class Procedure(Record):
    """What the bot knows about one intent."""

    id: str
    title: str
    question: str  # how a person would say it; a button's title
    ask: list[Literal["channel", "region"]] = []  # asked for when not said and when it changes the answer
    related: list[str] = []
    next_points: list[str] = []  # what people mostly want to know next, in this order; offered as buttons
    nationwide: bool = False  # holds wherever one is insured: no word about the region
    belongs_to: str | None = None  # the task whose points these are a part of
    aside: bool = False  # a side question: the task before it goes on
    passing: bool = False  # a side question after which one leans on the task before it
    needs_binding: bool = False  # done on the phone of somebody who is bound
    own_money: bool = False  # about the money of the person who asks: the place is theirs
    variants: list[Variant] = Field(min_length=1)
    notes: list[Statement] = []
    supplements: list[Supplement] = []  # told with every variant
    source: Source | None = None  # of `notes`


class Document(Record):
    """A document or another place that statements come from."""

    title: str
    short: str | None = None  # as it stands under a text
    note: bool = False  # from beyond the two documents
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


class Knowledge(Record):
    """All of `knowledge/`."""

    documents: dict[str, Document]
    channels: dict[str, Channel]
    mini_programs: dict[str, MiniProgram]
    region_titles: dict[str, str]
    phrases: dict[str, str]
    menu: list[str]
    procedures: dict[str, Procedure]
    points: dict[str, Point]
    facts: dict[str, Fact]
    bare: dict[str, list[str]]  # point -> how it is asked in the fewest words, of any task
    cells: dict[str, dict[str, Cell]]  # task, or `general` -> point -> cell

    def entries(self, task: str | None, point: str) -> tuple[str, list[Entry]] | None:
        """The entries of a cell and the task they stand under; None where nobody can mean the point of this task."""
        cell = self.cells.get(task or GENERAL, {}).get(point)
        if cell is None or not cell.applicable:
            return None
        if not cell.inherited:
            return task or GENERAL, cell.entries
        procedure = self.procedures.get(task or "")
        return self.entries(procedure.belongs_to if procedure else None, point) if task else None

    def region_title(self, region: str) -> str:
        """The short name of a full region name, or the full name itself."""
        return self.region_titles.get(region, region)
