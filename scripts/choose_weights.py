"""Chooses the weights of bot/dialogue/ranking.py: those with which the answers that are right win in the labelled conversations.

Run after training: `python -m scripts.choose_weights [--write]`. The folder `conversations/` says for each message which
answers are right. It prints how many messages get one of these from weights that never saw their conversation, and from
the weights of today.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from bot.assistant import Assistant, newest_model
from bot.dialogue import ranking
from bot.dialogue.heard import Understood
from bot.dialogue.plan import plan, remember
from bot.dialogue.ranking import WEIGHTS, Candidate
from bot.dialogue.state import State
from bot.dialogue.understand import understand
from bot.dialogue.update import update
from bot.knowledge.loader import shipped
from bot.knowledge.model import GENERAL
from bot.yamlfile import read_yaml
from scripts.choose_thresholds import CONVERSATIONS, hear

RULES, WAY = "rules", "way"
HELD = ("proposed", "channel", "told")  # raised by hand: see weights.yml
PARTS = 8  # in which the conversations are left out in turn
SHRINKING = 3e-3


@dataclass(frozen=True)
class Turn:
    """A message: its candidates with their signs, shape (candidates, weights), and which of them are right."""

    conversation: int
    signs: NDArray[Any]
    right: NDArray[Any]


def main() -> None:
    """Measure and choose."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the weights where they are read")
    parser.add_argument("folder", type=Path, nargs="?", default=CONVERSATIONS)
    arguments = parser.parse_args()
    names = list(read_yaml(WEIGHTS))
    turns = list(labelled(Assistant.load(newest_model()), arguments.folder, names))
    now = np.array([float(weight) for weight in read_yaml(WEIGHTS).values()])
    print(f"{len(turns)} messages; right with the weights of today {share(turns, lambda _: now):.3f}")
    held = np.array([name in HELD for name in names])
    parts = [fit([t for t in turns if t.conversation % PARTS != part], now, held) for part in range(PARTS)]
    print(f"left out {share(turns, lambda turn: parts[turn.conversation % PARTS]):.3f}")
    chosen = dict(zip(names, fit(turns, now, held).round(2).tolist()))
    print("\n".join(f"{name}: {weight}" for name, weight in chosen.items()))
    if arguments.write:
        lines = WEIGHTS.read_text(encoding="utf-8").splitlines()
        WEIGHTS.write_text("\n".join(map(lambda line: _with(line, chosen), lines)) + "\n", encoding="utf-8")


def labelled(assistant: Assistant, folder: Path, names: list[str]) -> Iterator[Turn]:
    """The messages of the conversations of which an answer that may be given is right."""
    conversations = [c for path in sorted(folder.glob("*.yml")) for c in read_yaml(path)]
    for number, conversation in enumerate(conversations):
        state = State()
        for turn in conversation["turns"]:
            heard = hear(assistant, turn["user"])
            rules = understand(shipped(), state, heard)
            candidates = ranking.gather(shipped(), state, heard, rules)
            right = [is_right(one, turn.get("good", []), state, rules) for one in candidates]
            if any(right):
                signs = np.array([[one.signs.get(name, 0.0) for name in names] for one in candidates])
                yield Turn(number, signs, np.array(right))
            state = after(state, ranking.choose(shipped(), state, heard, rules))


def after(state: State, found: Understood) -> State:
    """The state once a message is answered."""
    told = update(shipped(), state, found)
    return remember(told, plan(shipped(), state, told, found))


def is_right(candidate: Candidate, good: list[str], state: State, rules: Understood) -> bool:
    """Whether a candidate is one of the right answers."""
    if candidate.task is None:
        told = update(shipped(), state, rules)
        shown = plan(shipped(), state, told, rules).shown
        return RULES in good or any(label(key) in good for key in shown if key.count("/") == 2)
    if candidate.entry is None:
        return f"{candidate.task}/{WAY}" in good
    found = shipped().entries(candidate.task if candidate.task != GENERAL else None, candidate.point or "")
    return found is not None and label(f"{found[0]}/{candidate.point}/{candidate.entry}") in good


def fit(turns: list[Turn], now: NDArray[Any], held: NDArray[Any]) -> NDArray[Any]:
    """The weights under which the right answers are likeliest, drawn a little towards nothing, shape (weights,).

    Args:
        turns: the messages.
        now: the weights of today, shape (weights,).
        held: which of them stay as they are, shape (weights,).
    """
    signs = np.vstack([turn.signs for turn in turns])
    given, signs = signs[:, held] @ now[held], signs[:, ~held]
    right = np.concatenate([turn.right for turn in turns])
    counts = np.array([len(turn.right) for turn in turns])
    starts, of = np.cumsum(counts) - counts, np.repeat(np.arange(len(counts)), counts)
    scale = signs.std(axis=0) + 1e-6
    signs = signs / scale

    def loss(weights: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        scores = signs @ weights + given
        says = np.exp(scores - np.maximum.reduceat(scores, starts)[of])
        says /= np.add.reduceat(says, starts)[of]
        won = np.add.reduceat(says * right, starts)
        slope = (says - says * right / won[of]) @ signs / len(counts)
        return float(SHRINKING * weights @ weights - np.log(won).mean()), slope + 2 * SHRINKING * weights

    chosen = now.copy()
    chosen[~held] = minimize(loss, np.zeros(signs.shape[1]), jac=True, method="L-BFGS-B").x / scale
    return chosen


def share(turns: list[Turn], weights: Callable[[Turn], NDArray[Any]]) -> float:
    """Of how many turns a right answer wins."""
    return float(np.mean([turn.right[(turn.signs @ weights(turn)).argmax()] for turn in turns]))


def _with(line: str, chosen: dict[str, float]) -> str:
    """A line of the file with the weight that was chosen; comments stay."""
    name, colon, rest = line.partition(":")
    _, hash_, comment = rest.partition("  #")
    return f"{name}: {chosen[name]}{hash_}{comment}" if colon and name in chosen else line


def label(key: str) -> str:
    """How an entry is named in the conversations: by its cell, and by the first question of those that it answers."""
    task, point, number = key.split("/")
    found = shipped().entries(task if task != GENERAL else None, point)
    asks = found[1][int(number)].asks if found else ()
    return " ".join([f"{task}/{point}", *asks[:1]])


if __name__ == "__main__":
    main()
