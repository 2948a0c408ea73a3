"""The tables of conversations, and what every turn asks of them."""

import sqlalchemy as sa
from rasa.shared.core.events import BotUttered, UserUttered

# A turn reads at most so many events (about ten a turn); beyond, the older ones become a summary of what they led to.
MAX_EVENTS = 120

metadata = sa.MetaData()
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # only INTEGER counts up by itself in SQLite

# As in Rasa's own table, but with room for more than 2^31 events.
events = sa.Table(
    "events",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("sender_id", sa.String(255), nullable=False),
    sa.Column("type_name", sa.String(255), nullable=False),
    sa.Column("timestamp", sa.Float, index=True),
    sa.Column("intent_name", sa.String(255)),
    sa.Column("action_name", sa.String(255)),
    sa.Column("data", sa.Text),
    sa.Index("ix_events_sender", "sender_id", "id"),
)
# Where the part of a conversation begins that a turn reads, and how often it was written.
conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("sender_id", sa.String(255), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("updated", sa.Float, nullable=False, index=True),
    sa.Column("start", _ID, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
)
# Messages by the id that their sender gave them: the same one is never taken twice.
heard = sa.Table(
    "heard",
    metadata,
    sa.Column("sender_id", sa.String(255), primary_key=True),
    sa.Column("client_message_id", sa.String(255), primary_key=True),
    sa.Column("event_id", _ID, nullable=False),
    sa.Column("time", sa.Float, nullable=False, index=True),
)
# What each turn came to, without a word of what was said: the staff's figures are read from it.
turns = sa.Table(
    "turns",
    metadata,
    sa.Column("event_id", _ID, primary_key=True, autoincrement=False),  # of the message in `events`, which has the text
    sa.Column("sender_id", sa.String(255), nullable=False),
    sa.Column("message_id", sa.String(64)),  # by which votes name what answered it
    sa.Column("time", sa.Float, nullable=False, index=True),
    sa.Column("day", sa.Integer, nullable=False),  # since 1970, as China's calendars have it
    sa.Column("channel", sa.String(64)),
    sa.Column("task", sa.String(64)),  # that it was about
    sa.Column("point", sa.String(64)),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("ms", sa.Integer),  # until it was answered
    sa.Column("miss", sa.String(16)),  # why a person should look at it, if one should
    sa.Column("first", _ID, index=True),  # of the messages that are like it the first, once somebody has looked
    sa.Index("ix_turns_sender", "sender_id", "message_id"),
)
_missed = turns.c.miss.is_not(None)
sa.Index(
    "ix_turns_missed",
    turns.c.time,
    turns.c.miss,
    turns.c.first,
    turns.c.event_id,
    postgresql_where=_missed,
    sqlite_where=_missed,
)
# Apart, so that counting turns reads no vectors.
turn_vectors = sa.Table(
    "turn_vectors",
    metadata,
    sa.Column("event_id", _ID, primary_key=True, autoincrement=False),  # of a message that others are like
    sa.Column("sender_id", sa.String(255), nullable=False, index=True),
    sa.Column("time", sa.Float, nullable=False),
    sa.Column("vector", sa.LargeBinary, nullable=False),  # the sentence encoder's, 512 half floats
)
# What the check writes, to see whether it can.
checks = sa.Table(
    "checks",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

# Written once: building and caching a statement anew took longer than the database's answer.
_sender = sa.bindparam("sender")
FIND = sa.select(conversations.c.version, conversations.c.start, conversations.c.summary).where(
    conversations.c.sender_id == _sender
)
READ = (
    sa.select(events.c.id, events.c.type_name, events.c.data)
    .where(events.c.sender_id == _sender, events.c.id >= sa.bindparam("start"))
    .order_by(events.c.id)
)
READ_TURN = READ.limit(MAX_EVENTS)
READ_SAID = READ.where(events.c.type_name.in_((UserUttered.type_name, BotUttered.type_name)))
NEWEST = (
    sa.select(events.c.id)
    .where(events.c.sender_id == _sender)
    .order_by(events.c.id.desc())
    .limit(sa.bindparam("count"))
)
FIND_HEARD = sa.select(heard.c.event_id).where(
    heard.c.sender_id == _sender, heard.c.client_message_id == sa.bindparam("message")
)
CLAIM = (
    sa.update(conversations)
    .where(conversations.c.sender_id == _sender, conversations.c.version == sa.bindparam("read"))
    .values(version=conversations.c.version + 1, updated=sa.bindparam("now"))
)
BEGIN = sa.insert(conversations).values(version=1, start=0, summary="[]")
MOVE = (
    sa.update(conversations)
    .where(conversations.c.sender_id == _sender)
    .values(start=sa.bindparam("first"), summary=sa.bindparam("short"))
)
SENDERS = sa.select(conversations.c.sender_id)
LAST_WRITTEN = sa.select(sa.func.max(conversations.c.updated))
EDIT = sa.update(events).where(events.c.id == sa.bindparam("event")).values(data=sa.bindparam("told"))
EMPTY_CHECKS = sa.delete(checks).where(checks.c.id != sa.bindparam("kept"))
FORGET = tuple(
    sa.delete(table).where(table.c.sender_id == _sender)
    for table in (events, heard, conversations, turns, turn_vectors)
)
PURGE = tuple(
    sa.delete(column.table).where(column < sa.bindparam("before"))
    for column in (events.c.timestamp, heard.c.time, conversations.c.updated, turns.c.time, turn_vectors.c.time)
)
