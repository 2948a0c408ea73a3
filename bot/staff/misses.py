"""没听懂: what was missed, what it meant, and the sentences that wait for a second person's yes."""

import asyncio
import sys
from datetime import datetime, timezone
from typing import Any

from sanic import Blueprint, Request, Sanic, response
from sanic.exceptions import NotFound
from sanic.log import logger
from sanic.response import HTTPResponse
from sqlalchemy.exc import SQLAlchemyError

from bot.dialogue.understand import FOLLOW_UP, NONE, OUT_OF_SCOPE
from bot.errors import BotError
from bot.insight import effect, proposals, span
from bot.insight.effect import Effect, Sentences
from bot.insight.misses import KINDS, Misses, Said
from bot.insight.proposals import ACCEPTED, OPEN, Proposal, Proposals
from bot.knowledge.loader import shipped
from bot.paths import ROOT
from bot.staff.desk import Desk, Page, route
from bot.stores.database import create_engine

_HAZARD = "hazard"  # the label of sentences of danger
_DAYS = 7
_AT_ONCE = 20  # groups on a page
_GROUPED, _PAUSE = 50, 20  # messages whose group is found at a time, and seconds until somebody looks for more


def add(staff: Blueprint, desk: Desk) -> None:
    """The routes of the page (see `Page`), and what finds the groups of new messages."""
    pages = Misunderstandings(desk)
    route(staff, "GET", "/misses", pages.overview)
    route(staff, "GET", "/misses/sentences", pages.sentences)
    route(staff, "POST", "/misses/sentences/<number:int>", pages.decide)
    route(staff, "GET", "/misses/<number:int>", pages.message)
    route(staff, "POST", "/misses/<number:int>", pages.propose)

    @staff.after_server_start
    async def begin(app: Sanic, _: asyncio.AbstractEventLoop) -> None:
        app.ctx.grouping = asyncio.ensure_future(_keep_grouping(pages.misses))

    @staff.before_server_stop
    async def end(app: Sanic, _: asyncio.AbstractEventLoop) -> None:
        app.ctx.grouping.cancel()


PAGE = Page("misses", "没听懂", add)


async def _keep_grouping(misses: Misses) -> None:
    """Find the group of what was missed, a few at a time; never returns."""
    while True:
        await asyncio.sleep(_PAUSE)
        try:
            while await asyncio.to_thread(misses.group_new, _GROUPED) == _GROUPED:
                await asyncio.sleep(1)  # whoever asks something comes first
        except SQLAlchemyError as error:
            logger.error("what was missed could not be grouped", exc_info=error)


