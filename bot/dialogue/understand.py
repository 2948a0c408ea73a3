"""What a message means in its conversation: an ordered table of rules. The first that fits decides; its name is the `why`."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from math import log
from typing import Any

from bot.dialogue.heard import Heard, Named, Part, Ranking, Understood, Wish
from bot.dialogue.shown import task_of
from bot.dialogue.state import ALLOWED, BINDING, BOUND, SELF, State
from bot.dialogue.thresholds import (
    ALSO,
    AS_BARE,
    ASKED_WEIGHT,
    BARE_ALONE,
    BARE_IN_THREAD,
    BESIDE,
    CLEARER,
    CLEARLY,
    DANGER,
    DOUBTFUL,
    DOUBTFUL_IN_THREAD,
    FACT,
    FACT_OF_CLAUSE,
    GUESSED,
    HARDLY,
    LIKENESS_WEIGHT,
    NAMED_LIKENESS_WEIGHT,
    NAMED_UNLIKE,
    OFFERED,
    RATHER,
    SAME,
    SECOND_WISH,
    SURE_FACT,
    SURE_OUTSIDE,
    SURE_WHOLE,
    TASK_OVER_TALK,
    UNLIKE,
)
from bot.knowledge.lookup import ELSEWHERE, FAINT, LIKE, Near
from bot.knowledge.model import BARE, GENERAL, WHOLE, Knowledge

FOLLOW_UP, INFORM, FALLBACK, OUT_OF_SCOPE = "follow_up", "inform", "nlu_fallback", "out_of_scope"
LEANING = (FOLLOW_UP, INFORM)  # intents of messages that name no task
ACTS = ("step", "repeat", "shorter", "switch", "told", "objection", "complaint", "worry")
NONE = ("none", WHOLE)  # labels of messages that ask for no point
_GRAVITY = ("die", "poison", "emergency", "scam", "fraud")  # the gravest first
_INSTEAD = ("die", "scam", "fraud")  # nothing else is answered beside these
_SWITCHED = {"relative", "channel", "region", "region_option", "mini_program"}  # something of these is said anew
_WAYS = {"channel", "channel_excluded", "region", "region_option", "region_denied", "mini_program"}
_TOLD = "other_told"  # the label of what is told and is no fact of facts.yml
_OTHER = "ask_other_insurance"
_PHONES = "contact_agent"  # what is said of telephones may be told in any task
_TAG = 5  # characters: a shorter clause (行不行, 够不) asks of the rest of its sentence
_DONE = frozenset("了已")  # the particles of what is done: 打开了 wants the next step, 一步一步来 the first


@dataclass(frozen=True)
class Reading:
    """The likeliest meaning of a message or of one clause, and how likely that is."""

    intent: str
    wish: Wish
    act: str | None = None
    fact: str | None = None
    sure: float = 0.0
    others: tuple[Wish, ...] = ()
    guessed: bool = False  # no label fits it: the point is the likeliest of what can be asked

    @property
    def asks(self) -> bool:
        """Whether it wants to know something."""
        return self.wish.task is not None or self.wish.point is not None


def understand(knowledge: Knowledge, state: State, heard: Heard) -> Understood:
    """The meaning of a message. Total: whatever was heard, a rule fits."""
    scene = _Scene(knowledge, state.within(knowledge), heard)
    for name, rule in RULES:
        found = rule(scene)
        if found is not None:
            return replace(scene.named(found), why=name)
    raise AssertionError("the last rule fits everything")


class _Scene:
    """A message beside the conversation: what the rules look at."""

    def __init__(self, knowledge: Knowledge, state: State, heard: Heard):
        self.knowledge, self.state, self.heard = knowledge, state, heard
        named = frozenset(n.entity for n in heard.named)
        self.reading = read(knowledge, state, heard.whole, named)
        self.clauses = [read(knowledge, state, clause, named) for clause in heard.clauses]
        self.hazard = _gravest(heard.hazards)
        self.told = _told(knowledge, self.reading, heard)
        # What a clause alone seems to ask for must be thinkable of the whole message.
        self.possible = {point for point, says in heard.whole.points if says >= BESIDE}

    def asking(self) -> Iterator[Reading]:
        """The clauses that ask something, the last first; a statement, 去年弄的, is only a little like some question."""
        for reading, clause in reversed(list(zip(self.clauses, self.heard.clauses))):
            reads = dict(clause.points).get(reading.wish.point or "", 0.0) >= OFFERED
            states = reading.intent == INFORM and not reads and reading.wish.point not in self.possible
            if reading.asks and not reading.act and not states:
                yield reading

    def means(self, intent: str | None = None, wishes: Iterable[Wish] = (), **rest: Any) -> Understood:
        """An understanding of this message; the rule's name is filled in by who asked the rule."""
        return Understood("", intent or self.reading.intent, tuple(wishes), **rest)

    def named(self, found: Understood) -> Understood:
        """The understanding with all that the message names and tells besides."""
        heard, values = self.heard, self.heard.values
        programme = next(iter(values("mini_program")), None)
        regions = [n for n in heard.named if n.entity == "region" and not self._of_programme(n)]
        outside = found.act == OUT_OF_SCOPE  # the weather of a place says nothing of a card
        said = None if outside else next((n.value for n in regions if self._counts(n, found)), None) or self._whose()
        numbers = values("ordinal")
        people = (person for person in values("relative") if person != SELF or SELF in self.told)
        return replace(
            found,
            facts=self.told,
            hazard=found.hazard or self.hazard,
            channel=found.channel or next(iter(values("channel")), None),
            excluded=tuple(dict.fromkeys([*found.excluded, *values("channel_excluded")])),
            region=found.region or said,
            region_options=() if regions or said or outside else tuple(values("region_option")),
            region_denied=next(iter(values("region_denied")), None),
            programme=programme,
            person=found.person or next(people, None),
            number=found.number or (int(numbers[0]) if numbers else None),
            done=found.done or not _DONE.isdisjoint(heard.whole.text),
            text=heard.whole.text if found.act == "step" else "",
            near=tuple(self._near(found)),
        )

    def _near(self, found: Understood) -> Iterator[Near]:
        """The examples that the message or a clause of it is like: in a long story the question is a few words."""
        best: dict[str, tuple[Near, Part]] = {}
        for part in (self.heard.whole, *self.heard.clauses):
            for near in part.near:
                if near.key not in best or best[near.key][0].likeness < near.likeness:
                    best[near.key] = near, part
        for near, part in sorted(best.values(), key=lambda one: -one[0].likeness):
            if self._may_be_told(near, found):
                yield replace(near, fit=part.fit(near))

    def _may_be_told(self, near: Near, found: Understood) -> bool:
        """Whether the answer may be chosen by it; the rest would only be stored."""
        meant = {wish.point for wish in (*found.wishes, *found.doubt)}
        if near.likeness < (FAINT if near.point in meant else LIKE) or (near.kind == BARE and near.point not in meant):
            return False
        if near.point == ALLOWED:
            return near.point in meant
        standing = {self.state.procedure, self.state.thread, *(wish.task for wish in found.wishes)} - {None}
        if not standing and near.point in meant:
            return True  # it may be asked of any task
        tasks = {*standing, GENERAL, _PHONES}
        return near.task in tasks or near.task in {_parent(self.knowledge, task) for task in tasks}

    def _counts(self, place: Named, found: Understood) -> bool:
        """Whether the place is taken for that of the insurance: what is said in passing changes none that is known."""
        if self.state.region is None:
            return True
        asked = found.act not in ("inform", "told", "switch", "resume")
        return not place.aside and (place.insured or not asked or bool(self.heard.values("relative")))

    def _whose(self) -> str | None:
        """Of two places the one of the person whose card it is: 我伊犁 她周口."""
        places = {n.start: n.value for n in self.heard.named if n.entity == "region_option"}
        if len(places) < 2:
            return None
        people = [n.start for n in self.heard.named if n.entity == "relative" and n.value != SELF]
        mine = {
            start
            for start in places
            for c in self.heard.clauses
            if c.start <= start < c.end and c.text.startswith("我") and not any(c.start <= p < c.end for p in people)
        }
        theirs = [value for start, value in places.items() if start not in mine]
        task = self.reading.wish.task or self.state.procedure
        money = task in self.knowledge.procedures and self.knowledge.procedures[task].own_money
        chosen = [places[start] for start in sorted(mine)] if money else theirs
        return chosen[0] if len(chosen) == 1 else None

    def _of_programme(self, place: Named) -> bool:
        """Whether the place is only the name of a programme, 粤医保: who says it need not be insured there."""
        return any(
            n.entity == "mini_program" and n.start <= place.start and place.end <= n.end for n in self.heard.named
        )


