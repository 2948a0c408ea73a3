"""The project's own files hold together, and what breaks them is found with file and line."""

import shutil
from datetime import date

import pytest

from bot import paths, validation


def test_the_project_has_no_faults():
    assert [str(fault) for fault in validation.faults()] == []


def test_documents_of_2025_are_due_for_review():
    assert any("怎么使用家属的电子医保卡" in warning for warning in validation.warnings(date(2026, 11, 1)))
    assert validation.warnings(date(2025, 4, 1)) == []


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """The project's files in a folder where they may be broken."""
    for name in ("knowledge", "data", "tests/nlu"):
        shutil.copytree(paths.ROOT / name, tmp_path / name)
    shutil.copy(paths.DOMAIN, tmp_path)
    for name, value in {
        "ROOT": tmp_path,
        "KNOWLEDGE": tmp_path / "knowledge",
        "DATA": tmp_path / "data",
        "DOMAIN": tmp_path / "domain.yml",
        "_TESTS": tmp_path / "tests" / "nlu",
    }.items():
        monkeypatch.setattr(validation, name, value)
    return tmp_path


def found(text):
    return [str(fault) for fault in validation.faults() if text in str(fault)]


def test_undeclared_action_is_named_with_its_line(copy):
    rules = copy / "data" / "rules" / "conversation.yml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("utter_thank", "utter_thnak"), encoding="utf-8")
    line = rules.read_text(encoding="utf-8").splitlines().index("  - action: utter_thnak") + 1
    assert found(f"data/rules/conversation.yml:{line}:")


def test_response_nobody_says_is_a_fault(copy):
    responses = copy / "data" / "responses" / "conversation.yml"
    responses.write_text(
        responses.read_text(encoding="utf-8") + "\n  utter_never:\n  - text: 没人说\n", encoding="utf-8"
    )
    assert found("utter_never")


def test_button_that_leads_nowhere_is_a_fault(copy):
    responses = copy / "data" / "responses" / "conversation.yml"
    responses.write_text(responses.read_text(encoding="utf-8").replace("/query_balance", "/nowhere"), encoding="utf-8")
    assert found("/nowhere")


def test_procedure_without_an_intent_is_a_fault(copy):
    source = (copy / "knowledge" / "procedures" / "pay_visit.yml").read_text(encoding="utf-8")
    (copy / "knowledge" / "procedures" / "pay_moon.yml").write_text(
        source.replace("id: pay_visit", "id: pay_moon"), encoding="utf-8"
    )
    assert len(found("pay_moon")) >= 4


def test_all_faults_come_in_one_run(copy):
    (copy / "knowledge" / "topics.yml").write_text("a: {title: x}\n", encoding="utf-8")
    (copy / "data" / "stories" / "happy_path.yml").write_text("stories: [\n", encoding="utf-8")
    (copy / "data" / "nlu" / "thank.yml").write_bytes(b"\xff\xfe\x00")
    text = "\n".join(map(str, validation.faults()))
    assert all(name in text for name in ("topics.yml:1", "happy_path.yml", "thank.yml"))
