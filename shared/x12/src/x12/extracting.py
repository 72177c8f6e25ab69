"""Takes the shared parts (names, addresses, amounts, adjustments) out of segments as read; wrong values become empty.

What is wrong has been reported by the walker already, so nothing here raises or reports.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache

from x12.amounts import cents, decimal
from x12.checking import parse_date, parse_range
from x12.elements import element
from x12.parties import (
    Address,
    Adjustment,
    CommunicationNumber,
    Contact,
    InpatientAdjudication,
    Name,
    OutpatientAdjudication,
    Procedure,
    Reference,
)
from x12.walking import Node

ZERO = Decimal(0)
_MIA_REMARKS = (5, 20, 21, 22, 23)


def amount(segment: list[str], index: int) -> int | None:
    """Cents of an element; None if it is empty or no number."""
    return cents(segment[index]) if index < len(segment) and segment[index] else None


def number(segment: list[str], index: int) -> Decimal | None:
    """The decimal of an element; None if it is empty or no number. ``1.50`` and ``1.5`` have one form."""
    return canonical(segment[index]) if index < len(segment) and segment[index] else None


@lru_cache(maxsize=1 << 12)
def canonical(text: str) -> Decimal | None:
    """The decimal of a text without trailing zeros."""
    value = decimal(text)
    if value is None or "." not in text:
        return value
    return decimal(text.rstrip("0").rstrip(".") or "0")


def day(segment: list[str], index: int) -> date | None:
    """The date of an element."""
    return parse_date(segment[index]) if index < len(segment) else None


def days(segment: list[str]) -> tuple[date | None, date | None]:
    """First and last day of a DTP; the last is None for a single day."""
    text = element(segment, 3)
    if element(segment, 2) == "RD8":
        return parse_range(text) or (parse_date(text[:8]), None)
    return parse_date(text), None


def name(segment: list[str]) -> Name:
    """NM102 to NM107."""
    padded = segment if len(segment) > 7 else segment + [""] * (8 - len(segment))
    return Name(padded[2], padded[3], padded[4], padded[5], padded[7])


def address(node: Node | None) -> Address | None:
    """N3 and N4 of a loop; None if both are missing."""
    if node is None:
        return None
    street, city = node.first("N3"), node.first("N4")
    if not street and not city:
        return None
    return Address(
        element(street, 1), element(city, 1), element(city, 2), element(city, 3), element(street, 2),
        element(city, 4), element(city, 7),
    )  # fmt: skip


def contact(segment: list[str]) -> Contact | None:
    """PER; None if there is no segment."""
    if not segment:
        return None
    pairs = [(element(segment, i), element(segment, i + 1)) for i in (3, 5, 7)]
    numbers = tuple(CommunicationNumber(qualifier, value) for qualifier, value in pairs if qualifier or value)
    return Contact(element(segment, 2), numbers, element(segment, 1))


def contacts(node: Node) -> tuple[Contact, ...]:
    """All PER of a loop."""
    return tuple(made for segment in node.all("PER") if (made := contact(segment)))


def references(node: Node, qualifiers: Iterable[str]) -> tuple[Reference, ...]:
    """The REF segments of a loop with one of ``qualifiers``, in file order."""
    wanted = frozenset(qualifiers)
    return tuple(Reference(s[1], element(s, 2)) for s in node.all("REF") if len(s) > 1 and s[1] in wanted)


def reference(node: Node, qualifier: str) -> str:
    """The value of the first REF with ``qualifier``."""
    return element(node.first("REF", qualifier), 2)


def adjustments(node: Node) -> tuple[Adjustment, ...]:
    """All triplets of all CAS of a loop."""
    made: list[Adjustment] = []
    for segment in node.all("CAS"):
        add_adjustments(segment, made)
    return tuple(made)


def add_adjustments(segment: list[str], made: list[Adjustment]) -> None:
    """Append the triplets of one CAS; a triplet without reason and amount is none."""
    group = element(segment, 1)
    for index in range(2, min(len(segment), 20), 3):
        if segment[index] or element(segment, index + 1):
            made.append(Adjustment(group, segment[index], amount(segment, index + 1) or 0, number(segment, index + 2)))


def procedure(text: str, component: str) -> Procedure:
    """A composite medical procedure identifier. A bare code (seen in old files) has no qualifier."""
    parts = text.split(component)
    if len(parts) == 1:
        return Procedure(parts[0], qualifier="")
    modifiers = tuple(part for part in parts[2:6] if part)
    return Procedure(parts[1], modifiers, parts[0], parts[6] if len(parts) > 6 else "")


def optional_procedure(text: str, component: str) -> Procedure | None:
    """The same, None if there is none."""
    return procedure(text, component) if text else None


def outpatient(segment: list[str]) -> OutpatientAdjudication | None:
    """MOA; None if there is no segment."""
    if not segment:
        return None
    remarks = tuple(code for code in segment[3:8] if code)
    return OutpatientAdjudication(
        number(segment, 1), amount(segment, 2), remarks, amount(segment, 8), amount(segment, 9)
    )


def inpatient(segment: list[str]) -> InpatientAdjudication | None:
    """MIA; None if there is no segment."""
    if not segment:
        return None
    remarks = tuple(text for i in _MIA_REMARKS if (text := element(segment, i)))
    other = tuple((i, segment[i]) for i in range(2, min(len(segment), 25)) if segment[i] and i not in _MIA_REMARKS)
    return InpatientAdjudication(number(segment, 1) or ZERO, remarks, other)
