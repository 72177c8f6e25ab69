"""Adjudication: what the sandbox payer pays and why not. Pure: same claim, terms and history, same decision.

Per line, the first rule that denies wins; what stands is priced, then the contract's part is taken off (CO-45,
CO-253), then the patient's (PR-1, 2, 3), and the rest is paid. Charge − Σ adjustments = paid, line by line.
A denial is CLP02 = 1 with nothing paid; 4 only for a patient who was not recognised (X12 RFI 1423, 1885).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final, Protocol

from sandbox.payer import coverage, fees
from sandbox.payer.coverage import Member, Plan
from sandbox.payer.domain import (
    CONTRACTUAL,
    PATIENT_SHARE,
    PRIOR_PAYER,
    Adjustment,
    ClaimPayment,
    ClaimStatus,
    LineDecision,
    ProviderAdjustment,
    SubmittedClaim,
    SubmittedLine,
    reversal_of,
)
from sandbox.payer.switches import Denial, Switch, is_forced_payment


class History(Protocol):
    """What the payer already knows when a claim comes in."""

    def has_paid_line(self, claim: SubmittedClaim, line: SubmittedLine) -> bool:
        """True if the same service of the same provider for the same patient was adjudicated before."""
        ...


@dataclass(frozen=True, slots=True)
class Terms:
    """All that decides besides the claim itself."""

    plan: Plan
    member: Member
    received_on: date
    switch: Switch
    control_number: str
    """The payer's own number of this claim (CLP07)."""


@dataclass(frozen=True, slots=True)
class Installment:
    """What stands in one 835 about a claim. `after_cycles` counts from the claim's first payment cycle."""

    payments: tuple[ClaimPayment, ...]
    provider_adjustments: tuple[ProviderAdjustment, ...] = ()
    after_cycles: int = 0


FULL_PAYMENT: Final = Member(deductible_left_cents=0, has_copay=False, coinsurance_percent=0)
_SWITCHED_MEMBERS: Final = {
    "paid_coinsurance": Member(0, has_copay=False, coinsurance_percent=20),
    "crossover": Member(0, has_copay=False, coinsurance_percent=20),
    "paid_copay": Member(0, has_copay=True, coinsurance_percent=0),
    "deductible": Member(10**9, has_copay=False, coinsurance_percent=0),
}
_SWITCHED_COPAY_CENTS: Final = 25_00
_HALF_DENIED: Final = Denial("CO", "151")


def adjudicate(claim: SubmittedClaim, terms: Terms, history: History) -> ClaimPayment:
    """Decide a claim as it stands, each line by itself."""
    lines = tuple(_decide(claim, terms, history))
    remarks = tuple(dict.fromkeys(remark for line in lines for remark in line.remarks))[:5]
    return ClaimPayment(
        patient_control_number=claim.patient_control_number,
        payer_claim_control_number=terms.control_number,
        status=_status(claim, terms),
        lines=lines,
        filing_indicator=claim.filing_indicator,
        frequency_code=claim.frequency_code,
        place_of_service=claim.place_of_service,
        member_id=claim.member_id,
        patient=claim.patient,
        subscriber=claim.subscriber,
        patient_is_subscriber=claim.patient_is_subscriber,
        rendering_npi=claim.rendering_npi,
        remarks=(*remarks, "MA18")[:5] if terms.switch.name == "crossover" else remarks,
    )


def installments(payment: ClaimPayment, switch: Switch) -> tuple[Installment, ...]:
    """Spread a decision over remittances as the switch asks: split, reversal and correction, takeback, interest."""
    spread = _SPREADS.get(switch.name)
    return spread(payment) if spread else (Installment((payment,)),)


def _status(claim: SubmittedClaim, terms: Terms) -> ClaimStatus:
    if terms.switch.outcome.denial == Denial("PR", "31"):
        return "4"
    position = {"P": 0, "S": 1}.get(claim.payer_sequence, 2)
    forwarded = terms.switch.name == "crossover"
    statuses: tuple[ClaimStatus, ...] = ("19", "20", "21") if forwarded else ("1", "2", "3")
    return statuses[position]


