"""The project's own files hold together, and what breaks them is found with file and line."""

import shutil
from datetime import date

import pytest

from bot import validation
from tests.project import Project


def test_the_project_has_no_faults():
    assert [str(fault) for fault in validation.faults()] == []


def test_documents_of_2025_are_due_for_review():
    assert any("怎么使用家属的电子医保卡" in warning for warning in validation.warnings(date(2026, 11, 1)))
    assert validation.warnings(date(2025, 4, 1)) == []


RULES, RESPONSES, PHRASES = "data/rules/reply.yml", "data/responses/conversation.yml", "knowledge/phrases.yml"
MENU, FEE, DIE = "knowledge/wechat_menu.yml", "data/nlu/follow_up/fee.yml", "data/nlu/hazards/die.yml"
TESTED, RELATIVES = "tests/nlu/follow_up.yml", "knowledge/relatives.yml"
TEXTS = "bot/staff/texts.yml"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """One copy with everything broken that is looked for below: looking takes seconds."""
    project = Project(tmp_path_factory.mktemp("project"))
    project.edit(RULES, "action: action_reply", "action: action_replay")
    project.edit(RULES, "    - intent: pay_visit\n", "")
    project.edit(RESPONSES, "responses:\n", "responses:\n  utter_never:\n  - text: 没人说\n")
    project.edit(RESPONSES, "payload: /query_records", "payload: /nowhere")
    project.edit(RESPONSES, "payload: /ask_capabilities", """payload: '/bind_family{"point": "nose"}'""")
    project.edit(MENU, "payload: /bind_newborn", "payload: /bind_oldborn")
    source = (project.root / "knowledge" / "procedures" / "pay_visit.yml").read_text(encoding="utf-8")
    moon = source.replace("id: pay_visit", "id: pay_moon")
    (project.root / "knowledge" / "procedures" / "pay_moon.yml").write_text(moon, encoding="utf-8")
    cells = project.root / "knowledge" / "points"
    shutil.copy(cells / "pay_visit.yml", cells / "pay_moon.yml")
    project.edit("domain.yml", "intents:\n", "intents:\n- idle\n")
    project.edit(FEE, "intent: follow_up/fee", "intent: follow_up/feee")
    project.edit(TESTED, "intent: follow_up/materials", "intent: follow_up/material")
    project.edit(TESTED, "intent: follow_up/fee", "intent: follow/fee")
    project.edit(DIE, "intent: hazard/die", "intent: hazard/dye")
    project.edit(PHRASES, "calm: ", "# calm: ")
    project.edit(PHRASES, "door_bank: ", "# door_bank: ")
    project.edit(PHRASES, "way: '{title}", "way: '{titel}")
    project.edit(PHRASES, "sorry: 对不起", "sorry: 对不起{")
    project.edit(PHRASES, "disclaimer:", "never_said: 没人说\nweb_never: 没人说\nwechat_never: 没人说\ndisclaimer:")
    project.edit(PHRASES, "web_unread: '{count}", "web_unread: '{number}")
    project.edit(PHRASES, "heard: 知道了", "heard: 知{x.y}道了")
    project.edit(PHRASES, "danger_die_after: ", "# danger_die_after: ")
    project.edit(PHRASES, "danger_fraud: ", "# danger_fraud: ")
    project.edit("knowledge/points/general.yml", "  say: ", "  say: '{谁}'  # ")
    project.edit(TEXTS, "wrong: ", "wroong: ")
    project.edit(RELATIVES, "names: [儿子]", "names: [儿子, 微信, 闺女]")
    project.edit(RULES, "    - intent: cancel\n", "")
    project.edit("config.yml", "excludable: [channel]", "excludable: [relative]\n  leaning: [leans]")
    project.edit("data/nlu/pay_pharmacy.yml", "intent: pay_pharmacy", "intent: pay_visit")
    project.edit("data/stories/happy_path.yml", "stories:\n", "stories: [\n")
    (project.root / "data" / "nlu" / "thank.yml").write_bytes(b"\xff\xfe\x00")
    return project


