"""Drafts: seen together, tried in a talk, published or thrown away; and what was published before."""

from typing import Any

from sanic import Blueprint, Request
from sanic.exceptions import NotFound
from sanic.log import logger
from sanic.response import HTTPResponse

from bot.errors import KnowledgeError
from bot.knowledge.loader import shipped
from bot.staff import cells, finding, trial
from bot.staff.audit import Line
from bot.staff.bench import Bench
from bot.staff.desk import route
from bot.staff.shelf import PUBLISHED, Conflict, NeedsTraining, Place, Standing


class DraftPages:
    """The handlers of drafts and versions."""

    def __init__(self, bench: Bench):
        self._bench = bench

    def add(self, staff: Blueprint) -> None:
        """Put them into the blueprint."""
        route(staff, "GET", "/knowledge/drafts", self.show)
        route(staff, "POST", "/knowledge/drafts", self.act)
        route(staff, "GET", "/knowledge/try", self.begin)
        route(staff, "POST", "/knowledge/try", self.talk)
        route(staff, "GET", "/knowledge/versions", self.versions)
        route(staff, "GET", "/knowledge/versions/<number>", self.version)
        route(staff, "POST", "/knowledge/versions/<number>", self.restore)

    async def show(self, request: Request) -> HTTPResponse:
        """All drafts with what they change."""
        return await self._drafts(request)

    async def act(self, request: Request) -> HTTPResponse:
        """Publish the drafts that were ticked, all or none, or throw them away."""
        # Only what is drafted: no form leads to another file.
        drafted = {standing.place.id: standing for standing in await self._bench.shelf.standings()}
        ids, publish = request.form.getlist("place", []), request.form.get("action") == "publish"
        if not ids or not drafted.keys() >= set(ids):
            return await self._drafts(request, 409 if ids else 422, fault="conflict" if ids else "none_chosen")
        before = [drafted[id_] for id_ in ids]
        chosen = {standing.place: request.form.get(f"seen {standing.place.id}") or "" for standing in before}
        try:
            if publish:
                await self._bench.shelf.publish(chosen, request.ctx.staff.name)
            else:
                for place, seen in chosen.items():
                    await self._bench.shelf.discard(place, seen, request.ctx.staff.name)
        except Conflict as conflict:
            return await self._drafts(request, 409, conflict=conflict.standing)
        except KnowledgeError as error:
            return await self._drafts(request, 422, faults=[str(fault) for fault in error.faults])
        except NeedsTraining:
            return await self._drafts(request, 422, fault="needs_training")
        except OSError as error:
            logger.error("knowledge can't be written", exc_info=error)
            return await self._drafts(request, 500, fault="unwritable")
        done = "published" if publish else "discarded"
        return await self._drafts(request, done=done, left=self._left_behind(before) if publish else ("", []))

    async def begin(self, request: Request) -> HTTPResponse:
        """The page for a talk."""
        return self._bench.render(request, "trial.html", talk=[], faults=[])

    async def talk(self, request: Request) -> HTTPResponse:
        """A talk with the bot as it would answer with all drafts: what was said so far, and one message more."""
        said = [text for text in (*request.form.getlist("said", []), request.form.get("text") or "") if text.strip()]
        try:
            drafted = await self._bench.shelf.drafted(shipped())
        except KnowledgeError as error:
            return self._bench.render(request, "trial.html", 422, talk=[], faults=[str(one) for one in error.faults])
        talk = await trial.talk(request.app.ctx.agent, drafted, said[-trial.MOST :])
        return self._bench.render(request, "trial.html", talk=talk, faults=[])

    async def versions(self, request: Request) -> HTTPResponse:
        """What was published, the newest first."""
        lines = [(line, Place.of(line.place)) for line in await self._bench.desk.audit.lines([PUBLISHED])]
        return self._bench.render(request, "versions.html", lines=lines)

    async def version(self, request: Request, number: str) -> HTTPResponse:
        """What a publication changed at a place."""
        line = await self._line(number)
        changes = cells.changes(line.before, line.after, self._bench.texts)
        return self._bench.render(request, "version.html", line=line, place=Place.of(line.place), changes=changes)

    async def restore(self, request: Request, number: str) -> HTTPResponse:
        """Put into a draft what stood there before a publication."""
        line = await self._line(number)
        standing = await self._bench.standing(Place.of(line.place))
        if standing.draft:
            return await self._drafts(request, 409, conflict=standing)
        await self._bench.shelf.save(standing.place, standing.seen, line.before, request.ctx.staff.name)
        return await self._drafts(request, done="restored")

    async def _line(self, number: str) -> Line:
        line = await self._bench.desk.audit.line(int(number)) if number.isdecimal() and len(number) < 10 else None
        if line is None or line.did != PUBLISHED:
            raise NotFound(number)
        return line

    async def _drafts(self, request: Request, status: int = 200, **told: Any) -> HTTPResponse:
        standings = await self._bench.shelf.standings()
        return self._bench.render(
            request,
            "drafts.html",
            status,
            drafts=[(one, cells.changes(one.published, one.text, self._bench.texts)) for one in standings],
            **{"done": None, "fault": None, "faults": [], "conflict": None, "left": ("", []), **told},
        )

    def _left_behind(self, before: list[Standing]) -> tuple[str, list[finding.Found]]:
        """What the drafts do not say any more and other places still do."""
        changed = {standing.place for standing in before}
        for standing in before:
            if standing.place != Place.of_cell(standing.place.task, str(standing.place.keys[0])):
                continue
            fragment = cells.left_behind(cells.read(standing.published), cells.read(standing.text))
            found = finding.find(shipped(), fragment) if fragment else []
            others = [one for one in found if one.place not in changed]
            if others:
                return fragment, others
        return "", []