def _decide(claim: SubmittedClaim, terms: Terms, history: History) -> Iterable[LineDecision]:
    member = _member(terms)
    for line in claim.lines:
        forced = _forced_denial(claim, line, terms)
        denial = forced or _natural_denial(claim, line, terms, history)
        if denial is not None and denial is not _HALF_DENIED:
            yield _denied(line, denial)
            continue
        decision, member = _priced(claim, line, terms, member)
        yield _half_denied(decision, terms.switch.outcome.denial) if denial is _HALF_DENIED else decision


def _member(terms: Terms) -> Member:
    if terms.switch.name in _SWITCHED_MEMBERS:
        return _SWITCHED_MEMBERS[terms.switch.name]
    natural = terms.switch.name in ("natural", "denied")
    return terms.member if natural else FULL_PAYMENT


# --- denials -----------------------------------------------------------------------------------------------------


def _forced_denial(claim: SubmittedClaim, line: SubmittedLine, terms: Terms) -> Denial | None:
    if terms.switch.name == "partially_paid" and line is claim.lines[-1]:
        return (terms.switch.outcome.denial or _HALF_DENIED) if len(claim.lines) > 1 else _HALF_DENIED
    return terms.switch.outcome.denial if terms.switch.name == "denied" else None


def _natural_denial(claim: SubmittedClaim, line: SubmittedLine, terms: Terms, history: History) -> Denial | None:
    """The plan's rules in order. A switch that asks for payment keeps only the duplicate check."""
    if claim.frequency_code == "1" and history.has_paid_line(claim, line):
        return Denial("OA", "18")
    if terms.switch.name != "natural":
        return None
    return next((denial for rule in RULES if (denial := rule(claim, line, terms))), None)


def _other_payer_first(claim: SubmittedClaim, line: SubmittedLine, terms: Terms) -> Denial | None:
    missing = claim.payer_sequence != "P" and not claim.has_prior_payment
    return Denial("OA", "22", "MA04") if missing else None


def _too_late(claim: SubmittedClaim, line: SubmittedLine, terms: Terms) -> Denial | None:
    age_days = (terms.received_on - line.date_of_service).days
    return Denial("CO", "29", "N211") if age_days > terms.plan.timely_filing_days else None


def _data_missing(claim: SubmittedClaim, line: SubmittedLine, terms: Terms) -> Denial | None:
    if not line.diagnoses:
        return Denial("CO", "16", "M76")
    if line.code in coverage.UNLISTED and not line.note:
        return Denial("CO", "16", "N350")
    if terms.plan.requires_ndc and line.code.startswith("J") and not line.has_drug_code:
        return Denial("CO", "16", "M119")
    return None


def _not_covered(claim: SubmittedClaim, line: SubmittedLine, terms: Terms) -> Denial | None:
    if not terms.plan.covers_preventive and line.code.startswith(("9938", "9939")):
        return Denial("PR", "96", "N425")
    return Denial("PR", "204", "N130") if line.code in coverage.EXCLUDED else None


def _authorization_missing(claim: SubmittedClaim, line: SubmittedLine, terms: Terms) -> Denial | None:
    needed = terms.plan.requires_authorization and line.code in coverage.NEEDS_AUTHORIZATION
    return Denial("CO", "197") if needed and not claim.prior_authorization else None


def _not_necessary(claim: SubmittedClaim, line: SubmittedLine, terms: Terms) -> Denial | None:
    supporting = coverage.LOCAL_COVERAGE.get(line.code) if terms.plan.local_coverage_rules else None
    if supporting is None or any(code.startswith(supporting) for code in line.diagnoses):
        return None
    return Denial("CO", "50", "N115")


def _bundled(claim: SubmittedClaim, line: SubmittedLine, terms: Terms) -> Denial | None:
    if coverage.SEPARATE.intersection(line.modifiers):
        return None
    others = {o.code for o in claim.lines if o is not line and o.date_of_service == line.date_of_service}
    including = coverage.BUNDLED.get(line.code, frozenset())
    if line.code in coverage.VISITS:
        including |= coverage.MINOR_PROCEDURES
    return Denial("CO", "97", "M15") if including & others else None


