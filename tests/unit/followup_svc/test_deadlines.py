"""Business days and federal holidays."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from followup_svc.deadlines import add_business_days, due_on, federal_holidays, is_business_day
from hypothesis import given
from hypothesis import strategies as st


def test_the_federal_holidays_of_two_years() -> None:
    assert sorted(federal_holidays(2026)) == [
        date(2026, 1, 1),
        date(2026, 1, 19),
        date(2026, 2, 16),
        date(2026, 5, 25),
        date(2026, 6, 19),
        date(2026, 7, 3),  # the 4th is a Saturday
        date(2026, 9, 7),
        date(2026, 10, 12),
        date(2026, 11, 11),
        date(2026, 11, 26),
        date(2026, 12, 25),
    ]
    assert date(2021, 12, 31) in federal_holidays(2021), "New Year's Day 2022 was a Saturday"


@pytest.mark.parametrize(
    ("start", "days", "calendar", "due"),
    [
        (date(2026, 9, 1), 10, "business", date(2026, 9, 16)),
        (date(2026, 9, 5), 0, "business", date(2026, 9, 8)),  # Saturday before Labor Day
        (date(2026, 9, 5), 1, "business", date(2026, 9, 9)),
        (date(2026, 12, 24), 1, "business", date(2026, 12, 28)),
        (date(2026, 1, 31), 60, "calendar", date(2026, 4, 1)),
    ],
)
def test_deadlines(start: date, days: int, calendar: str, due: date) -> None:
    assert due_on(start, days, calendar) == due


@given(st.dates(date(2000, 1, 1), date(2060, 1, 1)), st.integers(0, 40))
def test_a_deadline_is_a_business_day_with_that_many_before_it(start: date, days: int) -> None:
    due = add_business_days(start, days)
    assert is_business_day(due)
    between = sum(is_business_day(start + timedelta(days=n)) for n in range(1, (due - start).days + 1))
    assert between == days + (0 if is_business_day(start) else 1)
