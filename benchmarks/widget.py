"""Measures the widget in a real browser against a local server: sizes, requests, time from a tap to the card.

Run: python benchmarks/widget.py [--taps 50]; needs chromium and a trained model.
"""

import argparse
import gzip
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from axe_playwright_python.sync_playwright import Axe  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from bot.paths import WEB  # noqa: E402
from tests.serving import Server  # noqa: E402

_TASK, _WAY = "怎么绑定家人的医保", "用线下窗口"
# From the click to the frame in which the card stands on the screen.
_TIMER = """() => new Promise((done) => {
  const root = document.querySelector('yibao-assistant').shadowRoot;
  const chip = [...root.querySelectorAll('.chip:enabled')].find((chip) => chip.textContent === WAY);
  const before = root.querySelectorAll('article.card').length;
  const began = performance.now();
  new MutationObserver((_, self) => {
    if (root.querySelectorAll('article.card').length === before) return;
    self.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - began)));
  }).observe(root, { childList: true, subtree: true });
  chip.click();
})"""


def main() -> None:
    """Serve, measure and print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--taps", type=int, default=50)
    taps = parser.parse_args().taps
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder))
        server.start()
        try:
            chromium = shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            print("what | figure | to reach\n--- | --- | ---")
            sizes(server, browser)
            until_usable(server, browser)
            tap_to_card(server, browser, taps)
            browser.close()
        finally:
            server.stop()


def row(what: str, figure: object, limit: str = "") -> None:
    """Print a row of the table."""
    print(f"{what} | {figure} | {limit}", flush=True)


def sizes(server: Server, browser: Browser) -> None:
    """What the widget weighs."""
    request = browser.new_context().request
    total = 0
    for path in ("widget.js", *sorted(str(file.relative_to(WEB)) for file in (WEB / "widget").glob("*.js"))):
        body = request.get(f"{server.url}/{path}").body()  # as served, with the phrases in it
        packed = len(gzip.compress(body))
        total += packed
        row(f"{path}, bytes (gzipped)", f"{len(body)} ({packed})")
    row("widget, KB gzipped", f"{total / 1024:.1f}", "≤ 30")


def until_usable(server: Server, browser: Browser) -> None:
    """What is fetched until somebody can ask."""
    page = browser.new_page()
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    taken: list[float] = []
    network.on("Network.loadingFinished", lambda event: taken.append(event["encodedDataLength"]))
    page.goto(server.url)
    page.locator(".chips .chip").first.wait_for()
    row("requests until usable", len(taken), "≤ 5")
    row("KB over the wire until usable, headers included", f"{sum(taken) / 1024:.1f}", "≤ 60")


def tap_to_card(server: Server, browser: Browser, taps: int) -> None:
    """How long a tap waits for its card, and what axe finds then."""
    times = []
    for _ in range(taps):
        page = browser.new_page(viewport={"width": 375, "height": 667})
        page.goto(server.url)
        page.get_by_role("button", name=_TASK).click()
        page.get_by_role("button", name=_WAY).wait_for()
        times.append(page.evaluate(_TIMER.replace("WAY", f"'{_WAY}'")))
        if len(times) == taps:
            row("axe, serious or critical", serious(page), "0")
        page.close()
    row(f"tap to card, ms, median of {taps}", f"{statistics.median(times):.0f}")
    row("tap to card, ms, p95", f"{statistics.quantiles(times, n=20)[-1]:.0f}", "≤ 150")


def serious(page: Page) -> int:
    """How many serious or critical faults axe finds."""
    found = Axe().run(page).response["violations"]
    return sum(rule["impact"] in ("serious", "critical") for rule in found)


if __name__ == "__main__":
    main()
