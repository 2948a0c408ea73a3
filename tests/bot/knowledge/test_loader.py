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


BIND, RULE, CELLS, GENERAL = "procedures/bind.yml", "procedures/rule.yml", "points/bind.yml", "points/general.yml"


def test_small_knowledge(folder):
    knowledge = load(folder)
    assert list(knowledge.procedures) == ["bind", "rule"]
    assert knowledge.region_title("东省海市") == "东海"
    assert knowledge.region_title("别处") == "别处"
    assert knowledge.documents["paper"].as_of == "2025-03"
    says = knowledge.procedures["bind"].variants[1].differences[0].says
    assert [said.source and said.source.as_of for said in says] == [None, "2024"]
    assert knowledge.points["fee"].title == "要不要钱"
    assert knowledge.facts["unbound"].takes_over
    cells = knowledge.cells["bind"]
    assert [entry.general for entry in cells["materials"].entries] == [True] + 6 * [False]
    assert cells["materials"].entries[5].examples == ["户口本行不行", "有户口本就行对吧", "只认身份证是吧"]
    assert cells["scan"].inherited and not knowledge.cells["rule"]["fee"].applicable
    assert (cells["fee"].entries[0].door, knowledge.cells["general"]["fee"].entries[0].door) == ("none", "12393")


def test_entries_are_those_of_the_task_its_parent_or_all(knowledge):
    own, general = knowledge.cells["bind"], knowledge.cells["general"]
    assert knowledge.entries("rule", "materials") == ("bind", own["materials"].entries)
    assert (
        knowledge.entries("rule", "scan") == knowledge.entries("bind", "scan") == ("general", general["scan"].entries)
    )
    assert knowledge.entries(None, "fee") == ("general", general["fee"].entries)
    assert knowledge.entries("rule", "fee") is None
    assert knowledge.entries("rule", "whole") is knowledge.entries("bind", "nonsense") is None


