"""Checks the elements of one segment against its declaration; what is wrong is reported as IK403 codes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache, lru_cache

from x12.amounts import decimal
from x12.findings import Report, Severity
from x12.guide import NOT_USED, REQUIRED, Element, Segment

_MESSAGES = {
    "1": ("a required element is missing", "Fill it in."),
    "2": ("an element is missing that another one requires", "Fill it in or leave both out."),
    "3": ("there are more elements than the segment has", "Remove what is behind the last one."),
    "4": ("the element is too short", "Send the whole value."),
    "5": ("the element is too long", "Shorten it."),
    "6": ("the element holds a character that it must not", "Correct the value."),
    "7": ("the code is not one of this element's", "Use a code of the guide."),
    "8": ("the date is not valid", "Send CCYYMMDD, a range as CCYYMMDD-CCYYMMDD."),
    "9": ("the time is not valid", "Send HHMM or HHMMSS."),
    "10": ("two elements exclude each other", "Leave one out."),
    "12": ("the element is repeated too often", "Send fewer repetitions."),
    "13": ("the composite has too many components", "Remove what is behind the last one."),
    "I10": ("the guide does not use this element", "Leave it empty."),
}
_SYNTAX_ONLY = frozenset(["3", "4", "5", "6", "8", "9", "12", "13"])
MAX_LENGTH_DIGITS = 15
_COUNTED = {"BIN": (1, 2), "BDS": (2, 3)}
"""Where a length and the binary data of that length stand."""
_FORMATTED = {"DTP": (2, 3), "DMG": (1, 2), "PAT": (5, 6)}


@lru_cache(maxsize=8192)
def parse_date(text: str) -> date | None:
    """The date of ``CCYYMMDD``, None if there is no such day."""
    if len(text) != 8 or not text.isascii() or not text.isdigit():
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def parse_range(text: str) -> tuple[date, date] | None:
    """Both dates of ``CCYYMMDD-CCYYMMDD``."""
    first, _, last = text.partition("-")
    start, end = parse_date(first), parse_date(last)
    return (start, end) if start and end else None


def is_time(text: str) -> bool:
    """True for HHMM, HHMMSS, HHMMSSD or HHMMSSDD."""
    if not text.isascii() or not text.isdigit() or len(text) not in (4, 6, 7, 8):
        return False
    return int(text[:2]) < 24 and int(text[2:4]) < 60 and (len(text) == 4 or int(text[4:6]) < 60)


@cache
def _plan(rule: Segment) -> tuple[tuple[int, Element], ...]:
    """The elements worth looking at, with their index in the segment."""
    return tuple(enumerate(rule.elements, 1))


class Place:
    """Where the checks are: the loop and position, and the delimiters inside elements. One per transaction set."""

    __slots__ = ("component", "loop", "position", "repetition", "report")

    def __init__(self, report: Report, component: str, repetition: str) -> None:
        self.report = report
        self.component = component
        self.repetition = repetition
        self.loop = ""
        self.position = 0

    def note(self, error: str, segment_id: str, index: int, part: int = 0, value: str = "") -> None:
        """Report an IK403 code at an element or component of the present segment."""
        message, action = _MESSAGES[error]
        self.report.add(
            f"IK403-{error}",
            message,
            action,
            severity=Severity.ERROR,
            snip=1 if error in _SYNTAX_ONLY else 2,
            loop=self.loop,
            segment=segment_id,
            position=self.position,
            element=f"{segment_id}{index:02d}" + (f"-{part}" if part else ""),
            value=value,
        )

    def note_empty(self, segment_id: str) -> None:
        """Report that the present segment has an id and nothing else (X12.6: a segment has at least one element)."""
        message, action = "the segment has no element", "Fill it in or leave it out."
        self.report.add("IK304-8", message, action, loop=self.loop, segment=segment_id, position=self.position)


def check_elements(rule: Segment, segment: list[str], place: Place) -> None:
    """Report every element of ``segment`` that is not as ``rule`` declares it."""
    length = len(segment)
    if length == 1:
        place.note_empty(rule.id)
    for index, element in _plan(rule):
        value = segment[index] if index < length else ""
        if not value:
            if element.usage == REQUIRED:
                place.note("1", rule.id, index)
        elif element.components:
            _check_composite(rule.id, index, element, value, place)
        elif value not in element.codes:
            error = _error(element, value) or _separator_error(element, value, place)
            if error:
                place.note(error, rule.id, index, value=value)
    if length - 1 > len(rule.elements) and any(segment[len(rule.elements) + 1 :]):
        place.note("3", rule.id, len(rule.elements) + 1)
    if rule.syntax:
        _check_syntax(rule, segment, place)
    if rule.id in _FORMATTED:
        _check_format(rule.id, segment, place)
    if rule.id in _COUNTED:
        _check_length(rule.id, segment, place)


def _error(element: Element, value: str) -> str:
    """The IK403 code of what is wrong with a simple element, ``""`` if nothing is."""
    if element.codes:
        return "" if value in element.codes else "7"
    if element.usage == NOT_USED:
        return "I10"
    if element.kind == "R":
        return _number_error(element, value)
    if len(value) > element.maximum and len(value.rstrip()) > element.maximum:
        return "5"
    return "4" if len(value) < element.minimum else _FORMS[element.kind](value)


def _separator_error(element: Element, value: str, place: Place) -> str:
    """The IK403 code where a simple element holds a separator of composites or repetitions."""
    holds_component = place.component in value
    holds_repetition = place.repetition != "" and place.repetition in value and element.repeat == 1
    return "6" if element.kind != "B" and (holds_component or holds_repetition) else ""


def _date_error(value: str) -> str:
    return "" if len(value) != 8 or parse_date(value) else "8"


def _range_error(value: str) -> str:
    return "" if parse_range(value) else "8"


def _integer_error(value: str) -> str:
    return "" if value.isascii() and value.lstrip("-").isdigit() else "6"


def _text_error(value: str) -> str:
    return "" if value.isprintable() else "6"


_FORMS: dict[str, Callable[[str], str]] = {
    "DT": _date_error,
    "DR": _range_error,
    "TM": lambda value: "" if is_time(value) else "9",
    "B": lambda value: "",
    "N0": _integer_error,
    "N2": _integer_error,
    "AN": _text_error,
    "ID": _text_error,
}


def _number_error(element: Element, value: str) -> str:
    if value.isascii() and value.isdigit():
        return "5" if len(value) > element.maximum else ""
    if decimal(value) is None or "+" in value or value.endswith("."):
        return "6"
    return "5" if len(value.lstrip("+-").replace(".", "")) > element.maximum else ""


def _check_composite(segment_id: str, index: int, element: Element, value: str, place: Place) -> None:
    repetition = place.repetition
    repeats = value.split(repetition) if repetition and repetition in value else [value]
    if element.repeat and len(repeats) > element.repeat:
        place.note("12", segment_id, index)
    for repeated in repeats:
        parts = repeated.split(place.component)
        for at, declared in enumerate(element.components, 1):
            part = parts[at - 1] if at <= len(parts) else ""
            if not part:
                if declared.usage == REQUIRED:
                    place.note("1", segment_id, index, at)
            elif part not in declared.codes and (error := _error(declared, part)):
                place.note(error, segment_id, index, at, part)
        if len(parts) > len(element.components) and any(parts[len(element.components) :]):
            place.note("13", segment_id, index)


def holds(rule: Segment, segment: list[str]) -> bool:
    """True if all relations between elements hold. Most segments end before the first of them begins."""
    length = len(segment)
    for relation in rule.syntax:  # noqa: SIM110 - a hot loop; a generator costs twice as much
        if relation.begin < length and relation.violated(segment):
            return False
    return True


def _check_syntax(rule: Segment, segment: list[str], place: Place) -> None:
    for relation in rule.syntax:
        if at := relation.violated(segment):
            place.note("10" if relation.kind == "E" else "2", rule.id, at)


def _check_format(segment_id: str, segment: list[str], place: Place) -> None:
    at_format, at_value = _FORMATTED[segment_id]
    if len(segment) <= at_value or not segment[at_value]:
        return
    value = segment[at_value]
    valid = _FORMATS.get(segment[at_format])
    if valid is not None and not valid(value):
        place.note("9" if segment[at_format] == "TM" else "8", segment_id, at_value, value=value)


_FORMATS: dict[str, Callable[[str], object]] = {
    "D8": parse_date,
    "RD8": parse_range,
    "TM": is_time,
    "DT": lambda value: parse_date(value[:8]) and is_time(value[8:]),
}


def _check_length(segment_id: str, segment: list[str], place: Place) -> None:
    at_length, at_data = _COUNTED[segment_id]
    if len(segment) > at_data and segment[at_length].isdecimal() and len(segment[at_length]) <= MAX_LENGTH_DIGITS:
        length, found = int(segment[at_length]), len(segment[at_data])
        if found != length:
            place.note("5" if found > length else "4", segment_id, at_data)
