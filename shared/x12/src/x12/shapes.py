"""The shape of what is right as a regular expression, so that right segments, nearly all, cost one match.

What does not match is looked at element by element (`x12.checking`) and segment by segment (`x12.walking`); a match
only means that nothing is wrong. Therefore a shape may be narrower than the rule (it takes days up to 28 without
looking further, and loops whose segments stand in the guide's order), never wider.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from x12.envelope import Delimiters
from x12.guide import NOT_USED, REQUIRED, Element, Guide, Loop, Segment

JOINT = "\x1d"
_DATE = r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|1\d|2[0-8])"
_TIME = r"(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?"
_FORMATTED = {"DTP": (2, 3), "DMG": (1, 2), "PAT": (5, 6)}
_FORMAT = r"(?:D8(?=.\d{8}(?!-))|RD8(?=.\d{8}-))"
"""A date's format, with the date of that format behind it."""

_NEVER = "(?!)"
_MISTAKABLE = re.compile(r"[\w .+-]")
_KINDS = {"DT": _DATE, "DR": f"{_DATE}-{_DATE}", "TM": _TIME, "B": _NEVER}
"""What elements of these types look like; binary ones are always looked at, because of their length."""

_Part = tuple[str, str, bool]
"""What an element looks like, what it looks like where it is empty, and whether it is required."""


@cache
def shape(rule: Segment, component: str, repetition: str) -> re.Pattern[str]:
    """What the elements of ``rule`` look like, joined by `JOINT` (the segment id is the first).

    Relations between elements are not in it.
    """
    inside = component + repetition
    parts = _parts(rule, component, inside)
    return re.compile(f"{re.escape(rule.id)}(?={JOINT}){_sequence(parts, JOINT)}", re.ASCII)


@cache
def unit_shape(guide: Guide, delimiters: Delimiters) -> re.Pattern[str] | None:
    """What a unit of ``guide`` looks like in a file, up to a segment that ends it; None if a unit is not so simple.

    Simple is one kind of unit, whose inner loops hold no loops and are told by the id of their first segment; and
    delimiters that differ and cannot be in a number.
    """
    ways = list(_ways(guide.root, guide.units, ()))
    needed = delimiters.element, delimiters.component, delimiters.segment
    if (
        len(ways) != 1
        or not all(needed)
        or len({*needed, delimiters.repetition}) < 4
        or _MISTAKABLE.search("".join((*needed, delimiters.repetition)))
    ):
        return None
    above, unit = ways[0]
    inner = {rule.id for loop in (unit, *unit.loops) for rule in loop.segments}
    if any(nested.loops or _count(unit, nested.opener.id) > 1 for nested in unit.loops):
        return None
    behind = {rule.id for loop in above for rule in loop.segments} - inner | {unit.opener.id, "SE"}
    element = re.escape(delimiters.element)
    ends = f"(?=(?:{'|'.join(sorted(behind))}){element})"
    return re.compile(_loop(unit, delimiters) + ends, re.ASCII)


def _ways(loop: Loop, units: Iterable[str], above: tuple[Loop, ...]) -> Iterator[tuple[tuple[Loop, ...], Loop]]:
    if loop.id in units:
        yield above, loop
        return
    for nested in loop.loops:
        yield from _ways(nested, units, (*above, loop))


def _count(unit: Loop, segment_id: str) -> int:
    return sum(rule.id == segment_id for loop in (unit, *unit.loops) for rule in loop.segments)


def _loop(loop: Loop, delimiters: Delimiters) -> str:
    """The segments of a loop and the loops inside it, in the guide's order; of one order the required ones first."""
    inner: list[tuple[int, bool, str, int]] = [
        (rule.order, rule.usage != REQUIRED, _segment(rule, delimiters), rule.max_use) for rule in loop.segments[1:]
    ]
    inner += [
        (nested.order, nested.usage != REQUIRED, _loop(nested, delimiters), nested.repeat) for nested in loop.loops
    ]
    inner.sort(key=lambda each: each[:2])
    return _segment(loop.opener, delimiters) + "".join(
        f"(?:{pattern}){_times(0 if optional else 1, limit)}" for _, optional, pattern, limit in inner
    )


def _times(least: int, most: int) -> str:
    """A quantifier that gives nothing back: what follows cannot begin as what was taken does."""
    if most == 1:
        return "" if least else "?+"
    return f"{{{least},{most or ''}}}+"


def _segment(rule: Segment, delimiters: Delimiters) -> str:
    inside = delimiters.component + delimiters.repetition + delimiters.element + delimiters.segment
    joint = re.escape(delimiters.element)
    parts, end = _parts(rule, delimiters.component, inside), _end(rule)
    if any(required for _, _, required in parts[end:]):
        return _NEVER
    elements = _sequence(list(_grouped(parts[:end], _groups(rule), joint)), joint)
    return f"{re.escape(rule.id)}(?={joint}){elements}{re.escape(delimiters.segment)}"


