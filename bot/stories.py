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
    stories = {}
    for path in find([dialogues]):
        story = await _story(assistant, f"{path.parent.name}/{path.stem}", read(path))
        # Rasa drops a story that looks to its policies like one before it.
        stories.setdefault(_look(story), story)
    situations = groupby(stories.values(), key=lambda story: story.block_name.split("/")[0])
    return {f"{situation}.yml": YAMLStoryWriter().dumps(list(steps)) for situation, steps in situations}


async def _story(assistant: Assistant, name: str, dialogue: Dialogue) -> StoryStep:
    talk = Conversation(assistant)
    for turn in dialogue.turns:
        await talk.say(turn.tap if turn.user is None else turn.user)
    tracker = await assistant.agent.tracker_store.retrieve(talk.sender)
    return Story.from_events(list(_told(tracker.events)), name).story_steps[0]


def _look(story: StoryStep) -> tuple:
    """What the policies see: no slot's value, and of an entity only that it is there."""
    look: list = []
    for event in story.events:
        if isinstance(event, UserUttered):
            look.append((event.intent_name, frozenset(entity["entity"] for entity in event.entities)))
        elif isinstance(event, ActionExecuted):
            look.append(event.action_name)
        elif isinstance(event, ActiveLoop):
            look.append(("loop", event.name))
    return tuple(look)


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
