"""The conversation tests as Rasa test stories, for `rasa test core`: what was understood, and every action that followed."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME, REQUESTED_SLOT
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.training_data.story_writer.yaml_story_writer import YAMLStoryWriter
from rasa.shared.core.training_data.structures import Story, StoryStep

from bot.assistant import Assistant
from bot.cli.conversation import Conversation
from bot.dialogues import Dialogue, find, read

# Rasa's reader adds the listening by itself, and begins no session.
_NOT_TOLD = (ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME)
# Rules look at the first; the others tell a reader what is known. The rest is the actions' own bookkeeping.
_TOLD_SLOTS = (REQUESTED_SLOT, "procedure", "channel", "region")


async def story_files(assistant: Assistant, dialogues: Path) -> dict[str, str]:
    """Have all conversations of a folder: the text of a story file for each of its situations, by file name."""
    files = {}
    for situation, paths in groupby(find([dialogues]), key=lambda path: path.parent.name):
        steps = [await _story(assistant, f"{situation}/{path.stem}", read(path)) for path in paths]
        files[f"{situation}.yml"] = YAMLStoryWriter().dumps(steps)
    return files


async def _story(assistant: Assistant, name: str, dialogue: Dialogue) -> StoryStep:
    talk = Conversation(assistant)
    for turn in dialogue.turns:
        await talk.say(turn.tap if turn.user is None else turn.user)
    tracker = await assistant.agent.tracker_store.retrieve(talk.sender)
    return Story.from_events(list(_told(tracker.events)), name).story_steps[0]


def _told(events: Iterable[Event]) -> Iterator[Event]:
    for event in events:
        if isinstance(event, UserUttered):
            # Without the text: with it Rasa would test the understanding, which tests/nlu does.
            entities = [{"entity": entity["entity"], "value": entity["value"]} for entity in event.entities]
            yield UserUttered(intent={"name": event.intent_name}, entities=entities)
        elif isinstance(event, ActionExecuted) and event.action_name not in _NOT_TOLD:
            yield ActionExecuted(event.action_name)
        elif isinstance(event, ActiveLoop) or (isinstance(event, SlotSet) and event.key in _TOLD_SLOTS):
            yield event
