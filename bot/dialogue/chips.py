"""The buttons beside what is said: what people mostly want next, and never what they were just told. Pure."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from bot.dialogue.heard import Understood, Wish
from bot.dialogue.shown import way_key
from bot.dialogue.state import State
from bot.knowledge.lookup import ELSEWHERE, Answer, Told, lookup
from bot.knowledge.model import GENERAL, Knowledge

_MOST = 4

Chips = tuple[dict[str, Any], ...]


def most(chips: Iterable[dict[str, Any] | None]) -> Chips:
    """The first few of different titles."""
    return tuple({chip["title"]: chip for chip in chips if chip}.values())[:_MOST]


class Offer:
    """The buttons for a message; each is a title and the payload that a tap sends."""

    def __init__(self, knowledge: Knowledge, before: State, state: State, understood: Understood):
        self.knowledge, self.before, self.state, self.understood = knowledge, before, state, understood

    def after_point(self, found: Told) -> Chips:
        """After a point was told: the way if it was not told yet, then other points."""
        task = self.state.thread or (self.state.procedure if found.task == GENERAL else found.task)
        if task is None:
            return self.menu()
        told = self._told() | {found.point}
        doubted = (wish for wish in self.understood.doubt if wish.point is None or wish.point not in told)
        others = [self.wish(replace(wish, task=wish.task or task)) for wish in doubted]
        answer = lookup(self.knowledge, self.state.query(task))
        steps, ways = [], []
        if isinstance(answer, Answer):
            if way_key(answer) not in self.before.shown and answer.variants[0].steps:
                steps = [self.procedure(task)]
            if found.point == "other_ways":
                ways = self._channels(answer)
        return most([*ways, *steps, *others, *self._next(task)])

    def after_way(self, answer: Answer) -> Chips:
        """After a way was told: what else may be meant, its places, other ways, its points, related tasks."""
        task = answer.procedure.id
        also = [self.procedure(w.task) for w in self.understood.doubt if w.task and w.task != task and not w.point]
        places = [self.region(region) for region in answer.narrower_regions if answer.region]
        points = self._next(task)
        return most([*also, *places, *self._channels(answer)[:2], *points, *self.related(answer)])

    def in_hand(self) -> Chips:
        """Points of the task in hand, or what can be asked at all."""
        task = self.state.thread or self.state.procedure
        return most(self._next(task)) if task else self.menu()

    def in_hand_or_all(self) -> Chips:
        """Points of the task in hand that were not told; late in a talk there may be none."""
        return self.in_hand() or self.menu()

    def walk(self) -> Chips:
        """To be led step by step, or a point of the task in hand."""
        walk = {"title": self.knowledge.phrases["button_walk"], "payload": '/follow_up{"point": "step"}'}
        return most([walk, *self.in_hand()])

    def points(self, task: str, points: tuple[str, ...]) -> list[dict[str, Any] | None]:
        """The points of a task that are decided for it and were not told."""
        told = self._told()
        return [self.wish(Wish(task, p)) for p in points if p not in told and self.knowledge.entries(task, p)]

    def _next(self, task: str) -> list[dict[str, Any] | None]:
        return self.points(task, tuple(self.knowledge.procedures[task].next_points))

    def _told(self) -> set[str | None]:
        """The points that were told, and those that are asked now."""
        told = {key.split("/")[1] for key in self.before.shown if key.count("/") == 2}
        return told | {wish.point for wish in self.understood.wishes}

    def related(self, answer: Answer) -> list[dict[str, Any]]:
        """Tasks that come next; first what was wished for before and is not yet told."""
        wished = [id_ for id_ in self.state.aside if id_ != answer.procedure.id]
        return [self.procedure(id_) for id_ in dict.fromkeys([*wished, *answer.procedure.related])]

    def menu(self) -> Chips:
        """What can be asked at all."""
        return tuple(self.procedure(task) for task in self.knowledge.menu[:_MOST])

    def wish(self, wish: Wish) -> dict[str, Any] | None:
        """To ask for a task or a point; None where it has no title."""
        if wish.point is None:
            return self.procedure(wish.task) if wish.task in self.knowledge.procedures else None
        named = self.knowledge.points.get(wish.point)
        if named is None or named.chip is None:
            return None
        return {"title": named.chip, "payload": f"/{wish.task or 'follow_up'}" + json.dumps({"point": wish.point})}

    def procedure(self, task: str) -> dict[str, Any]:
        """To ask for a task."""
        return {"title": self.knowledge.procedures[task].question, "payload": f"/{task}"}

    def asked_of(self, task: str, point: str) -> dict[str, Any]:
        """To say of which task a point is asked."""
        return {**self.procedure(task), "payload": f"/{task}" + json.dumps({"point": point})}

    def region(self, region: str) -> dict[str, Any]:
        """To name a place."""
        elsewhere = region == ELSEWHERE
        title = self.knowledge.phrases["button_elsewhere"] if elsewhere else self.knowledge.region_title(region)
        return {"title": title, "payload": "/inform" + json.dumps({"region": region}, ensure_ascii=False)}

    def _channels(self, answer: Answer) -> list[dict[str, Any]]:
        """To take another way, but no doubtful one."""
        doubtful = {c for v in answer.procedure.variants if v.after for c in v.channel}
        return [self._channel(c) for c in answer.other_channels if c not in doubtful]

    def _channel(self, channel: str) -> dict[str, Any]:
        title = self.knowledge.phrases["button_channel"].format(channel=self.knowledge.channels[channel].title)
        return {"title": title, "payload": "/inform" + json.dumps({"channel": channel})}