def _too_many(claim: SubmittedClaim, line: SubmittedLine, terms: Terms) -> Denial | None:
    return Denial("CO", "151") if line.units > coverage.UNITS_PER_DAY.get(line.code, 999_999) else None


Rule = Callable[[SubmittedClaim, SubmittedLine, Terms], Denial | None]
RULES: Final[tuple[Rule, ...]] = (
    _other_payer_first,
    _too_late,
    _data_missing,
    _not_covered,
    _authorization_missing,
    _not_necessary,
    _bundled,
    _too_many,
)
"""In the order in which the payer asks."""


def _denied(line: SubmittedLine, denial: Denial) -> LineDecision:
    adjustment = Adjustment(denial.group, denial.reason, line.charge_cents)
    adjustments = (adjustment,) if line.charge_cents else ()
    return _line(line, 0, 0, adjustments, (denial.remark,) if denial.remark else ())


def _half_denied(decision: LineDecision, denial: Denial | None) -> LineDecision:
    """Half of what would have been paid is denied instead."""
    cut = decision.paid_cents // 2
    reason = denial or _HALF_DENIED
    adjustments = (*decision.adjustments, Adjustment(reason.group, reason.reason, cut)) if cut else decision.adjustments
    remarks = (*decision.remarks, reason.remark) if reason.remark else decision.remarks
    return replace(decision, paid_cents=decision.paid_cents - cut, adjustments=adjustments, remarks=remarks)


# --- pricing -----------------------------------------------------------------------------------------------------


def _priced(claim: SubmittedClaim, line: SubmittedLine, terms: Terms, member: Member) -> tuple[LineDecision, Member]:
    plan = terms.plan
    allowed = fees.allowed_cents(line.code, line.modifiers, line.units, line.charge_cents, plan.fee_percent)
    deductible, coinsurance, copay = _patient_share(line, allowed, plan, member)
    member = replace(member, deductible_left_cents=member.deductible_left_cents - deductible)
    if copay:
        member = replace(member, has_copay=False)
    if line.prior is not None:
        benefit = allowed - deductible - coinsurance - copay
        return _after_prior_payer(line, allowed, benefit), member
    payable = allowed - deductible - coinsurance - copay
    withheld = fees.percent_of(payable, plan.sequestration_percent)
    group = "CO" if claim.accepts_assignment else "PR"
    adjustments = _present(
        Adjustment(group, "45", line.charge_cents - allowed),
        Adjustment("CO", "253", withheld),
        Adjustment("PR", "1", deductible),
        Adjustment("PR", "2", coinsurance),
        Adjustment("PR", "3", copay),
    )
    return _line(line, allowed, payable - withheld, adjustments), member


def _patient_share(line: SubmittedLine, allowed: int, plan: Plan, member: Member) -> tuple[int, int, int]:
    """Deductible, coinsurance, copay of one line, in cents. A copay stands alone, on visits, once a claim."""
    if line.code in coverage.PREVENTIVE:
        return 0, 0, 0
    if member.has_copay and line.code in coverage.VISITS:
        return 0, 0, min(allowed, plan.copay_cents or _SWITCHED_COPAY_CENTS)
    deductible = min(allowed, member.deductible_left_cents)
    return deductible, fees.percent_of(allowed - deductible, member.coinsurance_percent), 0


def _after_prior_payer(line: SubmittedLine, allowed: int, benefit: int) -> LineDecision:
    """Pay what the earlier payers left to the patient, up to our own benefit; OA-23 holds what they took."""
    assert line.prior is not None
    left = max(0, min(line.prior.patient_cents, line.charge_cents - line.prior.paid_cents - line.prior.other_cents))
    paid = min(left, benefit)
    adjustments = _present(
        Adjustment("OA", "23", line.charge_cents - left),
        Adjustment("PR", "2", left - paid),
    )
    return _line(line, allowed, paid, adjustments)


def _present(*adjustments: Adjustment) -> tuple[Adjustment, ...]:
    return tuple(adjustment for adjustment in adjustments if adjustment.cents)


