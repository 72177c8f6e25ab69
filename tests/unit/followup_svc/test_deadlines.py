"""Deadlines in business and calendar days."""

from __future__ import annotations

from datetime import date

import pytest
from followup_svc.deadlines import due_on


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
