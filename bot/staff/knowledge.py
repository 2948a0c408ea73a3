"""知识: the matrix of tasks and points, and the pages behind it."""

from datetime import date

from sanic import Blueprint, Request
from sanic.exceptions import NotFound
from sanic.response import HTTPResponse

from bot.knowledge.loader import overdue, shipped
from bot.knowledge.points import first, matrix, tasks
from bot.staff import cells
from bot.staff.bench import Bench
from bot.staff.cell_pages import CellPages
from bot.staff.desk import Desk, Page, route
from bot.staff.document_pages import DocumentPages
from bot.staff.draft_pages import DraftPages
from bot.staff.replace_pages import ReplacePages
from bot.staff.way_pages import WayPages


def add(staff: Blueprint, desk: Desk) -> None:
    """The routes of the page (see `Page`)."""
    bench = Bench(desk)
    overview = Overview(bench)
    route(staff, "GET", "/knowledge", overview.matrix)
    route(staff, "GET", "/knowledge/task/<task>", overview.task)
    for pages in (CellPages, WayPages, DocumentPages, DraftPages, ReplacePages):
        pages(bench).add(staff)

    async def settle(*_: object) -> None:
        await bench.shelf.settle()

    staff.listener("after_server_start")(settle)


PAGE = Page("knowledge", "知识", add)


class Overview:
    """All at a glance, and all of one task."""

    def __init__(self, bench: Bench):
        self._bench = bench

    async def matrix(self, request: Request) -> HTTPResponse:
        """The kind of every cell, what is overdue, what is drafted."""
        knowledge, today = shipped(), date.today()
        return self._bench.render(
            request,
            "knowledge.html",
            matrix=matrix(knowledge),
            due=overdue(knowledge, today),
            late=cells.late(knowledge, today),
            drafts=await self._bench.shelf.drafts(),
        )

    async def task(self, request: Request, task: str) -> HTTPResponse:
        """The ways of a task and all its points."""
        knowledge = shipped()
        if task not in tasks(knowledge):
            raise NotFound(task)
        kinds = matrix(knowledge).kinds[task]
        told = {point: first(knowledge, task, point) for point in kinds}
        late = cells.late(knowledge, date.today())
        return self._bench.render(request, "task.html", task=task, kinds=kinds, told=told, late=late)
