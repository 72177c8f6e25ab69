"""Deadlines. Dates come in from the caller's clock; nothing here asks what time it is."""

from __future__ import annotations

from datetime import date, timedelta

from kit.business_days import add_business_days


def due_on(start: date, days: int, calendar: str) -> date:
    """The date `days` after `start`, counted in `business` or `calendar` days; days >= 0."""
    if calendar == "calendar":
        return start + timedelta(days=days)
    return add_business_days(start, days)
