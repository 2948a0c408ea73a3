"""情况: figures and plots of a span of days."""

import pytest

from bot.insight import span
from bot.staff.charts import HEIGHT, WIDTH, along_time
from tests.bot.staff.desk import person, serving
from tests.bot.staff.test_misses import say, talk  # noqa: F401

pytestmark = pytest.mark.anyio


async def test_figures_and_plots(talk, tmp_path):  # noqa: F811
    for number in range(7):
        await say(talk, f"绑定几点去{number}", point="hours")
    for number in range(3):
        await say(talk, f"绑定{number}", outcome="ask")
    async with serving(tmp_path / "conversations.db") as url, person(url) as zhang:
        await zhang.login()
        page = await zhang.get("/overview")
        assert "<dd>10</dd>" in page and "文档没写" in page and "绑定家人的医保" in page
        assert page.count('<span class="few">少于5</span>') > 3
        assert "<rect" in page and " style=" not in page
        today = span.as_date(span.latest(1).last)
        assert f'value="{today}"' in await zhang.get(f"/overview?first={today}&last={today}")
        nothing = await zhang.get("/overview?first=2020-01-01&last=2020-01-31")
        assert "<rect" not in nothing and "都少于5" in nothing


@pytest.mark.parametrize(
    "query", ["first=x", "first=2026-02-30&last=2026-03-01", "first=2026-03-01&last=2026-02-01", "first=%3Cscript%3E"]
)
async def test_dates_that_are_none_are_told(talk, tmp_path, query):  # noqa: F811
    async with serving(tmp_path / "conversations.db") as url, person(url) as zhang:
        await zhang.login()
        page = await zhang.get(f"/overview?{query}", 422)
        assert "日期不对" in page and "<script>" not in page


@pytest.mark.parametrize(("kind", "magic"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
async def test_the_same_as_a_file(talk, tmp_path, kind, magic):  # noqa: F811
    async with serving(tmp_path / "conversations.db") as url, person(url) as zhang:
        await zhang.login()
        async with zhang.client.get(f"{url}/staff/overview/report.{kind}?first=2026-01-01&last=2026-02-01") as answer:
            assert answer.status == 200 and (await answer.read()).startswith(magic)
            assert answer.headers["Content-Disposition"] == f'attachment; filename="report-2026-02-01.{kind}"'
        await zhang.get("/overview/report.exe", 404)


async def test_columns_stand_in_the_drawing_and_what_is_not_shown_has_none():
    chart = along_time("问了多少", ["01-01", "01-02"], [("问题", [10, None]), ("反问", [5, 8])])
    assert [(c.row, c.height) for c in chart.columns] == [(0, HEIGHT), (1, HEIGHT / 2), (1, 144.0)]
    assert all(c.x >= 0 and c.x + c.width <= WIDTH and c.y + c.height == HEIGHT for c in chart.columns)
    assert chart.most == 10 and along_time("空", ["01-01"], [("问题", [None])]).most == 0
