from datetime import date

import pytest

from bot.errors import KnowledgeError
from bot.knowledge.loader import load, overdue
from bot.paths import KNOWLEDGE


@pytest.fixture
def edit(folder):
    """Replaces a text that stands once in a file."""

    def edited(name, old, new):
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")

    return edited


@pytest.fixture
def faults(folder):
    """The faults that loading finds, as (file, line, message)."""

    def found():
        with pytest.raises(KnowledgeError) as caught:
            load(folder)
        return [(fault.file.removeprefix("knowledge/"), fault.line, fault.message) for fault in caught.value.faults]

    return found


@pytest.fixture
def line(folder):
    """The line at which a text first stands in a file."""

    def at(name, text):
        lines = (folder / name).read_text(encoding="utf-8").splitlines()
        return next(number for number, content in enumerate(lines, 1) if text in content)

    return at


BIND, RULE = "procedures/bind.yml", "procedures/rule.yml"


def test_small_knowledge(folder):
    knowledge = load(folder)
    assert list(knowledge.procedures) == ["bind", "rule"]
    assert knowledge.region_title("东省海市") == "东海"
    assert knowledge.region_title("别处") == "别处"
    assert knowledge.documents["paper"].as_of == "2025-03"
    says = knowledge.procedures["bind"].variants[1].differences[0].says
    assert [said.source and said.source.as_of for said in says] == [None, "2024"]


def test_shipped_knowledge():
    knowledge = load(KNOWLEDGE)
    for procedure in knowledge.procedures.values():
        assert len(procedure.question) <= 14
        assert procedure.id not in procedure.related
        for variant in procedure.variants:
            assert len(variant.steps) < 4 or variant.short, f"{procedure.id}: {variant.title}"


def test_overdue(folder):
    knowledge = load(folder)
    assert overdue(knowledge, date(2026, 3, 31)) == []
    assert overdue(knowledge, date(2026, 4, 1)) == ["paper"]


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        (BIND, "  limits: [六个人]", "  limit: [六个人] # here", "variants.0.limit：不认识的键"),
        (BIND, "  limits: [六个人]", "  limits: 六个人 # here", "variants.0.limits：应该是列表"),
        (BIND, "title: 绑定\n", "title: '' # here\n", "title：不能为空"),
        (BIND, "question: 怎么绑定\n", "", "question：缺少这个键"),
        (BIND, "ask: [channel, region]", "ask: [chanel] # here", "ask.0：只能是 channel 或 region"),
        (BIND, "as_of: 2026-01-02}}", "as_of: 去年}} # here", "日期应写成 2025、2025-03 或 2025-03-05"),
        (BIND, "    says:\n    - 左边\n", "    says: # here\n", "differences.0.says：条数不够"),
        (
            BIND,
            "- topic: refund\n  unknown: true\n  summary: 没有写退款。\n",
            "- topic: refund # here\n  unknown: true\n",
            "要有 summary",
        ),
        (BIND, "- channel: alipay\n", "- channel: alipay # here\n  lead: true\n", "不能是 lead"),
        (RULE, "- summary: 不能借。\n", "- title: 无 # here\n", "至少要有 steps 或 summary"),
        (BIND, "  after: app", "  after: phone # here", "没有这个渠道的办法：phone"),
        (BIND, "related: [rule]", "related: [rules] # here", "没有这个业务：rules"),
        (BIND, "- channel: counter", "- channel: desk # here", "没有这个渠道：desk"),
        (BIND, "- topic: refund", "- topic: refunds # here", "没有这个话题：refunds"),
        (RULE, "- region: 西省", "- region: 南省 # here", "没有这个地区：南省"),
        (
            BIND,
            "regions: [东省], source: {document: rumour}}",
            "regions: [南省], source: {document: rumour}} # here",
            "没有这个地区：南省",
        ),
        (BIND, "{document: paper, section: 窗口}", "{document: pap} # here", "没有这个文档（sources.yml）：pap"),
        (BIND, "{document: rumour, as_of: 2024}}", "{document: rum}} # here", "没有这个文档（sources.yml）：rum"),
        (BIND, "- channel: counter", "- channel: app # here", "永远轮不到它"),
        (
            BIND,
            "notes: [总的提醒]\nsource: {document: paper, section: 总则}\n",
            "notes: [总的提醒] # here\n",
            "有 notes 就要有 source",
        ),
        (BIND, "id: bind", "id: bend", "id 应与文件名相同：bind"),
        (
            RULE,
            "variants:\n- summary: 不能借。",
            "variants: # here\n- region: 东省\n  summary: 不能借。",
            "要有一条",
        ),
        (RULE, "title: 规定", "title: 规定\ntitle: 规定 # here", "YAML 写法有误"),
        (RULE, "- summary: 不能借。", "- summary: [不能借。\n- a: b # here", "YAML 写法有误"),
        ("menu.yml", "- rule", "- rules # here", "没有这个业务：rules"),
        ("mini_programs.yml", "region: 东省", "region: 南省 # here", "没有这个地区：南省"),
        ("mini_programs.yml", "wechat]", "weixin] # here", "没有这个渠道：weixin"),
        (
            "channels.yml",
            "wechat: {title: 微信, names: [微信]}",
            "wechat: {title: 微信, names: [支付宝]} # here",
            "“支付宝”写了两次（alipay）",
        ),
        ("channels.yml", "[窗口, 柜台]}", "[窗口, 窗口]} # here", "“窗口”写了两次（counter）"),
        ("topics.yml", "[收费]}", "[退款]} # here", "“退款”写了两次（refund）"),
        ("problems.yml", "related: [rule]", "related: [rules] # here", "没有这个业务：rules"),
        ("problems.yml", "related: [rule]", "silent: [rules] # here", "没有这个业务：rules"),
        ("problems.yml", "related: [rule]", "procedures: [rules] # here", "没有这个业务：rules"),
        ("problems.yml", "{document: rumour}}]", "{document: rum}}] # here", "没有这个文档（sources.yml）：rum"),
        ("problems.yml", "{text: 再试一次, source: {document: rumour}}", "再试一次", "says 的每一条都要有 source"),
        (BIND, "related: [rule]", "parts: {fee: rules} # here\nrelated: [rule]", "没有这个业务：rules"),
        ("sources.yml", "2026-03-31", "明年 # here", "paper.review_by"),
        ("regions.yml", "titles:", "title:", "titles：缺少这个键"),
        ("regions.yml", "西省: 西", "西省: # here", "titles.西省：应该是文字"),
    ],
)
def test_fault_is_told_with_its_line(edit, faults, line, name, old, new, message):
    edit(name, old, new)
    expected = line(name, "# here") if "# here" in new else 1
    assert [number for file, number, text in faults() if file == name and message in text] == [expected]


