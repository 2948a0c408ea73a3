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
from bot.staff.desk import Desk, Page
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
    desk, sessions = Desk(settings, PAGES, folder), Sessions(settings.database_url, dict(settings.staff_password))
    tries = SharedLimit("staff", _TRIES_PER_MINUTE, settings.redis_url)
    staff = Blueprint("staff", url_prefix="/staff")

    @staff.on_request
    async def guard(request: Request) -> HTTPResponse | None:
        request.ctx.staff = await sessions.of(request.cookies.get(_COOKIE))
        if request.method == "POST" and not is_own_origin(
            request.headers.get("origin", ""), request.headers.get("host", "")
        ):
            return _refuse(request, "forbidden")
        if request.path.startswith(("/staff/static/", _LOGIN)):
            return None
        if request.ctx.staff is None:
            return response.redirect(_LOGIN, status=303) if request.method == "GET" else _refuse(request, "ended")
        if request.method == "POST" and not _is_own_form(request, request.ctx.staff):
            return _refuse(request, "ended")
        return None

    def _refuse(request: Request, text: str) -> HTTPResponse:
        # Whatever was typed is shown again: nothing is lost when a session ends while somebody writes.
        typed = [(name, value) for name, values in (request.form or {}).items() for value in values if value.strip()]
        typed = [(name, mask(value)) for name, value in typed if name not in ("csrf", "password")]
        return desk.render(request, "refused.html", 403, reason=desk.texts[text], typed=typed)

    @staff.get("/")
    async def first(request: Request) -> HTTPResponse:
        return response.redirect(f"/staff/{PAGES[0].name}", status=303)

    @staff.get("/login")
    async def ask(request: Request) -> HTTPResponse:
        return desk.render(request, "login.html", name="", fault=None)

    @staff.post("/login")
    async def login(request: Request) -> HTTPResponse:
        name, password = (request.form.get("name") or "").strip(), request.form.get("password") or ""
        if seconds := await tries.wait(caller(request, settings.trusted_proxies)):
            fault = desk.texts["too_many"].format(seconds=seconds)
            answer = desk.render(request, "login.html", 429, name=mask(name), fault=fault)
            answer.headers["Retry-After"] = str(seconds)
            return answer
        known = dict(settings.staff_password).get(name)
        if not await asyncio.to_thread(passwords.fits, password, known):
            # Not what was typed as a name: it may be the password.
            await desk.audit.note(name if known else "", "refused")
            return desk.render(request, "login.html", 403, name=mask(name), fault=desk.texts["wrong"])
        await desk.audit.note(name, "login")
        answer = response.redirect("/staff/", status=303)
        _set_cookie(answer, await sessions.begin(name), SECONDS, _is_encrypted(request, settings.trusted_proxies))
        return answer

    @staff.post("/logout")
    async def logout(request: Request) -> HTTPResponse:
        await sessions.end(request.cookies.get(_COOKIE))
        answer = response.redirect(_LOGIN, status=303)
        _set_cookie(answer, "", 0, _is_encrypted(request, settings.trusted_proxies))
        return answer

    @staff.exception(Exception)
    async def tell(request: Request, error: Exception) -> HTTPResponse:
        status = getattr(error, "status_code", 500)
        if status >= 500:
            logger.error("page of the staff failed", exc_info=error)
        return desk.render(request, "refused.html", status, reason=desk.texts[_ERRORS.get(status, "failed")], typed=[])

    for path in sorted(_STATIC.iterdir()):
        _add_file(staff, path)
    for page in PAGES:
        page.add(staff, desk)
    return staff


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

    async def send(request: Request) -> HTTPResponse:
        return response.raw(body, content_type=kind, headers={"Cache-Control": "no-cache"})

    staff.add_route(send, f"/static/{path.name}", name=f"static_{path.stem}")
