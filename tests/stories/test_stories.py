"""The Rasa stories made from the dialogues: up to date, and `rasa test core` runs every one of them without an error."""

import asyncio
import json
from pathlib import Path

import yaml
from rasa.core.test import test as run_stories

from bot.paths import DIALOGUES
from bot.stories import story_files

STORIES = Path(__file__).parent


def test_stories_are_those_of_the_dialogues(assistant):
    made = asyncio.run(story_files(assistant, DIALOGUES))
    kept = {path.name: path.read_text(encoding="utf-8") for path in STORIES.glob("*.yml")}
    assert kept.keys() == made.keys(), "请运行 python scripts/make_stories.py"
    assert [name for name in made if made[name] != kept[name]] == [], "请运行 python scripts/make_stories.py"


def test_every_story_is_predicted(assistant, tmp_path):
    asyncio.run(run_stories(str(STORIES), assistant.agent, out_directory=str(tmp_path), fail_on_prediction_errors=True))
    conversations = json.loads((tmp_path / "story_report.json").read_text())["conversation_accuracy"]
    # Rasa passes with no story at all.
    told = [story for path in STORIES.glob("*.yml") for story in yaml.safe_load(path.read_text("utf-8"))["stories"]]
    assert len(told) >= 80
    assert conversations["total"] == conversations["correct"] == len(told)
