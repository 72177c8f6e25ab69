"""SNIP 3, balance: the claim's sums, and the arithmetic of earlier payers (coordination of benefits)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from events.phi import PriorAdjustment, PriorPayment

from claim_builder.scrubbing.edit import EditTable, Place, Snip, Subject

EDITS = EditTable(Snip.BALANCE)
MAX_ADJUDICATIONS: Final = 15
"""Loops 2430 of one service line."""


def _sum(adjustments: tuple[PriorAdjustment, ...]) -> int:
    return sum(adjustment.amount_cents for adjustment in adjustments)


@EDITS.error(
    "total.lines",
    "The claim's charge is not the sum of its lines.",
    do="Correct the line charges; the total follows.",
    source="005010X222A1 loop 2300 CLM02",
)
def total_is_sum(subject: Subject) -> Iterator[Place]:
    if subject.claim.charge_cents != sum(line.charge_cents for line in subject.claim.lines):
        yield Place("charge_cents", "2300", "CLM02")


@EDITS.error(
    "total.zero",
    "The claim asks for nothing: its charge is zero.",
    do="Price at least one line.",
    source="claim edit lists (missing total charge); X12 RFI 2836 leaves zero lines to the payer",
)
def total_positive(subject: Subject) -> Iterator[Place]:
    if subject.claim.charge_cents <= 0:
        yield Place("charge_cents", "2300", "CLM02")


@EDITS.error(
    "charge.missing",
    "A service line has no price: the EMR sent none and no fee schedule has one for that day.",
    do="Add the code to the fee schedule or set the charge.",
    source="005010X222A1 loop 2400 SV102",
)
def charge_missing(subject: Subject) -> Iterator[Place]:
    for at in sorted(subject.context.unpriced):
        if at < len(subject.claim.lines) and subject.claim.lines[at].charge_cents == 0:
            yield Place(f"lines/{at}/charge_cents", "2400", "SV102")


@EDITS.error(
    "cob.line-balance",
    "A line of an earlier payer does not balance: charge is not payment plus adjustments.",
    do="Compare with that payer's remittance advice.",
    source="005010X222A1 loop 2430; claim edit lists (COB service lines must be balanced)",
    only="prior_payments",
)
def cob_line_balance(subject: Subject) -> Iterator[Place]:
    """A payer may split a line: its parts count together (X12 RFI 1684)."""
    charges = {line.line_item_control_number: line.charge_cents for line in subject.claim.lines}
    for path, payment in subject.prior_payments:
        decided: Counter[str] = Counter()
        for line in payment.lines:
            decided[line.line_item_control_number] += line.paid_cents + _sum(line.adjustments)
        for number, cents in decided.items():
            if number in charges and charges[number] != cents:
                yield Place(f"{path}/lines/{_first(payment, number)}", "2430", "SVD02")


def _first(payment: PriorPayment, line_item_control_number: str) -> int:
    numbers = [line.line_item_control_number for line in payment.lines]
    return numbers.index(line_item_control_number)


@EDITS.error(
    "cob.paid-balance",
    "What an earlier payer paid is not the sum of its line payments less its claim adjustments.",
    do="Compare with that payer's remittance advice.",
    source="005010X222A1 loop 2320 AMT*D; X12 RFI 1053",
    only="prior_payments",
)
def cob_paid_balance(subject: Subject) -> Iterator[Place]:
    for path, payment in subject.prior_payments:
        lines = sum(line.paid_cents for line in payment.lines)
        if payment.lines and payment.paid_cents != lines - _sum(payment.adjustments):
            yield Place(f"{path}/paid_cents", "2320", "AMT*D")


@EDITS.error(
    "cob.claim-balance",
    "An earlier payer decided on the whole claim, and charge is not payment plus adjustments.",
    do="Compare with that payer's remittance advice.",
    source="005010X222A1 loop 2320",
    only="prior_payments",
)
def cob_claim_balance(subject: Subject) -> Iterator[Place]:
    for path, payment in subject.prior_payments:
        decided = payment.paid_cents + _sum(payment.adjustments)
        if not payment.lines and subject.claim.charge_cents != decided:
            yield Place(f"{path}/paid_cents", "2320", "AMT*D")


@EDITS.error(
    "cob.negative-payment",
    "An earlier payer's payment is negative.",
    do="Use the decision after the reversal, not the reversal itself.",
    source="claim edit lists (negative paid amount)",
    only="prior_payments",
)
def cob_negative(subject: Subject) -> Iterator[Place]:
    for path, payment in subject.prior_payments:
        if payment.paid_cents < 0:
            yield Place(f"{path}/paid_cents", "2320", "AMT*D")
        for at, line in enumerate(payment.lines):
            if line.paid_cents < 0:
                yield Place(f"{path}/lines/{at}/paid_cents", "2430", "SVD02")


@EDITS.error(
    "cob.line-unknown",
    "An earlier payer's decision names a line that this claim does not have.",
    do="Bill the next payer for the lines that were adjudicated.",
    source="005010X222A1 loop 2430",
    only="prior_payments",
)
def cob_line_unknown(subject: Subject) -> Iterator[Place]:
    known = {line.line_item_control_number for line in subject.claim.lines}
    for path, payment in subject.prior_payments:
        for at, line in enumerate(payment.lines):
            if line.line_item_control_number not in known:
                yield Place(f"{path}/lines/{at}/line_item_control_number", "2430", "SVD")


@EDITS.error(
    "cob.line-undecided",
    "An earlier payer decided line by line, but not on every line of this claim.",
    do="Wait for the whole decision, or bill the decided lines alone.",
    source="005010X222A1 loop 2430; Medicare CR 4261: paid and adjusted must equal billed",
    only="prior_payments",
)
def cob_line_undecided(subject: Subject) -> Iterator[Place]:
    for path, payment in subject.prior_payments:
        decided = {line.line_item_control_number for line in payment.lines}
        if decided and any(line.line_item_control_number not in decided for line in subject.claim.lines):
            yield Place(f"{path}/lines", "2430", "SVD")


@EDITS.error(
    "cob.line-repeated",
    "An earlier payer's decision names a line more often than a claim can.",
    do="Add the parts up to at most fifteen for each line.",
    source="005010X222A1 loop 2430: at most 15 for each line, over all earlier payers",
    only="prior_payments",
)
def cob_line_repeated(subject: Subject) -> Iterator[Place]:
    told: Counter[str] = Counter()
    for path, payment in subject.prior_payments:
        told.update(line.line_item_control_number for line in payment.lines)
        if any(times > MAX_ADJUDICATIONS for times in told.values()):
            yield Place(f"{path}/lines", "2430", "SVD")
