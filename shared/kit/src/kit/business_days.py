"""Business days: Monday to Friday without the federal holidays, which are computed by rule for any year."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Final

_ONE_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_JUNE: Final = 6
_FIXED: Final = ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))
"""Month and day of those that fall on a date: on a Saturday they are kept on Friday, on a Sunday on Monday."""
_JUNETEENTH_SINCE: Final = 2021


def business_days(after: date, until: date) -> int:
    """Business days after a day up to and with another; zero if the second is not later."""
    return sum(is_business_day(after + timedelta(days)) for days in range(1, (until - after).days + 1))


def add_business_days(start: date, days: int) -> date:
    """The `days`-th business day after `start` (the same day, or the next business day, for zero)."""
    day = start
    while not is_business_day(day):
        day += _ONE_DAY
    for _ in range(days):
        day += _ONE_DAY
        while not is_business_day(day):
            day += _ONE_DAY
    return day


def is_business_day(day: date) -> bool:
    """Neither weekend nor federal holiday."""
    return day.weekday() < _SATURDAY and day not in federal_holidays(day.year)


@lru_cache(maxsize=64)
def federal_holidays(year: int) -> frozenset[date]:
    """Days on which federal offices are closed (5 U.S.C. 6103): observed dates that fall in `year`."""
    fixed = [date(y, *day) for y in (year, year + 1) for day in _FIXED]
    observed = {_observed(day) for day in fixed if day.month != _JUNE or day.year >= _JUNETEENTH_SINCE}
    floating = {
        _nth_weekday(year, 1, 0, 3),  # Martin Luther King
        _nth_weekday(year, 2, 0, 3),  # Washington
        _last_monday(year, 5),  # Memorial Day
        _nth_weekday(year, 9, 0, 1),  # Labor Day
        _nth_weekday(year, 10, 0, 2),  # Columbus
        _nth_weekday(year, 11, 3, 4),  # Thanksgiving
    }
    return frozenset(day for day in observed | floating if day.year == year)


def _observed(holiday: date) -> date:
    if holiday.weekday() == _SATURDAY:
        return holiday - _ONE_DAY
    return holiday + _ONE_DAY if holiday.weekday() > _SATURDAY else holiday


def _nth_weekday(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _last_monday(year: int, month: int) -> date:
    day = date(year, month + 1, 1) - _ONE_DAY
    return day - timedelta(days=day.weekday())
