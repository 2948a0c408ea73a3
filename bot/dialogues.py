"""Whole conversations with what must and must not be said: reading, running and recording them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml.error import YAMLError

from bot.assistant import Turn
from bot.errors import BotError
from bot.yamlfile import read_yaml


class Expectation(BaseModel):
    """One turn: what the person types or taps, and what must hold after it."""

    model_config = ConfigDict(extra="forbid")

    user: str | None = None
    tap: str | None = None  # the title of a button just shown
    intent: str | None = None
    outcome: str | None = None
    slots: dict[str, str | None] = {}
    says: list[str] = []
    never_says: list[str] = []

    @model_validator(mode="after")
    def _one_of_them(self) -> "Expectation":
        if (self.user is None) == (self.tap is None):
            raise ValueError("每一轮写 user 或 tap 之一")
        return self


class Dialogue(BaseModel):
    """A conversation test: a title that says what must hold, and its turns."""

    model_config = ConfigDict(extra="forbid")

    dialogue: str
    turns: list[Expectation] = Field(min_length=1)


@dataclass
class Outcome:
    """What came of a dialogue: its turns as they went, and the first failure in words."""

    turns: list[Turn]
    failure: str | None = None


def read(path: Path) -> Dialogue:
    """Read one dialogue file.

    Raises:
        BotError: the file is not a dialogue; the message says why.
    """
    try:
        return Dialogue.model_validate(read_yaml(path))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise BotError(f"{path}：读不了（{error}）") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise BotError(f"{path}：{'.'.join(map(str, first['loc']))}：{first['msg']}") from error


def find(paths: list[Path]) -> list[Path]:
    """The dialogue files among files and folders, in order."""
    return [file for path in paths for file in (sorted(path.rglob("*.yml")) if path.is_dir() else [path])]


def known_failures(folder: Path) -> dict[str, str]:
    """The dialogues that are known to fail, as `folder/name`, with the reason: kept, so that nobody forgets them."""
    path = folder / "known_failures.tsv"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return dict(line.split("\t", 1) for line in lines if line)


def name(path: Path) -> str:
    """A dialogue's folder and name."""
    return f"{path.parent.name}/{path.stem}"


class Talk(Protocol):
    """A new conversation on some channel."""

    buttons: list[dict[str, Any]]  # those of the last turn

    async def say(self, text: str) -> Turn:
        """Take what is typed; the title of a button taps it."""


async def run(talk: Talk, dialogue: Dialogue) -> Outcome:
    """Have the conversation, up to the first turn that fails."""
    outcome = Outcome([])
    for number, expected in enumerate(dialogue.turns, 1):
        if expected.tap is not None and expected.tap not in [button["title"] for button in talk.buttons]:
            titles = [button["title"] for button in talk.buttons]
            outcome.failure = f"第{number}轮：没有按钮“{expected.tap}”，有的是 {titles}"
            return outcome
        turn = await talk.say(expected.user or "" if expected.tap is None else expected.tap)
        outcome.turns.append(turn)
        wrong = "；".join(_differences(expected, turn))
        if wrong:
            said = "\n".join(reply["text"] for reply in turn.replies)
            outcome.failure = f"第{number}轮“{expected.user or expected.tap}”：{wrong}\n--- 说的是：\n{said}"
            return outcome
    return outcome


def questions_before_answer(turns: list[Turn]) -> int | None:
    """How many turns asked before the first that answered; None where none did."""
    for number, turn in enumerate(turns):
        if turn.outcome in ("answer", "unknown"):
            return sum(earlier.outcome == "ask" for earlier in turns[:number])
    return None


def record(title: str, turns: list[Turn], typed: list[str]) -> str:
    """A conversation that took place as a dialogue file, to be edited."""
    steps: list[dict[str, Any]] = []
    for turn, text in zip(turns, typed):
        slots = {name: value for name, value in turn.slots.items() if value is not None}
        opening = turn.replies[0]["text"].split("\n")[0] if turn.replies else ""
        steps.append({"user": text, "intent": turn.intent, "outcome": turn.outcome, "slots": slots, "says": [opening]})
    return yaml.safe_dump({"dialogue": title, "turns": steps}, allow_unicode=True, sort_keys=False, width=1000)


def _differences(expected: Expectation, turn: Turn) -> Iterator[str]:
    said = "\n".join(
        [reply["text"] for reply in turn.replies] + [b["title"] for r in turn.replies for b in r["buttons"]]
    )
    if expected.intent is not None and turn.intent != expected.intent:
        yield f"intent 应为 {expected.intent}，是 {turn.intent}（{turn.confidence:.2f}）"
    if expected.outcome is not None and turn.outcome != expected.outcome:
        yield f"outcome 应为 {expected.outcome}，是 {turn.outcome}"
    for name, value in expected.slots.items():
        if turn.slots.get(name) != value:
            yield f"{name} 应为 {value}，是 {turn.slots.get(name)}"
    for fragment in expected.says:
        if fragment not in said:
            yield f"没有说“{fragment}”"
    for fragment in expected.never_says:
        if fragment in said:
            yield f"说了不该说的“{fragment}”"
