"""An entry of a cell as a form, and a form as an entry: with every fault at the field it belongs to. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

from pydantic import ValidationError

from bot.knowledge.loader import fault_message
from bot.knowledge.model import Door, Entry, Knowledge, Source
from bot.privacy import mask
from bot.staff import personal
from bot.staff.sources import by_key, key_of

LIMITS = {"say": 60, "more": 60, "silent": 40, "near": 60}
_SIDES = {"say": ("say", "more"), "silent": ("silent", "near", "door")}


@dataclass(frozen=True)
class Form:
    """What stands in the fields, and what is wrong with it.

    Attributes:
        kind: `say` or `silent`.
        faults: by field; what belongs to none stands under the empty name.
    """

    kind: str = "say"
    say: str = ""
    more: str = ""
    silent: str = ""
    near: str = ""
    door: str = "12393"
    source: str = ""  # the key of a source
    as_of: str = ""
    channel: tuple[str, ...] = ()
    region: str = ""
    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()

    def fault(self, field: str) -> str | None:
        """What is wrong with a field."""
        return next((message for name, message in self.faults if name == field), None)


def shown(entry: Entry) -> Form:
    """An entry as it stands."""
    texts: dict[str, Any] = {name: getattr(entry, name) or "" for name in LIMITS}
    source = entry.source
    return Form(
        kind="silent" if entry.silent else "say",
        **texts,
        door=entry.door,
        source=key_of(source) if source else "",
        as_of=source.as_of or "" if source else "",
        channel=tuple(entry.channel),
        region=entry.region or "",
        when=tuple(entry.when),
        unless=tuple(entry.unless),
    )


def filled(fields: Mapping[str, list[str]]) -> Form:
    """What somebody sent."""

    def one(name: str) -> str:
        # A sentence stands on one line, however it was typed.
        return "".join(line.strip() for line in (fields.get(name) or [""])[0].splitlines())

    texts: dict[str, Any] = {name: one(name) for name in ("kind", *LIMITS, "door", "source", "as_of", "region")}
    several: dict[str, Any] = {name: _all(fields, name) for name in ("channel", "when", "unless")}
    return Form(**texts, **several)


def _all(fields: Mapping[str, list[str]], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fields.get(name) or []))


def checked(knowledge: Knowledge, form: Form, texts: Mapping[str, str]) -> Form:
    """The form with its faults; personal data in it are masked.

    Args:
        knowledge: what there is to choose from.
        form: what somebody sent.
        texts: what is said of faults.
    """
    typed = {name: getattr(form, name) for name in (*LIMITS, "as_of")}
    faults = personal.faults(typed, texts)
    choices = {
        "kind": (form.kind, _SIDES),
        "door": (form.door, get_args(Door)),
        "source": (form.source, {"", *by_key(knowledge)}),
        "region": (form.region, {"", *knowledge.region_titles}),
    }
    faults |= {name: texts["no_choice"] for name, (value, known) in choices.items() if value not in known}
    for name, known in (("channel", knowledge.channels), ("when", knowledge.facts), ("unless", knowledge.facts)):
        if not set(getattr(form, name)) <= set(known):
            faults[name] = texts["no_choice"]
    if not faults:
        faults = _missing(form, texts) or _invalid(knowledge, form)
    masked: dict[str, Any] = {name: mask(text) for name, text in typed.items()}
    return replace(form, **masked, faults=tuple(faults.items()))


def _missing(form: Form, texts: Mapping[str, str]) -> dict[str, str]:
    if not getattr(form, form.kind):
        return {form.kind: texts["empty"]}
    if not form.source and (form.kind == "say" or form.near):
        return {"source": texts["no_source"]}
    return {}


def _invalid(knowledge: Knowledge, form: Form) -> dict[str, str]:
    try:
        entry_of(knowledge, form)
    except ValidationError as error:
        faults = {}
        for fault in error.errors():
            names = [step for step in fault["loc"] if isinstance(step, str)]
            faults[names[-1] if names else ""] = fault_message(fault)
        return faults
    return {}


def entry_of(knowledge: Knowledge, form: Form, entry: Entry | None = None) -> Entry:
    """The entry that a form stands for, with the examples of the one before.

    Raises:
        ValidationError: the form has faults.
    """
    examples = {name: getattr(entry, name) for name in ("asks", "yes", "no", "bare")} if entry else {}
    values = {name: value for name, value in values_of(knowledge, form).items() if value not in (None, "", [], {})}
    return Entry.model_validate({**values, **examples})


def values_of(knowledge: Knowledge, form: Form) -> dict[str, Any]:
    """What the keys of the entry are to say; None where a key is to go."""
    side = _SIDES[form.kind]
    texts = {name: getattr(form, name) if name in side else None for name in (*LIMITS, "door")}
    source: Source | None = by_key(knowledge).get(form.source)
    told = {"document": source.document, "section": source.section, "as_of": form.as_of or None} if source else {}
    return {
        **texts,
        "source": {name: value for name, value in told.items() if value},
        # A single channel is written as a word.
        "channel": form.channel[0] if len(form.channel) == 1 else list(form.channel),
        "region": form.region,
        "when": list(form.when),
        "unless": list(form.unless),
    }