@pytest.fixture(scope="module")
def found(project):
    return project.faults()


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (RULES, "action_replay", "没有声明这个 action：action_replay"),
        (RESPONSES, "utter_never", "没有规则、故事或代码用到这条回复：utter_never"),
        (RESPONSES, "/nowhere", "按钮的 payload 不是已有的 intent：/nowhere"),
        (RESPONSES, "nose", "按钮的 payload 里没有这个要点：nose"),
        (MENU, "/bind_oldborn", "按钮的 payload 不是已有的 intent：/bind_oldborn"),
        ("domain.yml", "- idle", "意图 idle 没有一句例句"),
        (FEE, "follow_up/feee", "没有这个要点、动作或情况：feee"),
        (TESTED, "follow_up/material", "没有这个要点、动作或情况：material"),
        (TESTED, "follow/fee", "domain.yml 的 intents 里没有 follow"),
        (DIE, "hazard/dye", "没有这个危险：dye"),
        (DIE, "version", "没有例句标着 hazard/die"),
        (PHRASES, "never_said", "没有代码用到这句话：never_said"),
        (TEXTS, "wroong", "没有代码用到这句话：wroong"),
        (PHRASES, "web_never", "没有代码用到这句话：web_never"),
        (PHRASES, "wechat_never", "没有代码用到这句话：wechat_never"),
        (PHRASES, "web_unread", "web_unread：没有人填 {number}"),
        (PHRASES, "heard: ", "heard：花括号不成对，或者里面不只是一个名字"),
        ("domain.yml", "- cancel", "data/rules 里没有规则提到 cancel"),
        ("config.yml", "leaning: [leans]", "domain.yml 的 intents 里没有 leans"),
        ("data/nlu/pay_pharmacy.yml", "intent: pay_visit", "这个文件里只能是 pay_pharmacy 的句子，这里标着 pay_visit"),
        (PHRASES, "way: ", "way：没有人填 {titel}"),
        (PHRASES, "sorry: ", "sorry：花括号不成对，或者里面不只是一个名字"),
    ],
)
def test_fault_is_told_with_its_line(project, found, name, text, message):
    assert f"{name}:{project.line(name, text)}: {message}" in found


@pytest.mark.parametrize(
    ("text", "name", "file", "first", "meaning"),
    [
        ("闺女]}", "微信", "channels.yml", "names: [微信", "wechat"),
        ("闺女, 姑娘", "闺女", "relatives.yml", "闺女]}", "son"),
    ],
)
def test_name_that_means_two_things_is_told_with_both_places(project, found, text, name, file, first, meaning):
    there = project.line(f"knowledge/{file}", first)
    told = f"“{name}”在 {file} 第{there}行已经是 {meaning} 的名字"
    assert f"{RELATIVES}:{project.line(RELATIVES, text)}: {told}" in found


@pytest.mark.parametrize(
    "message",
    [
        "knowledge/phrases.yml:1: 缺少这句话：danger_die_after",
        "knowledge/phrases.yml:1: 缺少这句话：danger_fraud",
        "knowledge/points/general.yml:1: what_is.0：说出来还带着花括号",
        "knowledge/procedures/pay_visit.yml:1: data/rules 里没有规则提到 pay_visit",
        "knowledge/procedures/pay_moon.yml:1: domain.yml 的 intents 里没有 pay_moon",
        "knowledge/procedures/pay_moon.yml:1: data/rules 里没有规则提到 pay_moon",
        "knowledge/procedures/pay_moon.yml:1: 缺少 data/nlu/pay_moon.yml",
        "knowledge/procedures/pay_moon.yml:1: 缺少 tests/nlu/pay_moon.yml",
        "knowledge/phrases.yml:1: 缺少这句话：door_bank",
        "data/nlu/thank.yml:1: 读不了，或不是 UTF-8 编码",
    ],
)
def test_what_is_missing_is_told(found, message):
    assert message in found


def test_entity_that_is_not_declared_is_told(found):
    assert any(
        fault.startswith("config.yml:") and fault.endswith("entities 里没有 relative_excluded") for fault in found
    )


def test_phrase_that_the_code_says_and_nobody_wrote_is_told_where_it_is_said(found):
    assert any(fault.startswith("bot/dialogue/plan.py:") and fault.endswith("没有这句话：calm") for fault in found)


def test_text_of_the_staff_that_nobody_wrote_is_told_where_it_is_said(found):
    assert any(fault.startswith("bot/staff/site.py:") and fault.endswith("没有这句话：wrong") for fault in found)


def test_broken_file_is_told_with_its_line(found):
    assert any(fault.startswith("data/stories/happy_path.yml:") and "YAML 写法有误" in fault for fault in found)


def test_faults_of_the_knowledge_hide_no_others(tmp_path):
    project = Project(tmp_path)
    for name in ("data/nlu", "tests/nlu"):  # most of the time goes into these, and they are looked at above
        shutil.rmtree(project.root / name)
        (project.root / name).mkdir()
    project.edit("knowledge/points.yml", "fee: {title: 要不要钱,", "fee: {")
    project.edit(MENU, "payload: /bind_newborn", "payload: bind_newborn")
    project.edit(RULES, "action: action_reply", "action: action_replay")
    found = project.faults()
    assert f"knowledge/points.yml:{project.line('knowledge/points.yml', 'fee: {')}: fee.title：缺少这个键" in found
    assert any("action_replay" in fault for fault in found)
