"""What was not understood, answered in doubt, answered with silence or voted down: grouped by likeness, newest first."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa

from bot.evaluation import points
from bot.feedback import metadata as votes_metadata
from bot.feedback import votes
from bot.insight import likeness
from bot.insight.span import Span
from bot.privacy import mask
from bot.stores.database import make_tables
from bot.stores.tables import events, metadata, turn_vectors, turns
from bot.stores.turns import DOUBTFUL, MISUNDERSTOOD, SILENT

DISLIKED = "disliked"
KINDS = (MISUNDERSTOOD, DOUBTFUL, SILENT, DISLIKED)
_TEXTS = 3  # different ones that are shown of a group
_KNOWN = 4000  # groups that a sentence is held against, the newest first


@dataclass(frozen=True)
class Said:
    """One message that a person should look at; all that was said is masked."""

    id: int
    text: str
    label: str  # what it was taken for, as `yibao evaluate` writes it; empty where nothing was likely
    answer: str  # the first message that answered it


@dataclass(frozen=True)
class Group:
    """Messages that are like each other.

    Attributes:
        id: of the first of them.
        count: how many they are.
        latest: the time of the newest.
        kinds: how many there are of each kind; a message may be of two.
        said: the newest of them, each wording once.
        comments: what people wrote to their 👎, newest first.
    """

    id: int
    count: int
    latest: float
    kinds: dict[str, int]
    said: tuple[Said, ...]
    comments: tuple[str, ...]


class Misses:
    """Reads them out of the database of conversations."""

    def __init__(self, engine: sa.engine.Engine):
        """Say where they are.

        Args:
            engine: on the database of conversations; first asked at the first use.
        """
        self._engine, self._made = engine, False

    def groups(self, span: Span, kind: str | None = None, start: int = 0, most: int = 20) -> list[Group]:
        """So many groups of a span from a place on, the one with the newest message first; of one kind or all."""
        found = _found(span, kind)
        counts = [sa.func.sum(sa.case((found.c.kind == name, 1), else_=0)).label(name) for name in KINDS]
        newest = sa.func.max(found.c.time)
        count = sa.func.sum(found.c.counts).label("count")
        query = (
            sa.select(found.c.group, count, newest.label("latest"), *counts)
            .group_by(found.c.group)
            .order_by(newest.desc(), found.c.group.desc())
            .offset(start)
            .limit(most)
        )
        with self._connect() as connection:
            rows = connection.execute(query).mappings().all()
            ids = [row["group"] for row in rows]
            of_these = _found(span, kind, ids)
            said = _said(connection, of_these)
            comments = _comments(connection, of_these)
        return [
            Group(
                row["group"],
                row["count"],
                row["latest"],
                {name: row[name] for name in KINDS if row[name]},
                tuple(said.get(row["group"], ())),
                tuple(comments.get(row["group"], ())),
            )
            for row in rows
        ]

    def count(self, span: Span) -> dict[str, int]:
        """How many messages of each kind there are in a span."""
        found = _found(span, None)
        query = sa.select(found.c.kind, sa.func.count()).group_by(found.c.kind)
        with self._connect() as connection:
            return dict(connection.execute(query).all())

    def one(self, id_: int) -> Said | None:
        """A message that should be looked at by its id; None if there is none (any more)."""
        with self._connect() as connection:
            this = sa.select(turns.c.event_id).where(turns.c.event_id == id_, _to_be_looked_at())
            return _read(connection, [id_]).get(id_) if connection.execute(this).first() else None

    def _connect(self) -> sa.engine.Connection:
        if not self._made:
            for tables in (metadata, votes_metadata):
                make_tables(tables, self._engine)
            self._made = True
        return self._engine.connect()

    def group_new(self, most: int) -> int:
        """Find the group of messages that have none yet, of so many of the newest; how many they were."""
        with self._connect() as connection:
            new = sa.select(turns.c.event_id, turns.c.sender_id, turns.c.time)
            new = new.where(turns.c.first.is_(None), _to_be_looked_at())
            found = connection.execute(new.order_by(turns.c.event_id.desc()).limit(most)).all()[::-1]
            ids = [row.event_id for row in found]
            texts = {id_: said.text for id_, said in _read(connection, ids).items()}
            query = (
                sa.select(turn_vectors.c.event_id, turn_vectors.c.vector)
                .order_by(turn_vectors.c.event_id.desc())
                .limit(_KNOWN)
            )
            known = connection.execute(query).all() if ids else []
        if not ids:
            return 0
        said = likeness.vectors([texts.get(id_, "") for id_ in ids])
        rows = np.array([np.frombuffer(row.vector, np.float16) for row in known], dtype=np.float32)
        like = likeness.firsts(ids, said, [row.event_id for row in known], rows)
        made = [
            {**row._mapping, "vector": vector.astype(np.float16).tobytes()}
            for row, first, vector in zip(found, like, said)
            if first == row.event_id
        ]
        this, first = sa.bindparam("this"), sa.bindparam("like")
        note = sa.update(turns).where(turns.c.event_id == this, turns.c.first.is_(None)).values(first=first)
        with self._engine.begin() as connection:
            # Another worker may have looked at them meanwhile: then theirs stays.
            connection.execute(note, [{"this": id_, "like": first} for id_, first in zip(ids, like)])
            there = set(
                connection.execute(sa.select(turn_vectors.c.event_id).where(turn_vectors.c.event_id.in_(ids))).scalars()
            )
            if made := [row for row in made if row["event_id"] not in there]:
                connection.execute(sa.insert(turn_vectors), made)
        return len(ids)


def _to_be_looked_at() -> sa.sql.expression.ColumnElement:
    disliked = sa.select(turns.c.event_id).join(votes, _about()).where(votes.c.value < 0)
    return sa.or_(turns.c.miss.is_not(None), turns.c.event_id.in_(disliked))


def _about() -> sa.sql.expression.ColumnElement:
    """Whether a vote is about an answer to a turn's message: bot.channels.transcript makes their ids."""
    of_it = votes.c.message_id.startswith(turns.c.message_id + "-")
    return sa.and_(votes.c.session_id == turns.c.sender_id, of_it)