def _groups(rule: Segment) -> dict[int, tuple[int, bool]]:
    """Neighbours that need each other, by the first one's position: how many they are, and if the last may be empty."""
    groups = {}
    for relation in rule.syntax:
        first, size = relation.positions[0], len(relation.positions)
        neighbours = relation.positions == tuple(range(first, first + size))
        if neighbours and (relation.kind, size) in (("P", 2), ("L", 3)):
            groups[first] = (size, relation.kind == "L")
    return groups


def _end(rule: Segment) -> int:
    """How many elements there may be so that no relation is at stake that `_groups` does not know."""
    groups = _groups(rule)
    required = {at for at, element in enumerate(rule.elements, 1) if element.usage == REQUIRED}
    end = len(rule.elements)
    for relation in rule.syntax:
        first, *others = relation.positions
        kept = required.issuperset(relation.positions)
        if relation.kind == "R":
            kept = not required.isdisjoint(relation.positions)
        elif relation.kind == "C" and not kept:
            kept = any(at < first < at + size and others == [at] for at, (size, triplet) in groups.items() if triplet)
        elif relation.kind in "PL" and not kept:
            kept = first in groups
        if not kept:
            end = min(end, relation.begin - 1)
    return max(0, end)


def _grouped(parts: list[_Part], groups: dict[int, tuple[int, bool]], joint: str) -> Iterator[_Part]:
    at = 1
    while at <= len(parts):
        size, last_is_optional = groups.get(at, (1, False))
        members = parts[at - 1 : at - 1 + size]
        if size == 1 or len(members) < size:
            yield from members
        else:
            texts = [text for text, _, _ in members]
            if last_is_optional:
                texts[-1] = _optional(texts[-1])
            yield joint.join(texts), joint * (size - 1), any(required for _, _, required in members)
        at += size


def _parts(rule: Segment, component: str, inside: str) -> list[_Part]:
    parts = [_element(element, re.escape(inside), component) for element in rule.elements]
    at_format, at_value = _FORMATTED.get(rule.id, (0, 0))
    if 0 < at_value <= len(parts):
        for at, text in ((at_format, _FORMAT), (at_value, f"(?:{_DATE})(?:-{_DATE})?")):
            parts[at - 1] = (text, "", parts[at - 1][2])
    return parts


def _sequence(parts: list[_Part], joint: str) -> str:
    """The parts behind each other, each with ``joint`` before it; optional ones at the end may be left out.

    What was taken is never given back: there is one way only to take it, and looking for others would take time that
    doubles with every element.
    """
    pattern = ""
    for text, empty, required in reversed(parts):
        if required:
            pattern = f"{joint}{text}{pattern}"
        elif _may_end(pattern):
            pattern = f"(?:{joint}{_optional(text, empty)}{pattern})?+"
        else:
            pattern = f"{joint}{_optional(text, empty)}{pattern}"
    return pattern


def _optional(text: str, empty: str = "") -> str:
    if empty:
        return f"(?>{text}|{empty})"
    return f"(?:{text})?+" if text else ""


def _may_end(pattern: str) -> bool:
    return not pattern or (pattern.endswith(")?+") and pattern.startswith("(?:"))


def _element(element: Element, inside: str, component: str) -> _Part:
    required = element.usage == REQUIRED
    if element.usage == NOT_USED:
        return "", "", False
    if element.components:
        parts = [_element(part, inside, component) for part in element.components]
        (first, _, needed), *rest = parts
        joined = _sequence(rest, re.escape(component))
        return f"{first if needed else _optional(first)}{joined}", "", required
    return _simple(element, inside), "", required


def _number(digits: int) -> str:
    """A decimal number; the last three of ``digits`` are left to decimals."""
    if digits < 4:
        return rf"-?\d{{1,{digits}}}"
    return rf"-?(?:\d{{1,{digits - 3}}}(?:\.\d{{1,3}})?+|\.\d{{1,3}})"


def _simple(element: Element, inside: str) -> str:
    if element.codes:
        return f"(?:{'|'.join(re.escape(code) for code in sorted(element.codes, key=len, reverse=True))})"
    if element.kind == "R":
        return _number(element.maximum)
    if element.kind in _KINDS:
        return _KINDS[element.kind]
    if element.kind.startswith("N"):
        return rf"-?\d{{{element.minimum},{element.maximum}}}"
    return rf"[^\x00-\x1f\x7f-\x9f{inside}]{{{element.minimum},{element.maximum}}}"