def _line(
    line: SubmittedLine, allowed: int, paid: int, adjustments: tuple[Adjustment, ...], remarks: tuple[str, ...] = ()
) -> LineDecision:
    return LineDecision(
        number=line.number,
        code=line.code,
        modifiers=line.modifiers,
        units=line.units,
        charge_cents=line.charge_cents,
        allowed_cents=allowed,
        paid_cents=paid,
        adjustments=adjustments,
        date_of_service=line.date_of_service,
        control_number=line.control_number,
        remarks=remarks,
        qualifier=line.qualifier,
    )


# --- spread over remittances -------------------------------------------------------------------------------------


def _corrected(payment: ClaimPayment) -> ClaimPayment:
    """The same claim at 80 % of the payment; the fifth that goes is contractual."""
    return replace(payment, lines=tuple(_at_four_fifths(line) for line in payment.lines))


def _at_four_fifths(line: LineDecision) -> LineDecision:
    cut = line.paid_cents // 5
    if not cut:
        return line
    raised = [replace(a, cents=a.cents + cut) if (a.group, a.reason) == ("CO", "45") else a for a in line.adjustments]
    if tuple(raised) == line.adjustments:
        raised.insert(0, Adjustment("CO", "45", cut))
    return replace(
        line,
        allowed_cents=line.allowed_cents - cut,
        paid_cents=line.paid_cents - cut,
        adjustments=tuple(raised),
    )


def _reversed_and_corrected(payment: ClaimPayment) -> tuple[Installment, ...]:

    later = Installment((reversal_of(payment), _corrected(payment)), after_cycles=1)
    return Installment((payment,)), later


def _reversed(payment: ClaimPayment) -> tuple[Installment, ...]:

    return Installment((payment,)), Installment((reversal_of(payment),), after_cycles=1)


def _taken_back(payment: ClaimPayment) -> tuple[Installment, ...]:
    """Overpayment held: WO gives back in the 835 of the reversal, and takes in a later one (X12 RFI 227, 2051)."""
    _, change = _reversed_and_corrected(payment)
    owed = -sum(p.paid_cents for p in change.payments)
    if owed <= 0:
        return Installment((payment,)), change
    reference = payment.payer_claim_control_number
    held = replace(change, provider_adjustments=(ProviderAdjustment("WO", reference, -owed),))
    taken = Installment((), (ProviderAdjustment("WO", reference, owed),), after_cycles=2)
    return Installment((payment,)), held, taken


def _with_interest(payment: ClaimPayment) -> tuple[Installment, ...]:
    interest = fees.percent_of(payment.paid_cents, Decimal("1.5"))
    plb = (ProviderAdjustment("L6", payment.payer_claim_control_number, -interest),) if interest else ()
    return (Installment((payment,), plb),)


def _split(payment: ClaimPayment) -> tuple[Installment, ...]:
    """One CLP for the first line, one for the rest, each with its own payer claim control number."""
    if len(payment.lines) < 2:
        return (Installment((payment,)),)
    first = replace(payment, lines=payment.lines[:1])
    rest = replace(
        payment, lines=payment.lines[1:], payer_claim_control_number=f"{payment.payer_claim_control_number}B"
    )
    return (Installment((first, rest)),)


_SPREADS: Final[dict[str, Callable[[ClaimPayment], tuple[Installment, ...]]]] = {
    "reversed_corrected": _reversed_and_corrected,
    "reversed": _reversed,
    "takeback": _taken_back,
    "interest": _with_interest,
    "split": _split,
}


def outcome_name(payment: ClaimPayment, switch: Switch) -> str:
    """What the books call it: the switch's own name, or what the plan's rules made of the claim."""
    if not is_forced_payment(switch) and switch.name != "natural":
        return switch.name
    denied = [line for line in payment.lines if not line.paid_cents and _is_denied(line)]
    if len(denied) == len(payment.lines):
        return "denied"
    if denied:
        return "partially_paid"
    road = switch.name if is_forced_payment(switch) else ""
    return road or ("paid" if payment.paid_cents else "deductible")


def _is_denied(line: LineDecision) -> bool:

    return any(
        (a.group, a.reason) not in CONTRACTUAL
        and (a.group, a.reason) != PRIOR_PAYER
        and not (a.group == "PR" and a.reason in PATIENT_SHARE)
        for a in line.adjustments
    )
