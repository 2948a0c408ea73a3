"""The documents that texts rest on: their titles, dates, and when they are to be reviewed."""

from datetime import date

from pydantic import TypeAdapter, ValidationError
from sanic import Blueprint, Request
from sanic.exceptions import NotFound
from sanic.response import HTTPResponse

from bot.knowledge import edit
from bot.knowledge.loader import fault_message, overdue, shipped
from bot.knowledge.model import Document
from bot.privacy import mask
from bot.staff import cells, personal
from bot.staff.bench import Bench
from bot.staff.desk import route
from bot.staff.shelf import Conflict, Place, Standing
from bot.yamlfile import parse_yaml

_FIELDS = ("title", "short", "as_of", "review_by", "url")


class DocumentPages:
    """The handlers of documents."""

    def __init__(self, bench: Bench):
        self._bench = bench

    def add(self, staff: Blueprint) -> None:
        """Put them into the blueprint."""
        route(staff, "GET", "/knowledge/documents", self.all)
        route(staff, "GET", "/knowledge/document/<id_>", self.show)
        route(staff, "POST", "/knowledge/document/<id_>", self.write)

    async def all(self, request: Request) -> HTTPResponse:
        """All documents, those first that are to be reviewed."""
        return self._bench.render(request, "documents.html", due=overdue(shipped(), date.today()))

    async def show(self, request: Request, id_: str) -> HTTPResponse:
        """A document as a form, with its draft."""
        return self._document(request, await self._standing(id_))

    async def write(self, request: Request, id_: str) -> HTTPResponse:
        """Draft what is said of a document."""
        standing = await self._standing(id_)
        typed = {name: "".join((request.form.get(name) or "").splitlines()).strip() for name in _FIELDS}
        text = edit.with_values(standing.text, typed, edit.DOCUMENT)
        faults = self._faults(typed, text)
        if faults:
            return self._document(request, standing, 422, typed=typed, faults=faults)
        try:
            kept = await self._bench.draft(request, standing.place, text)
        except Conflict as conflict:
            return self._document(request, conflict.standing, 409, typed=typed)
        done = "unchanged" if text == standing.text else "saved"
        return self._document(request, kept, done=done)

    def _faults(self, typed: dict[str, str], text: str) -> dict[str, str]:
        faults = personal.faults(typed, self._bench.texts)
        if faults:
            return faults
        try:
            _read(text)
        except ValidationError as error:
            return {str(fault["loc"][-1]): fault_message(fault) for fault in error.errors()}
        return {}

    async def _standing(self, id_: str) -> Standing:
        if id_ not in shipped().documents:
            raise NotFound(id_)
        return await self._bench.standing(Place.of_document(id_))

    def _document(
        self,
        request: Request,
        standing: Standing,
        status: int = 200,
        typed: dict[str, str] | None = None,
        faults: dict[str, str] | None = None,
        done: str | None = None,
    ) -> HTTPResponse:
        document = _read(standing.text)
        return self._bench.render(
            request,
            "document.html",
            status,
            standing=standing,
            typed={name: mask(text) for name, text in typed.items()}
            if typed
            else {name: str(getattr(document, name) or "") for name in _FIELDS},
            faults=faults or {},
            changes=cells.changes(standing.published, standing.text, self._bench.texts),
            conflict=status == 409,
            done=done,
        )


def _read(text: str) -> Document:
    tree = parse_yaml(text)
    return TypeAdapter(Document).validate_python(next(iter(tree.values())))
