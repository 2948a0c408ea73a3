"""What the pages of the knowledge share: the shelf, titles, and how a place is shown again after something was done."""

from typing import Any

from sanic import Request
from sanic.exceptions import NotFound
from sanic.response import HTTPResponse

from bot.knowledge.loader import shipped
from bot.knowledge.model import WHOLE
from bot.staff.desk import Desk
from bot.staff.shelf import Place, Shelf, Standing


class Bench:
    """Everything that a page of the knowledge works with."""

    def __init__(self, desk: Desk):
        self.desk = desk
        self.shelf = Shelf(desk.settings.database_url, desk.audit, desk.published)
        self.texts = desk.texts

    async def standing(self, place: Place) -> Standing:
        """What a place says; NotFound where there is none."""
        try:
            return await self.shelf.standing(place)
        except (LookupError, FileNotFoundError):
            raise NotFound(place.id) from None

    async def draft(self, request: Request, place: Place, text: str) -> Standing:
        """The place after what was typed is kept as its draft; Conflict where somebody else changed it meanwhile."""
        await self.shelf.save(place, request.form.get("seen") or "", text, request.ctx.staff.name)
        return await self.shelf.standing(place)

    def render(self, request: Request, template: str, status: int = 200, **values: Any) -> HTTPResponse:
        """A page of the knowledge."""
        names = {"title": self.title, "point_title": self.point_title, "where": self.where}
        return self.desk.render(request, template, status, knowledge=shipped(), **names, **values)

    def title(self, task: str) -> str:
        """What people call a task."""
        procedure = shipped().procedures.get(task)
        return procedure.title if procedure else self.texts["shared"]

    def point_title(self, point: str) -> str:
        """What people call a point."""
        return self.texts["whole"] if point == WHOLE else shipped().points[point].title

    def where(self, place: Place) -> str:
        """What people call a place."""
        name = place.keys[-1]
        if place == Place.of_document(str(name)):
            document = shipped().documents.get(str(name))
            return self.texts["document"].format(title=document.title if document else name)
        if isinstance(name, int):
            procedure = shipped().procedures.get(place.task)
            own = procedure and name < len(procedure.variants) and procedure.variants[name].title
            return f"{self.title(place.task)} · {own or self.texts['way'].format(number=name + 1)}"
        return f"{self.title(place.task)} · {self.point_title(name)}"
