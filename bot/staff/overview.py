"""情况: how much is asked, what, and what comes of it."""

import asyncio

from sanic import Blueprint, Request, response
from sanic.response import HTTPResponse

from bot.errors import BotError
from bot.insight import overview, report, span
from bot.insight.overview import FEWEST, Overview
from bot.insight.span import Span
from bot.knowledge.loader import shipped
from bot.staff import charts
from bot.staff.desk import Desk, Page
from bot.stores.database import create_engine

_DAYS = 30
_KINDS = {"png": "image/png", "pdf": "application/pdf"}


def add(staff: Blueprint, desk: Desk) -> None:
    """The routes of the page (see `Page`)."""
    engine = create_engine(desk.settings.database_url)

    async def read(looked_at: Span) -> Overview:
        return await asyncio.to_thread(overview.read, engine, shipped(), looked_at)

    @staff.get("/overview", name="overview")
    async def show(request: Request) -> HTTPResponse:
        fault, status = None, 200
        try:
            looked_at = _span(request)
        except BotError as error:
            looked_at, fault, status = span.latest(_DAYS), str(error), 422
        found = await read(looked_at)
        first, last = span.as_date(looked_at.first), span.as_date(looked_at.last)
        values = {"found": found, "first": first, "last": last, "fewest": FEWEST, "fault": fault, "date": span.as_date}
        return desk.render(request, "overview.html", status, charts=_charts(desk.texts, found), **values)

    @staff.get("/overview/<name:report.(png|pdf)>", name="overview_report")
    async def draw(request: Request, name: str) -> HTTPResponse:
        kind = name.rpartition(".")[2]
        try:
            looked_at = _span(request)
        except BotError:
            looked_at = span.latest(_DAYS)
        page = await asyncio.to_thread(report.draw, await read(looked_at), kind)
        named = f'attachment; filename="report-{span.as_date(looked_at.last)}.{kind}"'
        headers = {"Content-Disposition": named, "Cache-Control": "no-store"}
        return response.raw(page, content_type=_KINDS[kind], headers=headers)


PAGE = Page("overview", "情况", add)


def _span(request: Request) -> Span:
    """The days that the address names; the latest where it names none."""
    first, last = (request.args.get(name) or "" for name in ("first", "last"))
    if not first and not last:
        return span.latest(_DAYS)
    return span.between(first, last or str(span.as_date(span.latest(1).last)))


def _charts(texts: dict[str, str], found: Overview) -> list[charts.Chart]:
    pieces = found.pieces
    heads = [span.as_date(piece.first).strftime("%m-%d") for piece in pieces]
    along = [
        ("asked", ("questions", "asked_back")),
        ("voted", ("up", "down")),
        ("took", ("typical_ms", "slow_ms")),
    ]
    return [
        charts.along_time(
            texts[f"chart_{name}"], heads, [(texts[f"row_{row}"], [getattr(p, row) for p in pieces]) for row in rows]
        )
        for name, rows in along
    ]