def test_shipped_knowledge():
    knowledge = load(KNOWLEDGE)
    for procedure in knowledge.procedures.values():
        assert len(procedure.question) <= 14
        assert procedure.id not in procedure.related
        for variant in procedure.variants:
            told = f"{procedure.id}: {variant.title}"
            assert len(variant.steps) < 4 or variant.short, told
            assert not variant.brief or len(variant.brief) == len(variant.steps), told


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
        (BIND, "ask: [channel, region]", "ask: [chanel] # here", "ask.0：只能是 'channel' 或 'region'"),
        (BIND, "as_of: 2026-01-02}}", "as_of: 去年}} # here", "日期应写成 2025、2025-03 或 2025-03-05"),
        (BIND, "    says:\n    - 左边\n", "    says: # here\n", "differences.0.says：条数不够"),
        (
            RULE,
            "- when: [adult]\n  unknown: true\n  summary: 没有写大人。\n",
            "- when: [adult] # here\n  unknown: true\n",
            "要有 summary",
        ),
        (BIND, "- channel: alipay\n", "- channel: alipay # here\n  lead: true\n", "不能是 lead"),
        (RULE, "- summary: 不能借。\n", "- title: 无 # here\n", "至少要有 steps 或 summary"),
        (BIND, "  after: app", "  after: phone # here", "没有这个渠道的办法：phone"),
        (BIND, "related: [rule]", "related: [rules] # here", "没有这个业务：rules"),
        (BIND, "- channel: counter", "- channel: desk # here", "没有这个渠道：desk"),
        (BIND, "  when: [child]", "  when: [kid] # here", "没有这个情况（facts.yml）：kid"),
        (BIND, "  brief: [下载,", "  behind: {kid: 1} # here\n  brief: [下载,", "没有这个情况（facts.yml）：kid"),
        (BIND, "- channel: alipay\n", "- channel: alipay # here\n  behind: {child: 9}\n", "要在 1 和步骤数之间"),
        (BIND, "  brief: [下载,", f"  brief: [{'长' * 41}, # here\n   ", "太长了，最多 40 个字"),
        (RULE, "belongs_to: bind", "belongs_to: bond # here", "没有这个业务：bond"),
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
        ("bare.yml", "materials: [要带什么]", "material: [要带什么] # here", "没有这个要点（points.yml）：material"),
        ("mini_programs.yml", "region: 东省", "region: 南省 # here", "没有这个地区：南省"),
        ("mini_programs.yml", "wechat]", "weixin] # here", "没有这个渠道：weixin"),
        (
            "channels.yml",
            "wechat: {title: 微信, names: [微信]}",
            "wechat: {title: 微信, names: [支付宝]} # here",
            "“支付宝”写了两次（alipay）",
        ),
        ("channels.yml", "[窗口, 柜台]}", "[窗口, 窗口]} # here", "“窗口”写了两次（counter）"),
        ("facts.yml", "task: bind,", "task: bend, # here\n ", "没有这个业务：bend"),
        ("facts.yml", "point: scan}", "point: scam} # here", "没有这个要点（points.yml）：scam"),
        ("points.yml", "{title: 要不要刷脸}", "{chip: 刷脸吗} # here", "scan.title：缺少这个键"),
        ("points.yml", "{title: 要不要刷脸}", "{title: 要不要刷脸, task: bend} # here", "没有这个业务：bend"),
        (CELLS, "scan: inherited\n", "", "还没有决定的要点：scan"),
        (CELLS, "scan: inherited", "scan: inherited\nscam: inherited # here", "没有这个要点（points.yml）：scam"),
        (CELLS, "scan: inherited", "scan: maybe # here", "只能是条目的列表、inherited 或 not_applicable"),
        (CELLS, "scan: inherited", "scan: [] # here", "一条也没有"),
        (CELLS, "- when: [child]", "- when: [kid] # here", "没有这个情况（facts.yml）：kid"),
        (CELLS, "- when: [child]", "- unless: [kid] # here", "没有这个情况（facts.yml）：kid"),
        (CELLS, "- channel: counter\n  say", "- channel: desk # here\n  say", "没有这个渠道：desk"),
        (CELLS, "  region: 东省海市", "  region: 东省湖市 # here", "没有这个地区：东省湖市"),
        (CELLS, "{document: paper, section: 窗口}", "{document: pap} # here", "没有这个文档（sources.yml）：pap"),
        (CELLS, "- say: 带身份证。", f"- say: {'长' * 61} # here", "materials.0.say：太长了，最多 60 个字"),
        (CELLS, "silent: 绑定要不要钱", f"silent: {'长' * 41} # here", "太长了，最多 40 个字"),
        (
            CELLS,
            "- silent: 绑定要不要钱",
            "- say: 不要钱。 # here\n  silent: 绑定要不要钱",
            "fee.0：say 和 silent 写一个，也只写一个",
        ),
        (CELLS, "- say: 带身份证。\n", "- more: 别忘了。 # here\n", "say 和 silent 写一个，也只写一个"),
        (
            CELLS,
            "- say: 带身份证。\n  source: {document: paper, section: 通用}",
            "- say: 带身份证。 # here",
            "有 say 或 near 的要有 source",
        ),
        (
            CELLS,
            "- silent: 绑定要不要钱\n  near: 补卡不要钱。\n  source: {document: paper}\n",
            "- silent: 绑定要不要钱 # here\n  near: 补卡不要钱。\n",
            "有 say 或 near 的要有 source",
        ),
        (GENERAL, "- silent: 要不要刷脸", "- silent: 要不要刷脸 # here\n  more: 再看看。", "more 跟在 say 后面"),
        (GENERAL, "  door: app", "  door: 120 # here", "scan.0.door：只能是 '12393'"),
        (GENERAL, "fee:\n- silent: 要不要钱", "fee: inherited # here", "general 没有可以继承的"),
        (BIND, "related: [rule]", "next_points: [fees] # here\nrelated: [rule]", "没有这个要点（points.yml）：fees"),
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
    (folder / "points.yml").unlink()
    (folder / "channels.yml").write_bytes("app: {title: 支付宝}".encode("gb18030"))
    (folder / "sources.yml").write_text("# nothing\n", encoding="utf-8")
    (folder / "mini_programs.yml").unlink()
    (folder / "mini_programs.yml").mkdir()
    (folder / "regions.yml").write_text("- 东省\n", encoding="utf-8")
    assert faults() == [  # and not every id that would have stood in them
        ("channels.yml", 1, "不是 UTF-8 编码"),
        ("mini_programs.yml", 1, "读不了（Is a directory）"),
        ("points.yml", 1, "没有这个文件"),
        ("regions.yml", 1, "titles：缺少这个键"),
        ("sources.yml", 1, "文件是空的（没有内容就写 {}）"),
    ]


def test_folder_without_procedures(folder, faults):
    for path in (folder / "procedures").iterdir():
        path.unlink()
    assert ("procedures", 1, "这里一个业务文件也没有") in faults()


def test_task_without_a_file_of_cells(folder, faults):
    (folder / "points" / "rule.yml").unlink()
    (folder / "points" / "bond.yml").write_bytes((folder / "points" / "general.yml").read_bytes())
    assert faults() == [
        ("points/bond.yml", 1, "没有这个业务：bond"),
        ("points/rule.yml", 1, "没有这个文件：每件事都要逐个要点写明"),
    ]


def test_cells_that_can_not_be_read_are_not_also_called_undecided(folder, faults):
    (folder / "points" / "bind.yml").write_text("materials: [", encoding="utf-8")
    assert [(file, "YAML" in message) for file, _, message in faults()] == [("points/bind.yml", True)]


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