def read(knowledge: Knowledge, state: State, part: Part, named: frozenset[str] = frozenset()) -> Reading:
    """The likeliest meaning of a part in this conversation.

    Args:
        knowledge: what is known.
        state: the conversation before it.
        part: a message or a clause.
        named: the kinds of names in the message.
    """
    intents = dict(part.intents)
    if not any(intents.values()):
        return Reading(FALLBACK, Wish())
    tasks = sorted(((n, says) for n, says in intents.items() if n in knowledge.procedures), key=lambda one: -one[1])
    task, task_says = tasks[0] if tasks else (None, 0.0)
    # What leans on the conversation asks or tells something: where no label fits, it only looks so.
    empty = dict(part.points).get("none", 0.0)
    leans = intents.get(FOLLOW_UP, 0.0) * (1 - empty) + intents.get(INFORM, 0.0)
    leaning = leans * (BARE_IN_THREAD if state.procedure or state.thread else BARE_ALONE)
    talks = [(n, says) for n, says in intents.items() if n not in knowledge.procedures and n not in LEANING]
    talk, talk_says = max(talks, key=lambda one: one[1], default=(None, 0.0))
    # Not flatly refused on a guess where a task may be meant.
    guessed = talk == OUT_OF_SCOPE and talk_says < SURE_OUTSIDE and task_says >= OFFERED
    least = 0.0 if guessed else talk_says * TASK_OVER_TALK
    total = max(1.0, task_says + leans + talk_says)
    if task and task_says >= leaning and task_says >= least:
        found = _asking(knowledge, state, part, named, task, task_says / total, task)
        also = tuple(Wish(name) for name, says in tasks[1:2] if says >= ALSO)
        return replace(found, others=(*also, *found.others)[:2])
    if leaning and leaning >= least:
        intent = max(LEANING, key=lambda name: intents.get(name, 0.0))
        return _asking(knowledge, state, part, named, None, leans / total, intent)
    return Reading(talk or FALLBACK, Wish(), act=talk, sure=talk_says / total, others=(Wish(task),) if task else ())


