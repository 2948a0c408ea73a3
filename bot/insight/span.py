"""Spans of days, as China's calendars have them."""

import time
from dataclasses import dataclass
from datetime import date, timedelta, timezone

from bot.errors import BotError
from bot.stores.turns import begin_of, day_of

LONGEST = 3660  # days: what retention may be, and a little more
CHINA = timezone(timedelta(hours=8))
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Span:
    """From one day to another, both included, counted from 1970."""

    first: int
    last: int

    @property
    def days(self) -> range:
        """Its days."""
        return range(self.first, self.last + 1)

    @property
    def begin(self) -> float:
        """The time at which it begins."""
        return begin_of(self.first)

    @property
    def end(self) -> float:
        """The time at which it is over."""
        return begin_of(self.last + 1)


def latest(days: int) -> Span:
    """So many days up to today.

    Raises:
        BotError: not a number of days that can be looked at.
    """
    if not 1 <= days <= LONGEST:
        raise BotError(f"天数不对：{days}，应为 1 到 {LONGEST}")
    today = day_of(time.time())
    return Span(today - days + 1, today)


def between(first: str, last: str) -> Span:
    """From one day to another, written as 2026-03-31.

    Raises:
        BotError: not two days in this order.
    """
    try:
        begin, end = ((date.fromisoformat(day) - _EPOCH).days for day in (first, last))
    except ValueError:
        raise BotError("日期不对，应写成 2026-03-31") from None
    if begin > end or end - begin >= LONGEST:
        raise BotError(f"日期不对：前一个要早于后一个，最多 {LONGEST} 天")
    return Span(begin, end)


def as_date(day: int) -> date:
    """A day as a date."""
    return _EPOCH + timedelta(days=day)
