"""The pages of the knowledge: what somebody reads, writes, drafts, publishes and takes back."""

import html
import json
import re
from pathlib import Path

import pytest

from bot.knowledge.loader import load, shipped
from bot.knowledge.points import matrix
from bot.staff import entry_form
from tests.bot.staff.desk import Person, person, serving

pytestmark = pytest.mark.anyio

CELL = "/knowledge/cell/bind_family/duration"
OLD, NEW = "审核通常1至2个工作日，通过就绑好了。", "审核通常3至5个工作日，通过就绑好了。"
YILI = "新疆维吾尔自治区伊犁哈萨克自治州"


@pytest.fixture
async def somebody(tmp_path: Path, folder: Path):
    async with serving(tmp_path / "db", folder) as url, person(url) as one:
        await one.login()
        yield one


def fields(point: str = "duration", number: int = 1, task: str = "bind_family", **other) -> dict:
    """The fields of an entry's form as it comes, but for some."""
    form = entry_form.shown(shipped().cells[task][point].entries[number])
    names = ("kind", "say", "more", "silent", "near", "door", "source", "as_of", "region")
    return {
        **{name: getattr(form, name) for name in names},
        "channel": list(form.channel),
        "when": list(form.when),
        "unless": list(form.unless),
        "action": "save",
        **other,
    }


async def save(one: Person, **other) -> str:
    await one.get(f"{CELL}/1")
    return await one.post(f"{CELL}/1", **fields(**other))


async def publish(one: Person, status: int = 200) -> str:
    await one.get("/knowledge/drafts")
    return await one.post("/knowledge/drafts", status, action="publish", **one.drafts())