def _asking(
    knowledge: Knowledge, state: State, part: Part, named: frozenset[str], task: str | None, sure: float, intent: str
) -> Reading:
    chain: list[str | None] = [task] if task else [*state.chain(knowledge)] or [None]
    lately = _lately(knowledge, state, part, chain) if task is None else None
    if lately:
        chain = [lately]
    way = dict(part.points).get(WHOLE, 0.0) >= SURE_WHOLE and not _is_an_example(part, chain)
    if task is None and chain != [None] and way:
        return Reading(intent, Wish(chain[0]), sure=sure)  # 怎么弄, 具体咋办
    scored = _points(knowledge, chain, part, () if named & _SWITCHED else ("switch",), task is not None)
    best, likely = scored[0] if scored else ("none", 1.0)
    if best in knowledge.facts and likely < SURE_FACT:
        # A question may hold what a statement says: 他不在家我能查吗.
        best, likely = next(
            ((p, says) for p, says in scored if p in knowledge.points and says >= OFFERED), (best, likely)
        )
    guessed = best in NONE and task is None and chain != [None]
    if guessed:
        # It leans on something and names nothing: the likeliest of what can be asked of it.
        said = 1.0 if named & _WAYS else sum(says for p, says in scored if p not in NONE)
        best, likely = next(
            ((p, says / said) for p, says in scored if p in knowledge.points and says >= OFFERED / 2), (best, likely)
        )
    others = tuple(Wish(task, p) for p, says in scored if p in knowledge.points and p != best and says >= OFFERED)[:2]
    if best in ACTS or best in knowledge.facts or best == _TOLD:
        act = best if best in ACTS else "told"
        fact = best if best in knowledge.facts else None
        if fact == BOUND and task == BINDING:
            task, intent = None, INFORM  # that it is done is told: nothing is wanted of it
        return Reading(intent, Wish(task), act, fact, sure * likely, others)
    point = None if best in NONE else best
    sure *= likely if task is None else 1.0
    if point in knowledge.points and chain == [None]:
        task = knowledge.points[point].task
    task = task or lately or _standing(part, chain, point)
    return Reading(intent, Wish(task, point), sure=sure, others=others, guessed=guessed)


