"""When a store was last purged: a clock that jumps ahead deletes nothing."""

import sqlalchemy as sa
from sanic.log import logger

from bot.stores.database import make_tables

# So far ahead of the last look the clock is doubted, and believed once looks without another jump span as long.
# A clock that gains less at each look is not noticed: it can't be told from a service that runs for hours only.
_JUMP_SECONDS = 86400

_metadata = sa.MetaData()
_purges = sa.Table(
    "purges",
    _metadata,
    sa.Column("store", sa.String(64), primary_key=True),
    sa.Column("time", sa.Float, nullable=False),  # of the last look, right or wrong
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
    ahead = 0 if last is None else now - last
    doubted = min(row.doubted, now) if row and row.doubted is not None else None
    if ahead > _JUMP_SECONDS:
        # Also when it is doubted already: what it has jumped has not passed.
        doubted = now
    seconds = 0 if doubted is None else doubted + _JUMP_SECONDS - now  # until it is believed
    believed = seconds <= 0
    remembered = {"time": now, "doubted": None if believed else doubted}
    try:
        with engine.begin() as connection:
            statement = sa.update(_purges).where(this) if row else sa.insert(_purges).values(store=store)
            connection.execute(statement.values(**remembered))
    except sa.exc.IntegrityError:
        return False  # another worker has just begun the first purge
    if not believed:
        logger.warning(
            "nothing was deleted: the clock has jumped ahead by more than a day; "
            "if it jumps no more, it is believed in %.1f hours",
            seconds / 3600,
        )
    return believed
