"""知识: the matrix of tasks and points."""

from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from bot.knowledge.loader import shipped
from bot.knowledge.points import matrix
from bot.staff.desk import Desk, Page


def add(staff: Blueprint, desk: Desk) -> None:
    """The routes of the page (see `Page`)."""

    @staff.get("/knowledge")
    async def overview(request: Request) -> HTTPResponse:
        return desk.render(request, "knowledge.html", knowledge=shipped(), matrix=matrix(shipped()))


PAGE = Page("knowledge", "知识", add)