def _lately(knowledge: Knowledge, state: State, part: Part, chain: list[str | None]) -> str | None:
    """The task told of before the one in hand, where the message is clearly more like what is asked of that one."""
    in_hand = {GENERAL, *chain, *(_parent(knowledge, task) for task in chain)}
    told = {task_of(key) for key in state.shown} - in_hand
    # Who is stuck is stuck in what they are doing: 点了没反应 is a neighbour's example by chance.
    asked = [n for n in part.near if n.kind in ("asks", BARE) and not _is_trouble(knowledge, n.point)]
    alike = {near.task: near.likeness for near in reversed(asked)}
    task = max(told, key=lambda name: alike.get(name, 0.0), default=None)
    here = max(alike.get(name or GENERAL, 0.0) for name in in_hand)
    return task if task and alike.get(task, 0.0) >= max(SAME, here + CLEARLY) else None


def _told(knowledge: Knowledge, reading: Reading, heard: Heard) -> tuple[str, ...]:
    """The facts in a message, whatever it asks; of a group that excludes the others the likeliest one."""
    likely = {reading.fact: dict(heard.whole.told).get(reading.fact, 1.0)} if reading.fact else {}
    parts = ((heard.whole, FACT), *((clause, FACT_OF_CLAUSE) for clause in heard.clauses))
    for name, says in ((name, says) for part, least in parts for name, says in part.told if says >= least):
        likely[name] = max(likely.get(name, 0.0), says)
    if reading.wish == Wish(BINDING):
        likely.pop(BOUND, None)  # who asks how to bind means somebody who is not bound
    of_group: dict[str, str] = {}
    for name in sorted((name for name in likely if name in knowledge.facts), key=lambda name: -likely[name]):
        of_group.setdefault(knowledge.facts[name].group or name, name)
    return tuple(of_group.values())


def _is_an_example(part: Part, chain: list[str | None]) -> bool:
    """Whether it is nearly an example question of a point of the task: 咋参 asks for one step of the way."""
    own = (near for near in part.near if near.task in chain and near.kind == "asks" and near.point != WHOLE)
    return any(near.likeness >= SAME + CLEARLY for near in own)


def _is_trouble(knowledge: Knowledge, point: str) -> bool:
    return point in knowledge.points and knowledge.points[point].trouble


def _standing(part: Part, chain: list[str | None], point: str | None) -> str | None:
    """The task under a side question, where a point is asked as of that one and not as of the side question."""

    def says(task: str | None) -> float:
        return dict(part.asked.get(task or "", ())).get(point or "", 0.0)

    if len(chain) < 2 or says(chain[0]) > HARDLY:
        return None
    return next((task for task in chain[1:] if says(task) >= RATHER), None)


def _points(
    knowledge: Knowledge, chain: list[str | None], part: Part, without: tuple[str, ...], named: bool
) -> list[tuple[str, float]]:
    """The labels with what the classifier says of them and how like the message their cells' examples are."""
    meant = {name for task in chain for name in (task, _parent(knowledge, task), GENERAL)}
    alike: dict[str, float] = {}
    for near in part.near:
        if near.task in meant:
            alike[near.point] = max(alike.get(near.point, 0.0), near.likeness)
    # What the tasks' own questions make of it: learned of each apart, so the surest of them speaks.
    asked: dict[str, float] = {}
    for name in meant:
        for point, says in part.asked.get(name or "", ()):
            asked[point] = max(asked.get(point, 0.0), says)
    labels = _shared_out(dict(part.points), asked)
    scores = {}
    # Who names the task mostly asks for the way, which has no examples of its own to be like.
    weight, unlike = (NAMED_LIKENESS_WEIGHT, NAMED_UNLIKE) if named else (LIKENESS_WEIGHT, UNLIKE)
    for label in {*labels, *alike} - {*without}:
        if label in knowledge.points and not any(knowledge.entries(task, label) for task in chain):
            continue  # nobody can mean it of this task
        likeness = max(0.0, alike.get(label, 0.0) - unlike)
        scores[label] = log(labels.get(label, 0.0) + 1e-3) + weight * likeness
    top = sorted(scores.items(), key=lambda item: -item[1])
    weights = [(label, 2.718 ** (score - top[0][1])) for label, score in top]
    total = sum(weight for _, weight in weights)
    return [(label, weight / total) for label, weight in weights]


