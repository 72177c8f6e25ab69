"""Reads remittances claim by claim, in memory that does not grow with the file, and balances them on the way.

A claim says at once what is posted: charge, payment and every adjustment, of the claim and of each line. All else is
in ``claim.payment``, the whole `ClaimPayment`, made when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, islice

from x12.amounts import cents
from x12.elements import element
from x12.envelope import Delimiters
from x12.findings import Finding
from x12.reading import FileReader, Frame, frames_of
from x12.remittance_835.loops import GUIDE
from x12.remittance_835.models import ClaimPayment, Payee, Payer, Payment, ProviderAdjustment
from x12.remittance_835.read import payee, payer, payment, provider_adjustments
from x12.remittance_835.read_claim import claim_payment
from x12.sourcing import Source
from x12.walking import RightUnit, Unit

PostedAdjustment = tuple[str, str, int]
"""Group (CO, OA, PI, PR), reason (CARC), cents; a positive amount lowers the payment."""


_Marks = tuple[str, str, str, str, str]
"""Segment terminator, element and component separator; what a service line and an adjustment begin with."""


class StreamedLine:
    """A loop 2110: what was charged, paid and adjusted, in cents. ``segment`` is its SVC."""

    __slots__ = ("adjusted_cents", "adjustments", "charge_cents", "paid_cents", "segment")

    def __init__(
        self, segment: list[str], charge_cents: int, paid_cents: int, adjustments: list[PostedAdjustment]
    ) -> None:
        self.segment = segment
        self.charge_cents = charge_cents
        self.paid_cents = paid_cents
        self.adjustments = adjustments
        total = 0
        for _, _, amount in adjustments:
            total += amount
        self.adjusted_cents = total

    @property
    def balances(self) -> bool:
        """Charge less adjustments is what was paid (SVC02, CAS, SVC03)."""
        return self.charge_cents - self.adjusted_cents == self.paid_cents


class StreamedClaim:
    """A loop 2100: what was charged, paid and adjusted (cents), and its lines. ``segment`` is its CLP.

    ``balances``: each line balances, and the charge less all adjustments is what was paid (CLP03, CAS, CLP04).
    """

    __slots__ = (
        "_marks", "_text", "adjustments", "balances", "charge_cents", "lines", "paid_cents", "position", "segment",
    )  # fmt: skip

    def __init__(self, unit: Unit, marks: _Marks) -> None:
        end, separator, _, at_line, at_adjustment = self._marks = marks
        money = _right_cents if isinstance(unit, RightUnit) else _any_cents
        self.position = unit.position
        self._text = text = unit.text(end, separator)
        own, *parts = text.split(at_line)
        head, *adjusted = own.split(at_adjustment)
        self.segment = segment = head.split(end, 1)[0].split(separator)
        self.charge_cents = due = money(segment, 3)
        self.paid_cents = money(segment, 4)
        self.adjustments = _triplets(adjusted, end, separator, money) if adjusted else []
        for _, _, amount in self.adjustments:
            due -= amount
        self.lines: list[StreamedLine] = []
        balances = True
        for part in parts:
            head, *adjusted = part.split(at_adjustment)
            segment = ["SVC", *head.split(end, 1)[0].split(separator)]
            adjustments = _triplets(adjusted, end, separator, money) if adjusted else []
            line = StreamedLine(segment, money(segment, 2), money(segment, 3), adjustments)
            self.lines.append(line)
            due -= line.adjusted_cents
            if line.charge_cents - line.adjusted_cents != line.paid_cents:
                balances = False
        self.balances = balances and due == self.paid_cents

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
        self._first = tuple(islice(self._units, 1))
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
        first, self._first = self._first, ()
        marks = self._marks
        for unit in chain(first, self._units):
            claim = StreamedClaim(unit, marks)
            self.claim_count += 1
            self.claims_paid_cents += claim.paid_cents
            if not claim.balances:
                self.unbalanced_count += 1
            yield claim

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


def _any_cents(segment: list[str], at: int) -> int:
    return cents(segment[at]) or 0 if at < len(segment) else 0


def _right_cents(segment: list[str], at: int) -> int:
    """As `_any_cents`, of a required element that is known to be a number."""
    text = segment[at]
    return int(text.replace(".", "", 1)) if text[-3:-2] == "." else cents(text) or 0


def _triplets(
    texts: list[str], end: str, separator: str, money: Callable[[list[str], int], int]
) -> list[PostedAdjustment]:
    """The triplets of CAS segments, of each the text behind ``CAS*`` with whatever follows the segment."""
    made: list[PostedAdjustment] = []
    for text in texts:
        segment = text.split(end, 1)[0].split(separator)
        if len(segment) == 3 and segment[2]:
            made.append((segment[0], segment[1], money(segment, 2)))
            continue
        for at in range(1, min(len(segment), 19), 3):
            if segment[at] or (at + 1 < len(segment) and segment[at + 1]):
                made.append((segment[0], segment[at], _any_cents(segment, at + 1)))
    return made
