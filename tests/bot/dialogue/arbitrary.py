"""Anything that may be heard, and any case file, over the ids of the small knowledge."""

from hypothesis import strategies as st

from bot.dialogue.heard import Heard, Named, Part
from bot.dialogue.state import State
from bot.dialogue.understand import ACTS
from bot.knowledge.lookup import Near
from tests.small_knowledge import GUANGDONG, SICHUAN, YILI, small

KNOWN = small()
TASKS = list(KNOWN.procedures)
CHANNELS = list(KNOWN.channels)
PLACES = [YILI, GUANGDONG, SICHUAN, "广东省深圳市"]
PEOPLE = ["mother", "father", "self"]
TALK = ["greet", "thank", "goodbye", "affirm", "deny", "no_preference", "change_region"]
TALK += ["ask_capabilities", "start_over", "resume", "cancel", "out_of_scope"]
LABELS = [*KNOWN.points, *ACTS, *KNOWN.facts, "other_told", "none", "whole", "medical"]
HAZARDS = ["die", "poison", "emergency", "scam", "fraud", "none"]
# Of everything that can be told: `task/point/entry` and `task#variant`.
KEYS = [
    f"{task}/{point}/{number}"
    for task, cells in KNOWN.cells.items()
    for point, cell in cells.items()
    for number in range(len(cell.entries))
]
KEYS += [f"{task}#{number}" for task, told in KNOWN.procedures.items() for number in range(len(told.variants))]
EXAMPLES = [
    (task, point, number, kind)
    for task, cells in KNOWN.cells.items()
    for point, cell in cells.items()
    for number, entry in enumerate(cell.entries)
    for kind in ("asks", "yes", "no")
    if getattr(entry, kind)
]

_says = st.floats(0.001, 1)
_words = st.text("怎么绑我妈余额要带什", max_size=12)


def _ranking(names: list[str], most: int = 4) -> st.SearchStrategy:
    found = st.dictionaries(st.sampled_from(names), _says, max_size=most)
    return found.map(lambda says: tuple(sorted(says.items(), key=lambda one: -one[1])))


def _some(values: list[str], most: int = 3) -> st.SearchStrategy:
    return st.lists(st.sampled_from(values), max_size=most, unique=True).map(tuple)


_near = st.builds(lambda example, says: Near(*example, says), st.sampled_from(EXAMPLES), _says)
_PARTS = st.builds(
    Part,
    text=_words,
    intents=_ranking([*TASKS, "follow_up", "inform", *TALK]),
    points=_ranking(LABELS),
    near=st.lists(_near, max_size=3).map(tuple),
    start=st.integers(0, 9),
    end=st.integers(0, 30),
    asked=st.dictionaries(st.sampled_from([*TASKS, "general"]), _ranking(LABELS), max_size=3),
    plain=st.dictionaries(st.sampled_from([*TASKS, "general"]), _ranking(LABELS), max_size=3),
    told=_ranking([*KNOWN.facts]),
)
_values = {
    "region": PLACES,
    "region_option": PLACES,
    "region_denied": PLACES,
    "place": PLACES,
    "channel": CHANNELS,
    "channel_excluded": CHANNELS,
    "mini_program": list(KNOWN.mini_programs),
    "relative": PEOPLE,
    "ordinal": ["1", "2", "8", "-1", "98", "99"],
}
_NAMED = st.sampled_from([(kind, value) for kind, values in _values.items() for value in values]).flatmap(
    lambda one: st.builds(Named, st.just(one[0]), st.just(one[1]), st.integers(0, 9), st.integers(0, 9))
)
HEARD = st.builds(
    Heard,
    whole=_PARTS,
    clauses=st.lists(_PARTS, max_size=4).map(tuple),
    named=st.lists(_NAMED, max_size=4).map(tuple),
    hazards=_ranking(HAZARDS),
    readable=st.booleans(),
)


def _or_none(values: list[str]) -> st.SearchStrategy:
    return st.none() | st.sampled_from(values)


STATES = st.builds(
    State,
    procedure=_or_none(TASKS),
    channel=_or_none(CHANNELS),
    region=_or_none(PLACES),
    thread=_or_none(TASKS),
    point=_or_none([*KNOWN.points, "medical"]),
    facts=_some(list(KNOWN.facts)),
    person=_or_none(PEOPLE),
    regions=st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from(PLACES)).map(lambda own: tuple(own.items())),
    region_options=_some(PLACES),
    excluded=_some(CHANNELS, 4),
    programme=_or_none(list(KNOWN.mini_programs)),
    step=st.integers(0, 9),
    shown=_some(KEYS, 8),
    aside=_some(TASKS),
    asked=_or_none(["procedure", "region"]),
    put=_some(["procedure", "region"]),
    lost=st.integers(0, 5),
    said=_or_none(["带户口本。"]),
)

_NEXT = [*KNOWN.points, "step", "repeat", "shorter"]
TAPS = st.one_of(
    st.tuples(
        st.sampled_from(TASKS),
        st.fixed_dictionaries(
            {},
            optional={
                "point": st.sampled_from(list(KNOWN.points)),
                "channel": st.sampled_from(CHANNELS),
                "region": st.sampled_from(PLACES),
            },
        ),
    ),
    st.tuples(st.just("inform"), st.fixed_dictionaries({"channel": st.sampled_from(CHANNELS)})),
    st.tuples(st.just("inform"), st.fixed_dictionaries({"region": st.sampled_from([*PLACES, ""])})),
    st.tuples(st.just("follow_up"), st.fixed_dictionaries({"point": st.sampled_from(_NEXT)})),
    st.tuples(st.sampled_from(TALK), st.just({})),
)
