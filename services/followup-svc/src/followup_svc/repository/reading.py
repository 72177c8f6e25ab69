"""Reads for endpoints and small look-ups: claims, timelines, work items, ledgers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from kit.database import Transaction
from sqlalchemy import text
from sqlmodel import col, or_, select

from followup_svc.models import ClaimRow, TimelineRow, WorkItemRow

_LOCK_TRACE = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 835))")
_UNMATCHED = text(
    """
    SELECT payment_id FROM claim_payment
    WHERE payment_id = ANY (CAST(:ids AS uuid[])) AND claim_id IS NULL AND NOT parked
    """
)


_WITH_MATTERS = text(
    """
    SELECT encounter_id FROM claim WHERE encounter_id = ANY (CAST(:ids AS uuid[]))
    UNION
    SELECT encounter_id FROM work_item WHERE encounter_id = ANY (CAST(:ids AS uuid[])) AND state = 'open'
    """
)


async def with_open_matters(tx: Transaction, encounter_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these encounters that have claims or open work items."""
    return set((await tx.execute(_WITH_MATTERS, {"ids": list(encounter_ids)})).scalars())


async def lock_trace(tx: Transaction, tenant_id: str, payer_id: str, trace_number: str) -> None:
    """Serialise the work on remittances of one payer and trace number."""
    await tx.execute(_LOCK_TRACE, {"name": f"{tenant_id}|{payer_id}|{trace_number}"})


