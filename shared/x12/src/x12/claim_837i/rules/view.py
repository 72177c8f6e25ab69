"""An institutional claim as its rules see it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from x12.checking import parse_date
from x12.claim_837.rules import view
from x12.claim_837.rules.view import diagnoses
from x12.parts import period
from x12.rules import text
from x12.walking import Node

_BILLED = frozenset(["ABK", "BK", "ABF", "BF"])
_CODED = _BILLED | {"ABJ", "BJ", "APR", "PR", "ABN", "BN"}
INPATIENT = frozenset(["11", "18", "21", "28", "41", "65", "66"])
"""CLM05-1 of stays: hospital, swing bed, skilled nursing, religious and intermediate care (NUBC form locator 4)."""
HOSPITAL_STAYS = frozenset(["11", "18", "41"])
OUTPATIENT = frozenset(["13", "14", "83", "85"])


class Line(view.Line):
    """Loop 2400 with SV2."""

    __slots__ = ("revenue",)
    SEGMENT = "SV2"
    PROCEDURE = 2
    CHARGE = 3
    UNITS = 5
    claim: Claim

    def __init__(self, node: Node, claim: Claim, number: int) -> None:
        super().__init__(node, claim, number)
        self.revenue = text(self.service, 1)


class Code(NamedTuple):
    """One composite of an HI segment: where it stands, and its components from the qualifier on."""

    segment: list[str]
    element: int
    parts: list[str]

    @property
    def code(self) -> str:
        """The code."""
        return text(self.parts, 1)


class Claim(view.Claim):
    """Loop 2300. ``place`` is the type of bill without its frequency; ``statement`` are its first and last day."""

    __slots__ = ("_codes", "cl1", "statement")
    lines: list[Line]

    def read(self) -> None:
        """Make ``diagnoses``, ``coded``, ``lines`` and what is an institutional claim's own."""
        self.cl1 = self.first("CL1")
        self.statement = period(self.first("DTP", "434"))
        component = self.context.component
        self._codes: dict[str, list[Code]] = {}
        for segment in self.all("HI"):
            for at, value in enumerate(segment[1:13], 1):
                if value:
                    parts = value.split(component)
                    self._codes.setdefault(parts[0], []).append(Code(segment, at, parts))
        self.coded = diagnoses(self.all("HI"), _CODED, component)
        billed = [each for each in self.coded if each.qualifier in _BILLED]
        self.diagnoses = sorted(billed, key=lambda each: each.qualifier not in ("ABK", "BK"))
        self.lines = [Line(child, self, at) for at, child in enumerate(self.node.each("2400"), 1)]

    def days(self) -> list[date]:
        """The days that the statement covers, else those of the lines."""
        return list(self.statement) if self.statement else super().days()

    def codes(self, *qualifiers: str) -> Iterator[Code]:
        """The codes with these qualifiers."""
        for qualifier in qualifiers:
            yield from self._codes.get(qualifier, ())

    @property
    def is_inpatient(self) -> bool:
        """Whether the bill is for a stay."""
        return self.place in INPATIENT

    @property
    def admission(self) -> date | None:
        """The day of DTP*435."""
        return parse_date(text(self.first("DTP", "435"), 3)[:8])

    @property
    def patient_status(self) -> str:
        """CL103."""
        return text(self.cl1, 3)
