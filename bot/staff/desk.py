"""What every page of the staff stands on: how it is put into the navigation, and how it is rendered."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sanic import Blueprint, Request, response
from sanic.response import HTTPResponse

from bot.settings import Settings
from bot.staff.audit import Audit
from bot.stores import published
from bot.yamlfile import read_yaml

_BEIJING = timezone(timedelta(hours=8))
_FOLDER = Path(__file__).parent
# Nothing but what the own origin serves; no inline script or style; no string ever becomes HTML or script.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cache-Control": "no-store",
    # With "no-referrer" a browser's own forms come from the origin "null".
    "Referrer-Policy": "same-origin",
}


@dataclass(frozen=True)
class Page:
    """A page with its place in the navigation; everything below `/staff/<name>` is its own.

    Attributes:
        name: its address below `/staff`, and what its templates' names begin with.
        title: in the navigation.
        add: puts its routes into the blueprint; who is not logged in, and a form without its token, never come there.
    """

    name: str
    title: str
    add: Callable[[Blueprint, "Desk"], None]


class Desk:
    """What a page is given to work with.

    In a handler `request.ctx.staff` is the `Session` of who asks; a template's form holds `{{ csrf() }}`.
    """

    def __init__(self, settings: Settings, pages: tuple[Page, ...], folder: Path):
        """Say what there is to work with.

        Args:
            settings: of the server.
            pages: in the order of the navigation.
            folder: where the knowledge's files are.
        """
        self.settings, self.pages = settings, pages
        self.published = published(settings.database_url, settings.knowledge, folder)
        self.audit = Audit(settings.database_url)
        self.texts: dict[str, str] = read_yaml(_FOLDER / "texts.yml")
        self._templates = Environment(
            loader=FileSystemLoader(_FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["in_beijing"] = _in_beijing

    def render(self, request: Request, template: str, status: int = 200, **values: object) -> HTTPResponse:
        """A page out of a template that extends `base.html`."""
        known = {
            "staff": getattr(request.ctx, "staff", None),
            "pages": self.pages,
            "here": request.path,
            "texts": self.texts,
        }
        body = self._templates.get_template(template).render(**known, **values)
        return response.html(body, status, headers=dict(_HEADERS))


def route(staff: Blueprint, method: str, path: str, handler: Callable[..., Awaitable[HTTPResponse]]) -> None:
    """Put a method of an object into the blueprint: Sanic takes functions, and silently no methods."""

    async def called(request: Request, **named: str) -> HTTPResponse:
        return await handler(request, **named)

    staff.add_route(called, path, methods=[method], name=handler.__qualname__.replace(".", "_"))


def _in_beijing(time: datetime) -> str:
    # SQLite keeps no time zone.
    known = time if time.tzinfo else time.replace(tzinfo=timezone.utc)
    return known.astimezone(_BEIJING).strftime("%Y-%m-%d %H:%M")
