"""What is remembered: the only place that changes the case file."""

from dataclasses import replace

from bot.dialogue.heard import Understood, Wish
from bot.dialogue.state import BINDING, SELF, UNBOUND, State
from bot.knowledge.lookup import offers_channel
from bot.knowledge.model import Knowledge

_MOST_ASIDE = 3
_FORGETS = ("start_over",)


def update(knowledge: Knowledge, state: State, understood: Understood) -> State:
    """The state after a message, before it is answered. Total."""
    if understood.act in _FORGETS:
        return State()
    state = state.within(knowledge)
    state = _facts(knowledge, state, understood)
    state = _person(state, understood)
    state = _place(state, understood)
    state = _matter(knowledge, state, understood)
    state = _way(knowledge, state, understood)
    # Asked what it is about, they said something that is no task.
    unanswered = state.asked == "procedure" and state.procedure is None and not _keeps_question(understood)
    nowhere = (understood.why in ("doubt", "unreadable", "outside") or unanswered) and understood.hazard is None
    lost = state.lost + 1 if nowhere else 0
    return replace(state, lost=lost, asked=state.asked if _keeps_question(understood) else None)


def _keeps_question(understood: Understood) -> bool:
    """Whether the question before is still open after it: a side remark leaves its choices good."""
    return understood.act in ("greet", "thank", "ask_capabilities")


def _facts(knowledge: Knowledge, state: State, understood: Understood) -> State:
    """A fact holds until another of its group is told, or the same is wanted for another relative."""
    another = understood.act == "switch" and understood.person not in (None, state.person)
    facts = [fact for fact in state.facts if not another or knowledge.facts[fact].stays]
    if understood.person:
        facts = [f for f in facts if f != SELF]
    for told in (*understood.facts, *([SELF] if understood.person == SELF else [])):
        group = knowledge.facts[told].group if told in knowledge.facts else None
        facts = [f for f in facts if f != told and not (group and knowledge.facts[f].group == group)] + [told]
    return replace(state, facts=tuple(f for f in facts if f in knowledge.facts))


def _person(state: State, understood: Understood) -> State:
    """Each relative has a place of their own."""
    person = understood.person or state.person
    if person in (state.person, SELF):
        return state
    places = dict(state.regions)
    if state.person and state.region:
        places[state.person] = state.region
    return replace(state, person=person, region=places.get(person or "", state.region), regions=tuple(places.items()))


def _place(state: State, understood: Understood) -> State:
    denied = understood.region_denied
    if denied and state.region and (state.region.startswith(denied) or denied.startswith(state.region)):
        state = replace(state, region=None, regions=tuple(p for p in state.regions if p[0] != state.person))
    if understood.region:
        places = {**dict(state.regions), **({state.person: understood.region} if state.person else {})}
        return replace(state, region=understood.region, region_options=(), regions=tuple(places.items()))
    if understood.region_options:
        return replace(state, region=None, region_options=understood.region_options)
    if understood.skipped and state.asked == "region":
        return replace(state, region_options=())
    return state


def _matter(knowledge: Knowledge, state: State, understood: Understood) -> State:
    """The task and the point; what was in hand stands under a side question and is kept aside for another task."""
    besides = {wish.task for wish in understood.wishes}
    if understood.act == "out_of_scope" or (understood.hazard and besides == {"ask_other_insurance"}):
        return state
    wish = matter_told(knowledge, state, understood) or next(iter(understood.wishes), None)
    aside = state.procedure and knowledge.procedures[state.procedure].aside
    if wish is None and understood.act == "inform" and understood.channel and aside and state.thread:
        return replace(
            state, procedure=state.thread, point=None
        )  # a way is named for the task, not for the side question
    if wish is None:
        return state
    task = wish.task or state.procedure
    if task is None:
        return replace(state, point=wish.point)
    thread: str | None = task
    if (
        task == BINDING
        and state.procedure
        and UNBOUND in understood.facts
        and knowledge.procedures[state.procedure].needs_binding
    ):
        thread = state.procedure  # what binding is for goes on after it
    if knowledge.procedures[task].aside:
        thread = state.thread if state.thread != task else None
        parent = knowledge.procedures[task].belongs_to
        thread = thread or parent
    others = [t for t in state.aside if t != task]
    others += [w.task for w in understood.wishes[1:] if w.task and w.task != task and w.task not in others]
    step = state.step if task in (state.procedure, state.thread) or knowledge.procedures[task].aside else 0
    return replace(state, procedure=task, thread=thread, point=wish.point, step=step, aside=tuple(others[:_MOST_ASIDE]))


def matter_told(knowledge: Knowledge, state: State, understood: Understood) -> Wish | None:
    """What a bare fact makes the matter, told beside a danger too: where no task stands, or whatever stands."""
    told = understood.act == "told" or understood.hazard
    if not told or any(wish.task for wish in understood.wishes):
        return None
    task = knowledge.procedures.get(state.procedure or "")
    for name in understood.facts:
        fact = knowledge.facts.get(name)
        if name == UNBOUND and task and task.needs_binding:
            return Wish(BINDING)
        if fact and fact.task and (fact.takes_over or state.procedure is None):
            return Wish(fact.task, fact.point)
    return None


def _way(knowledge: Knowledge, state: State, understood: Understood) -> State:
    """The channel; one that is ruled out stays so until it is named."""
    if understood.programme and state.region and not serves(knowledge, understood.programme, state.region):
        # 微信里的粤医保, said in 四川: neither is the way there
        understood = replace(understood, channel=None, programme=None)
    excluded = [*state.excluded, *(c for c in understood.excluded if c not in state.excluded)]
    channel = None if state.channel in excluded else state.channel
    if understood.channel and understood.channel not in understood.excluded:
        channel = understood.channel
        excluded = [c for c in excluded if c != channel]
    elif channel and state.procedure and not _leaves_the_way(knowledge, state.procedure, channel):
        channel = None  # it was said of another task
    programme = understood.programme or state.programme
    if understood.channel and not understood.programme:
        covers = programme and understood.channel in knowledge.mini_programs[programme].channels
        programme = programme if covers else None
    return replace(state, channel=channel, excluded=tuple(excluded), programme=programme)


def serves(knowledge: Knowledge, programme: str, region: str) -> bool:
    """Whether a programme of one place is for people who are insured in a region."""
    return region.startswith(knowledge.mini_programs[programme].region)


def _leaves_the_way(knowledge: Knowledge, task: str, channel: str) -> bool:
    """Whether a channel that was said may hold for the task, or for the one that a side question interrupts."""
    return knowledge.procedures[task].aside or offers_channel(knowledge, task, channel)
