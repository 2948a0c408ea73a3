"""The one brain for content: what to answer, what is still to be asked, or that nothing is known.

Pure and total: every query gives an `Answer`, a `Missing` or an `Unknown`, and every point of a task a `Told`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from bot.knowledge.model import BARE, GENERAL, WHOLE, Entry, Knowledge, Procedure, Variant

ELSEWHERE = ""  # as a choice of region: none of the places that have a text of their own


@dataclass(frozen=True)
class Query:
    """What a person wants and has said: ids, full region names; `None` where nothing was said."""

    procedure: str | None
    channel: str | None = None
    region: str | None = None
    facts: frozenset[str] = frozenset()  # ids of what is known of the person's situation
    mini_program: str | None = None
    region_options: tuple[str, ...] = ()  # places of which it is open which one is meant
    excluded: frozenset[str] = frozenset()  # channels the person can't or won't use
    skipped: frozenset[str] = frozenset()  # slots the person doesn't care about or doesn't know


@dataclass(frozen=True)
class Answer:
    """What the documents say, the variant shown first coming first."""

    procedure: Procedure
    variants: tuple[Variant, ...]
    channel: str | None  # the way that is shown, said or chosen
    region: str | None  # the place that was said
    chosen: bool  # the channel shown was chosen here
    asked_channel: str | None  # the one that was said
    notices: tuple[str, ...] = ()  # ids of phrases that tell why this is not quite what was asked for
    other_channels: tuple[str, ...] = ()  # that lead to another answer
    narrower_regions: tuple[str, ...] = ()  # places inside the named one that have a text of their own
    mini_program: str | None = None  # the one that was said


@dataclass(frozen=True)
class Unknown(Answer):
    """The documents do not say; the variant tells so and where to ask."""


@dataclass(frozen=True)
class Missing:
    """A slot the answer depends on, with the values that make a difference."""

    slot: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Near:
    """An example question of a cell, and how like it the message is: 1 is the same."""

    task: str
    point: str
    entry: int
    kind: str  # asks, yes, no or bare
    likeness: float
    fit: float = 0.0  # how likely the message asks for the entry, of all of its task

    @property
    def key(self) -> str:
        """Which of the examples it is."""
        return f"{self.task}/{self.point}/{self.entry}/{self.kind}"

    @property
    def surely_asked(self) -> bool:
        """Whether the entry is asked for in words that its examples do not have."""
        return self.kind == "asks" and self.likeness >= FAINT and self.fit >= SURE_FIT


@dataclass(frozen=True)
class Told:
    """What is said on a point, and where that stands."""

    task: str
    point: str
    number: int
    entry: Entry
    verdict: str | None = None  # "yes" or "no", where the message states a belief that the entry confirms or denies
    likeness: float = 0.0  # of the message to what the entry answers


# Below it an example is another question than the message: chosen by scripts/choose_thresholds.py.
LIKE = 0.5
# The same of an entry that says that something is not written.
LIKE_SILENT = 0.6
# From here on an entry is rather told than the same said again.
FAINT = 0.36
# So like a belief the message must be to be told that it is right or wrong: the contrary differs by a word only.
BELIEF = 0.92
# So likely of all its task an entry must be to be told for a faint likeness: of some 300 turns eleven were then answered
# better and none worse, with .5 five worse.
SURE_FIT = 0.65
# A narrower question than the whole must be more like: it is told instead of the way.
LIKE_WHOLE = 0.66


def told(
    knowledge: Knowledge, query: Query, point: str, near: tuple[Near, ...] = (), least: float = LIKE
) -> Told | None:
    """What is to be said on a point of the query's task; None where nobody can mean it of this task.

    Args:
        query: the task with all that is known.
        point: an id of `points.yml`, or `WHOLE` for a narrower question that the way itself does not answer.
        near: the examples that the message is like.
        least: how like an example of an entry the message must be.
    """
    query = _with_mini_program(knowledge, query)
    decided = knowledge.entries(query.procedure, point)
    if decided is None:
        return None
    own = _fitting_entries(knowledge, query, *decided)
    # What is asked may be told in general though the task has a cell of its own; silence of no task says less than that.
    general = [
        one
        for one in _fitting_entries(knowledge, query, *(knowledge.entries(None, point) or (GENERAL, [])))
        if one[2].say
    ]
    least = LIKE_WHOLE if point == WHOLE else least
    # What denies a belief is the contrary of what a mere likeness would have it answer.
    like = {"no": max(least, BELIEF), "yes": least, "asks": least}
    of_point = [one for one in near if one.point == point]
    likeness = {
        (one.task, one.entry): one
        for one in reversed(of_point)
        if one.kind != BARE and (one.likeness >= like[one.kind] or (point != WHOLE and one.surely_asked))
    }
    bare = max((one.likeness for one in of_point if one.kind == BARE), default=0.0)
    alike = [one for one in [*own, *general] if one[:2] in likeness and _is_asked(one[2], likeness[one[:2]])]
    plain = [(task, number, entry) for task, number, entry in own if not entry.asks]
    if plain and bare > max((likeness[one[:2]].likeness for one in alike), default=0.0):
        alike = []  # nothing narrower is asked
    if not (alike or plain):
        return None
    best = {
        task: max(
            (one for one in alike or plain if one[0] == task),
            key=lambda one: _rank(query, one[2], likeness.get(one[:2])),
        )
        for task, *_ in alike or plain
    }
    # A tenth is the blur of a likeness; the task's own comes first.
    task, number, entry = max(
        best.values(), key=lambda one: round(likeness[one[:2]].likeness, 1) if one[:2] in likeness else 0.0
    )
    closest = likeness.get((task, number))
    kind = closest.kind if closest and closest.likeness >= BELIEF else None
    verdict = kind if kind in ("yes", "no") else None
    return Told(task, point, number, entry, verdict, round(closest.likeness, 1) if closest else 0.0)


def told_entry(knowledge: Knowledge, task: str | None, point: str, number: int, near: tuple[Near, ...]) -> Told | None:
    """What a certain entry of a cell says; None where it does not stand there.

    Args:
        task: None for what holds in general.
        point: as for `told`.
        number: the entry's place.
        near: the examples that the message is like: it may be a belief that the entry confirms or denies.
    """
    found = knowledge.entries(task, point)
    if found is None or number >= len(found[1]):
        return None
    own = (n for n in near if (n.task, n.point, n.entry) == (found[0], point, number) and n.likeness >= BELIEF)
    verdict = next((n.kind for n in own if n.kind in ("yes", "no")), None)
    return Told(found[0], point, number, found[1][number], verdict)


def fitting(
    knowledge: Knowledge, query: Query, points: Iterable[str], meant: Callable[[str, str, int, Entry], bool]
) -> Iterator[tuple[str, str, int, Entry]]:
    """The entries of cells that are meant and hold for what is known: task they stand under, point, place, and they themselves."""
    known = _with_mini_program(knowledge, query)
    for point in points:
        owner, entries = knowledge.entries(query.procedure, point) or (GENERAL, [])
        for number, entry in enumerate(entries):
            if meant(owner, point, number, entry) and _holds(knowledge, known, entry):
                yield owner, point, number, entry


def _is_asked(entry: Entry, near: Near) -> bool:
    """Whether the likeness is enough: that something is not written is said only of what was surely asked."""
    return bool(entry.say) or near.likeness >= LIKE_SILENT or near.surely_asked


def _fitting_entries(
    knowledge: Knowledge, query: Query, task: str, entries: list[Entry]
) -> list[tuple[str, int, Entry]]:
    return [(task, number, entry) for number, entry in enumerate(entries) if _holds(knowledge, query, entry)]


def _holds(knowledge: Knowledge, query: Query, entry: Entry) -> bool:
    channels = set(entry.channel) - query.excluded
    if entry.channel and not channels:
        return False
    if not query.facts.issuperset(entry.when) or not query.facts.isdisjoint(entry.unless):
        return False
    said = query.channel or _default_channel(knowledge, query)
    return _covers(entry.region, query.region or ELSEWHERE) and (not entry.channel or said in channels)


def _default_channel(knowledge: Knowledge, query: Query) -> str | None:
    procedure = knowledge.procedures.get(query.procedure or GENERAL)
    leads = (c for v in procedure.variants if v.lead for c in v.channel) if procedure else iter(())
    return next((channel for channel in leads if channel not in query.excluded), None)


def _rank(query: Query, entry: Entry, near: Near | None) -> tuple[Any, ...]:
    return (
        near.fit if near else 0,
        len(entry.when),
        query.channel in entry.channel,
        len(entry.region or ""),
        bool(entry.channel) == bool(query.channel),
        near.likeness if near else 0,
    )


def lookup(knowledge: Knowledge, query: Query) -> Answer | Missing | Unknown:
    """Find the answer to a query, or the next thing to ask."""
    procedure = knowledge.procedures.get(query.procedure or "")
    if procedure is None:
        return Missing("procedure", ())
    query = _with_mini_program(knowledge, query)
    programme = knowledge.mini_programs.get(query.mini_program or "")
    channel, region = _missing_channel(knowledge, procedure, query), _missing_region(procedure, query)
    # A place that was just named is cleared up while it is fresh.
    missing = region or channel if query.region_options else channel or region
    result = missing or _answer(procedure, query)
    if programme and isinstance(result, Answer) and not _covers(programme.region, query.region or ""):
        notices = ("mini_program_of_other_region", *result.notices)
        return replace(result, mini_program=query.mini_program, notices=notices)
    return result


def offers_channel(knowledge: Knowledge, procedure: str, channel: str) -> bool:
    """Tell whether any variant of the procedure goes through the channel."""
    found = knowledge.procedures.get(procedure)
    return found is not None and any(channel in variant.channel for variant in found.variants)


def _with_mini_program(knowledge: Knowledge, query: Query) -> Query:
    programme = knowledge.mini_programs.get(query.mini_program or "")
    if programme is None:
        return query
    # Where nobody minds, through whichever of its channels: the programme is the same.
    any_channel = programme.channels[0] if "channel" in query.skipped else None
    return replace(query, region=query.region or programme.region, channel=query.channel or any_channel)


def _missing_channel(knowledge: Knowledge, procedure: Procedure, query: Query) -> Missing | None:
    if query.channel or "channel" in query.skipped:
        return None
    fitting = _fitting(procedure, query)
    programme = knowledge.mini_programs.get(query.mini_program or "")
    if programme is None and ("channel" not in procedure.ask or _own_lead(fitting, query)):
        return None
    choices = tuple(c for c in _channels(fitting, query) if programme is None or c in programme.channels)
    return Missing("channel", choices) if len(choices) > 1 else None


def _missing_region(procedure: Procedure, query: Query) -> Missing | None:
    if query.region or "region" in query.skipped:
        return None
    if query.region_options:
        if not _own_regions(procedure):
            return None
        choices = query.region_options
    elif "region" in procedure.ask:
        elsewhere = _told(procedure, query, ELSEWHERE)
        choices = (
            *(region for region in _own_regions(procedure) if _told(procedure, query, region) != elsewhere),
            ELSEWHERE,
        )
    else:
        return None
    matters = len({_told(procedure, query, choice) for choice in choices}) > 1
    return Missing("region", choices) if matters and len(choices) > 1 else None


def _own_regions(procedure: Procedure) -> tuple[str, ...]:
    return tuple(dict.fromkeys(variant.region for variant in procedure.variants if variant.region))


def _told(procedure: Procedure, query: Query, region: str) -> tuple[Any, ...]:
    """What tells one answer from another; that a place has no text of its own makes no other answer."""
    answer = _answer(procedure, replace(query, region=region))
    return tuple(id(variant) for variant in answer.variants), *(n for n in answer.notices if n != "elsewhere")


def _fitting(procedure: Procedure, query: Query) -> list[Variant]:
    """The variants for what is known of the person, and for the region if one is known."""
    here = [v for v in procedure.variants if query.region is None or _covers(v.region, query.region)]
    return [v for v in here if v.when and query.facts.issuperset(v.when)] or [v for v in here if not v.when]


def _covers(own: str | None, region: str) -> bool:
    return own is None or region.startswith(own)


def _own_lead(fitting: list[Variant], query: Query) -> bool:
    return bool(query.region) and any(v.lead and v.region and _usable(v, query) for v in fitting)


def _usable(variant: Variant, query: Query) -> bool:
    return not variant.channel or not query.excluded.issuperset(variant.channel)


def _channels(variants: list[Variant], query: Query) -> tuple[str, ...]:
    return tuple(dict.fromkeys(c for v in variants for c in v.channel if c not in query.excluded))


def _answer(procedure: Procedure, query: Query) -> Answer:
    fitting = _fitting(procedure, replace(query, region=query.region or ELSEWHERE))
    found = _best(fitting, query)
    ahead = _best(fitting, replace(query, channel=found.after)) if found.after else found
    alike = [variant for variant in procedure.variants if variant.when == found.when]
    notices = () if query.channel in found.channel else _channel_notices(alike, query)
    if query.region and ahead.region is None and not ahead.unknown and not procedure.nationwide:
        notices = ("elsewhere", *notices)
    shown = _channel_shown(found, query)
    return (Unknown if ahead.unknown else Answer)(
        procedure=procedure,
        variants=(found,) if ahead is found else (ahead, found),
        channel=shown,
        region=query.region or None,
        chosen=shown is not None and shown != query.channel,
        asked_channel=query.channel,
        notices=notices,
        other_channels=tuple(c for c in _channels(fitting, query) if c not in found.channel),
        narrower_regions=_narrower(alike, query),
    )


def _best(fitting: list[Variant], query: Query) -> Variant:
    exact = [variant for variant in fitting if query.channel in variant.channel]
    usable = [variant for variant in fitting if _usable(variant, query)] or fitting
    candidates = exact or [v for v in usable if v.lead or not v.channel] or usable
    return max(candidates, key=lambda v: (v.after is None, len(v.region or ""), v.lead))


def _channel_shown(variant: Variant, query: Query) -> str | None:
    if query.channel in variant.channel:
        return query.channel
    return next((channel for channel in variant.channel if channel not in query.excluded), None)


def _channel_notices(alike: list[Variant], query: Query) -> tuple[str, ...]:
    if not query.channel or not any(variant.channel for variant in alike):
        return ()
    if not any(query.channel in variant.channel for variant in alike):
        return ("channel_not_in_documents",)
    return ("channel_of_other_region",) if query.region else ("channel_of_some_region",)


def _narrower(alike: list[Variant], query: Query) -> tuple[str, ...]:
    """The places with a text of their own inside the named one, or all that have the named channel."""
    if query.region:
        inside = [
            v.region for v in alike if v.region and v.region != query.region and v.region.startswith(query.region)
        ]
        return tuple(dict.fromkeys(inside))
    exact = [v for v in alike if query.channel and query.channel in v.channel]
    return tuple(dict.fromkeys(v.region for v in exact if v.region)) if all(v.region for v in exact) else ()


def has_own_text(knowledge: Knowledge, task: str, region: str) -> bool:
    """Whether anything of the task is said for this place in particular."""
    procedure = knowledge.procedures.get(task)
    places = {v.region for v in procedure.variants} if procedure else set()
    places |= {entry.region for cell in knowledge.cells.get(task, {}).values() for entry in cell.entries}
    return any(place and _covers(place, region) for place in places)
