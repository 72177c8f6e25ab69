"""Elements of a segment as text, number and moment."""

from __future__ import annotations

from datetime import datetime

from x12.checking import is_time, parse_date


def element(segment: list[str], index: int) -> str:
    """The text of an element, ``""`` if the segment is shorter."""
    return segment[index] if index < len(segment) else ""


def number(text: str, default: int = 0) -> int:
    """A control number or count as integer, ``default`` if it is none."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else default


def moment(day: str, time: str) -> datetime | None:
    """Date and time to the minute, None if either is not valid. (X12 carries no time zone.)"""
    found = parse_date(day)
    if found is None or not is_time(time):
        return None
    return datetime(found.year, found.month, found.day, int(time[:2]), int(time[2:4]))  # noqa: DTZ001
