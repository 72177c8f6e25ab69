"""Apply what was said about claims: one transaction, each statement once, in any order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.database import Transaction
from kit.telemetry import metrics, names, span

from submission_svc.acknowledgements.judging import Fact, Sent, Source
from submission_svc.domain import ClaimState, Verdict, after
from submission_svc.published import claim_accepted, claim_rejected, claim_span
from submission_svc.repository import acknowledgements as repository
from submission_svc.repository import submissions
from submission_svc.repository.submissions import ClaimKey, VersionRow
from submission_svc.standing import settle

ACKNOWLEDGE = "acknowledge claim"


@dataclass(frozen=True, slots=True)
class _Effect:
    """A new fact and what it did to its claim."""

    fact: Fact
    row: VersionRow
    before: ClaimState
    after: ClaimState


async def apply_facts(
    tx: Transaction, tenant_id: str, acknowledgement_id: UUID, facts: Sequence[Fact], now: datetime
) -> None:
    """Keep the facts, move the claims, publish ClaimAccepted and ClaimRejected, queue the innocent again.

    The interchanges must be locked before. A fact that is known already does nothing.
    """
    ids = sorted({fact.sent.claim_id for fact in facts})
    await submissions.lock_claims(tx, ids)
    rows = {row.key: row for row in await submissions.versions_for_update(tx, ids)}
    new = await repository.insert_facts(tx, tenant_id, acknowledgement_id, facts, now)
    effects = _effects(new, rows)
    await submissions.set_answered(tx, _changes(effects))
    for effect in effects:
        _tell(tx, effect, acknowledgement_id, now)
    moved = (ClaimState.REJECTED, ClaimState.PENDING)
    await settle(tx, {e.row.claim_id for e in effects if e.after in moved and e.after is not e.before}, now)


def note_passed(tenant_id: str, passed: Iterable[tuple[Source, Sent]]) -> None:
    """Count what passed a TA1 or 999 and leave a span for each claim: who looks for the claim finds the file."""
    for source, sent in passed:
        metrics.PAYER_ANSWERS.add(1, {"type": source, "result": "passed"})
        attributes = {names.TENANT_ID: tenant_id, names.TRANSACTION_SET: source, names.OUTCOME: "passed"}
        with span(
            ACKNOWLEDGE,
            encounter_id=sent.encounter_id,
            claim_id=sent.claim_id,
            links=[sent.submit_traceparent],
            attributes=attributes,
        ):
            pass


def _effects(facts: Sequence[Fact], rows: dict[ClaimKey, VersionRow]) -> list[_Effect]:
    states = {key: row.state for key, row in rows.items()}
    effects = []
    for fact in facts:
        key = (fact.sent.claim_id, fact.sent.claim_version)
        row, before = rows[key], states[key]
        current = row.interchange_id == fact.sent.interchange_id
        states[key] = after(before, fact.verdict, current_attempt=current)
        effects.append(_Effect(fact, row, before, states[key]))
    return effects


def _changes(effects: Sequence[_Effect]) -> list[tuple[ClaimKey, ClaimState, str | None]]:
    """The last state of each claim and the payer's number for it, where anything changes."""
    last: dict[ClaimKey, tuple[ClaimKey, ClaimState, str | None]] = {}
    for effect in effects:
        number = effect.fact.payer_claim_control_number or last.get(effect.row.key, (None, None, None))[2]
        if effect.after is not effect.row.state or number or effect.row.key in last:
            last[effect.row.key] = (effect.row.key, effect.after, number)
    return list(last.values())


def _tell(tx: Transaction, effect: _Effect, acknowledgement_id: UUID, now: datetime) -> None:
    fact, row = effect.fact, effect.row
    metrics.PAYER_ANSWERS.add(1, {"type": fact.source, "result": fact.verdict.value})
    attributes = {names.TRANSACTION_SET: fact.source, names.OUTCOME: fact.verdict.value}
    with claim_span(ACKNOWLEDGE, row, links=[row.submit_traceparent], attributes=attributes):
        if fact.verdict is Verdict.ACCEPTED and effect.after is ClaimState.ACCEPTED:
            tx.publish(claim_accepted(row, acknowledgement_id, fact, now))
        elif effect.after is ClaimState.REJECTED and effect.before is not ClaimState.REJECTED:
            tx.publish(claim_rejected(row, acknowledgement_id, fact, now))
