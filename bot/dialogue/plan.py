"""What is said to a message, once and in which order. Pure: it looks up and puts into words, and changes nothing."""

from dataclasses import dataclass, replace
from typing import Any

from bot.dialogue.chips import Offer, most
from bot.dialogue.heard import Understood, Wish
from bot.dialogue.reached import reached
from bot.dialogue.shown import cell, point_key, way_key
from bot.dialogue.state import ALLOWED, BOUND, UNANSWERED, UNBOUND, State
from bot.dialogue.thresholds import SAME
from bot.dialogue.update import matter_told, serves
from bot.knowledge import render
from bot.knowledge.lookup import FAINT, LIKE, Answer, Missing, Told, Unknown, has_own_text, lookup, told, told_entry
from bot.knowledge.model import BARE, GENERAL, WHOLE, Knowledge, Source, Variant

_RESPONSES = {
    "greet": "utter_greet",
    "thank": "utter_thank",
    "goodbye": "utter_goodbye",
    "ask_capabilities": "utter_capabilities",
    "cancel": "utter_cancelled",
}
_LOST = 3  # messages in a row that led nowhere until a person is named
_JUST = 2  # the answers that are still before one's eyes
_OF_LATE = 3  # the answers that a place told now may change
_SHORT_WAY = 3  # steps of a way that may be told again as it is
_OTHER = "ask_other_insurance"  # beside a danger it is no question of its own
_SCAM = "scam"
_COMPARED, _PHONE, _PLACES = "difference", "phone", "other_place"
_OF_WAYS = ("channel_ok", _PLACES)
_OF_PROGRAMMES = ("what_is", "difference", "provenance", "safety")  # what may be asked of one that does not help
_RULES = "ask_card_rules"
_AFTER_DANGER = ("affirm", "thank", "deny", "goodbye", "worry", "complaint", "step", "out_of_scope")
GRAVE = ("die", "poison", "emergency")  # nobody is shown a menu then
_PEOPLE = {"12393": "window", "12333": "bank"}  # who may be asked instead of a telephone
_LAST_STEP, _PREVIOUS_STEP, _NEXT_STEP = 99, -1, 98


@dataclass(frozen=True)
class Say:
    """One message: a text of ours, or a response of the domain."""

    outcome: str = "answer"
    text: str | None = None
    response: str | None = None
    chips: tuple[dict[str, Any], ...] = ()
    card: dict[str, Any] | None = None


@dataclass(frozen=True)
class Plan:
    """What to say, and what is to be remembered of having said it."""

    says: tuple[Say, ...]
    shown: tuple[str, ...] = ()  # keys of what is told
    step: int | None = None  # the step that is told
    asks: str | None = None  # the slot of the question that is put
    danger: str | None = None  # that nothing was said but what to do in it


def plan(knowledge: Knowledge, before: State, state: State, understood: Understood) -> Plan:
    """The answer to a message. Total: something is always said.

    Args:
        knowledge: what is known.
        before: the case file before the message.
        state: the case file after it.
        understood: what the message means.
    """
    return _Planner(knowledge, before.within(knowledge), state.within(knowledge), understood).plan()


def remember(state: State, planned: Plan) -> State:
    """The state after the plan was carried out."""
    for key in planned.shown:
        state = state.saw(key)
    answered = planned.says[-1] if planned.says else None
    said = answered.text if answered and answered.outcome in ("answer", "unknown") else state.said
    step = state.step if planned.step is None else planned.step
    put = (*state.put, planned.asks) if planned.asks and planned.asks not in state.put else state.put
    kept = planned.asks or state.asked
    return replace(
        state,
        said=said,
        step=step,
        put=put,
        asked=kept,
        danger=planned.danger,
    )


