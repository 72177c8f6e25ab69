"""The shape of a right segment as one regular expression, so that right segments, nearly all, cost one match.

A segment that does not match is looked at element by element (`x12.checking`); a match only means that nothing is
wrong. Therefore a shape may be narrower than the rule (it takes days up to 28 without looking further), never wider.
"""

from __future__ import annotations

import re
from functools import cache

from x12.guide import NOT_USED, REQUIRED, Element, Segment

JOINT = "\x1d"
_TEXT = r"[^\x00-\x1f\x7f-\x9f%s]"
_DATE = r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|1\d|2[0-8])"
_TIME = r"(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?"
_MOMENTS = {"DT": _DATE, "DR": f"{_DATE}-{_DATE}", "TM": _TIME}
_FORMATTED = {"DTP": (2, 3), "DMG": (1, 2)}


@cache
def shape(rule: Segment, component: str, repetition: str) -> re.Pattern[str]:
    """What the elements of ``rule`` look like, joined by `JOINT` (the segment id is the first)."""
    inside = re.escape(component + repetition)
    parts = [_element(element, inside, component) for element in rule.elements]
    if rule.id in _FORMATTED:
        parts[_FORMATTED[rule.id][1] - 1] = (f"(?:{_DATE})(?:-{_DATE})?", True)
        parts[_FORMATTED[rule.id][0] - 1] = ("R?D8", True)
    return re.compile(re.escape(rule.id) + _sequence(parts, JOINT), re.ASCII)


def _sequence(parts: list[tuple[str, bool]], joint: str) -> str:
    """The parts behind each other, each with ``joint`` before it; optional ones at the end may be left out."""
    pattern = ""
    for text, required in reversed(parts):
        if required:
            pattern = f"{joint}{text}{pattern}"
        elif _may_end(pattern):
            pattern = f"(?:{joint}(?:{text})?{pattern})?"
        else:
            pattern = f"{joint}(?:{text})?{pattern}"
    return pattern


def _may_end(pattern: str) -> bool:
    return not pattern or (pattern.endswith(")?") and pattern.startswith("(?:"))


def _element(element: Element, inside: str, component: str) -> tuple[str, bool]:
    required = element.usage == REQUIRED
    if element.usage == NOT_USED:
        return "", False
    if element.components:
        parts = [_element(part, inside, component) for part in element.components]
        first, *rest = parts
        joined = _sequence(rest, re.escape(component))
        return f"{first[0] if first[1] else f'(?:{first[0]})?'}{joined}", required
    return _simple(element, inside), required


def _simple(element: Element, inside: str) -> str:
    if element.codes:
        return f"(?:{'|'.join(re.escape(code) for code in sorted(element.codes, key=len, reverse=True))})"
    if element.kind == "R":
        return rf"-?(?:\d{{1,{element.maximum}}}|\d{{0,{max(1, element.maximum - 3)}}}\.\d{{1,3}})"
    if element.kind in _MOMENTS:
        return _MOMENTS[element.kind]
    if element.kind.startswith("N"):
        return rf"-?\d{{{element.minimum},{element.maximum}}}"
    return f"{_TEXT % inside}{{{element.minimum},{element.maximum}}}"
