"""A claim as its rules see it: the segments as they were read, with what several rules would each work out again.

Views stand on the walker's nodes, so that a finding can say where it is; nothing is copied. Money is integer cents;
an amount that cannot be read is None (the walker has reported it). Each kind of claim adds what is its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import ClassVar, NamedTuple

from x12.checking import parse_date
from x12.parts import Part, money, period, triplets
from x12.rules import Context, text
from x12.walking import Node

RANKS = "PSTABCDEFGH"
"""SBR01 in the order in which payers pay; U is outside of it."""


class Adjudication(Part):
    """Loop 2430: what another payer decided on a line."""

    __slots__ = ("adjustments", "line", "paid", "payer_id", "svd")

    def __init__(self, node: Node, line: Line) -> None:
        super().__init__(node, line.context)
        self.line = line
        self.svd = self.first("SVD")
        self.payer_id = text(self.svd, 1)
        self.paid = money(self.svd, 2)
        self.adjustments = triplets(self.all("CAS"))


class Line(Part):
    """Loop 2400. ``number`` counts from 1; ``service`` is SV1 or SV2, whose elements stand at different places."""

    __slots__ = (
        "adjudications", "charge", "claim", "modifiers", "number", "procedure", "qualifier", "served", "service",
    )  # fmt: skip
    SEGMENT: ClassVar = "SV1"
    PROCEDURE: ClassVar = 1
    CHARGE: ClassVar = 2
    UNITS: ClassVar = 4

    def __init__(self, node: Node, claim: Claim, number: int) -> None:
        super().__init__(node, claim.context)
        self.claim = claim
        self.number = number
        self.service = self.first(self.SEGMENT)
        parts = text(self.service, self.PROCEDURE).split(self.context.component)
        self.qualifier = parts[0]
        self.procedure = parts[1] if len(parts) > 1 else ""
        self.modifiers = parts[2:6]
        self.charge = money(self.service, self.CHARGE)
        self.served = period(self.first("DTP", "472"))
        self.adjudications = [Adjudication(child, self) for child in node.each("2430")]


class Coverage(Part):
    """Loop 2320: another payer of this patient, with its name (2330B) and what its lines were decided."""

    __slots__ = ("adjustments", "claim", "decisions", "paid", "payer", "payer_id", "responsibility", "sbr")

    def __init__(self, node: Node, claim: Claim) -> None:
        super().__init__(node, claim.context)
        self.claim = claim
        self.sbr = self.first("SBR")
        self.responsibility = text(self.sbr, 1)
        self.adjustments = triplets(self.all("CAS"))
        self.paid = money(self.first("AMT", "D"), 2)
        self.payer = node.child("2330B")
        self.payer_id = text(self.payer.first("NM1"), 9) if self.payer else ""
        self.decisions = [each for line in claim.lines for each in line.adjudications if each.payer_id == self.payer_id]

    @property
    def pays_before(self) -> bool:
        """Whether this payer decides before the one that the claim goes to."""
        mine, destination = RANKS.find(self.responsibility), RANKS.find(self.claim.responsibility)
        return 0 <= mine < destination

    @property
    def was_adjudicated(self) -> bool:
        """Whether the claim says anything of this payer's decision."""
        return self.paid is not None or bool(self.adjustments) or bool(self.decisions)


class Diagnosis(NamedTuple):
    """One diagnosis: its HI segment and its place there, qualifier and code."""

    segment: list[str]
    element: int
    qualifier: str
    code: str


class Claim(Part):
    """Loop 2300 with the levels above it and the lines in it.

    ``diagnoses`` are those that the claim is for, the first one first, ``coded`` all diagnosis codes.
    ``first_served`` and ``last_served`` are days of service, None if there is no valid one; ``created`` is the day on
    which the claim was made (BHT04, else the file's); ``repeated`` tells that an earlier claim of the transaction set
    has its number.
    """

    __slots__ = (
        "billing", "charge", "clm", "coded", "coverages", "created", "diagnoses", "first_served", "frequency", "holder",
        "last_served", "lines", "number", "patient", "place", "repeated", "responsibility", "subscriber",
    )  # fmt: skip
    coded: list[Diagnosis]
    diagnoses: list[Diagnosis]
    lines: Sequence[Line]

    def __init__(self, node: Node, context: Context, created: date | None, repeated: bool = False) -> None:
        super().__init__(node, context)
        self.created = created
        self.repeated = repeated
        self.clm = self.first("CLM")
        self.number = text(self.clm, 1)
        self.charge = money(self.clm, 2)
        parts = text(self.clm, 5).split(context.component)
        self.place = parts[0]
        self.frequency = parts[2] if len(parts) > 2 else ""
        self.holder = node.parent
        self.patient = _above(node, "2000C")
        self.subscriber = _above(node, "2000B")
        self.billing = _above(node, "2000A")
        self.responsibility = text(self.subscriber.first("SBR"), 1) if self.subscriber else ""
        self.read()
        days = self.days()
        self.first_served = min(days, default=None)
        self.last_served = max(days, default=None)
        self.coverages = [Coverage(child, self) for child in node.each("2320")]

    def read(self) -> None:
        """Make ``diagnoses``, ``coded`` and ``lines``."""
        raise NotImplementedError

    def days(self) -> list[date]:
        """The days of service."""
        return [day for line in self.lines if line.served for day in line.served]

    @property
    def person(self) -> Node | None:
        """The loop that names the patient: 2010CA, or 2010BA where the subscriber is the patient."""
        if self.patient is not None:
            return self.patient.child("2010CA")
        return self.subscriber.child("2010BA") if self.subscriber else None

    @property
    def birth(self) -> date | None:
        """The patient's date of birth."""
        return parse_date(text(self.person.first("DMG"), 2)) if self.person else None

    @property
    def sex(self) -> str:
        """The patient's sex, DMG03."""
        return text(self.person.first("DMG"), 3) if self.person else ""

    @property
    def filing_indicator(self) -> str:
        """SBR09 of the payer that the claim goes to."""
        return text(self.subscriber.first("SBR"), 9) if self.subscriber else ""

    def coverage_parts(self) -> Iterator[Part]:
        """Every loop of the claim with adjustments of other payers."""
        yield from self.coverages
        for line in self.lines:
            yield from line.adjudications


def _above(node: Node, loop_id: str) -> Node | None:
    above = node.parent
    while above is not None and above.loop_id != loop_id:
        above = above.parent
    return above


def diagnoses(segments: list[list[str]], qualifiers: frozenset[str], component: str) -> list[Diagnosis]:
    """The diagnoses with one of these qualifiers in HI segments."""
    found: list[Diagnosis] = []
    for segment in segments:
        for at, value in enumerate(segment[1:13], 1):
            qualifier, _, rest = value.partition(component)
            if value and qualifier in qualifiers:
                found.append(Diagnosis(segment, at, qualifier, rest.partition(component)[0]))
    return found