def _shared_out(labels: dict[str, float], asked: dict[str, float]) -> dict[str, float]:
    """The labels with what the tasks' own questions say: which point it is, where it is one; not whether it is one."""
    mass = sum(labels.get(point, 0.0) for point in asked)
    likely = {point: (labels.get(point, 0.0) + 1e-3) * (says + 1e-3) ** ASKED_WEIGHT for point, says in asked.items()}
    total = sum(likely.values())
    return {**labels, **{point: mass * says / total for point, says in likely.items()}}


def _parent(knowledge: Knowledge, task: str | None) -> str | None:
    procedure = knowledge.procedures.get(task or "")
    return procedure.belongs_to if procedure else None


def _gravest(hazards: Ranking) -> str | None:
    """The gravest of the hazards that are likely enough."""
    likely = {name for name, says in hazards if says >= DANGER.get(name, 2)}
    return next((name for name in _GRAVITY if name in likely), None)


# -- the rules


def _danger(scene: _Scene) -> Understood | None:
    """Whatever else is asked: what threatens a life or a purse is answered alone."""
    return scene.means(OUT_OF_SCOPE, hazard=scene.hazard) if scene.hazard in _INSTEAD else None


def _unreadable(scene: _Scene) -> Understood | None:
    """Letters that nobody can read mean nothing, whatever they look like."""
    if scene.heard.readable or scene.heard.named:
        return None
    return scene.means(OUT_OF_SCOPE if scene.hazard else FALLBACK, hazard=scene.hazard)


def _choice(scene: _Scene) -> Understood | None:
    """After a question: one of its choices, by its name or its place."""
    state, reading = scene.state, scene.reading
    if not state.asked:
        return None
    if reading.act == "no_preference" or (state.asked == "region" and reading.act == "change_region"):
        return scene.means(skipped=True)
    answered = {key.split("/")[1] for key in state.shown if "/" in key}
    names = reading.wish.task and not reading.act and reading.sure >= SECOND_WISH
    if state.asked == "procedure" and names and state.point and state.point not in answered:
        return scene.means(wishes=[replace(reading.wish, point=reading.wish.point or state.point)])
    return None


def _several(scene: _Scene) -> Understood | None:
    """Two or three things asked in one message."""
    asked: dict[Wish, tuple[int, int]] = {}
    task = scene.reading.wish.task
    for reading, clause in zip(scene.clauses, scene.heard.clauses):
        if not reading.asks or reading.act or reading.sure < SECOND_WISH or len(clause.text) < 3:
            continue
        named = reading.wish.task or task or _barely(clause) == reading.wish.point
        if not named and reading.wish.point not in scene.possible:
            continue  # 要刷脸吗 刷谁的: alone the second could be about anything
        wish = replace(reading.wish, task=reading.wish.task or task)
        task = wish.task or task
        asked.setdefault(wish, (clause.start, clause.end))
    wishes = _distinct(list(asked))
    point = scene.reading.wish.point
    if len(wishes) < 2 or point and point not in {wish.point for wish in wishes}:
        return None
    intent = wishes[0].task or FOLLOW_UP
    return scene.means(intent, wishes[:3], spans=tuple(asked[w] for w in wishes[:3]))


def _barely(clause: Part) -> str | None:
    """The point that a clause asks for in just the fewest words."""
    return next((near.point for near in clause.near if near.kind == BARE and near.likeness >= AS_BARE), None)


def _distinct(wishes: list[Wish]) -> list[Wish]:
    """Without the whole of a task of which a point is asked too."""
    pointed = {wish.task for wish in wishes if wish.point}
    return [wish for wish in wishes if wish.point or wish.task not in pointed]


def _step(scene: _Scene) -> Understood | None:
    """A step is done, or a certain one is wanted."""
    if not (scene.state.procedure or scene.state.thread):
        return None
    way_told = bool(scene.state.shown) and "#" in scene.state.shown[-1]
    if scene.reading.act == "affirm" and scene.state.step:
        return scene.means(act="step")
    # A number counts steps only while steps are told: 那第三个呢 may count relatives.
    numbered = way_told and bool(scene.heard.values("ordinal")) and scene.reading.intent in LEANING
    if scene.reading.act == "step" or numbered:
        return scene.means(wishes=[scene.reading.wish] if scene.reading.wish.task else [], act="step")
    return None


def _act(scene: _Scene) -> Understood | None:
    """It leans on what was said: again, shorter, for somebody else, doubted, complained of."""
    reading = scene.reading
    if reading.act in ACTS and reading.act not in ("told", "step"):
        wishes = [reading.wish] if reading.wish.task else []
        return scene.means(wishes=wishes, act=reading.act, doubt=reading.others)
    return None


