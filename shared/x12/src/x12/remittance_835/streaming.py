"""Reads remittances claim by claim, in memory that does not grow with the file, and balances them on the way.

A claim says at once what is posted: charge, payment and every adjustment, of the claim and of each line. All else is
in ``claim.payment``, the whole `ClaimPayment`, made when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from x12.amounts import cents
from x12.envelope import Delimiters
from x12.findings import Finding
from x12.reading import FileReader, Frame, element, frames_of
from x12.remittance_835.loops import GUIDE
from x12.remittance_835.models import ClaimPayment, Payee, Payer, Payment, ProviderAdjustment
from x12.remittance_835.read import payee, payer, payment, provider_adjustments
from x12.remittance_835.read_claim import claim_payment
from x12.sourcing import Source
from x12.walking import Unit

PostedAdjustment = tuple[str, str, int]
"""Group (CO, OA, PI, PR), reason (CARC), cents; a positive amount lowers the payment."""


_Marks = tuple[str, str, str, str, str]
"""Segment terminator, element and component separator; what a service line and an adjustment begin with."""


class StreamedLine:
    """A loop 2110: what was charged, paid and adjusted, in cents. ``segment`` is its SVC."""

    __slots__ = ("adjusted_cents", "adjustments", "charge_cents", "paid_cents", "segment")

    def __init__(self, segment: list[str], adjustments: list[PostedAdjustment]) -> None:
        self.segment = segment
        self.charge_cents = (cents(segment[2]) or 0) if len(segment) > 2 else 0
        self.paid_cents = (cents(segment[3]) or 0) if len(segment) > 3 else 0
        self.adjustments = adjustments
        self.adjusted_cents = sum([each[2] for each in adjustments])

    @property
    def balances(self) -> bool:
        """Charge less adjustments is what was paid (SVC02, CAS, SVC03)."""
        return self.charge_cents - self.adjusted_cents == self.paid_cents


class StreamedClaim:
    """A loop 2100: what was charged, paid and adjusted (cents), and its lines. ``segment`` is its CLP.

    ``balances``: each line balances, and the charge less all adjustments is what was paid (CLP03, CAS, CLP04).
    """

    __slots__ = (
        "_marks", "_text", "adjusted_cents", "adjustments", "balances", "charge_cents", "lines", "paid_cents",
        "position", "segment",
    )  # fmt: skip

    def __init__(self, unit: Unit, marks: _Marks) -> None:
        end, separator, _, at_line, at_adjustment = self._marks = marks
        self.position = unit.position
        self._text = text = unit.text(end, separator)
        own, *lines = text.split(at_line)
        head, *adjusted = own.split(at_adjustment)
        self.segment = segment = head.split(end, 1)[0].split(separator)
        self.charge_cents = (cents(segment[3]) or 0) if len(segment) > 3 else 0
        self.paid_cents = (cents(segment[4]) or 0) if len(segment) > 4 else 0
        self.adjustments = _triplets(adjusted, end, separator) if adjusted else []
        self.adjusted_cents = total = sum([each[2] for each in self.adjustments]) if adjusted else 0
        self.lines: list[StreamedLine] = []
        self.balances = True
        for part in lines:
            head, *adjusted = part.split(at_adjustment)
            segment = ["SVC", *head.split(end, 1)[0].split(separator)]
            line = StreamedLine(segment, _triplets(adjusted, end, separator) if adjusted else [])
            self.lines.append(line)
            total += line.adjusted_cents
            if line.charge_cents - line.adjusted_cents != line.paid_cents:
                self.balances = False
        if self.charge_cents - total != self.paid_cents:
            self.balances = False

    @property
    def patient_control_number(self) -> str:
        """CLP01."""
        return element(self.segment, 1)

    @property
    def status_code(self) -> str:
        """CLP02."""
        return element(self.segment, 2)

    @property
    def payer_claim_control_number(self) -> str:
        """CLP07."""
        return element(self.segment, 7)

    @property
    def payment(self) -> ClaimPayment:
        """The whole claim payment."""
        end, separator, component, *_ = self._marks
        return claim_payment([line.split(separator) for line in self._text.split(end)[:-1]], component)


class StreamedRemittance:
    """One ST..SE of an 835. Use it before the next one is asked for.

    What stands before the claims is known at once; where it stands out of order, when the claims are through.
    """

    def __init__(self, frame: Frame) -> None:
        self._marks = _marks(frame.file.tokenizer.delimiters)
        self._component = frame.component
        self._walker = frame.walker(GUIDE)
        self._units = self._walker.units(frame.pieces(GUIDE))
        self._first = next(self._units, None)
        self.control_number = frame.control_number
        self.claims_paid_cents = 0
        self.claim_count = 0
        self.unbalanced_count = 0

    @property
    def payment(self) -> Payment:
        """BPR and TRN."""
        return payment(self._walker.root)

    @property
    def payer(self) -> Payer:
        """Loop 1000A."""
        return payer(self._walker.root.child("1000A"))

    @property
    def payee(self) -> Payee:
        """Loop 1000B."""
        return payee(self._walker.root.child("1000B"))

    def claims(self) -> Iterator[StreamedClaim]:
        """The claim payments, once; each is forgotten when the next is asked for."""
        unit, self._first = self._first, None
        marks, units = self._marks, self._units
        while unit is not None:
            claim = StreamedClaim(unit, marks)
            self.claim_count += 1
            self.claims_paid_cents += claim.paid_cents
            if not claim.balances:
                self.unbalanced_count += 1
            yield claim
            unit = next(units, None)

    def provider_adjustments(self) -> tuple[ProviderAdjustment, ...]:
        """The PLB pairs; known when the claims are through."""
        return tuple(provider_adjustments(self._walker.root, self._component))

    @property
    def balances(self) -> bool:
        """Every claim balances, and their payments less PLB are BPR02. The claims that are left are read for it."""
        for _ in self.claims():
            pass
        withheld = sum(each.amount_cents for each in self.provider_adjustments())
        return not self.unbalanced_count and self.claims_paid_cents - withheld == self.payment.amount_cents


class RemittanceStream:
    """The remittances of a file, one after the other; ``findings`` are those of all that was read so far."""

    def __init__(self, source: Source) -> None:
        self._file = FileReader(source)

    def __iter__(self) -> Iterator[StreamedRemittance]:
        for frame in frames_of(self._file, GUIDE):
            yield StreamedRemittance(frame)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Structure and envelope, up to `x12.findings.MAX_FINDINGS`."""
        return tuple(self._file.report.findings)


def stream(source: Source) -> RemittanceStream:
    """Every remittance of a file, claim by claim. Never raises on content.

    For each ``remittance``: ``for claim in remittance.claims()``, then ``remittance.balances``.
    """
    return RemittanceStream(source)


def _marks(delimiters: Delimiters) -> _Marks:
    end, separator = delimiters.segment, delimiters.element
    return end, separator, delimiters.component, f"{end}SVC{separator}", f"{end}CAS{separator}"


def _triplets(texts: list[str], end: str, separator: str) -> list[PostedAdjustment]:
    """The triplets of CAS segments, of each the text behind ``CAS*`` with whatever follows the segment."""
    made: list[PostedAdjustment] = []
    for text in texts:
        group, *elements = text.split(end, 1)[0].split(separator)
        for at in range(0, min(len(elements), 18), 3):
            amount = elements[at + 1] if at + 1 < len(elements) else ""
            if amount or elements[at]:
                made.append((group, elements[at], cents(amount) or 0))
    return made
