"""The way in: login, the guard before every page, and all that `/staff` is made of."""

import asyncio
import hmac
from pathlib import Path

from sanic import Blueprint, Request, response
from sanic.log import logger
from sanic.response import HTTPResponse

from bot.channels.address import Networks, caller, is_within
from bot.channels.limits import SharedLimit
from bot.http.hosts import is_own_origin
from bot.paths import KNOWLEDGE
from bot.privacy import mask
from bot.settings import Settings
from bot.staff import knowledge, misses, overview, passwords
from bot.staff.desk import Desk, Page, route
from bot.staff.sessions import SECONDS, Session, Sessions

# The navigation, in its order: a page is added here and nowhere else.
PAGES: tuple[Page, ...] = (knowledge.PAGE, misses.PAGE, overview.PAGE)

_COOKIE = "yibao_staff"
_TRIES_PER_MINUTE = 5
_LOGIN = "/staff/login"
_STATIC = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_ERRORS = {403: "forbidden", 404: "not_found", 405: "not_found", 413: "too_large"}


def site(settings: Settings, folder: Path = KNOWLEDGE) -> Blueprint:
    """Everything below `/staff`; `folder` is where the knowledge is that it keeps."""
    desk, staff = Desk(settings, PAGES, folder), Blueprint("staff", url_prefix="/staff")
    door = _Door(desk)

    # Sanic takes functions, and silently no methods.
    async def guard(request: Request) -> HTTPResponse | None:
        return await door.guard(request)

    async def tell(request: Request, error: Exception) -> HTTPResponse:
        return door.tell(request, error)

    staff.on_request(guard)
    staff.exception(Exception)(tell)
    route(staff, "GET", "/", door.first)
    route(staff, "GET", "/login", door.ask)
    route(staff, "POST", "/login", door.login)
    route(staff, "POST", "/logout", door.logout)
    for path in sorted(_STATIC.iterdir()):
        _add_file(staff, path)
    for page in PAGES:
        page.add(staff, desk)
    return staff


class _Door:
    """Who comes in and who does not."""

    def __init__(self, desk: Desk):
        settings = desk.settings
        self._desk, self._proxies = desk, settings.trusted_proxies
        self._passwords = dict(settings.staff_password)
        self._sessions = Sessions(settings.database_url, self._passwords)
        self._tries = SharedLimit("staff", _TRIES_PER_MINUTE, settings.redis_url)

    async def guard(self, request: Request) -> HTTPResponse | None:
        """What stands before every page: nothing for who is logged in and sends a form of their own."""
        request.ctx.staff = await self._sessions.of(request.cookies.get(_COOKIE))
        sends = request.method == "POST"
        if sends and not is_own_origin(request.headers.get("origin", ""), request.headers.get("host", "")):
            return self._refuse(request, "forbidden")
        if request.path.startswith(("/staff/static/", _LOGIN)):
            return None
        if request.ctx.staff is None and not sends:
            return response.redirect(_LOGIN, status=303)
        if request.ctx.staff is None or (sends and not _is_own_form(request, request.ctx.staff)):
            return self._refuse(request, "ended")
        return None

    def _refuse(self, request: Request, text: str) -> HTTPResponse:
        # Whatever was typed is shown again: nothing is lost when a session ends while somebody writes.
        typed = [(name, value) for name, values in (request.form or {}).items() for value in values if value.strip()]
        typed = [(name, mask(value)) for name, value in typed if name not in ("csrf", "password")]
        return self._desk.render(request, "refused.html", 403, reason=self._desk.texts[text], typed=typed)

    async def first(self, request: Request) -> HTTPResponse:
        """On to the first page."""
        assert request.ctx.staff  # else the guard had sent them to the login
        return response.redirect(f"/staff/{PAGES[0].name}", status=303)

    async def ask(self, request: Request) -> HTTPResponse:
        """The login."""
        return self._desk.render(request, "login.html", name="", fault=None)

    async def login(self, request: Request) -> HTTPResponse:
        """Let in who knows the password, a few tries a minute."""
        name, password = (request.form.get("name") or "").strip(), request.form.get("password") or ""
        if seconds := await self._tries.wait(caller(request, self._proxies)):
            fault = self._desk.texts["too_many"].format(seconds=seconds)
            answer = self._desk.render(request, "login.html", 429, name=mask(name), fault=fault)
            answer.headers["Retry-After"] = str(seconds)
            return answer
        known = self._passwords.get(name)
        if not await asyncio.to_thread(passwords.fits, password, known):
            # Not what was typed as a name: it may be the password.
            await self._desk.audit.note(name if known else "", "refused")
            return self._desk.render(request, "login.html", 403, name=mask(name), fault=self._desk.texts["wrong"])
        await self._desk.audit.note(name, "login")
        answer = response.redirect("/staff/", status=303)
        _set_cookie(answer, await self._sessions.begin(name), SECONDS, _is_encrypted(request, self._proxies))
        return answer

    async def logout(self, request: Request) -> HTTPResponse:
        """End the session."""
        await self._sessions.end(request.cookies.get(_COOKIE))
        answer = response.redirect(_LOGIN, status=303)
        _set_cookie(answer, "", 0, _is_encrypted(request, self._proxies))
        return answer

    def tell(self, request: Request, error: Exception) -> HTTPResponse:
        """What went wrong, in Chinese."""
        status = getattr(error, "status_code", 500)
        if status >= 500:
            logger.error("page of the staff failed", exc_info=error)
        reason = self._desk.texts[_ERRORS.get(status, "failed")]
        return self._desk.render(request, "refused.html", status, reason=reason, typed=[])


def _is_own_form(request: Request, session: Session) -> bool:
    given = request.form.get("csrf") or "" if request.form else ""
    return hmac.compare_digest(given.encode(errors="replace"), session.csrf.encode())


def _is_encrypted(request: Request, proxies: Networks) -> bool:
    """Whether the browser came by https: this server speaks none itself, a trusted proxy tells."""
    return is_within(request.ip, proxies) and request.headers.get("x-forwarded-proto") == "https"


def _set_cookie(answer: HTTPResponse, token: str, seconds: int, encrypted: bool) -> None:
    answer.cookies[_COOKIE] = token
    cookie = answer.cookies[_COOKIE]
    cookie.update({"httponly": True, "samesite": "Strict", "path": "/staff", "max-age": seconds})
    if encrypted:
        cookie["secure"] = True


def _add_file(staff: Blueprint, path: Path) -> None:
    body, kind = path.read_bytes(), _TYPES[path.suffix]

    async def send(_: Request) -> HTTPResponse:
        return response.raw(body, content_type=kind, headers={"Cache-Control": "no-cache"})

    staff.add_route(send, f"/static/{path.name}", name=f"static_{path.stem}")
