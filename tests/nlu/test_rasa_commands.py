"""Rasa's own `rasa test nlu` with the components of this project: trained, kept, and loaded by another process."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rasa.nlu.classifiers.fallback_classifier import is_fallback_classifier_prediction, undo_fallback_prediction

from bot.assistant import Assistant
from bot.nlu_data import read
from bot.paths import CONFIG, DOMAIN, ROOT

pytestmark = pytest.mark.slow

INTENTS = ("bind_family", "query_balance", "report_lost_card", "greet")


def sample(folder: Path, most: int) -> str:
    """The first sentences of some intents, as a file of Rasa."""
    lines = ['version: "3.1"', "nlu:"]
    for intent in INTENTS:
        texts = [sentence.text for sentence in read(folder) if sentence.intent == intent][:most]
        lines += [f"- intent: {intent}", "  examples: |", *(f"    - {text}" for text in texts)]
    return "\n".join(lines) + "\n"


def rasa_test_nlu(folder: Path, *arguments: str) -> dict:
    """What `rasa test nlu` reports."""
    command = [sys.executable, "-m", "rasa", "test", "nlu", "--domain", str(DOMAIN), "--out", str(folder / "out")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RASA_TELEMETRY_ENABLED": "false"}
    ended = subprocess.run([*command, *arguments], cwd=ROOT, env=environment, capture_output=True, timeout=300)
    assert ended.returncode == 0, ended.stderr[-2000:]
    return json.loads((folder / "out" / "intent_report.json").read_text(encoding="utf-8"))


def test_cross_validation(tmp_path: Path) -> None:
    (tmp_path / "nlu.yml").write_text(sample(ROOT / "data" / "nlu", 20), encoding="utf-8")
    # Without the examples of the cells: each fold would learn thousands beside the few sentences.
    config = re.sub(r"\n +cells: .*", "", CONFIG.read_text(encoding="utf-8"))
    (tmp_path / "config.yml").write_text(config, encoding="utf-8")
    options = ["--cross-validation", "--folds", "2", "--config", str(tmp_path / "config.yml")]
    options += ["--nlu", str(tmp_path / "nlu.yml")]
    report = rasa_test_nlu(tmp_path, *options)
    assert report["weighted avg"]["support"] == 20 * len(INTENTS)
    assert report["accuracy"] > 0.8


def test_another_process_understands_the_same(tmp_path: Path, model_path: Path) -> None:
    (tmp_path / "nlu.yml").write_text(sample(ROOT / "tests" / "nlu", 8), encoding="utf-8")
    rasa_test_nlu(tmp_path, "--model", str(model_path), "--nlu", str(tmp_path / "nlu.yml"), "--successes")
    theirs = {}
    for kind in ("successes", "errors"):
        file = tmp_path / "out" / f"intent_{kind}.json"
        for told in json.loads(file.read_text(encoding="utf-8")) if file.exists() else []:
            theirs[told["text"]] = (told["intent_prediction"]["name"], told["intent_prediction"]["confidence"])
    assistant = Assistant.load(model_path)
    here = {}
    for text in theirs:
        # Rasa's evaluation takes a fallback for what was likeliest before it.
        parsed = asyncio.run(assistant.agent.parse_message(text))
        parsed = (undo_fallback_prediction(parsed) if is_fallback_classifier_prediction(parsed) else parsed)["intent"]
        here[text] = (parsed["name"], pytest.approx(parsed["confidence"], abs=1e-3))
    assert len(theirs) == 8 * len(INTENTS)
    assert theirs == here
