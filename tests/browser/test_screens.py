"""Pictures of the main states in `out/`, for people to look at; each must at least fit its window."""

import pytest

from tests.browser.conftest import CARD_QUESTION, OUT, POINT_QUESTION

_WINDOWS = {320: 640, 375: 667, 1280: 800}


@pytest.mark.parametrize("width", _WINDOWS)
@pytest.mark.parametrize("look", ["light", "dark", "large"])
def test_pictures_of_the_main_states(open_page, width, look):
    scheme = "dark" if look == "dark" else "light"
    chat = open_page(viewport={"width": width, "height": _WINDOWS[width]}, color_scheme=scheme).begin()
    if look == "large":
        chat.tool("大字").click()
    for state, question in (("start", None), ("way", CARD_QUESTION), ("point", POINT_QUESTION)):
        if question:
            chat.say(question)
        assert chat.page.locator(".scroll").evaluate("e => e.scrollWidth <= e.clientWidth")
        assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        chat.page.screenshot(path=OUT / f"{state}-{width}-{look}.png")
    assert len(list(OUT.glob(f"*-{width}-{look}.png"))) >= 3


def test_what_it_is_stands_beside_the_conversation_where_there_is_room(open_page):
    chat = open_page(viewport={"width": 1280, "height": 800}).begin()
    about, log = chat.page.locator(".about"), chat.log
    for switch, beside in (("大字", True), ("特大字", True), ("标准字", False)):
        assert (about.bounding_box()["x"] + about.bounding_box()["width"] < log.bounding_box()["x"]) is beside
        assert about.get_by_text("不是官方服务").is_visible() is beside
        chat.tool(switch).click()
