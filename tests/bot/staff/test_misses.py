"""没听懂 and the sentences that come of it, as two people of the bureau use them."""

import re

import pytest

from bot.insight import effect
from bot.insight.effect import Effect, Sentences
from bot.nlu_data import Sentence
from tests.bot.staff.desk import person, serving
from tests.system.test_insight import Talk

pytestmark = pytest.mark.anyio
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def talk(tmp_path):
    talk = Talk(f"sqlite:///{tmp_path / 'conversations.db'}")
    yield talk
    talk.store.close()


@pytest.fixture(autouse=True)
def effects(monkeypatch):
    """What a sentence would change, without reading 22,000 of them."""
    known = Sentence("学过的一句", "unbind_family", "data/nlu/unbind_family.yml", 7)
    found = {"学过的一句": Effect(known, None, (), ()), "测试的一句": Effect(None, known, (), ())}
    monkeypatch.setattr(effect, "ready", lambda: Sentences([], [], None, None, None, {}, {}))
    usual = Effect(None, None, ((known, 0.83),), (Sentence("会变的一句", "pay_visit", "tests/nlu/pay_visit.yml", 3),))
    monkeypatch.setattr(effect, "effect", lambda sentences, text, label: found.get(text, usual))


async def say(talk, text, **how):
    defaults = {
        "intent": "bind_family",
        "point": None,
        "why": "task",
        "outcome": "unknown",
        "doubt": False,
        "sure": 0.9,
    }
    more = {"sender": "s", "ago": 0, "vote": 0, "comment": None}
    await talk._say(text, *{**defaults, **more, **how}.values())


def number(page, text="它是想问"):
    return re.search(rf'href="/staff/misses/(\d+)">{text}', page)[1]


async def test_from_a_miss_to_a_sentence_that_two_people_have_seen(talk, tmp_path):
    await say(talk, "那个那个咋弄", intent="nlu_fallback", why="doubt", outcome="ask", vote=-1, comment="没听懂我")
    async with serving(tmp_path / "conversations.db") as url, person(url) as zhang, person(url) as li:
        await zhang.login("张三")
        await li.login("李四")
        page = await zhang.get("/misses")
        assert "那个那个咋弄" in page and "他写的：没听懂我" in page and "没听懂 1" in page and "说没用 1" in page
        here = f"/misses/{number(page)}"
        assert '<option value="bind_family" selected>' in await zhang.get(here)
        choice = {"text": "那个那个咋弄", "task": "unbind_family", "point": "materials"}
        looked = await zhang.post(here, action="look", **choice)
        assert "学过的一句" in looked and "像83%" in looked and "会变的一句" in looked
        assert "要等另一个人同意" in await zhang.post(here, action="propose", **choice)
        mine = await zhang.get("/misses/sentences")
        assert "收回" in mine and ">同意<" not in mine
        assert "自己不能同意" in await zhang.post("/misses/sentences/1", 422, action="yes")
        theirs = await li.get("/misses/sentences")
        assert "解除亲情账户绑定" in theirs and "张三" in theirs
        assert "下次训练就会学" in await li.post("/misses/sentences/1", action="yes")
        assert "已经有人定过" in await li.post("/misses/sentences/1", 422, action="no")
        assert "张三提，李四同意" in await zhang.get("/misses/sentences")


async def test_one_tap_says_that_it_is_not_ours(talk, tmp_path):
    await say(talk, "明天下雨吗")
    async with serving(tmp_path / "conversations.db") as url, person(url) as zhang:
        await zhang.login()
        here = f"/misses/{number(await zhang.get('/misses'))}"
        page = await zhang.post(here, action="outside", text="明天下雨吗", task="bind_family", point="fee")
        assert "意思是：<b>不归我们管</b>" in page


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"text": " "}, "句子是空的"),
        ({"text": "绑[微信](x)"}, "括号"),
        ({"task": "nothing"}, "请选一件事"),
        ({"task": ""}, "请选一件事"),
        ({"point": "nothing"}, "没有这个要点"),
        ({"task": "follow_up", "point": ""}, "请选一个要点"),
        ({"text": "学过的一句"}, "已经在学过的例句里"),
        ({"text": "测试的一句"}, "用来测试的"),
    ],
)
async def test_what_cannot_be_proposed_is_told_and_what_was_typed_stays(talk, tmp_path, typed, told):
    await say(talk, "绑定几点能去")
    async with serving(tmp_path / "conversations.db") as url, person(url) as zhang:
        await zhang.login()
        here = f"/misses/{number(await zhang.get('/misses'))}"
        choice = {"text": "改过的一句", "task": "unbind_family", "point": "materials", **typed}
        page = await zhang.post(here, 422, action="propose", **choice)
        assert told in page and choice["text"].strip() in page
        assert "现在没有" in await zhang.get("/misses/sentences")


