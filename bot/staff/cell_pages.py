"""A cell as it reads in every channel, and an entry of it as a form."""

from datetime import date

from pydantic import ValidationError
from sanic import Blueprint, Request, response
from sanic.exceptions import NotFound
from sanic.response import HTTPResponse

from bot.knowledge import edit
from bot.knowledge.loader import overdue, shipped
from bot.knowledge.model import Entry
from bot.knowledge.points import first
from bot.staff import cells, entry_form
from bot.staff.bench import Bench
from bot.staff.desk import route
from bot.staff.shelf import Conflict, Place, Standing
from bot.staff.sources import by_key

_NEW = "new"
_AS_A_WHOLE = ("inherited", "not_applicable")


class CellPages:
    """The handlers of cells."""

    def __init__(self, bench: Bench):
        self._bench = bench

    def add(self, staff: Blueprint) -> None:
        """Put them into the blueprint."""
        route(staff, "GET", "/knowledge/cell/<task>/<point>", self.show)
        route(staff, "POST", "/knowledge/cell/<task>/<point>", self.decide)
        route(staff, "GET", "/knowledge/cell/<task>/<point>/<number>", self.ask)
        route(staff, "POST", "/knowledge/cell/<task>/<point>/<number>", self.write)

    async def show(self, request: Request, task: str, point: str) -> HTTPResponse:
        """A cell as it reads, with its draft."""
        return self._cell(request, await self._standing(task, point))

    async def decide(self, request: Request, task: str, point: str) -> HTTPResponse:
        """Draft that a cell is inherited or not applicable."""
        standing, kind = await self._standing(task, point), request.form.get("kind")
        if kind not in _AS_A_WHOLE:
            raise NotFound(kind)
        if any(entry.examples for entry in cells.read(standing.published).entries):
            return self._cell(request, standing, 422, fault="has_examples")
        return await self._save(request, standing.place, f"{point}: {kind}\n")

    async def ask(self, request: Request, task: str, point: str, number: str) -> HTTPResponse:
        """An entry as a form."""
        standing = await self._standing(task, point)
        entry = _entry(standing, number)
        return self._form(request, standing, number, entry_form.shown(entry) if entry else entry_form.Form())

    async def write(self, request: Request, task: str, point: str, number: str) -> HTTPResponse:
        """Draft an entry, or show how it would look."""
        standing = await self._standing(task, point)
        entry = _entry(standing, number)
        form = entry_form.checked(shipped(), entry_form.filled(dict(request.form)), self._bench.texts)
        if request.form.get("action") == "look":
            if "application/json" not in request.headers.get("accept", ""):
                return self._form(request, standing, number, form)
            looks = None if form.faults else self._looks(standing.place, form, entry)
            return response.json({"faults": dict(form.faults), "looks": looks})
        if form.faults:
            return self._form(request, standing, number, form, 422)
        changed = None if number == _NEW else int(number)
        text = edit.with_entry(standing.text, changed, entry_form.values_of(shipped(), form))
        try:
            return await self._save(request, standing.place, text)
        except Conflict as conflict:
            return self._form(request, conflict.standing, number, form, 409)

    async def _save(self, request: Request, place: Place, text: str) -> HTTPResponse:
        before = await self._bench.shelf.standing(place)
        kept = await self._bench.draft(request, place, text)
        return self._cell(request, kept, done="unchanged" if text == before.text else "saved")

    async def _standing(self, task: str, point: str) -> Standing:
        if point not in shipped().cells.get(task, {}):
            raise NotFound(point)
        return await self._bench.standing(Place.of_cell(task, point))

    def _cell(
        self,
        request: Request,
        standing: Standing,
        status: int = 200,
        done: str | None = None,
        fault: str | None = None,
    ) -> HTTPResponse:
        task, point, cell = standing.place.task, str(standing.place.keys[0]), cells.read(standing.text)
        knowledge = cells.with_cell(shipped(), task, point, cell)
        inherited = first(knowledge, task, point) if cell.inherited else None
        shown = [(task, entry) for entry in cell.entries] or ([(inherited.task, inherited.entry)] if inherited else [])
        return self._bench.render(
            request,
            "cell.html",
            status,
            task=task,
            point=point,
            standing=standing,
            cell=cell,
            inherited=inherited,
            entries=[(entry, cells.looks(knowledge, owner, point, entry)) for owner, entry in shown],
            due=overdue(knowledge, date.today()),
            changes=cells.changes(standing.published, standing.text, self._bench.texts),
            done=done,
            fault=fault,
        )

    def _form(
        self, request: Request, standing: Standing, number: str, form: entry_form.Form, status: int = 200
    ) -> HTTPResponse:
        entry = _entry(standing, number)
        return self._bench.render(
            request,
            "entry.html",
            status,
            task=standing.place.task,
            point=standing.place.keys[0],
            number=number,
            standing=standing,
            form=form,
            entry=entry,
            conflict=status == 409,
            looks=self._looks(standing.place, form, entry),
            sources=by_key(shipped()),
            limits=entry_form.LIMITS,
        )

    def _looks(self, place: Place, form: entry_form.Form, entry: Entry | None) -> dict[str, str]:
        try:
            written = entry_form.entry_of(shipped(), form, entry)
            return cells.looks(shipped(), place.task, str(place.keys[0]), written)
        except (ValidationError, KeyError):  # there is nothing to be seen of what has faults
            return cells.NO_LOOKS


def _entry(standing: Standing, number: str) -> Entry | None:
    """The entry of a number as it is worked on; None for a new one."""
    if number == _NEW:
        return None
    entries = cells.read(standing.text).entries
    if not number.isdecimal() or len(number) > 3 or int(number) >= len(entries):
        raise NotFound(number)
    return entries[int(number)]
