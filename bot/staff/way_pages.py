"""A way of a task as it reads in every channel, and its sentences as a form."""

from pydantic import ValidationError
from sanic import Blueprint, Request
from sanic.exceptions import NotFound
from sanic.response import HTTPResponse

from bot.knowledge.loader import fault_message, shipped
from bot.privacy import mask
from bot.staff import cells, personal, ways
from bot.staff.bench import Bench
from bot.staff.desk import route
from bot.staff.shelf import Conflict, Place, Standing


class WayPages:
    """The handlers of ways."""

    def __init__(self, bench: Bench):
        self._bench = bench

    def add(self, staff: Blueprint) -> None:
        """Put them into the blueprint."""
        route(staff, "GET", "/knowledge/way/<task>/<number>", self.show)
        route(staff, "POST", "/knowledge/way/<task>/<number>", self.write)

    async def show(self, request: Request, task: str, number: str) -> HTTPResponse:
        """A way as it reads, with its draft and its form."""
        return self._way(request, await self._standing(task, number))

    async def write(self, request: Request, task: str, number: str) -> HTTPResponse:
        """Draft its sentences, or show how they would look."""
        standing = await self._standing(task, number)
        names = {name for several in ways.fields(ways.read(standing.text)).values() for name, _ in several}
        # A sentence stands on one line, however it was typed.
        sent = {name: request.form.get(name) or "" for name in names if name in request.form}
        typed = {name: "".join(map(str.strip, text.splitlines())) for name, text in sent.items()}
        faults = self._faults(standing, typed)
        if faults:
            return self._way(request, standing, 422, typed=typed, faults=faults)
        text = ways.rewritten(standing.text, typed)
        if request.form.get("action") == "look":
            return self._way(request, standing, typed=typed, looked_at=text)
        try:
            kept = await self._bench.draft(request, standing.place, text)
        except Conflict as conflict:
            return self._way(request, conflict.standing, 409, typed=typed)
        done = "unchanged" if text == standing.text else "saved"
        return self._way(request, kept, done=done)

    def _faults(self, standing: Standing, typed: dict[str, str]) -> dict[str, str]:
        faults = personal.faults(typed, self._bench.texts)
        if faults:
            return faults
        try:
            ways.read(ways.rewritten(standing.text, typed))
        except ValidationError as error:
            for fault in error.errors():
                keys = tuple(step for step in fault["loc"] if step != "text")
                faults[ways.name_of(keys)] = fault_message(fault)
        return faults

    async def _standing(self, task: str, number: str) -> Standing:
        procedure = shipped().procedures.get(task)
        if procedure is None or not number.isdecimal() or len(number) > 3:
            raise NotFound(number)
        return await self._bench.standing(Place.of_way(task, int(number)))

    def _way(
        self,
        request: Request,
        standing: Standing,
        status: int = 200,
        typed: dict[str, str] | None = None,
        faults: dict[str, str] | None = None,
        looked_at: str | None = None,
        done: str | None = None,
    ) -> HTTPResponse:
        task, number = standing.place.task, int(standing.place.keys[-1])
        shown = ways.read(looked_at or standing.text)
        variant = ways.read(standing.text)
        return self._bench.render(
            request,
            "way.html",
            status,
            task=task,
            number=number,
            standing=standing,
            variant=variant,
            fields=ways.fields(variant),
            typed={name: mask(text) for name, text in (typed or {}).items()},
            faults=faults or {},
            looks=ways.looks(ways.with_way(shipped(), task, number, shown), task, number),
            changes=cells.changes(standing.published, standing.text, self._bench.texts),
            conflict=status == 409,
            done=done,
        )