def _fact(scene: _Scene) -> Understood | None:
    """Something is told of one's situation, and nothing asked."""
    if any(not reading.guessed and reading.sure >= DOUBTFUL for reading in scene.asking()):
        return None
    if scene.reading.act == "told" and (scene.reading.fact or not _names_a_way(scene)):
        task = scene.reading.wish.task or _opened(scene)
        wishes = [replace(scene.reading.wish, task=task)] if task else []
        return scene.means(wishes=wishes, act="told", doubt=scene.reading.others)
    return None


def _opened(scene: _Scene) -> str | None:
    """The task of a story that begins a conversation, where what is told makes none the matter."""
    facts = (scene.knowledge.facts[name] for name in scene.told)
    if scene.state.procedure or scene.state.thread or any(fact.task for fact in facts):
        return None
    tasks = ((n, says) for n, says in scene.heard.whole.intents if n in scene.knowledge.procedures)
    return next((name for name, says in tasks if says >= OFFERED), None)


def _clause(scene: _Scene) -> Understood | None:
    """Something told, and a question behind it: the question is what is asked."""
    idle = scene.reading.act == "told" or scene.reading.wish == Wish()
    elsewhere = scene.reading.wish.task == _OTHER and scene.reading.sure < SECOND_WISH
    if not (idle or elsewhere) and (scene.reading.sure >= DOUBTFUL or scene.state.procedure):
        return None
    least = DOUBTFUL if idle or elsewhere else SECOND_WISH
    for reading in scene.asking():
        # Of a story that seems to be of another insurance only the clause that names a task of ours.
        ours = not elsewhere or reading.wish.task not in (None, _OTHER)
        if ours and reading.sure >= least:
            return _asked_by(scene, reading)
    return None


def _last_clause(scene: _Scene) -> Understood | None:
    """A long story of what is in hand that ends in a question of its own, which is clearer than the whole of it."""
    if not (scene.state.procedure and scene.clauses) or len(scene.heard.clauses[-1].text) < _TAG:
        return None
    last = scene.clauses[-1]
    clear = last.sure >= max(SECOND_WISH, scene.reading.sure) and not last.act
    asks = last.wish.point in scene.possible and not last.wish.task
    return _asked_by(scene, last) if clear and asks else None


def _asked_by(scene: _Scene, clause: Reading) -> Understood:
    wish = replace(clause.wish, task=clause.wish.task or scene.reading.wish.task)
    return scene.means(wish.task or FOLLOW_UP, [wish], doubt=clause.others)


def _names_a_way(scene: _Scene) -> bool:
    return bool({named.entity for named in scene.heard.named} & _WAYS)


def _place(scene: _Scene) -> Understood | None:
    """A bare channel, place or programme: the last answer under it."""
    reading = scene.reading
    unsure = reading.wish.task is None and reading.sure < DOUBTFUL and bool(scene.heard.values("channel"))
    # A statement with a place in it: where the card is from.
    stated = reading.intent == INFORM and bool(scene.heard.values("region"))
    corrected = reading.wish.task is None and bool(scene.heard.values("channel_excluded"))  # 不是支付宝，是APP
    empty = reading.wish == Wish() or unsure or stated or (corrected and bool(scene.heard.values("channel")))
    bare = reading.intent in LEANING and reading.act in (None, "told") and empty
    asked = {r.wish for r in scene.clauses if r.asks and not r.act and r.sure >= DOUBTFUL}
    if corrected:
        asked -= {Wish(None, "channel_ok")}  # it is told which way it is
    if _names_a_way(scene) and bare and not asked:
        return scene.means(INFORM, act="inform")
    return None


def _task(scene: _Scene) -> Understood | None:
    """A task is named, with a point of it or without."""
    reading = scene.reading
    if reading.wish.task is None:
        return None
    if reading.sure < DOUBTFUL and not scene.state.procedure and reading.wish.task != _OTHER:
        return None
    return scene.means(wishes=_with_clause_point(scene, reading.wish), doubt=reading.others)


