"""The stories of the project: `rasa test core` predicts every one of them."""

import asyncio
import json

from rasa.core.test import test as run_stories

from bot.paths import DATA
from bot.yamlfile import read_yaml

STORIES = DATA / "stories"


def test_every_story_is_predicted(assistant, tmp_path):
    asyncio.run(run_stories(str(STORIES), assistant.agent, out_directory=str(tmp_path), fail_on_prediction_errors=True))
    conversations = json.loads((tmp_path / "story_report.json").read_text())["conversation_accuracy"]
    # Rasa passes with no story at all.
    told = [story for path in STORIES.glob("*.yml") for story in read_yaml(path)["stories"]]
    assert told
    assert conversations["total"] == conversations["correct"] == len(told)
