"""A turn as the shell shows it: for people, or one line of JSON for scripts."""

import json
from dataclasses import asdict
from typing import Any

from bot.assistant import Turn


def as_json(turn: Turn) -> str:
    """The turn as the contract's JSON object, on one line."""
    return json.dumps(asdict(turn), ensure_ascii=False)


def as_text(turn: Turn) -> str:
    """What the bot said, the buttons of the last message with the numbers that can be typed."""
    texts = [reply["text"] for reply in turn.replies if reply["text"]]
    choices = [f"  [{number}] {button['title']}" for number, button in enumerate(buttons(turn), 1)]
    return "\n\n".join(texts + (["\n".join(choices)] if choices else []))


def buttons(turn: Turn) -> list[dict[str, Any]]:
    """The buttons of a turn, each title once, in the order shown."""
    shown: dict[str, dict[str, Any]] = {}
    for reply in turn.replies:
        for button in reply["buttons"]:
            shown.setdefault(button["title"], button)
    return list(shown.values())
