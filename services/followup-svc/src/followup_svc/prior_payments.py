"""What earlier payers decided, for the COB loops of the next payer's claim (2320, 2330B, 2430). Pure.

Only decisions that stand count; a reversed one never was. PHI comes from the sealed ClaimBuilt of each payer turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from uuid import UUID

from events import ClaimBuilt
from events.phi import ClaimContent, ClaimLine, PriorAdjustment, PriorLinePayment, PriorOutpatient, PriorPayment
from kit.phi import PhiCipher

from followup_svc.domain import TURNS, AdjudicatedLine, Adjustment, Claim, Payment, version_of
from followup_svc.posting import line_number_of

_REMARKS_OF_MOA = 5
"""MOA03 to MOA07 of loop 2320."""


def prior_payments(
    family: Iterable[Claim], sealed: Mapping[tuple[UUID, int], bytes], cipher: PhiCipher
) -> list[PriorPayment]:
    """One PriorPayment per payer turn of a ledger that has decided, in payment order.

    `sealed` maps (claim id, claim version) to the stored ClaimBuilt. Raises kit.phi.UnreadablePart.
    """
    found = []
    for claim in sorted(family, key=lambda c: TURNS.index(c.turn)):
        standing = claim.standing
        if standing is None:
            continue
        number = version_of(standing, claim)
        event = sealed.get((claim.claim_id, number))
        if event is not None:
            content: ClaimContent = cipher.open(ClaimBuilt.model_validate_json(event))
            found.append(_of_claim(claim, standing, content))
    return found


def _of_claim(claim: Claim, standing: Payment, content: ClaimContent) -> PriorPayment:
    # A split claim is answered by several CLPs of one remittance: they count together (RFI 1684).
    answers = [
        payment
        for payment in claim.payments
        if payment.stands and payment.remittance_id == standing.remittance_id and payment.turn == claim.turn
    ]
    remarks = dict.fromkeys(code for p in answers for code in p.adjudication.remark_codes)
    return PriorPayment(
        coverage=content.coverage,
        paid_cents=sum(payment.adjudication.paid_cents for payment in answers),
        adjudication_date=standing.paid_on,
        adjustments=tuple(_adjustment(item) for p in answers for item in p.adjudication.adjustments),
        lines=tuple(_line(line, claim, content) for p in answers for line in p.adjudication.lines),
        payer_claim_control_number=standing.adjudication.payer_claim_control_number or None,
        outpatient=PriorOutpatient(remark_codes=tuple(remarks)[:_REMARKS_OF_MOA]) if remarks else None,
    )


def _line(line: AdjudicatedLine, claim: Claim, content: ClaimContent) -> PriorLinePayment:
    billed = _billed_line(line, claim, content)
    return PriorLinePayment(
        line_item_control_number=billed.line_item_control_number if billed else line.control_number,
        paid_cents=line.paid_cents,
        code=line.decided_code or line.procedure_code,
        modifiers=line.decided_modifiers if line.decided_code else line.modifiers,
        units=_units(line, billed),
        adjustments=tuple(_adjustment(item) for item in line.adjustments),
        bundled_line_number=_bundled_into(line, billed, content),
    )


def _bundled_into(line: AdjudicatedLine, billed: ClaimLine | None, content: ClaimContent) -> int | None:
    """SVD06: the line whose procedure the payer put in place of this one's, if it is on the same claim."""
    if not line.decided_code or billed is None:
        return None
    others = (it for it in content.lines if it.code == line.decided_code and it.line_number != billed.line_number)
    return next((it.line_number for it in others), None)


def _billed_line(line: AdjudicatedLine, claim: Claim, content: ClaimContent) -> ClaimLine | None:
    version = claim.newest
    number = line_number_of(line, version.lines) if version else None
    return next((billed for billed in content.lines if billed.line_number == number), None)


def _units(line: AdjudicatedLine, billed: ClaimLine | None) -> Decimal:
    """Paid units; the billed ones where the payer said nothing or zero (seen in the wild)."""
    try:
        units = Decimal(line.units)
    except InvalidOperation:
        units = Decimal(0)
    return units if units > 0 else (billed.units if billed else Decimal(1))


def _adjustment(item: Adjustment) -> PriorAdjustment:
    return PriorAdjustment(group_code=item.group_code, reason_code=item.reason_code, amount_cents=item.amount_cents)
