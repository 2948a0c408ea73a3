"""When a store was last purged: a clock that jumps ahead deletes nothing."""

import sqlalchemy as sa
from sanic.log import logger

from bot.stores.database import make_tables

# So far ahead of the last purge the clock is doubted, and believed once it has gone on for as long.
_JUMP_SECONDS = 86400

_metadata = sa.MetaData()
_purges = sa.Table(
    "purges",
    _metadata,
    sa.Column("store", sa.String(64), primary_key=True),
    sa.Column("time", sa.Float, nullable=False),
    sa.Column("doubted", sa.Float),  # since when the clock is doubted
)


def may_purge(engine: sa.engine.Engine, store: str, now: float, newest: float | None) -> bool:
    """Whether the clock can be believed; what it shows is remembered for the next time.

    Args:
        engine: the database.
        store: whose purge it is.
        now: what the clock shows.
        newest: the newest time that is stored, which counts as long as there was no purge.
    """
    make_tables(_metadata, engine)
    this = _purges.c.store == store
    with engine.connect() as connection:
        row = connection.execute(sa.select(_purges).where(this)).first()
    last = row.time if row else newest
    doubted = min(row.doubted, now) if row and row.doubted is not None else now
    ahead = 0 if last is None else now - last
    believed = ahead <= _JUMP_SECONDS or now - doubted >= _JUMP_SECONDS
    remembered = {"time": now, "doubted": None} if believed else {"time": last, "doubted": doubted}
    try:
        with engine.begin() as connection:
            statement = sa.update(_purges).where(this) if row else sa.insert(_purges).values(store=store)
            connection.execute(statement.values(**remembered))
    except sa.exc.IntegrityError:
        return False  # another worker has just begun the first purge
    if not believed:
        logger.warning(
            "nothing was deleted: the clock is %.1f days ahead of what was stored last; "
            "if it goes on like this for a day, it is believed",
            ahead / 86400,
        )
    return believed