def test_files_that_can_not_be_read(folder, faults):
    (folder / "topics.yml").unlink()
    (folder / "channels.yml").write_bytes("app: {title: 支付宝}".encode("gb18030"))
    (folder / "sources.yml").write_text("# nothing\n", encoding="utf-8")
    (folder / "mini_programs.yml").unlink()
    (folder / "mini_programs.yml").mkdir()
    (folder / "regions.yml").write_text("- 东省\n", encoding="utf-8")
    assert faults() == [  # and not every id that would have stood in them
        ("channels.yml", 1, "不是 UTF-8 编码"),
        ("mini_programs.yml", 1, "读不了（Is a directory）"),
        ("regions.yml", 1, "titles：缺少这个键"),
        ("sources.yml", 1, "文件是空的（没有内容就写 {}）"),
        ("topics.yml", 1, "没有这个文件"),
    ]


def test_folder_without_procedures(folder, faults):
    for path in (folder / "procedures").iterdir():
        path.unlink()
    assert ("procedures", 1, "这里一个业务文件也没有") in faults()


def test_all_faults_are_told_at_once_in_order(edit, faults, line):
    edit(BIND, "  limits: [六个人]", "  limit: [六个人]")
    edit(BIND, "  fee: 免费", "  fee: [免费]")
    edit(RULE, "region: 西省", "region: 南省")
    edit("channels.yml", "names: [微信]", "names: []")
    found = faults()
    assert [(file, number) for file, number, _ in found if "channels" in file] == [("channels.yml", 3)]
    places = [(file, number) for file, number, _ in found]
    assert places == sorted(places)
    assert (BIND, line(BIND, "limit:")) in places
    assert (BIND, line(BIND, "fee: [")) in places
    assert (RULE, line(RULE, "南省")) in places


def test_a_broken_procedure_is_not_also_called_missing(edit, faults):
    edit(RULE, "title: 规定\n", "")
    assert faults() == [(RULE, 1, "title：缺少这个键")]


def test_fault_reads_as_one_line(edit, folder):
    edit(RULE, "region: 西省", "region: 南省")
    with pytest.raises(KnowledgeError, match=r"^knowledge/procedures/rule\.yml:\d+: 没有这个地区：南省$"):
        load(folder)
