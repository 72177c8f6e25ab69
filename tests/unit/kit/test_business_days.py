"""Business days and federal holidays."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.business_days import add_business_days, business_days, federal_holidays, is_business_day


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
    ("year", "floating"),
    [
        (2024, ("01-15", "02-19", "05-27", "09-02", "10-14", "11-28")),
        (2025, ("01-20", "02-17", "05-26", "09-01", "10-13", "11-27")),
        (2027, ("01-18", "02-15", "05-31", "09-06", "10-11", "11-25")),
    ],
)
def test_holidays_on_a_weekday_of_their_month(year: int, floating: tuple[str, ...]) -> None:
    assert {date.fromisoformat(f"{year}-{day}") for day in floating} <= federal_holidays(year)


@pytest.mark.parametrize(
    ("kept", "because"),
    [
        ("2022-06-20", "Juneteenth 2022 was a Sunday"),
        ("2022-12-26", "Christmas 2022 was a Sunday"),
        ("2023-01-02", "New Year's Day 2023 was a Sunday"),
        ("2023-11-10", "Veterans Day 2023 was a Saturday"),
        ("2027-06-18", "Juneteenth 2027 is a Saturday"),
        ("2027-07-05", "Independence Day 2027 is a Sunday"),
        ("2027-12-24", "Christmas 2027 is a Saturday"),
        ("2027-12-31", "New Year's Day 2028 is a Saturday"),
    ],
)
def test_holidays_of_a_weekend_are_kept_beside_it(kept: str, because: str) -> None:
    assert not is_business_day(date.fromisoformat(kept)), because


def test_what_is_no_holiday() -> None:
    assert is_business_day(date(2020, 6, 19)), "Juneteenth became one in 2021"
    assert is_business_day(date(2026, 11, 27)), "the day after Thanksgiving is a state's matter"
    assert len(federal_holidays(2021)) == 12 and len(federal_holidays(2022)) == 10


@pytest.mark.parametrize(
    ("after", "until", "days"),
    [
        ("2026-07-02", "2026-07-06", 1),  # Friday is a holiday
        ("2026-07-02", "2026-07-07", 2),
        ("2026-05-22", "2026-05-26", 1),  # Memorial Day
        ("2026-06-05", "2026-06-09", 2),
        ("2026-06-05", "2026-06-05", 0),
        ("2026-06-05", "2026-06-01", 0),
    ],
)
def test_days_between(after: str, until: str, days: int) -> None:
    assert business_days(date.fromisoformat(after), date.fromisoformat(until)) == days


@given(st.dates(date(2000, 1, 1), date(2060, 1, 1)), st.integers(0, 40))
def test_a_deadline_is_a_business_day_with_that_many_before_it(start: date, days: int) -> None:
    due = add_business_days(start, days)
    assert is_business_day(due)
    between = sum(is_business_day(start + timedelta(days=n)) for n in range(1, (due - start).days + 1))
    assert between == days + (0 if is_business_day(start) else 1)
