"""The state of a claim, derived from its facts and its balances."""

from __future__ import annotations

from enum import StrEnum

from followup_svc.domain.claims import Claim, rejected, stalled, version_of
from followup_svc.domain.ledger import Balances


class ClaimState(StrEnum):
    """Where a claim stands. Rejected was never adjudicated; denied was."""

    UNKNOWN = "unknown"
    HELD = "held"
    BUILT = "built"
    WITHDRAWN = "withdrawn"
    SUBMITTED = "submitted"
    STALLED = "stalled"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PAID = "paid"
    PATIENT_SHARE = "patient_share"
    PARTIALLY_PAID = "partially_paid"
    DENIED = "denied"
    WRITTEN_OFF = "written_off"
    REVERSED = "reversed"
    VOIDED = "voided"


_BEFORE_ADJUDICATION = (
    ("ClaimAccepted", ClaimState.ACCEPTED),
    ("ClaimSubmitted", ClaimState.SUBMITTED),
    ("ClaimWithdrawn", ClaimState.WITHDRAWN),
    ("ClaimBuilt", ClaimState.BUILT),
    ("ClaimHeld", ClaimState.HELD),
)
WITHDRAWN_FOR_GOOD = frozenset({"encounter_cancelled", "not_disclosed", "self_pay", "payer_changed", "merged"})


def version_state(claim: Claim, claim_version: int) -> ClaimState:
    """The state of one version as far as its submission goes."""
    if rejected(claim, claim_version):
        return ClaimState.REJECTED
    if stalled(claim, claim_version):
        return ClaimState.STALLED
    for event_type, state in _BEFORE_ADJUDICATION:
        if claim.of_type(event_type, claim_version):
            return state
    return ClaimState.UNKNOWN


def current_version(claim: Claim) -> int:
    """The highest version that was not withdrawn; the highest of all if every one was; 1 if none is known."""
    numbers = {fact.claim_version for fact in claim.facts if fact.claim_version}
    withdrawn = {fact.claim_version for fact in claim.of_type("ClaimWithdrawn")}
    sent = {fact.claim_version for fact in claim.of_type("ClaimSubmitted")}
    return max(numbers - (withdrawn - sent), default=0) or max(numbers, default=0) or 1


def version_at_payer(claim: Claim) -> int:
    """The version that the payer has: the decided one, else the newest sent one, else the current one."""
    if claim.standing is not None:
        return version_of(claim.standing, claim)
    sent = [fact.claim_version for fact in claim.of_type("ClaimSubmitted") if fact.claim_version]
    return max(sent, default=0) or current_version(claim)


def cancelled(claim: Claim) -> bool:
    """True if the claim shall not exist: its newest version was withdrawn for good, or replaced by a void."""
    newest = claim.newest
    if newest is not None and newest.frequency_code == "8":
        return True
    final = [f for f in claim.of_type("ClaimWithdrawn") if f.data.get("reason") in WITHDRAWN_FOR_GOOD]
    last = max((f.claim_version or 0 for f in final), default=0)
    return bool(last) and (newest is None or newest.claim_version <= last)


def voided(claim: Claim) -> bool:
    """True if a cancelled claim leaves nothing at the payer: never sent, rejected, refused, or paid and taken back."""
    if not cancelled(claim):
        return False
    if claim.standing is not None:
        return _refused_whole(claim)
    if any(payment.posted and payment.adjudication.is_reversal for payment in claim.payments):
        return True
    sent = {fact.claim_version for fact in claim.of_type("ClaimSubmitted") if fact.claim_version}
    return all(rejected(claim, version) for version in sent)


def _refused_whole(claim: Claim) -> bool:
    """True if the payer's last word on all that was sent is a denial: nothing paid, taken off or put on the patient."""
    standing = [payment for payment in claim.payments if payment.stands]
    if any(p.adjudication.paid_cents or p.patient_cents or p.contractual_cents for p in standing):
        return False
    sent = max((fact.claim_version or 0 for fact in claim.of_type("ClaimSubmitted")), default=0)
    return all(p.denied_cents for p in standing) and max(version_of(p, claim) for p in standing) >= sent


def claim_state(claim: Claim, balances: Balances) -> ClaimState:
    """The state that all facts together tell; a late acknowledgement never moves a decided claim back."""
    if voided(claim):
        return ClaimState.VOIDED
    standing, current = claim.standing, current_version(claim)
    posted = [payment for payment in claim.payments if payment.posted]
    if standing is not None and version_of(standing, claim) >= current:
        return _decided(claim, balances)
    if standing is None and posted and max(version_of(payment, claim) for payment in posted) >= current:
        return ClaimState.REVERSED
    return version_state(claim, current)


def _decided(claim: Claim, balances: Balances) -> ClaimState:
    paid_cents = sum(p.adjudication.paid_cents for p in claim.payments if p.posted)
    if balances.outstanding(claim.turn) > 0:
        return ClaimState.PARTIALLY_PAID if paid_cents else ClaimState.DENIED
    if paid_cents:
        return ClaimState.PAID
    patient_cents = sum(p.patient_cents for p in claim.payments if p.posted)
    return ClaimState.PATIENT_SHARE if patient_cents else ClaimState.WRITTEN_OFF


def opening_lines(claim: Claim) -> dict[int, int]:
    """Charge per line number that the ledger shall hold now: that of the newest version, nothing if voided."""
    if not claim.first_turn or voided(claim):
        return {}
    billed = [version for version in claim.versions if version.frequency_code != "8"]
    newest = max(billed, key=lambda version: version.claim_version, default=None)
    return {line.line_number: line.charge_cents for line in newest.lines if line.charge_cents} if newest else {}
