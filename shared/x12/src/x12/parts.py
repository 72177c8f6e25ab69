"""A loop as rules see it: its segments by id, and the amounts and adjustments in them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from x12.amounts import cents, decimal
from x12.checking import parse_date, parse_range
from x12.rules import At, Context, text
from x12.walking import Node

Period = tuple[date, date]


def money(segment: list[str], index: int) -> int | None:
    """Cents of an element, None if it is empty or no amount."""
    return cents(value) if (value := text(segment, index)) else None


def number(segment: list[str], index: int) -> Decimal | None:
    """The decimal of an element, None if it is empty or no number."""
    return decimal(text(segment, index))


def period(segment: list[str]) -> Period | None:
    """First and last day of a DTP, None if it has no valid date."""
    value = text(segment, 3)
    if text(segment, 2) == "RD8":
        return parse_range(value)
    day = parse_date(value)
    return (day, day) if day else None


class Triplet(NamedTuple):
    """One adjustment of a CAS: its segment, the element of its reason, group, reason and cents."""

    segment: list[str]
    element: int
    group: str
    reason: str
    amount: int | None


def triplets(segments: list[list[str]]) -> list[Triplet]:
    """The adjustments of CAS segments that have a reason or an amount."""
    found: list[Triplet] = []
    for segment in segments:
        for at in range(2, min(len(segment), 20), 3):
            if segment[at] or text(segment, at + 1):
                found.append(Triplet(segment, at, text(segment, 1), segment[at], money(segment, at + 1)))
    return found


def repeated(adjustments: list[Triplet]) -> list[Triplet]:
    """Those whose group and reason stand in an earlier one."""
    seen: set[tuple[str, str]] = set()
    found: list[Triplet] = []
    for each in adjustments:
        if (each.group, each.reason) in seen:
            found.append(each)
        seen.add((each.group, each.reason))
    return found


class Part:
    """A loop with its segments by id."""

    __slots__ = ("by_id", "context", "node")

    def __init__(self, node: Node, context: Context) -> None:
        self.node = node
        self.context = context
        self.by_id = node.by_id()

    def all(self, segment_id: str) -> list[list[str]]:
        """All its segments with this id."""
        return self.by_id.get(segment_id, _NONE)

    def first(self, segment_id: str, qualifier: str = "") -> list[str]:
        """Its first segment with this id and first element, ``[]`` if there is none."""
        for segment in self.by_id.get(segment_id, _NONE):
            if not qualifier or (len(segment) > 1 and segment[1] == qualifier):
                return segment
        return _NOTHING

    def day(self, qualifier: str) -> date | None:
        """The date of its DTP with this qualifier (the first day of a range)."""
        found = period(self.first("DTP", qualifier))
        return found[0] if found else None

    def at(self, segment: list[str] | str, element: int = 0, component: int = 0, detail: str = "") -> At:
        """A place in this loop."""
        return At(self.node, segment, element, component, detail)

    def child(self, loop_id: str, qualifier: str = "") -> Node | None:
        """The first loop inside with this id, and this entity code in its NM1."""
        for child in self.node.children:
            if child.loop_id == loop_id and (not qualifier or child.first("NM1", qualifier)):
                return child
        return None

    def npi(self, loop_id: str) -> str:
        """The NPI of the first loop inside with this id."""
        child = self.child(loop_id)
        name = child.first("NM1") if child else _NOTHING
        return text(name, 9) if text(name, 8) == "XX" else ""


class FreshLevels:
    """Tells the levels above the units of a transaction set, each when its first unit comes."""

    def __init__(self) -> None:
        self._known: list[Node] = []

    def above(self, unit: Node) -> list[Node]:
        """The nodes above a unit that stood above none before, the outermost first (the transaction set left out)."""
        chain: list[Node] = []
        node = unit.parent
        while node is not None:
            chain.append(node)
            node = node.parent
        fresh = [each for each in reversed(chain[:-1]) if not any(each is known for known in self._known)]
        self._known = chain
        return fresh


_NOTHING: list[str] = []
_NONE: list[list[str]] = []
