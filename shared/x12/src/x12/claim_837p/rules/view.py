"""A professional claim as its rules see it."""

from __future__ import annotations

from x12.claim_837.rules import view
from x12.claim_837.rules.view import Diagnosis
from x12.rules import text
from x12.walking import Node


class Line(view.Line):
    """Loop 2400 with SV1. ``pointers`` are SV107 as text, in order."""

    __slots__ = ("pointers",)
    claim: Claim

    def __init__(self, node: Node, claim: Claim, number: int) -> None:
        super().__init__(node, claim, number)
        self.pointers = text(self.service, 7).split(self.context.component)


class Claim(view.Claim):
    """Loop 2300. ``hi`` is the segment of the diagnoses, whose places the lines point to."""

    __slots__ = ("hi",)
    lines: list[Line]

    def read(self) -> None:
        """Make ``diagnoses``, ``coded`` and ``lines``."""
        self.hi = next((segment for segment in self.all("HI") if text(segment, 1)[:2] in ("AB", "BK", "BF")), [])
        self.diagnoses = self.coded = _diagnoses(self.hi, self.context.component)
        self.lines = [Line(child, self, at) for at, child in enumerate(self.node.each("2400"), 1)]


def _diagnoses(hi: list[str], component: str) -> list[Diagnosis]:
    found: list[Diagnosis] = []
    for at, value in enumerate(hi[1:13], 1):
        if value:
            qualifier, _, rest = value.partition(component)
            found.append(Diagnosis(hi, at, qualifier, rest.partition(component)[0]))
    return found