class _Planner:
    def __init__(self, knowledge: Knowledge, before: State, state: State, understood: Understood):
        self.knowledge, self.before, self.state, self.understood = knowledge, before, state, understood
        self.phrases = knowledge.phrases
        self.offer = Offer(knowledge, before, state, understood)

    def plan(self) -> Plan:
        hazard, danger_before = self.understood.hazard, self.before.danger
        swindled = danger_before == _SCAM and (hazard == _SCAM or self._goes_on())
        if danger_before and (swindled or hazard is None and self._says_nothing_new()):
            after = Say("out_of_scope", self.phrases[f"danger_{danger_before}_after"])
            return Plan((after,), danger=_SCAM if danger_before == _SCAM else None)
        if hazard is None:
            return self._answered()
        danger = Say("out_of_scope", self.phrases[f"danger_{hazard}"])
        alone = self.understood.why in ("danger", "danger_alone", "unreadable") or not self._asks_something()
        if alone:
            chips = () if hazard in GRAVE else self.offer.menu()
            return Plan((replace(danger, chips=chips),), danger=hazard if hazard in (*GRAVE, _SCAM) else None)
        rest = self._answered()
        return replace(rest, says=(danger, *rest.says))

    def _says_nothing_new(self) -> bool:
        """After a danger: a word of assent or of fear, or nothing that was understood."""
        return self.understood.act in _AFTER_DANGER or self.understood.why == "doubt"

    def _goes_on(self) -> bool:
        """After a swindle: more of it is told, no fact of ours, or whom to call is asked."""
        tells = self.understood.act == "told" and not self.understood.facts
        asks = any(wish.point == _PHONE for wish in self.understood.wishes)
        return self.understood.hazard is None and (tells or asks)

    def _asks_something(self) -> bool:
        outside = self.understood.act == "out_of_scope"
        return not outside and any(wish.task != _OTHER for wish in self.understood.wishes)

    def _answered(self) -> Plan:
        act = self.understood.act
        if act is None and self.understood.skipped:
            return self._whole(self.state.procedure)
        if act is None:
            return self._wishes() if self.understood.wishes else self._doubt()
        rule = getattr(self, f"_act_{act}", None)
        return rule() if rule else self._talk(act)

    # -- what is asked

    def _wishes(self) -> Plan:
        wishes = self.understood.wishes
        if len(wishes) == 1:
            return self._wish(wishes[0])
        plans = [self._wish(wish) for wish in wishes]
        question = next((p for p in plans if p.asks), None)
        chips = most(chip for p in plans for say in p.says for chip in say.chips)
        says = [say for p in plans if p is not question for say in p.says] + list(question.says if question else ())
        says = [replace(say, chips=()) for say in says[:-1]] + [
            replace(says[-1], chips=says[-1].chips if question else chips)
        ]
        return Plan(
            tuple(says),
            shown=tuple(key for p in plans for key in p.shown),
            asks=question.asks if question else None,
        )

    def _wish(self, wish: Wish) -> Plan:
        if wish.point is None:
            return self._whole(wish.task or self.state.procedure, self._guess(wish))
        if wish.entry is not None:
            return self._ranked(wish, wish.entry)
        named = self.understood.channel or self.understood.programme
        # 支付宝里是不是一样的弄法, with a way in hand
        compared = wish.point == _COMPARED and wish.task is None and self._way_shown()
        if named and (wish.point == ALLOWED or compared):
            wish = replace(wish, point="channel_ok")
        of_way = wish.point in _OF_WAYS or (self.understood.programme and wish.point not in _OF_PROGRAMMES)
        if of_way and (elsewhere := self._programme_of_elsewhere(wish.task)):
            return elsewhere
        found = self._told(wish)
        if found and wish.point == ALLOWED and not found.entry.asks:
            found = self._allowed_by_rule() or found
        narrower = found and found.entry.asks and found.likeness >= SAME
        if wish.point == "provenance" and not narrower and (source := self._source_in_hand()):
            text = self.phrases["provenance"].format(source=render.source_line(self.knowledge, source))
            if text != self.before.said:
                return Plan((Say(text=text, chips=self.offer.in_hand()),))
        if found is None:
            return (
                self._whole(wish.task or self.state.procedure) if wish.task or self.state.procedure else self._doubt()
            )
        if self._of_any_task(found):
            return self._of_which_task(found.point)
        return self._point(self._otherwise(found) if self._just_told(found) else found)

    def _ranked(self, wish: Wish, entry: int) -> Plan:
        """What was ranked first of all that may be said."""
        if wish.point in _OF_WAYS and (elsewhere := self._programme_of_elsewhere(wish.task)):
            return elsewhere
        found = told_entry(self.knowledge, wish.task, wish.point or "", entry, self.understood.near)
        if found is None:  # the knowledge has changed meanwhile
            return self._wish(replace(wish, entry=None))
        return self._of_which_task(found.point) if self._of_any_task(found) else self._point(found)

    def _programme_of_elsewhere(self, task: str | None) -> Plan | None:
        """That a programme serves another place than the one where the person is insured, and what does it there."""
        # A programme that was named before comes up again with another place.
        name = self.understood.programme or (self.state.programme if self.understood.region else None)
        place = self.state.region
        if name is None or place is None or serves(self.knowledge, name, place):
            return None
        programme = self.knowledge.mini_programs[name]
        home = self.knowledge.region_title(programme.region)
        no = self.phrases["programme_of_elsewhere"].format(programme=programme.names[0], home=home)
        found = told(self.knowledge, replace(self.state.query(task), mini_program=None, channel=None), "channel_ok")
        return self._point(found, no) if found else None

    def _allowed_by_rule(self) -> Told | None:
        """What the rules, or a task in which somebody's code is shown, say to just this.

        What a task allows in general is no answer to who asks whether something of another kind is.
        """
        likely = [near for near in self.understood.near if near.point == ALLOWED and near.likeness >= SAME]
        bare = next((near.likeness for near in likely if near.kind == BARE), 0.0)
        for near in likely:
            procedure = self.knowledge.procedures.get(near.task)
            if near.likeness <= bare or procedure is None or not (procedure.needs_binding or procedure.id == _RULES):
                continue
            found = told(self.knowledge, self.state.query(near.task), ALLOWED, self.understood.near)
            if found and found.entry.asks:
                return found
        return None

    def _of_any_task(self, found: Told) -> bool:
        """Whether the documents seem silent only because no task stands: of some of them they may well say it."""
        standing = self.state.procedure or self.state.thread
        if standing or "procedure" in self.state.put or self.knowledge.points[found.point].trouble:
            return False  # asked once: then what holds in general
        return found.task == GENERAL and bool(found.entry.silent) and not found.entry.asks

    def _of_which_task(self, point: str) -> Plan:
        alike = [near.task for near in self.understood.near if near.point == point]
        tasks = [t for t in dict.fromkeys([*alike, *self.knowledge.menu]) if t in self.knowledge.procedures]
        chips = most(self.offer.asked_of(task, point) for task in tasks if self.knowledge.entries(task, point))
        text = self.phrases["which_task"].format(point=self.knowledge.points[point].chip)
        return Plan((Say("ask", text, chips=chips),), asks="procedure")

    def _just_told(self, found: Told) -> bool:
        return self.understood.act is None and point_key(found) in self.before.shown[-_JUST:]

    def _otherwise(self, just_told: Told) -> Told:
        """What else may be meant: who hears the same twice was misread."""
        query = self.state.query(just_told.task if just_told.task in self.knowledge.procedures else None)
        narrower = told(self.knowledge, query, just_told.point, self.understood.near, FAINT)
        others = (self._told(wish) for wish in self.understood.doubt if wish.point)
        return next((found for found in (narrower, *others) if found and not self._just_told(found)), just_told)

    def _guess(self, wish: Wish) -> str | None:
        """What is taken to be meant, where that is a guess."""
        if self.understood.why != "doubt" or wish.task is None:
            return None
        return self.phrases["guess"].format(question=self.knowledge.procedures[wish.task].question)

    def _told(self, wish: Wish) -> Told | None:
        """What the task says on the point, or the one that is set aside by it, or what holds in general."""
        tasks = [wish.task] if wish.task else self.state.chain(self.knowledge)
        if wish.point == _COMPARED and self.before.procedure:  # 跟亲情账户是一回事吗: with what is in hand
            tasks = [self.before.procedure, *tasks]
        chain = dict.fromkeys([*tasks, GENERAL])
        told_of = (told(self.knowledge, self.state.query(t), wish.point or "", self.understood.near) for t in chain)
        facts = frozenset(self.understood.facts)
        # What a task says to just this, or to who tells this; then of the point; then that it is written of none.
        return max(
            filter(None, told_of),
            key=lambda one: (
                one.task != GENERAL or bool(one.entry.say),
                not facts.isdisjoint(one.entry.when),
                bool(one.entry.asks),
                one.likeness,
            ),
            default=None,
        )

    def _point(self, found: Told, opening: str | None = None, bare: bool = False) -> Plan:
        found = self._through_a_door(found)
        said = render.point(self.knowledge, found, bare)
        if not opening and said.text == self.before.said:  # told just so already
            said = render.point(self.knowledge, found, bare=True)
            if said.text == self.before.said:  # and there is nothing to leave out
                opening = self.phrases["holds" if found.entry.say else "holds_silent"]
        text = f"{opening}{said.text}" if opening else said.text
        outcome = "unknown" if found.entry.silent else "answer"
        step = 1 if found.point == "app_site" and not self.state.step else None
        return Plan(
            (Say(outcome, text, chips=self.offer.after_point(found), card=said.card),), (point_key(found),), step
        )

    def _through_a_door(self, found: Told) -> Told:
        """Whom nobody answers is sent to people instead of a telephone."""
        entry = found.entry
        people = _PEOPLE.get(entry.door) if UNANSWERED in self.state.facts and entry.silent else None
        return replace(found, entry=entry.model_copy(update={"door": people})) if people else found

    def _whole(self, task: str | None, opening: str | None = None) -> Plan:
        if task is None:
            return self._doubt()
        narrower = None
        if not self.understood.ranked:
            narrower = told(self.knowledge, self.state.query(task), WHOLE, self.understood.near)
        if narrower and point_key(narrower) not in self.before.shown:  # who asks how once more wants the way
            return self._point(narrower, opening)
        question = self._question(task)
        if question:
            return question
        answer = lookup(self.knowledge, self.state.query(task))
        if isinstance(answer, Missing):  # only a task that nobody knows
            return self._doubt()
        key = way_key(answer)
        # Who leans on a way that was shown wants to be led on; who names it anew later has lost sight of it.
        leaning = self.understood.intent not in self.knowledge.procedures or self.state.step
        if key in (self.before.shown if leaning else self.before.shown[-1:]) and self.understood.act is None:
            return self._again(answer)
        opening = "".join(filter(None, [opening, self._why_not(answer)])) or None
        # Who is bound need not hear it again.
        bound = answer.procedure.needs_binding and BOUND in self.state.facts
        said = render.way(self.knowledge, answer, opening, ahead=not bound)
        outcome = "unknown" if isinstance(answer, Unknown) else "answer"
        return Plan((Say(outcome, said.text, chips=self.offer.after_way(answer), card=said.card),), (key,))

    def _again(self, answer: Answer) -> Plan:
        """The way that was told just now is asked for once more: its next step, or that it is this one."""
        if len(answer.variants[0].steps) > _SHORT_WAY:
            return self._step_of(answer, self.state.step + 1)
        text = self.phrases["this_way"].format(way=render.shorter(self.knowledge, answer))
        if text == self.before.said:
            text = render.way(self.knowledge, answer).text
        return Plan((Say(text=text, chips=self.offer.walk()),), (way_key(answer),))

    def _question(self, task: str) -> Plan | None:
        """The one thing without which every answer may be wrong, unless it was asked before."""
        state = self.state
        if "region" in state.put and not self.understood.region_options:
            return None
        query = replace(state.query(task), skipped=frozenset({"channel"}))
        missing = lookup(self.knowledge, query)
        if not isinstance(missing, Missing) or missing.slot != "region":
            return None
        if not state.region_options and not self._only_regional(task):
            return None
        title = self.knowledge.procedures[task].title
        phrase = "ask_region_options" if state.region_options else "ask_region"
        chips = tuple(self.offer.region(choice) for choice in missing.choices)
        text = self.phrases[phrase].format(title=title)
        return Plan((Say("ask", text, chips=chips),), asks="region")

    def _only_regional(self, task: str) -> bool:
        """Whether the channel that was said of the task leads somewhere only for people of some places."""
        channel = self.state.channel
        if not self._asked_here(task):
            return False
        ways = [v for v in self.knowledge.procedures[task].variants if channel in v.channel and not v.after]
        return bool(ways) and all(v.region for v in ways) and self.state.programme is None

    def _asked_here(self, task: str) -> bool:
        """Whether the channel was said of this task, not of another one before."""
        return bool(self.understood.channel) or self.before.procedure == task

    def _why_not(self, answer: Answer) -> str | None:
        """Why this is not quite the way that was asked for."""
        asked = answer.asked_channel if self._asked_here(answer.procedure.id) else None
        if asked and asked != answer.channel:
            found = told(self.knowledge, replace(self.state.query(answer.procedure.id), channel=asked), "channel_ok")
            if found and asked in found.entry.channel:
                return found.entry.say or self.phrases["silent"].format(point=found.entry.silent)
        programme = self.knowledge.mini_programs.get(answer.mini_program or "")
        places = "、".join(map(self.knowledge.region_title, answer.narrower_regions))
        for notice in answer.notices:
            if notice != "elsewhere" and (asked or not notice.startswith("channel_")):
                return self.phrases[notice].format(
                    channel=self.knowledge.channels[asked].title if asked else "",
                    places=places,
                    programme=programme.names[0] if programme else "",
                    home=self.knowledge.region_title(programme.region) if programme else "",
                )
        return None

    # -- how it leans on what was said

    def _act_step(self) -> Plan:
        answer = self._way_in_hand()
        if answer is None:  # nothing that goes by steps
            return self._point_or_doubt("afterwards")
        if self.understood.done and not self.state.step and way_key(answer) not in self.before.shown:
            return self._whole(self.state.procedure)  # something is done, but none of the steps was told
        return self._step_of(answer, self._number(answer.variants[0]))

    def _number(self, way: Variant) -> int:
        steps = [step.text for step in way.steps]
        behind = max((count for fact, count in way.behind.items() if fact in self.state.facts), default=0)
        number, current, total = self.understood.number, max(self.state.step, behind), len(steps)
        if number == _PREVIOUS_STEP:
            return max(current - 1, 1)
        if number == _LAST_STEP:
            return total
        if number and number != _NEXT_STEP:
            return number
        at = reached(steps, self.understood.text, current) if self.understood.done else None
        if at:
            return at + 1
        # Something is done that was not told alone: it was the first step of the page.
        done_first = current == 0 and number is None and self.understood.done
        return current + (2 if done_first else 1)

    def _step_of(self, answer: Answer, number: int) -> Plan:
        total = len(answer.variants[0].steps)
        if not total:
            return self._point_or_doubt("afterwards")
        if number > total:
            return self._steps_done(answer)
        done = {"title": self.phrases["button_step_done"], "payload": "/affirm"}
        stuck = self.offer.points(answer.procedure.id, ("stuck_not_found", "stuck_dead"))
        text = render.step(self.knowledge, answer, number)
        return Plan((Say(text=text, chips=most([done, *stuck])),), (way_key(answer),), step=number)

    def _steps_done(self, answer: Answer) -> Plan:
        """After the last step: how long it takes now, if that is written."""
        task = answer.procedure.id
        wait = told(self.knowledge, self.state.query(task), "duration")
        lines = [self.phrases["steps_done"], *([wait.entry.say] if wait and wait.entry.say else [])]
        chips = self.offer.points(task, ("afterwards", "progress", "effective"))
        return Plan((Say(text="\n".join(lines), chips=most([*chips, *self.offer.related(answer)])),), step=0)

    def _act_repeat(self) -> Plan:
        part = next((w for w in self.understood.doubt if w.point and self.state.procedure), None)
        if part:  # "材料再说一遍"
            return self._wish(part)
        if not self.state.said:
            return self._doubt()
        return Plan((Say(text=self.state.said, chips=self.offer.in_hand()),))

    def _act_shorter(self) -> Plan:
        found = self._last_point()
        if found:
            return self._point(found, bare=True)
        answer = self._way_in_hand()
        if answer is None:
            return self._act_repeat()
        return Plan((Say(text=render.shorter(self.knowledge, answer), chips=self.offer.walk()),))

    def _act_switch(self) -> Plan:
        """The last answer for somebody or something else: what differs, or that nothing does."""
        if self.understood.wishes:
            return self._wishes()
        return self._changed()

    def _act_inform(self) -> Plan:
        """A bare channel or place."""
        return self._changed()

    def _changed(self) -> Plan:
        state = self.state
        if state.procedure is None:
            return self._what_task()
        if elsewhere := self._programme_of_elsewhere(state.procedure):
            return elsewhere
        known = self.understood.region is not None and state.region == self.before.region
        if known and not (self.understood.channel or self.understood.programme or self.before.asked):
            return Plan((Say("smalltalk", self.phrases["heard"], chips=self.offer.in_hand()),))
        if self.understood.channel:  # who names a way wants it
            if question := self._question(state.procedure):
                return question
            answer = lookup(self.knowledge, state.query())
            # What only comes after another channel's way does not do it by itself.
            reached = isinstance(answer, Answer) and self.understood.channel in answer.variants[0].channel
            state = replace(state, point=None if reached else "channel_ok")
        old, new = self._in_hand(self.before), self._in_hand(state)
        if new is None:
            return self._whole(state.procedure)
        if old and old[0] == new[0]:
            new = self._for_the_place() or new
        last = next(reversed(self.before.shown), "")
        told_before = new[0] in self.before.shown or (cell(last) and cell(last) == cell(new[0]))
        same = told_before and (old is None or old[0] == new[0] or self.understood.channel)
        if not same:
            return new[1]
        channel, way = self.understood.channel, self._way_in_hand()
        if channel and new[0] not in self.before.shown[-1:]:
            return new[1]
        shown = lookup(self.knowledge, self.before.query(state.procedure))
        named_again = isinstance(shown, Answer) and channel is not None and channel == shown.channel
        if way and new[0] == way_key(way) and named_again:
            return self._again(way)
        return self._nothing_changes(new[1])

    def _nothing_changes(self, above: Plan) -> Plan:
        """What to say where a way, a place or a person makes no other answer than the one above."""
        placed = self._of_other_places()
        if placed:
            return self._point(placed)
        unchanged = self._unchanged()
        if unchanged == self.before.said:  # told so already: what stands above, once more
            return above
        return Plan((Say(text=unchanged, chips=self.offer.in_hand()),))

    def _for_the_place(self) -> tuple[str, Plan] | None:
        """What a place that is told only now makes another, though the last answer stays the same: its key and how it is told.

        That is the way; where no way was told, what was asked of late.
        """
        state = self.state
        if not state.region or state.region == self.before.region:
            return None
        if not any("#" in key for key in self.before.shown):
            for last in filter(None, map(self._told_under, reversed(self.before.shown[-_OF_LATE:]))):
                found = told(self.knowledge, state.query(last.task), last.point) if last.task != GENERAL else None
                if found and found.entry.region and found.number != last.number:
                    return point_key(found), self._point(found)
        own = state.point and has_own_text(self.knowledge, state.procedure or "", state.region)
        return self._in_hand(replace(state, point=None)) if own else None

    def _of_other_places(self) -> Told | None:
        """What the task says on places, to who tells one that changes nothing else."""
        placed = self.understood.region or self.understood.region_options
        found = told(self.knowledge, self.state.query(), _PLACES) if placed else None
        return found if found and found.entry.say and point_key(found) not in self.before.shown else None

    def _unchanged(self) -> str:
        """That nothing else holds for a place or a person, and what that was: nobody looks up what stands above."""
        state, before, found, answer = self.state, self.before, self._last_point(), self._way_in_hand()
        place = self.knowledge.region_title(state.region) if state.region and state.region != before.region else None
        if found and found.entry.silent and place:
            return self.phrases["silent_in_region"].format(region=place, point=found.entry.silent)
        say = found.entry.say if found else answer and render.shorter(self.knowledge, answer)
        shown = lookup(self.knowledge, state.query())
        if place and isinstance(shown, Unknown) and not say:
            return self.phrases["silent_in_region"].format(region=place, point=shown.procedure.title)
        if (
            place
            and isinstance(shown, Answer)
            and not has_own_text(self.knowledge, shown.procedure.id, state.region or "")
        ):
            if not say or way_key(shown) in before.shown[-1:]:
                return self.phrases["above_in_region"].format(region=place, title=shown.procedure.title)
            return self.phrases["same_in_region"].format(region=place, say=say)
        return self.phrases["same_point"].format(say=say) if say else self.phrases["same"]

    def _in_hand(self, state: State) -> tuple[str, Plan] | None:
        """What the last question gets under a state: its key and how it would be told."""
        planner = _Planner(self.knowledge, self.before, state, replace(self.understood, act="switch"))
        if state.procedure is None:
            return None
        planned = planner._wish(Wish(state.procedure, state.point))
        key = planned.shown[0] if planned.shown else planned.says[0].text or ""
        return key, planned

    def _act_told(self) -> Plan:
        """A fact: what it makes one want to know, unless nothing follows from it."""
        state, knowledge = self.state, self.knowledge
        if self.understood.wishes and self.understood.wishes[0].task:
            return self._wishes()
        matter = matter_told(knowledge, self.before, self.understood)
        if matter and UNBOUND in self.understood.facts:
            return self._whole(matter.task, self.phrases["first_bind"])
        if matter and (matter.point or matter.task != self.before.procedure):
            return self._wish(matter)
        meant = self._nearest(SAME)
        if meant:
            return self._point(meant)
        for name in self.understood.facts:
            fact = knowledge.facts.get(name)
            if fact is None:
                continue
            if self.before.procedure and self.before.point:
                again = self._in_hand(state)
                if again and name in self._conditions(again[0]):
                    return again[1]
            if fact.point:
                found = self._told(Wish(None if state.procedure else fact.task, fact.point))
                if found and not self._of_any_task(found) and point_key(found) not in self.before.shown:
                    return self._point(found)
        return self._after_fact()

    def _nearest(self, least: float) -> Told | None:
        """What the matter in hand says to just this statement; a belief that is like it is another statement."""
        for near in self.understood.near:
            if near.likeness < least:
                return None
            if near.kind == "asks" and near.task in (self.state.procedure, self.state.thread) and near.point != WHOLE:
                found = told(self.knowledge, self.state.query(near.task), near.point, self.understood.near)
                if found and point_key(found) not in self.before.shown:
                    return found
        return None

    def _conditions(self, key: str) -> list[str]:
        found = self._told_under(key)
        return found.entry.when if found else []

    def _after_fact(self) -> Plan:
        """Nothing hangs on it: the next step of what is being done, or what it is for."""
        answer = self._way_in_hand()
        bound = BOUND in self.understood.facts and answer and answer.procedure.needs_binding
        # The way begins with binding. What the words are like is not asked: they ask nothing.
        where = told(self.knowledge, self.state.query(), "where_button") if bound else None
        if where and where.entry.say:
            return self._point(where)
        if answer and way_key(answer) not in self.before.shown:
            return self._whole(self.state.procedure)
        if answer and self.state.step:
            return self._step_of(answer, self.state.step + 1)
        meant = self._nearest(LIKE) or self._implied()
        if meant:
            return self._point(meant)
        if self.understood.person and self.state.procedure:  # 我妈的: the same holds for her
            unchanged = self._unchanged()
            if unchanged not in (self.phrases["same"], self.before.said):
                return Plan((Say(text=unchanged, chips=self.offer.in_hand()),))
        if self.state.procedure:
            return Plan((Say("smalltalk", self.phrases["heard"], chips=self.offer.in_hand()),))
        return self._what_task()

    def _implied(self) -> Told | None:
        """What somebody who tells this may want to know of the task: something of it is a little like the statement."""
        alike = {near.point for near in self.understood.near}
        found = (self._told(wish) for wish in self.understood.doubt if wish.point in alike and self.state.procedure)
        return next((one for one in found if one and point_key(one) not in self.before.shown), None)

    def _act_objection(self) -> Plan:
        if self.understood.wishes:
            return self._wishes()
        found, source = self._last_point(), self._source_in_hand()
        if found and found.point != "provenance":
            return self._point(found, self.phrases["holds" if found.entry.say else "holds_silent"])
        answer = self._way_in_hand()
        source = source or (answer.variants[0].source if answer else None)
        if source is None:
            return self._doubt()
        source_line = render.source_line(self.knowledge, source)
        return Plan((Say(text=self.phrases["holds_way"].format(source=source_line), chips=self.offer.in_hand()),))

    def _act_complaint(self) -> Plan:
        """An apology and something that helps: the next step, or a way without a telephone."""
        meant = self._nearest(LIKE) or self._nobody_answers()
        if meant:
            return self._point(meant, self.phrases["sorry"])
        answer = self._way_in_hand()
        if answer and answer.variants[0].steps:
            stepwise = self._step_of(answer, self.state.step + 1 if self.state.step else 1)
            first = replace(stepwise.says[0], text=f"{self.phrases['sorry_stepwise']}{stepwise.says[0].text}")
            return replace(stepwise, says=(first,))
        return Plan((Say("smalltalk", self.phrases["sorry_short"], chips=self.offer.menu()),))

    def _nobody_answers(self) -> Told | None:
        """What is said to who complains of telephones."""
        near = next((n for n in self.understood.near if (n.task, n.point) == ("contact_agent", WHOLE)), None)
        found = self.knowledge.entries("contact_agent", WHOLE)
        return Told("contact_agent", WHOLE, near.entry, found[1][near.entry]) if near and found else None

    def _act_worry(self) -> Plan:
        """It is met in the first words; then the one thing to do now."""
        calm = self.phrases["calm"]
        wish = next(iter(self.understood.wishes), None) or (
            Wish(self.state.procedure) if self.state.procedure else None
        )
        if wish is None:
            return Plan((Say("ask", f"{calm}{self.phrases['what_matter']}", chips=self.offer.menu()),))
        underway = wish.task in (None, self.before.procedure, self.before.thread) and self.before.shown
        meanwhile = self._told(replace(wish, point="instead")) if wish.point is None and underway else None
        if meanwhile:  # they know what it is about, and have no time for it
            return self._point(meanwhile, calm)
        planned = self._wish(wish)
        first = planned.says[0]
        return (
            replace(planned, says=(replace(first, text=f"{calm}{first.text}"), *planned.says[1:]))
            if first.text
            else planned
        )

    # -- talk

    def _talk(self, act: str) -> Plan:
        if act not in _RESPONSES:  # a button of an older version
            return self._doubt()
        return Plan((Say("smalltalk", response=_RESPONSES[act]),))

    def _act_start_over(self) -> Plan:
        return Plan((Say("smalltalk", self.phrases["started_over"], chips=self.offer.menu()),))

    def _act_affirm(self) -> Plan:
        answer = self._way_in_hand() if self.before.asked else None
        if answer and way_key(answer) not in self.before.shown and not isinstance(answer, Unknown):
            return self._whole(self.state.procedure)
        return self._talk("thank")  # 晓得了，我去跟她说: nothing is asked

    def _act_resume(self) -> Plan:
        thread = self.state.thread or self.state.procedure
        if thread is None:
            return self._what_task()
        answer = lookup(self.knowledge, self.state.query(thread))
        if isinstance(answer, Answer) and way_key(answer) in self.before.shown and answer.variants[0].steps:
            return self._step_of(answer, self.state.step + 1)
        return self._whole(thread)

    def _act_deny(self) -> Plan:
        chips = self.offer.in_hand_or_all()
        return Plan((Say("ask", self.phrases["which_then"], chips=chips),))

    def _act_no_preference(self) -> Plan:
        answer = self._way_in_hand()
        if answer and way_key(answer) in self.before.shown:
            return Plan((Say(text=render.shorter(self.knowledge, answer), chips=self.offer.walk()),))
        return self._whole(self.state.procedure) if self.state.procedure else self._what_task()

    def _act_change_region(self) -> Plan:
        if self.before.asked == "region":  # "其他地方", typed instead of tapped
            return self._whole(self.state.procedure)
        return Plan((Say("ask", self.phrases["which_region"]),), asks="region")

    def _act_out_of_scope(self) -> Plan:
        kind = next((w.point for w in self.understood.wishes if w.point), None)
        phrase = f"refuse_{kind}" if f"refuse_{kind}" in self.phrases else "refuse_none"
        if self._name_a_person():
            phrase = "lost_person"
        chips = self.offer.in_hand_or_all()
        return Plan((Say("out_of_scope", self.phrases[phrase], chips=chips),))

    # -- doubt

    def _doubt(self) -> Plan:
        """The likeliest meanings to choose from; then what can be asked at all; then a person."""
        if self._name_a_person():
            return self._person()
        task = self.state.procedure
        chips = [self.offer.wish(replace(w, task=w.task or task) if w.point else w) for w in self.understood.doubt]
        if any(chips) and self.state.lost < 2:
            return Plan((Say("ask", self.phrases["which_meant"], chips=most(chips)),))
        return self._what_task()

    def _name_a_person(self) -> bool:
        """Whether to send them on; every other time only, for the same sentence again and again helps nobody."""
        return self.state.lost >= _LOST and (self.state.lost - _LOST) % 2 == 0

    def _person(self) -> Plan:
        return Plan((Say("ask", self.phrases["lost_person"], chips=(self.offer.procedure("contact_agent"),)),))

    def _what_task(self) -> Plan:
        if self._name_a_person():
            return self._person()
        text = self.phrases["what_matter" if self.state.lost < 2 else "what_matter_again"]
        if self.understood.act == "inform":
            place = self.state.region and self.knowledge.region_title(self.state.region)
            channel = self.state.channel and self.knowledge.channels[self.state.channel].title
            text = (
                self.phrases["noted"].format(what="、".join(filter(None, [place, channel]))) + text
                if place or channel
                else text
            )
        return Plan((Say("ask", text, chips=self.offer.menu()),), asks="procedure")

    def _point_or_doubt(self, point: str) -> Plan:
        found = self._told(Wish(self.state.procedure, point))
        return self._point(found) if found else self._doubt()

    # -- what is in hand

    def _way_in_hand(self) -> Answer | None:
        for task in (self.state.procedure, self.state.thread):
            if not task or self.knowledge.procedures[task].aside:
                continue
            answer = lookup(self.knowledge, self.state.query(task))
            if isinstance(answer, Answer) and answer.variants[0].steps:
                return answer
        return None

    def _way_shown(self) -> bool:
        answer = self._way_in_hand()
        return answer is not None and way_key(answer) in self.before.shown

    def _source_in_hand(self) -> Source | None:
        """Where the last answer comes from."""
        found = self._last_point()
        if found:
            return found.entry.source
        key = self.before.shown[-1] if self.before.shown else ""
        task, _, number = key.partition("#")
        return self.knowledge.procedures[task].variants[int(number)].source if number else None

    def _last_point(self) -> Told | None:
        """The point that was told last, if a point was the last that was told."""
        return self._told_under(self.before.shown[-1]) if self.before.shown else None

    def _told_under(self, key: str) -> Told | None:
        """What was told under a key, if that was a point."""
        if key.count("/") != 2:
            return None
        task, point, number = key.split("/")
        found = self.knowledge.entries(task if task != GENERAL else None, point)
        return Told(task, point, int(number), found[1][int(number)]) if found else None
