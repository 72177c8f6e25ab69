"""Dates as notes write them: 6/5/2026, 6/5, June 5, "yesterday", "two days ago"; read from the date of service back."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WORDS: Final = {
    w: n for n, w in enumerate(("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), 1)
}
DATE: Final = (
    r"(?:\d{4}-\d{2}-\d{2}|\d{1,2}[/-]\d{1,2}(?:[/-]\d{2,4})?\b(?!/)"
    rf"|(?:{'|'.join(_MONTHS)})[a-z]*\.? \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}}\b)?"
    rf"|yesterday|(?:\d{{1,2}}|{'|'.join(_WORDS)}) days? ago)"
)
"""Pattern for lower-case text."""
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMERIC: Final = re.compile(r"(\d{1,2})[/-](\d{1,2})(?:[/-](\d{2,4}))?")
_NAMED: Final = re.compile(r"([a-z]{3})[a-z]*\.? (\d{1,2})(?:st|nd|rd|th)?(?:,? (\d{4}))?")
_AGO: Final = re.compile(r"(\w+) days? ago")


def read_date(words: str, day_of_service: date) -> date | None:
    """The date that words matched by `DATE` name, None if there is no such day.

    Without a year it is the last such day up to the day of service.
    """
    ago = 1 if words == "yesterday" else _days_ago(words)
    if ago is not None:
        return day_of_service - timedelta(ago)
    try:
        return _written(words, day_of_service)
    except ValueError:
        return None


def _days_ago(words: str) -> int | None:
    found = _AGO.fullmatch(words)
    return (_WORDS.get(found.group(1)) or int(found.group(1))) if found else None


def _written(words: str, day_of_service: date) -> date | None:
    """Raises ValueError for a day that no calendar has."""
    if _ISO.fullmatch(words):
        return date.fromisoformat(words)
    numeric, named = _NUMERIC.fullmatch(words), _NAMED.fullmatch(words)
    if numeric:
        return _last(int(numeric.group(1)), int(numeric.group(2)), numeric.group(3), day_of_service)
    if named and named.group(1) in _MONTHS:
        return _last(_MONTHS.index(named.group(1)) + 1, int(named.group(2)), named.group(3), day_of_service)
    return None


def _last(month: int, day: int, year: str | None, day_of_service: date) -> date:
    if year:
        return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    this_year = date(day_of_service.year, month, day)
    return this_year if this_year <= day_of_service else date(day_of_service.year - 1, month, day)


FULL_MONTHS: Final = 11
"""Between two yearly services of Medicare."""


def full_months(earlier: date, later: date) -> int:
    """Whole calendar months between the two: Medicare counts eleven of them after the month of a yearly service."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month - 1