def _found(span: Span, kind: str | None, groups: Sequence[int] | None = None) -> sa.sql.expression.Subquery:
    """Every message of the span that should be looked at, once a kind; of some groups or of all."""
    group = sa.func.coalesce(turns.c.first, turns.c.event_id).label("group")
    inside = sa.and_(turns.c.time >= span.begin, turns.c.time < span.end)
    if groups is not None:
        alone = sa.and_(turns.c.first.is_(None), turns.c.event_id.in_(groups))
        inside = sa.and_(inside, sa.or_(turns.c.first.in_(groups), alone))
    own = sa.select(turns.c.event_id, group, turns.c.time, turns.c.miss.label("kind"), sa.literal(1).label("counts"))
    own = own.where(inside, turns.c.miss.is_not(None))
    # What is disliked may stand among the others already.
    counts = sa.literal(1) if kind else sa.case((turns.c.miss.is_(None), 1), else_=0)
    disliked = (
        sa.select(turns.c.event_id, group, turns.c.time, sa.literal(DISLIKED).label("kind"), counts.label("counts"))
        .join(votes, _about())
        .where(inside, votes.c.value < 0)
        .distinct()
    )
    if kind == DISLIKED:
        return disliked.subquery()
    if kind:
        return own.where(turns.c.miss == kind).subquery()
    return sa.union_all(own, disliked).subquery()


def _said(connection: sa.engine.Connection, found: sa.sql.expression.Subquery) -> dict[int, list[Said]]:
    """The newest wordings of each group."""
    messages = sa.select(found.c.group, found.c.event_id).distinct().subquery()
    place = sa.func.row_number().over(partition_by=messages.c.group, order_by=messages.c.event_id.desc())
    numbered = sa.select(messages, place.label("place")).subquery()
    query = sa.select(numbered.c.group, numbered.c.event_id).where(numbered.c.place <= 3 * _TEXTS)
    rows = connection.execute(query.order_by(numbered.c.event_id.desc())).all()
    read = _read(connection, [row.event_id for row in rows])
    said: dict[int, dict[str, Said]] = {}
    for row in rows:
        if row.event_id in read:
            said.setdefault(row.group, {}).setdefault(read[row.event_id].text, read[row.event_id])
    return {group: list(wordings.values())[:_TEXTS] for group, wordings in said.items()}


def _comments(connection: sa.engine.Connection, found: sa.sql.expression.Subquery) -> dict[int, list[str]]:
    query = (
        sa.select(found.c.group, votes.c.comment)
        .select_from(found)
        .join(turns, turns.c.event_id == found.c.event_id)
        .join(votes, _about())
        .where(found.c.kind == DISLIKED, votes.c.value < 0, votes.c.comment.is_not(None))
        .order_by(votes.c.time.desc())
    )
    comments: dict[int, list[str]] = {}
    for group, comment in connection.execute(query):
        own = comments.setdefault(group, [])
        if len(own) < _TEXTS and (said := mask(comment)) not in own:
            own.append(said)
    return comments


def _read(connection: sa.engine.Connection, ids: Iterable[int]) -> dict[int, Said]:
    """The messages with these ids, and what answered each."""
    ids = list(ids)
    users = connection.execute(sa.select(events.c.id, events.c.data).where(events.c.id.in_(ids))).all()
    answers = _answers(connection, ids)
    return {row.id: _as_said(row.id, json.loads(row.data), answers.get(row.id, "")) for row in users}


def _answers(connection: sa.engine.Connection, ids: list[int]) -> dict[int, str]:
    """What was first said after each message."""
    asked, said = turns.alias(), events.alias()
    first = (
        sa.select(sa.func.min(said.c.id))
        .where(said.c.sender_id == asked.c.sender_id, said.c.id > asked.c.event_id, said.c.type_name == "bot")
        .scalar_subquery()
    )
    of_each = sa.select(asked.c.event_id, events.c.data).select_from(asked).join(events, events.c.id == first)
    rows = connection.execute(of_each.where(asked.c.event_id.in_(ids)))
    return {row.event_id: json.loads(row.data).get("text") or "" for row in rows}


def _as_said(id_: int, data: dict[str, Any], answer: str) -> Said:
    parsed = data.get("parse_data") or {}
    # A tapped button is shown by its title.
    text = (data.get("metadata") or {}).get("title") or data.get("text") or ""
    return Said(id_, mask(text), _label(parsed), mask(answer))


def _label(parsed: dict[str, Any]) -> str:
    """What a message was likeliest taken for: intent, and point where one was found."""
    ranking = [entry["name"] for entry in parsed.get("intent_ranking") or [] if entry["name"] != "nlu_fallback"]
    guess = ranking[0] if ranking else ""
    understood = parsed.get("understood")
    if not guess or understood is None or parsed["intent"]["name"] == "nlu_fallback":
        return guess
    named = sorted(points(understood, guess))
    return f"{guess}/{named[0]}" if named else guess
