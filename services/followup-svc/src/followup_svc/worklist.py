"""What waits on whom: work items as the facts ask for them. Pure; following.py keeps the table in step.

An item is named by its business key, so that a redo makes no second one, and it closes by itself when the facts no
longer ask for it.
"""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from events import AcknowledgementQuarantined

from followup_svc.corrections import Correction, crossed_over, next_turn
from followup_svc.deadlines import due_on
from followup_svc.denials import Playbook
from followup_svc.domain import (
    Balances,
    Claim,
    Fact,
    Payment,
    cancelled,
    current_version,
    rejected,
    stalled,
    version_of,
    voided,
)

UNKNOWN_CLAIM = "payment.claim-unknown"
CHARGE_DIFFERS = "payment.charge-differs"
TURN_NOT_OPEN = "payment.turn-not-open"
REVERSAL_UNMATCHED = "payment.reversal-unmatched"


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One matter for one role by one date. `details` hold codes and amounts only."""

    key: str
    reason_code: str
    waits_on: str
    opened_on: date
    due_on: date
    amount_cents: int
    action: str = ""
    encounter_id: UUID | None = None
    claim_id: UUID | None = None
    remittance_id: UUID | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@cache
def _reasons() -> Mapping[str, Mapping[str, Any]]:
    text = (importlib.resources.files(__package__) / "worklist.toml").read_text(encoding="utf-8")
    reasons: Mapping[str, Mapping[str, Any]] = tomllib.loads(text)["reasons"]
    return reasons


def work_item(key: str, reason_code: str, opened_on: date, amount_cents: int, **fields: Any) -> WorkItem:
    """An item whose owner and deadline come from worklist.toml; `waits_on` may be given instead."""
    rule = _reasons()[reason_code]
    waits_on = fields.pop("waits_on", None) or rule["waits_on"]
    due = due_on(opened_on, rule["days"], rule.get("calendar", "business"))
    return WorkItem(key, reason_code, waits_on, opened_on, due, amount_cents, **fields)


def encounter_items(facts: Iterable[Fact], encounter_id: UUID) -> list[WorkItem]:
    """The hold of an encounter that has not ended: only the newest one counts."""
    facts = list(facts)
    holds = [fact for fact in facts if fact.event_type == "EncounterHeld"]
    if not holds:
        return []
    hold = max(holds, key=lambda fact: (fact.encounter_version, fact.data.get("hold_number", 0)))
    place = (hold.encounter_version, hold.occurred_at)
    if any(f.event_type in _ENDS_HOLD and (f.encounter_version, f.occurred_at) >= place for f in facts):
        return []
    key = f"encounter-held|{encounter_id}|{hold.encounter_version}|{hold.data.get('hold_number')}"
    details = {"reason_codes": hold.data.get("reason_codes", [])}
    waits_on = hold.data.get("waits_on")
    opened = hold.occurred_at.date()
    return [work_item(key, "encounter.held", opened, 0, encounter_id=encounter_id, details=details, waits_on=waits_on)]


_ENDS_HOLD = frozenset({"EncounterCoded", "EncounterClosed"})


@dataclass(frozen=True, slots=True)
class _Subject:
    """One claim and how its items are named."""

    claim: Claim
    balances: Balances

    @property
    def charge_cents(self) -> int:
        return self.claim.newest.charge_cents if self.claim.newest else 0

    def item(self, key: str, reason_code: str, opened_on: date, amount_cents: int, **fields: Any) -> WorkItem:
        claim = self.claim
        named = f"{key}|{claim.claim_id}"
        ids = {"encounter_id": claim.encounter_id, "claim_id": claim.claim_id}
        return work_item(named, reason_code, opened_on, amount_cents, **ids, **fields)


def claim_items(claim: Claim, balances: Balances, corrections: Iterable[Correction], book: Playbook) -> list[WorkItem]:
    """Every item that the facts of one claim ask for."""
    if voided(claim):
        return []
    subject = _Subject(claim, balances)
    denials = _denial_items(subject, book)
    items = [*_submission_items(subject), *denials, *_money_items(subject, denied=bool(denials))]
    items += _refused_items(subject)
    return items + [_manual(subject, correction) for correction in corrections if correction.frequency_code is None]


def _submission_items(subject: _Subject) -> list[WorkItem]:
    claim = subject.claim
    current = current_version(claim)
    decided = claim.standing is not None and version_of(claim.standing, claim) >= current
    if decided:
        return []
    items: list[WorkItem] = []
    if held := _standing_hold(claim):
        items.append(_submission_item(subject, "claim.held", held, {"findings": held.data.get("findings", [])}))
    if refused := rejected(claim, current):
        kept = {name: refused.data.get(name) for name in ("source", "status_codes", "error_locations")}
        items.append(_submission_item(subject, "claim.rejected", refused, kept))
    stall = stalled(claim, current)
    reason = stall.data.get("reason") if stall else None
    waits_for_payer = reason == "sent_version_exists"
    # Another version is at the payer: its answer comes first, and only then can this one follow as a correction
    # (corrections.py), which is asked for, or is a matter of its own, once the answer is there.
    if stall and not (waits_for_payer and claim.standing is not None):
        waits_on = "payer" if waits_for_payer else None
        items.append(_submission_item(subject, "claim.stalled", stall, {"reason": reason}, waits_on))
    return items


def _standing_hold(claim: Claim) -> Fact | None:
    holds = claim.of_type("ClaimHeld")
    newest = max(holds, key=lambda fact: (fact.claim_version or 0, fact.occurred_at), default=None)
    ended = [*claim.of_type("ClaimBuilt"), *claim.of_type("ClaimWithdrawn")]
    if newest is None or any((fact.claim_version or 0) >= (newest.claim_version or 0) for fact in ended):
        return None
    return newest


def _submission_item(
    subject: _Subject, reason_code: str, fact: Fact, details: Mapping[str, Any], waits_on: str | None = None
) -> WorkItem:
    key = f"{reason_code}|{fact.claim_version}|{fact.occurred_at.isoformat()}"
    amount_cents = subject.charge_cents or fact.data.get("charge_cents", 0)
    return subject.item(key, reason_code, fact.occurred_at.date(), amount_cents, details=details, waits_on=waits_on)


def _denial_items(subject: _Subject, book: Playbook) -> list[WorkItem]:
    claim = subject.claim
    sent = {fact.claim_version or 0 for fact in claim.of_type("ClaimSubmitted")}
    items = []
    for payment in claim.payments:
        owed_cents = subject.balances.outstanding(payment.turn or claim.turn)
        refused = payment.stands and payment.denied_cents > 0 and owed_cents > 0
        answered_again = _decided_later(claim, payment) or max(sent, default=0) > version_of(payment, claim)
        if refused and not answered_again:
            items.append(_denial_item(subject, payment, min(payment.denied_cents, owed_cents), book))
    return items


def _decided_later(claim: Claim, payment: Payment) -> bool:
    return any(
        other.stands and other.turn == payment.turn and other.paid_on > payment.paid_on for other in claim.payments
    )


def _denial_item(subject: _Subject, payment: Payment, amount_cents: int, book: Playbook) -> WorkItem:
    ruling = book.category(payment.category or "")
    adjustments = [
        {"line": line.position if line else None, "group": a.group_code, "code": a.reason_code, "cents": a.amount_cents}
        for line, a in payment.adjudication.located_adjustments()
    ]
    remarks = {*payment.adjudication.remark_codes, *(r for s in payment.adjudication.lines for r in s.remark_codes)}
    start = payment.paid_on
    return WorkItem(
        key=f"denial|{payment.payment_id}|{subject.claim.claim_id}",
        reason_code=f"denial.{ruling.category.replace('_', '-')}",
        waits_on=ruling.waits_on,
        opened_on=start,
        due_on=due_on(start, ruling.days, ruling.calendar),
        amount_cents=amount_cents,
        action=ruling.action,
        encounter_id=subject.claim.encounter_id,
        claim_id=subject.claim.claim_id,
        remittance_id=payment.remittance_id,
        details={"adjustments": adjustments, "remark_codes": sorted(remarks)},
    )


def _money_items(subject: _Subject, *, denied: bool) -> list[WorkItem]:
    claim, standing = subject.claim, subject.claim.standing
    items = []
    owed_cents = subject.balances.outstanding(claim.turn)
    if owed_cents < 0 and standing is not None:
        items.append(subject.item("overpaid", "ledger.overpaid", standing.paid_on, -owed_cents))
    decided = standing is not None and version_of(standing, claim) >= current_version(claim)
    if owed_cents > 0 and standing is not None and decided and not denied:
        # Decided, not denied, and still not all there: a part of a split claim, or an answer that says too little.
        items.append(subject.item("outstanding", "ledger.still-outstanding", standing.paid_on, owed_cents))
    if owed_cents > 0 and standing is None and (taken := _taken_back(claim)):
        # The whole decision was taken back and none has followed: nobody but us will ask for it.
        items.append(subject.item(f"taken-back|{taken.payment_id}", "payment.taken-back", taken.paid_on, owed_cents))
    following = next_turn(claim)
    if standing is not None and following is not None and crossed_over(claim):
        waiting_cents = subject.balances.outstanding(following)
        answered = any(payment.posted and payment.turn == following for payment in claim.payments)
        if waiting_cents > 0 and not answered:
            items.append(subject.item("crossover", "cob.crossover", standing.paid_on, waiting_cents))
    return items


def _taken_back(claim: Claim) -> Payment | None:
    """The newest reversal, unless a version that was sent after the reversed one still waits for its answer."""
    reversed_by = {payment.reversed_by: payment for payment in claim.payments if payment.posted and payment.reversed_by}
    reversals = [payment for payment in claim.payments if payment.posted and payment.payment_id in reversed_by]
    newest = max(reversals, key=lambda payment: (payment.paid_on, payment.key), default=None)
    if newest is None:
        return None
    sent = max((fact.claim_version or 0 for fact in claim.of_type("ClaimSubmitted")), default=0)
    return newest if sent <= version_of(reversed_by[newest.payment_id], claim) else None


def _manual(subject: _Subject, correction: Correction) -> WorkItem:
    reason = "void.needs-a-person" if correction.action == "void" else "correction.needs-a-person"
    standing = subject.claim.standing
    opened = standing.paid_on if standing else _newest_fact(subject.claim).date()
    details = {"reason_code": correction.reason_code, "action": correction.action}
    return subject.item(f"correction|{correction.reason_code}", reason, opened, subject.charge_cents, details=details)


def _refused_items(subject: _Subject) -> list[WorkItem]:
    """Corrections that claim-builder could not carry out and that no newer version has overtaken."""
    claim = subject.claim
    if cancelled(claim):
        return []
    built = max((fact.occurred_at for fact in claim.of_type("ClaimBuilt")), default=None)
    items = []
    for fact in claim.of_type("CorrectionRefused"):
        if built is None or built <= fact.occurred_at:
            told = {name: fact.data.get(name) for name in ("action", "reason_code", "refusal")}
            key = f"correction-refused|{fact.claim_version}|{told['action']}|{told['reason_code']}"
            opened = fact.occurred_at.date()
            items.append(subject.item(key, "correction.refused", opened, subject.charge_cents, details=told))
    return items


def _newest_fact(claim: Claim) -> datetime:
    return max(fact.occurred_at for fact in claim.facts)


def suspense_item(payment: Payment, reason_code: str, encounter_id: UUID | None = None) -> WorkItem:
    """A payment that cannot be posted yet; the item closes itself when it is."""
    amount_cents = payment.adjudication.paid_cents or payment.adjudication.charge_cents
    return work_item(
        f"suspense|{payment.payment_id}",
        reason_code,
        payment.paid_on,
        abs(amount_cents),
        encounter_id=encounter_id,
        claim_id=payment.claim_id,
        remittance_id=payment.remittance_id,
        details={"claim_status_code": payment.adjudication.status_code},
    )


def quarantine_item(event: AcknowledgementQuarantined) -> WorkItem:
    """An acknowledgement file that submission-svc could not apply; which claims it is about nobody knows."""
    return work_item(
        f"acknowledgement-quarantined|{event.webhook_id}",
        "acknowledgement.quarantined",
        event.occurred_at.date(),
        0,
        details={
            "webhook_id": str(event.webhook_id),
            "gateway_id": event.gateway_id,
            "transaction_set": event.kind,
            "code": event.reason,
        },
    )