class Misunderstandings:
    """The handlers, and what they share."""

    def __init__(self, desk: Desk):
        self._desk = desk
        engine = create_engine(desk.settings.database_url)
        self.misses, self._proposals = Misses(engine), Proposals(engine)
        self._sentences: Sentences | None = None
        self._preparing: asyncio.Task[Any] | None = None

    async def overview(self, request: Request) -> HTTPResponse:
        """The groups of a span, the newest first."""
        days, start = _number(request, "days", _DAYS, span.LONGEST), _number(request, "start", 0, 1_000_000)
        kind = request.args.get("kind") if request.args.get("kind") in KINDS else None
        looked_at = span.latest(days or _DAYS)
        counts, groups, waiting = await asyncio.gather(
            asyncio.to_thread(self.misses.count, looked_at),
            asyncio.to_thread(self.misses.groups, looked_at, kind, start, _AT_ONCE + 1),
            asyncio.to_thread(self._proposals.all, OPEN),
        )
        return self._render(
            request,
            "misses.html",
            days=days or _DAYS,
            kind=kind,
            start=start,
            counts=counts,
            groups=groups[:_AT_ONCE],
            further=start + _AT_ONCE if len(groups) > _AT_ONCE else None,
            waiting=len(waiting),
        )

    async def message(self, request: Request, number: int) -> HTTPResponse:
        """One message, and lists to say what it meant."""
        said = await self._said(number)
        task, _, point = said.label.partition("/")
        return self._message(request, said, {"text": said.text, "task": task, "point": "" if point in NONE else point})

    async def propose(self, request: Request, number: int) -> HTTPResponse:
        """Look what a label would change, or propose it."""
        said, form = await self._said(number), request.form
        typed = {name: form.get(name) or "" for name in ("text", "task", "point")}
        if form.get("action") == "outside":
            typed = {**typed, "task": OUT_OF_SCOPE, "point": ""}
        try:
            label = proposals.label(shipped(), typed["task"], typed["point"])
            text = proposals.sentence(typed["text"])
            changes = await self._effect(text, label)
            if form.get("action") == "look":
                return self._message(request, said, typed, changes=changes, looked=True)
            self._refuse_what_is_known(changes)
            proposed = await asyncio.to_thread(self._proposals.add, text, label, request.ctx.staff.name)
        except BotError as error:
            return self._message(request, said, typed, 422, fault=str(error))
        await self._desk.audit.note(request.ctx.staff.name, "propose", label, "", proposed.text)
        return response.redirect("/staff/misses/sentences?done=proposed", status=303)

    def _refuse_what_is_known(self, changes: Effect | None) -> None:
        if changes and changes.known:
            raise BotError(self._desk.texts["known"])
        if changes and changes.measured:
            raise BotError(self._desk.texts["measured"])

    async def sentences(self, request: Request) -> HTTPResponse:
        """What waits for a second person, and for the next training."""
        return await self._waiting(request, done=request.args.get("done"))

    async def decide(self, request: Request, number: int) -> HTTPResponse:
        """A second person's yes, or anybody's no."""
        if not 0 < number < 2**31:
            raise NotFound(str(number))
        yes, who = request.form.get("action") == "yes", request.ctx.staff.name
        try:
            decided = await asyncio.to_thread(self._proposals.decide, number, yes, who)
        except BotError as error:
            return await self._waiting(request, 422, fault=str(error))
        await self._desk.audit.note(who, "accept" if yes else "decline", decided.label, decided.text)
        return response.redirect(f"/staff/misses/sentences?done={decided.state}", status=303)

    async def _waiting(
        self, request: Request, status: int = 200, done: str | None = None, fault: str | None = None
    ) -> HTTPResponse:
        waiting: list[Proposal] = await asyncio.to_thread(self._proposals.all, OPEN)
        changes = {proposal.id: await self._effect(proposal.text, proposal.label) for proposal in waiting[:_AT_ONCE]}
        accepted = await asyncio.to_thread(self._proposals.all, ACCEPTED)
        told = self._desk.texts.get(f"sentence_{done}")
        return self._render(
            request,
            "sentences.html",
            status,
            waiting=waiting,
            changes=changes,
            accepted=accepted,
            done=told,
            fault=fault,
        )

    async def _said(self, number: int) -> Said:
        said = await asyncio.to_thread(self.misses.one, number) if 0 < number < 2**63 else None
        if said is None:
            raise NotFound(str(number))
        return said

    async def _effect(self, text: str, label: str) -> Effect | None:
        """What a sentence would change; None while the sentences to compare it with are being prepared."""
        if self._sentences is None:
            self._sentences = await asyncio.to_thread(effect.ready)
        if self._sentences is not None:
            return await asyncio.to_thread(effect.effect, self._sentences, text, label)
        if self._preparing is None or self._preparing.done():
            # In a process of its own: it takes half a minute of a core, and nobody's answer shall wait for it.
            command = (sys.executable, "-m", "bot.insight.effect")
            self._preparing = asyncio.ensure_future(asyncio.create_subprocess_exec(*command, cwd=ROOT))
        return None

    def _message(
        self, request: Request, said: Said, typed: dict[str, str], status: int = 200, **told: object
    ) -> HTTPResponse:
        values = {"changes": None, "looked": False, "fault": None, **told}
        return self._render(request, "miss.html", status, said=said, typed=typed, **values)

    def _render(self, request: Request, template: str, status: int = 200, **values: object) -> HTTPResponse:
        shared = {"knowledge": shipped(), "title": self._title, "at": _moment, "besides": (FOLLOW_UP, OUT_OF_SCOPE)}
        return self._desk.render(request, template, status, **shared, **values)

    def _title(self, label: str) -> str:
        """A label in the words of people."""
        knowledge, texts = shipped(), self._desk.texts
        intent, _, point = label.partition("/")
        names = {FOLLOW_UP: "leaning", OUT_OF_SCOPE: "outside", _HAZARD: "hazard"}
        besides = texts[f"label_{names.get(intent, 'talk')}"]
        task = knowledge.procedures[intent].title if intent in knowledge.procedures else besides
        return f"{task} · {knowledge.points[point].title}" if point in knowledge.points else task


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc).astimezone(span.CHINA)


def _number(request: Request, name: str, default: int, most: int) -> int:
    """A number in the address; the default where there is none that can be meant."""
    given = request.args.get(name) or ""
    return int(given) if given.isascii() and given.isdigit() and len(given) < 8 and int(given) <= most else default