async def test_scripts_are_text_and_numbers_are_nowhere(talk, tmp_path):
    await say(talk, f"{SCRIPT}我的手机13812345678", vote=-1, comment=f"{SCRIPT}打我13812345678")
    async with serving(tmp_path / "conversations.db") as url, person(url) as zhang:
        await zhang.login()
        pages = [await zhang.get("/misses")]
        here = f"/misses/{number(pages[0])}"
        pages.append(await zhang.get(here))
        typed = {"text": f"{SCRIPT}身份证110101199003070134", "task": "bind_family", "point": SCRIPT}
        pages.append(await zhang.post(here, 422, action="propose", **typed))
        pages.append(await zhang.post(here, action="outside", **{**typed, "point": ""}))
        pages.append(await zhang.get("/misses/sentences"))
        for page in pages:
            assert "<script>alert" not in page and "13812345678" not in page
        assert "110101199003070134" not in pages[-1] and "【" in pages[-1]


async def test_only_what_was_missed_can_be_looked_at(talk, tmp_path):
    await say(talk, "绑定要带啥", outcome="answer")
    async with serving(tmp_path / "conversations.db") as url, person(url) as zhang:
        await zhang.login()
        assert "这几天没有" in await zhang.get("/misses")
        for id_ in (1, 2, 0, -1, 10**30):
            await zhang.get(f"/misses/{id_}", 404)
        await zhang.post(f"/misses/sentences/{10**30}", 404, action="yes")


@pytest.mark.parametrize("query", ["days=0", "days=x", "days=99999999999", "start=-5", "kind=%3Cscript%3E", "days=１"])
async def test_an_address_that_means_nothing_shows_the_usual(talk, tmp_path, query):
    await say(talk, "绑定几点能去")
    async with serving(tmp_path / "conversations.db") as url, person(url) as zhang:
        await zhang.login()
        assert "绑定几点能去" in await zhang.get(f"/misses?{query}")


async def test_pages_lead_on_to_what_is_older(talk, tmp_path):
    for place in range(23):
        await say(talk, f"第{place}句", ago=100 - place)
    async with serving(tmp_path / "conversations.db") as url, person(url) as zhang:
        await zhang.login()
        first = await zhang.get("/misses")
        assert first.count("<blockquote>") == 20 and "第22句" in first and "更早的" in first
        second = await zhang.get("/misses?days=7&start=20")
        assert second.count("<blockquote>") == 3 and "第0句" in second and "更新的" in second


async def test_while_the_sentences_are_prepared_one_can_propose(talk, tmp_path, monkeypatch):
    begun = []

    async def begin(*command, cwd):
        begun.append(command[1:])

    monkeypatch.setattr(effect, "ready", lambda: None)
    monkeypatch.setattr("asyncio.create_subprocess_exec", begin)
    await say(talk, "绑定几点能去")
    async with serving(tmp_path / "conversations.db") as url, person(url) as zhang:
        await zhang.login()
        here = f"/misses/{number(await zhang.get('/misses'))}"
        typed = {"text": "绑定几点能去", "task": "bind_family", "point": "hours"}
        assert "大约要半分钟" in await zhang.post(here, action="look", **typed)
        assert "提好了" in await zhang.post(here, action="propose", **typed)
        assert begun[0] == ("-m", "bot.insight.effect")


async def test_who_is_not_logged_in_sees_nothing(talk, tmp_path):
    await say(talk, "绑定几点能去")
    async with serving(tmp_path / "conversations.db") as url, person(url) as stranger:
        for path in ("/misses", "/misses/1", "/misses/sentences", "/overview", "/overview/report.png"):
            assert "绑定几点能去" not in await stranger.get(path)
        await stranger.post("/misses/sentences/1", 403, action="yes")