def _with_clause_point(scene: _Scene, wish: Wish) -> list[Wish]:
    """A story, then its question: the point is the last clause's where the whole message shows none."""
    way = dict(scene.heard.whole.points).get(WHOLE, 0.0) >= SURE_WHOLE  # 卡断了刷不出来，咋办
    if wish.point is None and not way:
        for reading in reversed(scene.clauses):
            if (
                reading.wish.point
                and not reading.act
                and reading.sure >= SECOND_WISH
                and reading.wish.task in (None, wish.task)
            ):
                return [Wish(wish.task, reading.wish.point)]
    return [wish]


def _thread(scene: _Scene) -> Understood | None:
    """A point without a task: of what the conversation is about, or in general."""
    reading = scene.reading
    least = DOUBTFUL_IN_THREAD if scene.state.procedure else DOUBTFUL
    if scene.hazard:
        least = SURE_FACT  # beside a danger only what is surely asked
    if reading.wish.point is None or reading.sure < least:
        return None
    return scene.means(FOLLOW_UP, wishes=[reading.wish], doubt=reading.others)


def _talk(scene: _Scene) -> Understood | None:
    """Greeting, thanks, a yes or no, giving up, starting over."""
    reading = scene.reading
    if reading.act and reading.act not in ACTS and reading.act != OUT_OF_SCOPE and reading.sure >= DOUBTFUL:
        return scene.means(act=reading.act, doubt=reading.others)
    return None


def _outside(scene: _Scene) -> Understood | None:
    """Not about insurance."""
    if scene.reading.intent == OUT_OF_SCOPE and scene.reading.sure >= DOUBTFUL:
        point = next((label for label, _ in scene.heard.whole.points[:1] if label not in NONE), None)
        return scene.means(wishes=[Wish(None, point)], act=OUT_OF_SCOPE)
    return None


def _place_left(scene: _Scene) -> Understood | None:
    """Nothing else was understood, but a place or a channel was named."""
    return scene.means(INFORM, act="inform") if _names_a_way(scene) and scene.state.procedure else None


def _danger_alone(scene: _Scene) -> Understood | None:
    """Danger, and nothing else that was understood."""
    return scene.means(OUT_OF_SCOPE) if scene.hazard else None


def _doubt(scene: _Scene) -> Understood | None:
    """Nothing is likely enough: the likeliest task is answered as a guess, else what may be meant is offered."""
    intents = scene.heard.whole.intents
    likely = [(name, says) for name, says in intents if name in scene.knowledge.procedures and says >= OFFERED]
    doubt = [Wish(name) for name, _ in likely]
    if scene.state.procedure:  # a point of nothing helps nobody
        points = [Wish(None, name) for name, _ in scene.heard.whole.points if name in scene.knowledge.points]
        doubt += [*points[:3], *scene.reading.others]
    rivals = [CLEARER * says for _, says in likely[1:2]] + [says for name, says in intents if name not in LEANING]
    guess = doubt[:1] if likely and likely[0][1] >= max(GUESSED, *rivals) else []
    doubt = [wish for wish in dict.fromkeys(doubt) if wish not in guess]
    return scene.means(FALLBACK, wishes=guess, doubt=tuple(doubt[:3]))


RULES: tuple[tuple[str, Callable[[_Scene], Understood | None]], ...] = (
    ("danger", _danger),
    ("unreadable", _unreadable),
    ("choice", _choice),
    ("several", _several),
    ("step", _step),
    ("act", _act),
    ("fact", _fact),
    ("place", _place),
    ("clause", _clause),
    ("last_clause", _last_clause),
    ("task", _task),
    ("thread", _thread),
    ("talk", _talk),
    ("outside", _outside),
    ("danger_alone", _danger_alone),
    ("place_left", _place_left),
    ("doubt", _doubt),
)


def tapped(knowledge: Knowledge, intent: str, entities: dict[str, str]) -> Understood:
    """The meaning of a button: it says what it means."""
    point = entities.get("point")
    region = entities.get("region")
    named: dict[str, Any] = {"channel": entities.get("channel"), "region": region or None}
    if intent in knowledge.procedures:
        return Understood("tap", intent, (Wish(intent, point),), **named)
    if intent == INFORM:
        return Understood("tap", intent, act="inform", skipped=region == ELSEWHERE, **named)
    if intent == FOLLOW_UP and point not in ACTS:
        return Understood("tap", intent, (Wish(None, point),), **named)
    act = {"follow_up": point, "affirm": "step"}.get(intent, intent)
    return Understood("tap", intent, act=act, skipped=intent == "no_preference", **named)
