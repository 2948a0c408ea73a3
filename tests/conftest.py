"""Fixtures that many tests share: the trained assistant, loaded once a run."""

import shutil
from pathlib import Path

from bot.runtime import prepare

prepare()

import pytest  # noqa: E402  (Rasa reads its settings at import)
from sanic import Sanic  # noqa: E402

from bot import logs  # noqa: E402
from bot.paths import KNOWLEDGE  # noqa: E402

logs.configure("ERROR")  # Rasa's debug lines of every turn would make reports of failures unreadable
Sanic.test_mode = True  # several apps in one process


@pytest.fixture
def anyio_backend() -> str:
    """What async tests run on."""
    return "asyncio"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of `knowledge/` to change."""
    return Path(shutil.copytree(KNOWLEDGE, tmp_path / "knowledge"))


@pytest.fixture(scope="session")
def model_path():
    """The model of the files as they are, trained if there is none."""
    from bot.training import ensure_model

    return ensure_model(lambda line: None)


@pytest.fixture(scope="session")
def assistant(model_path):
    from bot.assistant import Assistant

    return Assistant.load(model_path)


@pytest.fixture
def dispatcher():
    from rasa_sdk.executor import CollectingDispatcher

    return CollectingDispatcher()


@pytest.fixture
def make_tracker():
    """Builds a Rasa SDK tracker out of slots and the latest message."""
    from rasa_sdk import Tracker

    def make(slots=None, intent=None, entities=(), understood=None, events=(), text="", message_id="1"):
        names = ["procedure", "channel", "region", "case", "before", "asks", "requested_slot"]
        message = {"intent": {"name": intent}, "entities": list(entities), "text": text, "message_id": message_id}
        return Tracker(
            sender_id="test",
            slots={**dict.fromkeys(names), **(slots or {})},
            latest_message={**message, "understood": understood} if understood else message,
            events=[*events, {"event": "user", "text": text}],
            paused=False,
            followup_action=None,
            active_loop={},
            latest_action_name=None,
        )

    return make
