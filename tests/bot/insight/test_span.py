"""Spans of days."""

import pytest

from bot.errors import BotError
from bot.insight.span import as_date, between, latest


def test_between_two_dates():
    span = between("2026-03-30", "2026-04-01")
    assert [str(as_date(day)) for day in span.days] == ["2026-03-30", "2026-03-31", "2026-04-01"]
    assert span.end - span.begin == 3 * 86400
    assert span.begin == 1774800000  # midnight in China, 16:00 of the day before in UTC


@pytest.mark.parametrize("days", [0, -1, 3661])
def test_days_that_cannot_be_looked_at(days):
    with pytest.raises(BotError, match="天数不对"):
        latest(days)


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-04-01", "2026-03-31"), ("x", "2026-03-31"), ("2026-02-30", ""), ("0001-01-01", "2026-01-01")],
)
def test_dates_that_are_none(first, last):
    with pytest.raises(BotError, match="日期不对"):
        between(first, last)