async def unmatched(tx: Transaction, payment_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these payments that have no claim and are not in suspense yet."""
    return set((await tx.execute(_UNMATCHED, {"ids": list(payment_ids)})).scalars())


async def claim(tx: Transaction, claim_id: UUID) -> ClaimRow | None:
    """One claim, if the caller's tenant has it."""
    return (await tx.session.exec(select(ClaimRow).where(ClaimRow.claim_id == claim_id))).one_or_none()


async def claims(
    tx: Transaction,
    *,
    limit: int,
    after: tuple[datetime, UUID] | None,
    state: str | None = None,
    payer_id: str | None = None,
    encounter_id: UUID | None = None,
    patient_control_number: str | None = None,
    closed: bool | None = None,
) -> Sequence[ClaimRow]:
    """Claims, newest first; at most `limit` + 1, so that the caller sees whether there are more."""
    query = select(ClaimRow).order_by(col(ClaimRow.created_at).desc(), col(ClaimRow.claim_id).desc()).limit(limit + 1)
    exact = {
        "state": state,
        "payer_id": payer_id,
        "encounter_id": encounter_id,
        "patient_control_number": patient_control_number,
        "closed": closed,
    }
    for name, value in exact.items():
        if value is not None:
            query = query.where(getattr(ClaimRow, name) == value)
    if after is not None:
        moment, row_id = after
        same = (col(ClaimRow.created_at) == moment) & (col(ClaimRow.claim_id) < row_id)
        query = query.where(or_(col(ClaimRow.created_at) < moment, same))
    return (await tx.session.exec(query)).all()


async def work_items(
    tx: Transaction,
    *,
    limit: int,
    after: tuple[datetime, UUID] | None,
    state: str | None = None,
    waits_on: str | None = None,
    reason_code: str | None = None,
    claim_id: UUID | None = None,
    encounter_id: UUID | None = None,
) -> Sequence[WorkItemRow]:
    """Work items, oldest first; at most `limit` + 1."""
    query = select(WorkItemRow).order_by(col(WorkItemRow.created_at), col(WorkItemRow.item_id)).limit(limit + 1)
    exact = {
        "state": state,
        "waits_on": waits_on,
        "reason_code": reason_code,
        "claim_id": claim_id,
        "encounter_id": encounter_id,
    }
    for name, value in exact.items():
        if value is not None:
            query = query.where(getattr(WorkItemRow, name) == value)
    if after is not None:
        moment, row_id = after
        same = (col(WorkItemRow.created_at) == moment) & (col(WorkItemRow.item_id) > row_id)
        query = query.where(or_(col(WorkItemRow.created_at) > moment, same))
    return (await tx.session.exec(query)).all()


async def work_item(tx: Transaction, item_id: UUID) -> WorkItemRow | None:
    """One work item, if the caller's tenant has it."""
    return (await tx.session.exec(select(WorkItemRow).where(WorkItemRow.item_id == item_id))).one_or_none()


async def timeline(tx: Transaction, encounter_id: UUID) -> Sequence[TimelineRow]:
    """Everything that happened to an encounter, oldest first."""
    query = (
        select(TimelineRow)
        .where(TimelineRow.encounter_id == encounter_id)
        .order_by(col(TimelineRow.occurred_at), col(TimelineRow.event_id))
    )
    return (await tx.session.exec(query)).all()


_ACCOUNTS = text(
    """
    SELECT account, sum(debit)::bigint AS debit_cents, sum(credit)::bigint AS credit_cents FROM (
        SELECT debit_account AS account, amount_cents AS debit, 0 AS credit, ledger_id, encounter_id
        FROM ledger_transfer
        UNION ALL
        SELECT credit_account, 0, amount_cents, ledger_id, encounter_id FROM ledger_transfer
    ) AS entries
    WHERE (CAST(:ledger_id AS uuid) IS NULL OR ledger_id = :ledger_id)
      AND (CAST(:encounter_id AS uuid) IS NULL OR encounter_id = :encounter_id)
    GROUP BY account ORDER BY account
    """
)
_PROOF = text(
    """
    SELECT (SELECT count(*) FROM ledger) AS ledgers,
           (SELECT count(*) FROM ledger WHERE charge_cents + suspense_cents <> paid_cents + contractual_cents
              + patient_cents + written_off_cents + outstanding_cents + provider_level_cents) AS unbalanced_ledgers,
           (SELECT count(*) FROM ledger WHERE encounter_id IS NOT NULL AND outstanding_cents < 0) AS overpaid_ledgers,
           (SELECT coalesce(sum(paid_cents), 0)::bigint FROM ledger) AS cash_cents,
           (SELECT coalesce(sum(amount_cents), 0)::bigint FROM remittance WHERE state = 'posted') AS remitted_cents
    """
)
_TRANSFERS = text(
    """
    SELECT posted_at, debit_account, credit_account, amount_cents, reason, line_number, claim_id, remittance_id, actor
    FROM ledger_transfer WHERE ledger_id = :ledger_id ORDER BY transfer_id
    """
)
_LEDGERS = text(
    """
    SELECT ledger_id, charge_cents, paid_cents, contractual_cents, patient_cents, written_off_cents, outstanding_cents
    FROM ledger WHERE encounter_id = :encounter_id ORDER BY ledger_id
    """
)
_PAYMENTS = text(
    """
    SELECT p.payment_id, p.remittance_id, p.number, p.payer_id, p.paid_on, p.adjudication, p.state, p.turn,
           p.patient_cents, p.contractual_cents, p.denied_cents, p.category, p.reversed_by, p.charge_cents,
           p.paid_cents, r.trace_number
    FROM claim_payment p JOIN remittance r USING (remittance_id)
    WHERE p.claim_id = :claim_id ORDER BY p.paid_on, p.remittance_id, p.number
    """
)


async def accounts(
    tx: Transaction, *, ledger_id: UUID | None = None, encounter_id: UUID | None = None
) -> dict[str, tuple[int, int]]:
    """Debit and credit totals in cents per account: of a ledger, an encounter, or all."""
    rows = await tx.execute(_ACCOUNTS, {"ledger_id": ledger_id, "encounter_id": encounter_id})
    return {row.account: (row.debit_cents, row.credit_cents) for row in rows}


async def proof(tx: Transaction) -> Any:
    """Counts and sums that must agree if the books are right."""
    return (await tx.execute(_PROOF)).one()


async def transfers(tx: Transaction, ledger_id: UUID) -> list[Any]:
    """Every transfer of a ledger in the order of posting."""
    return list(await tx.execute(_TRANSFERS, {"ledger_id": ledger_id}))


async def ledgers(tx: Transaction, encounter_id: UUID) -> list[Any]:
    """The ledgers of an encounter: one per claim part."""
    return list(await tx.execute(_LEDGERS, {"encounter_id": encounter_id}))


async def payments(tx: Transaction, claim_id: UUID) -> list[Any]:
    """What payers decided about a claim."""
    return list(await tx.execute(_PAYMENTS, {"claim_id": claim_id}))