async def test_every_cell_is_in_the_matrix_and_has_a_page(somebody) -> None:
    page = await somebody.get("/knowledge")
    links = re.findall(r'href="/staff(/knowledge/cell/[^"]+)"', page)
    assert len(links) == sum(len(row) for row in matrix(shipped()).kinds.values())
    for link in links[:: len(links) // 40]:
        assert await somebody.get(link)


@pytest.mark.parametrize("task", ["bind_family", "general", "ask_review_time"])
async def test_every_page_of_a_task_opens(somebody, task) -> None:
    page = await somebody.get(f"/knowledge/task/{task}")
    for link in re.findall(r'href="/staff(/knowledge/(?:cell|way)/[^"]+)"', page):
        assert "<h1>" in await somebody.get(link)


@pytest.mark.parametrize(
    "path",
    ["/knowledge/cell/nothing/fee", "/knowledge/cell/bind_family/nothing", f"{CELL}/99", f"{CELL}/x", f"{CELL}/-1"]
    + ["/knowledge/task/nothing", "/knowledge/way/bind_family/99", "/knowledge/way/x/0", "/knowledge/document/x"]
    + ["/knowledge/versions/1", "/knowledge/versions/x", f"/knowledge/versions/{'9' * 30}"],
)
async def test_what_is_not_there_is_told(somebody, path) -> None:
    assert "没有这一页" in await somebody.get(path, 404)


async def test_a_sentence_is_changed_drafted_published_and_taken_back(somebody, folder) -> None:
    before = (folder / "points/bind_family.yml").read_text("utf-8")
    page = await save(somebody, say=NEW)
    assert "草稿存好了" in page and NEW in page
    assert (folder / "points/bind_family.yml").read_text("utf-8") == before
    assert "发布了" in await publish(somebody)
    assert (folder / "points/bind_family.yml").read_text("utf-8") == before.replace(f"say: {OLD}", f"say: {NEW}")
    page = await somebody.get("/knowledge/versions")
    (number,) = re.findall(r"/knowledge/versions/(\d+)", page)
    page = await somebody.get(f"/knowledge/versions/{number}")
    assert OLD in page and NEW in page and "张三" in page
    await somebody.post(f"/knowledge/versions/{number}")
    await publish(somebody)
    assert (folder / "points/bind_family.yml").read_text("utf-8") == before


async def test_what_other_places_still_say_is_told_and_changed_together(somebody, folder) -> None:
    await save(somebody, say=NEW)
    assert "别处还写着“1至2个工作日”" in await publish(somebody)
    page = await somebody.get("/knowledge/find?q=1至2个工作日&new=3至5个工作日")
    chosen = re.findall(r'name="sentence" value="([^"]+)"', page)
    assert len(chosen) > 30
    form = {"q": "1至2个工作日", "new": "3至5个工作日", "sentence": [html.unescape(one) for one in chosen]}
    assert "存成了草稿" in await somebody.post("/knowledge/find", **form)
    assert "发布了" in await publish(somebody)
    changed = load(folder)
    assert "3至5个工作日" in changed.procedures["ask_review_time"].variants[0].summary.text
    left = [
        path
        for path in folder.rglob("*.yml")
        if re.search("(say|near|summary): .*1至2个工作日", path.read_text("utf-8"))
    ]
    assert left == []


@pytest.mark.parametrize(
    ("other", "field", "message"),
    [
        ({"say": ""}, "say", "还没有写"),
        ({"say": "长" * 61}, "say", "最多 60 个字"),
        ({"more": "长" * 61}, "more", "最多 60 个字"),
        ({"source": ""}, "source", "要选出处"),
        ({"source": "doc_000|没有这一节"}, "source", "没有这个选项"),
        ({"as_of": "去年"}, "as_of", "日期应写成"),
        ({"region": "火星"}, "region", "没有这个选项"),
        ({"channel": ["fax"]}, "channel", "没有这个选项"),
        ({"when": ["rich"]}, "when", "没有这个选项"),
        ({"unless": ["rich"]}, "unless", "没有这个选项"),
        ({"kind": "silent", "silent": "长" * 41}, "silent", "最多 40 个字"),
        ({"kind": "silent", "silent": "几天", "near": "近", "source": ""}, "source", "要选出处"),
        ({"kind": "silent", "silent": "几天", "door": "moon"}, "door", "没有这个选项"),
        ({"kind": "both"}, "kind", "没有这个选项"),
        ({"say": "不\u200b见"}, "say", "看不见"),
        ({"say": "打13812345678找我"}, "say", "某个人"),
        ({"more": "身份证110105199003074514"}, "more", "某个人"),
        ({"say": "看${YIBAO_DATABASE_URL}"}, "say", "不能写"),
    ],
)
async def test_every_fault_stands_at_its_field_and_nothing_typed_is_lost(
    somebody, folder, other, field, message
) -> None:
    before = (folder / "points/bind_family.yml").read_text("utf-8")
    await somebody.get(f"{CELL}/1")
    page = await somebody.post(f"{CELL}/1", 422, **fields(**{"more": "再补的一句", **other}))
    told = re.search(rf'id="fault-{field}" role="alert">([^<]+)<', page)
    assert told and message in told[1]
    assert ("再补的一句" in page) or "more" in other
    assert "没有草稿" in await somebody.get("/knowledge/drafts")
    assert (folder / "points/bind_family.yml").read_text("utf-8") == before


async def test_how_it_looks_comes_while_somebody_writes(somebody) -> None:
    await somebody.get(f"{CELL}/1")
    somebody.client.headers["Accept"] = "application/json"
    told = json.loads(await somebody.post(f"{CELL}/1", **fields(action="look", say="行。要三天。")))
    assert told["faults"] == {} and told["looks"]["heading"] == "行。要三天。" and "伊犁" in told["looks"]["wechat"]
    told = json.loads(await somebody.post(f"{CELL}/1", **fields(action="look", say="")))
    assert told == {"faults": {"say": "还没有写。"}, "looks": None}


async def test_the_second_of_two_editors_is_told_and_keeps_what_they_wrote(somebody, tmp_path, folder) -> None:
    async with person(somebody.url) as other:
        await other.login("李四")
        await other.get(f"{CELL}/1")
        await save(somebody, say="张三写的。")
        page = await other.post(f"{CELL}/1", 409, **fields(say="李四写的。"))
        assert "张三" in page and "张三写的。" in page and "李四写的。" in page
        assert "张三写的。" in await somebody.get(CELL)
        await other.post(f"{CELL}/1", **fields(say="李四写的。"))  # having seen it
        assert "李四写的。" in await somebody.get(CELL)
        assert "别人刚动过" in await other.post("/knowledge/drafts", 409, action="publish", **stale(somebody))


def stale(one: Person) -> dict:
    return {"place": ["points/bind_family.yml:duration"], "seen points/bind_family.yml:duration": "0" * 16}


SCRIPT = "<script>alert(1)</script>"


async def test_script_in_a_text_is_text(somebody, folder) -> None:
    await save(somebody, say=SCRIPT, more='"><img src=x onerror=alert(1)>')
    for path in (CELL, f"{CELL}/1", "/knowledge/drafts", "/knowledge/find?q=<script>", "/knowledge"):
        page = await somebody.get(path)
        assert SCRIPT not in page and "<img" not in page
    await publish(somebody)
    assert load(folder).cells["bind_family"]["duration"].entries[1].say == SCRIPT
    for path in ("/knowledge/versions", "/knowledge/versions/2", "/knowledge/versions/3"):
        await somebody.client.get(f"{somebody.url}/staff{path}")
        assert SCRIPT not in somebody.page


async def test_an_entry_is_added_for_a_place_and_a_channel(somebody, folder) -> None:
    await somebody.get(f"{CELL}/new")
    form = fields(
        say="西藏要十天。",
        region="西藏自治区" if "西藏自治区" in shipped().region_titles else "广东省",
        channel=["counter", "phone"],
    )
    await somebody.post(f"{CELL}/new", **form)
    await publish(somebody)
    added = load(folder).cells["bind_family"]["duration"].entries[-1]
    assert (added.say, added.channel) == ("西藏要十天。", ["counter", "phone"]) and not added.asks
    assert (
        len(load(folder).cells["bind_family"]["duration"].entries)
        == len(shipped().cells["bind_family"]["duration"].entries) + 1
    )


async def test_a_cell_with_examples_is_not_replaced_as_a_whole(somebody) -> None:
    await somebody.get(CELL)
    assert "例句" in await somebody.post(CELL, 422, kind="inherited")


async def test_a_way_is_changed_and_a_fault_stands_at_its_sentence(somebody, folder) -> None:
    path = "/knowledge/way/ask_review_time/0"
    before = (folder / "procedures/ask_review_time.yml").read_text("utf-8")
    await somebody.get(path)
    await somebody.post(path, 422, **{"summary": "", "action": "save"})
    await somebody.post(path, 422, **{"notes.0": "打13812345678", "action": "save"})
    assert "某个人" in somebody.page
    await somebody.post(path, **{"summary": "三到五天。", "notes.0": "材料要清晰。", "action": "save"})
    await publish(somebody)
    after = (folder / "procedures/ask_review_time.yml").read_text("utf-8")
    changed = [(a, b) for a, b in zip(before.splitlines(), after.splitlines(), strict=True) if a != b]
    assert [new for _, new in changed] == ["  summary: 三到五天。", "  - 材料要清晰。"]


async def test_a_review_date_is_moved(somebody, folder) -> None:
    await somebody.get("/knowledge/document/doc_002")
    form = {"title": "2025年新疆伊犁医保如何绑定亲情账户", "short": "伊犁绑定亲情账户", "as_of": "2025-03", "url": ""}
    await somebody.post("/knowledge/document/doc_002", 422, **form, review_by="明年")
    assert "应该是日期" in somebody.page
    before = (folder / "sources.yml").read_text("utf-8")
    await somebody.post("/knowledge/document/doc_002", **form, review_by="2027-03-31")
    await publish(somebody)
    after = (folder / "sources.yml").read_text("utf-8")
    assert len([1 for a, b in zip(before.splitlines(), after.splitlines(), strict=True) if a != b]) == 1
    assert str(load(folder).documents["doc_002"].review_by) == "2027-03-31"


@pytest.mark.parametrize("place", ["../domain.yml:intents", "/etc/passwd:root", "points/bind_family.yml:fee", "x", ""])
async def test_no_form_leads_to_a_file_that_is_not_drafted(somebody, folder, place) -> None:
    await save(somebody, say=NEW)
    for action in ("publish", "discard"):
        form = {"place": [place], f"seen {place}": "0" * 16, "action": action}
        assert "别人刚动过" in await somebody.post("/knowledge/drafts", 409, **form)
    assert OLD in (folder / "points/bind_family.yml").read_text("utf-8") and NEW in await somebody.get(CELL)
