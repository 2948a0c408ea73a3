"""知识: the matrix of tasks and points; each cell as it reads, and as a form; drafts, publishing, earlier versions."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

from pydantic import ValidationError
from sanic import Blueprint, Request, response
from sanic.exceptions import NotFound
from sanic.log import logger
from sanic.response import HTTPResponse

from bot.errors import KnowledgeError
from bot.knowledge import edit
from bot.knowledge.loader import overdue, shipped
from bot.knowledge.model import WHOLE, Entry
from bot.knowledge.points import first, matrix, tasks
from bot.staff import cells, entry_form, finding, trial
from bot.staff.audit import Line
from bot.staff.desk import Desk, Page
from bot.staff.shelf import PUBLISHED, Conflict, NeedsTraining, Place, Shelf, Standing
from bot.staff.sources import by_key

_NEW = "new"
_AS_A_WHOLE = ("inherited", "not_applicable")


def add(staff: Blueprint, desk: Desk) -> None:
    """The routes of the page (see `Page`)."""
    pages = _Pages(desk)
    for path, method, handler in (
        ("/knowledge", "GET", pages.overview),
        ("/knowledge/find", "GET", pages.find),
        ("/knowledge/task/<task>", "GET", pages.task),
        ("/knowledge/cell/<task>/<point>", "GET", pages.cell),
        ("/knowledge/cell/<task>/<point>", "POST", pages.act),
        ("/knowledge/cell/<task>/<point>/try", "GET", pages.begin_talk),
        ("/knowledge/cell/<task>/<point>/try", "POST", pages.talk),
        ("/knowledge/cell/<task>/<point>/<number>", "GET", pages.entry),
        ("/knowledge/cell/<task>/<point>/<number>", "POST", pages.write),
        ("/knowledge/versions", "GET", pages.versions),
        ("/knowledge/versions/<number>", "GET", pages.version),
        ("/knowledge/versions/<number>", "POST", pages.restore),
    ):
        staff.add_route(_function(handler), path, methods=[method], name=f"knowledge_{handler.__name__}")


PAGE = Page("knowledge", "知识", add)


def _function(handler: Callable[..., Awaitable[HTTPResponse]]) -> Callable[..., Awaitable[HTTPResponse]]:
    # Sanic takes functions, and silently no methods.
    async def called(request: Request, **named: str) -> HTTPResponse:
        return await handler(request, **named)

    return called


class _Pages:
    """The handlers, and what they share."""

    def __init__(self, desk: Desk):
        self._desk, self._shelf = desk, Shelf(desk.settings.database_url, desk.audit, desk.folder)

    async def overview(self, request: Request) -> HTTPResponse:
        """All cells at a glance."""
        knowledge = shipped()
        return self._render(
            request,
            "knowledge.html",
            matrix=matrix(knowledge),
            due=overdue(knowledge, date.today()),
            late=cells.late(knowledge, date.today()),
            drafts=await self._shelf.drafts(),
        )

    async def find(self, request: Request) -> HTTPResponse:
        """Where a word stands."""
        words = (request.args.get("q") or "")[:60]
        return self._render(request, "find.html", words=words, found=finding.find(shipped(), words))

    async def task(self, request: Request, task: str) -> HTTPResponse:
        """All points of a task."""
        if task not in tasks(shipped()):
            raise NotFound(task)
        kinds = matrix(shipped()).kinds[task]
        told = {point: first(shipped(), task, point) for point in kinds}
        late = cells.late(shipped(), date.today())
        return self._render(request, "task.html", task=task, kinds=kinds, told=told, late=late)

    async def cell(self, request: Request, task: str, point: str) -> HTTPResponse:
        """A cell as it reads, with its draft."""
        return self._cell(request, task, point, await self._standing(task, point))

    async def act(self, request: Request, task: str, point: str) -> HTTPResponse:
        """Publish or discard a draft, or decide of a cell as a whole."""
        action, before = request.form.get("action"), await self._standing(task, point)
        given = before.place, request.form.get("seen") or ""
        status, told = 200, {}
        try:
            if action == "publish":
                await self._shelf.publish(*given, request.ctx.staff.name)
                old, new = cells.read(before.published), cells.read(before.text)
                told = {"done": "published", "left": cells.left_behind(shipped(), (task, point), old, new)}
            elif action == "discard":
                await self._shelf.discard(*given, request.ctx.staff.name)
                told = {"done": "discarded"}
            elif action in _AS_A_WHOLE:
                if any(entry.examples for entry in cells.read(before.published).entries):
                    raise NeedsTraining
                await self._shelf.save(*given, f"{point}: {action}\n", request.ctx.staff.name)
                told = {"done": "saved"}
        except Conflict:
            status, told = 409, {"conflict": True}
        except KnowledgeError as error:
            status, told = 422, {"faults": [fault.message for fault in error.faults]}
        except NeedsTraining:
            status, told = 422, {"fault": "needs_training" if action == "publish" else "has_examples"}
        except OSError as error:
            logger.error("knowledge can't be written", exc_info=error)
            status, told = 500, {"fault": "unwritable"}
        return self._cell(request, task, point, await self._standing(task, point), status, **told)

    async def entry(self, request: Request, task: str, point: str, number: str) -> HTTPResponse:
        """An entry as a form."""
        standing = await self._standing(task, point)
        entry = _entry(standing, number)
        return self._form(
            request, task, point, number, standing, entry_form.shown(entry) if entry else entry_form.Form()
        )

    async def write(self, request: Request, task: str, point: str, number: str) -> HTTPResponse:
        """Keep an entry as a draft, or show how it would look."""
        standing = await self._standing(task, point)
        entry = _entry(standing, number)
        form = entry_form.checked(shipped(), entry_form.filled(request.form), self._desk.texts)
        if request.form.get("action") == "look":
            if "application/json" not in request.headers.get("accept", ""):
                return self._form(request, task, point, number, standing, form)
            looks = None if form.faults else self._looks(task, point, form, entry)
            return response.json({"faults": dict(form.faults), "looks": looks})
        if form.faults:
            return self._form(request, task, point, number, standing, form, 422)
        changed = None if number == _NEW else int(number)
        text = edit.with_entry(standing.text, changed, entry_form.values_of(shipped(), form))
        try:
            await self._shelf.save(standing.place, request.form.get("seen") or "", text, request.ctx.staff.name)
        except Conflict as conflict:
            return self._form(request, task, point, number, conflict.standing, form, 409)
        done = "unchanged" if text == standing.text else "saved"
        return self._cell(request, task, point, await self._standing(task, point), done=done)

    async def begin_talk(self, request: Request, task: str, point: str) -> HTTPResponse:
        """The page for a talk with the bot as it would answer with the draft."""
        await self._standing(task, point)
        return self._render(request, "trial.html", task=task, point=point, talk=[])

    async def talk(self, request: Request, task: str, point: str) -> HTTPResponse:
        """The talk so far, and one message more."""
        standing = await self._standing(task, point)
        said = [text for text in (*request.form.getlist("said", []), request.form.get("text") or "") if text.strip()]
        drafted = cells.with_cell(shipped(), task, point, cells.read(standing.text))
        talk = await trial.talk(request.app.ctx.agent, drafted, said[-trial.MOST :])
        return self._render(request, "trial.html", task=task, point=point, talk=talk)

    async def versions(self, request: Request) -> HTTPResponse:
        """What was published, the newest first."""
        return self._render(request, "versions.html", lines=await self._desk.audit.lines([PUBLISHED]))

    async def version(self, request: Request, number: str) -> HTTPResponse:
        """What a publication changed."""
        line = await self._line(number)
        return self._render(request, "version.html", line=line, changes=cells.changes(line.before, line.after))

    async def restore(self, request: Request, number: str) -> HTTPResponse:
        """Put into a draft what stood there before a publication."""
        line = await self._line(number)
        task, point = _cell_of(line.place)
        standing = await self._standing(task, point)
        if standing.draft:
            return self._cell(request, task, point, standing, 409, conflict=True)
        await self._shelf.save(standing.place, standing.seen, line.before, request.ctx.staff.name)
        return self._cell(request, task, point, await self._standing(task, point), done="restored")

    async def _line(self, number: str) -> Line:
        line = await self._desk.audit.line(int(number)) if number.isdecimal() and len(number) < 10 else None
        if line is None or line.did != PUBLISHED:
            raise NotFound(number)
        return line

    async def _standing(self, task: str, point: str) -> Standing:
        if point not in shipped().cells.get(task, {}):
            raise NotFound(point)
        return await self._shelf.standing(Place(f"points/{task}.yml", (point,)))

    def _cell(
        self, request: Request, task: str, point: str, standing: Standing, status: int = 200, **told: Any
    ) -> HTTPResponse:
        cell = cells.read(standing.text)
        knowledge = cells.with_cell(shipped(), task, point, cell)
        inherited = first(knowledge, task, point) if cell.inherited else None
        shown = [(task, entry) for entry in cell.entries] or ([(inherited.task, inherited.entry)] if inherited else [])
        return self._render(
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
            changes=cells.changes(standing.published, standing.text),
            **{"done": None, "conflict": False, "fault": None, "faults": [], "left": ("", []), **told},
        )

    def _form(
        self,
        request: Request,
        task: str,
        point: str,
        number: str,
        standing: Standing,
        form: entry_form.Form,
        status: int = 200,
    ) -> HTTPResponse:
        entry = _entry(standing, number)
        return self._render(
            request,
            "entry.html",
            status,
            task=task,
            point=point,
            number=number,
            standing=standing,
            form=form,
            entry=entry,
            conflict=status == 409,
            looks=self._looks(task, point, form, entry),
            sources=by_key(shipped()),
            limits=entry_form.LIMITS,
        )

    def _looks(self, task: str, point: str, form: entry_form.Form, entry: Entry | None) -> dict[str, str]:
        try:
            return cells.looks(shipped(), task, point, entry_form.entry_of(shipped(), form, entry))
        except (ValidationError, KeyError):  # there is nothing to be seen of what has faults
            return cells.NO_LOOKS

    def _render(self, request: Request, template: str, status: int = 200, **values: Any) -> HTTPResponse:
        return self._desk.render(
            request,
            template,
            status,
            knowledge=shipped(),
            title=self._title,
            point_title=self._point_title,
            where=self._where,
            **values,
        )

    def _title(self, task: str) -> str:
        procedure = shipped().procedures.get(task)
        return procedure.title if procedure else self._desk.texts["shared"]

    def _where(self, place: str) -> str:
        task, point = _cell_of(place)
        return f"{self._title(task)} · {self._point_title(point)}"

    def _point_title(self, point: str) -> str:
        return self._desk.texts["whole"] if point == WHOLE else shipped().points[point].title


def _cell_of(place: str) -> tuple[str, str]:
    """The task and the point of a place."""
    found = Place.of(place)
    return found.file.removeprefix("points/").removesuffix(".yml"), str(found.keys[0])


def _entry(standing: Standing, number: str) -> Entry | None:
    """The entry of a number as it is worked on; None for a new one."""
    if number == _NEW:
        return None
    entries = cells.read(standing.text).entries
    if not number.isdecimal() or len(number) > 3 or int(number) >= len(entries):
        raise NotFound(number)
    return entries[int(number)]
