"""Sentences that the staff have labelled: proposed by one person, learned after a second one's yes."""

import time
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.dialogue.understand import FOLLOW_UP, OUT_OF_SCOPE
from bot.edge import MAX_CHARACTERS
from bot.errors import BotError
from bot.knowledge.model import Knowledge
from bot.nlu.text import normalise
from bot.privacy import mask
from bot.stores.database import make_tables

OPEN, ACCEPTED, DECLINED, TAKEN = "open", "accepted", "declined", "taken"
_MARKUP = "[]{}"  # by which Rasa marks entities in a sentence
_LONGEST_NAME = 40

_metadata = sa.MetaData()
_proposals = sa.Table(
    "proposals",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("label", sa.String(100), nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("who", sa.String(_LONGEST_NAME), nullable=False),
    sa.Column("time", sa.Float, nullable=False),
    sa.Column("second", sa.String(_LONGEST_NAME)),  # who decided
    sa.Column("decided", sa.Float),
)


@dataclass(frozen=True)
class Proposal:
    """A sentence and what it is said to mean: `intent` or `intent/point`, as in data/nlu."""

    id: int
    text: str
    label: str
    state: str
    who: str
    time: float
    second: str | None
    decided: float | None


def label(knowledge: Knowledge, task: str, point: str) -> str:
    """The label of what was chosen out of two lists: a task, what leans on the conversation, or nothing of ours.

    Args:
        knowledge: what is known.
        task: an id, `follow_up` or `out_of_scope`.
        point: an id; empty for the way itself.

    Raises:
        BotError: there is no such choice.
    """
    if task not in (*knowledge.procedures, FOLLOW_UP, OUT_OF_SCOPE):
        raise BotError("请选一件事。")
    if task == OUT_OF_SCOPE:
        return task
    if task == FOLLOW_UP and not point:
        raise BotError("没有说是哪件事的，请选一个要点。")
    if point and point not in knowledge.points:
        raise BotError("没有这个要点。")
    return f"{task}/{point}" if point else task


def sentence(text: str) -> str:
    """A sentence that can be learned from, on one line; personal data in it is masked.

    Raises:
        BotError: it is none.
    """
    text = mask(" ".join(text.split()))
    if not any(character.isalnum() for character in normalise(text)):
        raise BotError("句子是空的。")
    if len(text) > MAX_CHARACTERS:
        raise BotError(f"句子太长了，最多 {MAX_CHARACTERS} 个字。")
    if not text.isprintable() or any(mark in text for mark in _MARKUP):
        raise BotError("句子里不能有方括号、花括号和看不见的字符。")
    return text


class Proposals:
    """All of them, in the database of conversations."""

    def __init__(self, engine: sa.engine.Engine):
        self._engine, self._made = engine, False

    def add(self, text: str, label: str, who: str) -> Proposal:
        """Propose a sentence (see `sentence`).

        Raises:
            BotError: it is none to learn from, or is proposed already.
        """
        text = sentence(text)
        now = time.time()
        row = {"text": text, "label": label, "state": OPEN, "who": who, "time": now}
        same = sa.select(_proposals.c.id).where(_proposals.c.text == text, _proposals.c.state != DECLINED)
        with self._begin() as connection:
            if connection.execute(same).first():
                raise BotError("这一句已经有人提过了。")
            (id_,) = connection.execute(_proposals.insert().values(row)).inserted_primary_key
        return Proposal(id_, text, label, OPEN, who, now, second=None, decided=None)

    def all(self, *states: str) -> list[Proposal]:
        """Those in some states, the newest first."""
        query = sa.select(_proposals).where(_proposals.c.state.in_(states)).order_by(_proposals.c.id.desc())
        with self._begin() as connection:
            return [Proposal(**row) for row in connection.execute(query).mappings()]

    def decide(self, id_: int, yes: bool, who: str) -> Proposal:
        """Accept or decline one that is open; its own author may only take it back.

        Raises:
            BotError: it is not open any more, or the same person says yes who proposed it.
        """
        this = (_proposals.c.id == id_) & (_proposals.c.state == OPEN)
        with self._begin() as connection:
            found = connection.execute(sa.select(_proposals).where(this)).mappings().first()
            if found and yes and found["who"] == who:
                raise BotError("要由另一个人来同意：自己提的，自己不能同意。")
            decided = {"state": ACCEPTED if yes else DECLINED, "second": who, "decided": time.time()}
            # Of two people who decide at once one comes too late.
            if not found or not connection.execute(sa.update(_proposals).where(this).values(decided)).rowcount:
                raise BotError("这一句已经有人定过了。")
        return Proposal(**{**found, **decided})

    def take(self, ids: list[int]) -> None:
        """Note that these are among the training sentences now."""
        with self._begin() as connection:
            connection.execute(sa.update(_proposals).where(_proposals.c.id.in_(ids)).values(state=TAKEN))

    def _begin(self) -> Any:
        if not self._made:
            make_tables(_metadata, self._engine)
            self._made = True
        return self._engine.begin()
