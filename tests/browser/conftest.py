"""A real browser against a real server; each test has a page of its own."""

import os
import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from tests.serving import Server

FOLDER = Path(__file__).parent
OUT = FOLDER / "out"
# Asked in words that the training data do not have.
CARD_QUESTION = "我在伊犁，怎么绑定亲情账户"
POINT_QUESTION = "我爸的卡也在伊犁，绑他要带啥"
_HOW_TO_INSTALL = "没有找到 chromium，网页测试没有做。安装：apt-get install -y chromium fonts-noto-cjk"
_TIMEOUT = 10_000
# Tells what breaks the page's policy, and what is put into the log while it is read out.
_WATCH = """
window.violations = []; window.announced = [];
document.addEventListener('securitypolicyviolation', (e) => violations.push(e.violatedDirective + ' ' + e.blockedURI));
const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (options) {
  const root = attach.call(this, options);
  new MutationObserver((changes) => {
    for (const change of changes) {
      const log = change.target.closest?.('[role=log]');
      if (!log || log.getAttribute('aria-live') !== 'polite') continue;
      for (const node of change.addedNodes) announced.push(node.textContent);
    }
  }).observe(root, { childList: true, subtree: true });
  return root;
};
"""


class Foreign:
    """Somebody else's site that embeds the widget, under a strict policy and with a hostile style sheet."""

    def __init__(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, site=self))
        # By name: another origin than the server's number, as in life.
        self.origin = f"http://localhost:{self.server.server_port}"
        self.widget = ""
        Thread(target=self.server.serve_forever, daemon=True).start()


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *arguments, site: Foreign):
        self.site = site
        super().__init__(*arguments)

    def do_GET(self) -> None:
        name = "hostile.css" if self.path == "/hostile.css" else "foreign.html"
        body = (FOLDER / name).read_text(encoding="utf-8").replace("SERVER", self.site.widget).encode()
        policy = (
            f"default-src 'none'; script-src {self.site.widget}; connect-src {self.site.widget}; style-src 'self'; "
            "img-src data:; require-trusted-types-for 'script'; trusted-types 'none'"
        )
        self.send_response(200)
        self.send_header("Content-Type", "text/css" if name.endswith("css") else "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Chat:
    """The widget on a page, as a person uses it."""

    def __init__(self, page: Page):
        self.page = page
        self.host = page.locator("yibao-assistant")
        self.input = page.locator("textarea[aria-label]")
        self.send = page.get_by_role("button", name="发送")
        self.log = page.get_by_role("log")
        self.mine = page.locator(".message.mine")
        self.answers = page.locator(".message.bot")
        self.chips = page.locator(".chips .chip")
        self.typing = page.locator(".typing")
        self.banner = page.locator(".banner")
        self.alert = page.locator("[role=alert]")
        self.card = page.locator("article.card")

    def begin(self) -> "Chat":
        self.answers.first.wait_for()
        return self

    def say(self, text: str) -> "Chat":
        """Type it, send it, wait for the answer."""
        before = self.answers.count()
        self.input.fill(text)
        self.page.keyboard.press("Enter")
        self.answers.nth(before).wait_for()
        self.typing.wait_for(state="hidden")
        return self

    def unfold(self) -> "Chat":
        """Open all that the last card folds."""
        for summary in self.card.last.locator("summary").all():
            summary.click()
        return self

    def tool(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)


def calls(page: Page, path: str) -> list:
    """The requests to a path from now on."""
    found: list = []
    page.on("request", lambda request: found.append(request) if request.url.endswith(path) else None)
    return found


def serious(page: Page) -> list[str]:
    """What axe finds that is serious or critical."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['target']} {node.get('failureSummary')}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


@pytest.fixture(scope="session")
def foreign() -> Iterator[Foreign]:
    site = Foreign()
    yield site
    site.server.shutdown()


@pytest.fixture(scope="session")
def server(model_path: Path, foreign: Foreign, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = Server(tmp_path_factory.mktemp("browser"), YIBAO_ALLOWED_ORIGINS=foreign.origin)
    started.start()
    foreign.widget = started.url
    yield started
    started.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(_HOW_TO_INSTALL)
    OUT.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield launched
        launched.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator:
    """Makes pages; each is held to its policy and to having no error of its own."""
    contexts: list[BrowserContext] = []
    pages: list[Page] = []
    errors: list[str] = []

    def make(**options) -> Page:
        scripts = options.pop("scripts", [])
        context = browser.new_context(**{"viewport": {"width": 375, "height": 667}, "locale": "zh-CN", **options})
        context.set_default_timeout(_TIMEOUT)
        for script in [_WATCH, *scripts]:
            context.add_init_script(script)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        pages.append(page)
        return page

    yield make
    violations = [violation for page in pages if not page.is_closed() for violation in page.evaluate("violations")]
    for context in contexts:
        context.close()
    assert errors == []
    assert violations == []


@pytest.fixture
def open_page(new_page, server: Server):
    """Opens the chat page; takes the options of a browser context."""

    def open_(path: str = "/", **options) -> Chat:
        page = new_page(**options)
        page.goto(server.url + path)
        return Chat(page)

    return open_


@pytest.fixture
def open_foreign(new_page, server: Server, foreign: Foreign):
    """Opens the foreign site; the widget's panel is closed."""

    def open_(**options) -> Chat:
        page = new_page(viewport={"width": 1000, "height": 700}, **options)
        page.goto(foreign.origin)
        page.locator(".launcher").wait_for()
        return Chat(page)

    return open_
