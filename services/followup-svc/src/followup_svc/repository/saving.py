"""Saving what was decided: transfers, payment and claim states, corrections, work items. Set-based throughout."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kit.database import Transaction
from sqlalchemy import text

from followup_svc.domain import Transfer, derive_id
from followup_svc.repository.facts import bulk_insert, columns_of
from followup_svc.worklist import WorkItem


@dataclass(frozen=True, slots=True)
class TransferRow:
    """A transfer as it is stored."""

    key: str
    tenant_id: str
    ledger_id: UUID
    encounter_id: UUID | None
    claim_id: UUID | None
    line_number: int | None
    payment_id: UUID | None
    remittance_id: UUID | None
    debit_account: str
    credit_account: str
    amount_cents: int
    reason: str
    actor: str
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentState:
    """What became of a payment."""

    payment_id: UUID
    state: str
    turn: str
    patient_cents: int
    contractual_cents: int
    denied_cents: int
    category: str | None


@dataclass(frozen=True, slots=True)
class ClaimRowState:
    """What the facts tell of a claim, for lists and for the next round."""

    claim_id: UUID
    claim_version: int
    charge_cents: int
    outstanding_cents: int
    ledger_id: UUID | None
    state: str
    quiet: bool
    opened_lines: dict[str, Any]
    opening_number: int
    closing_number: int
    closed: bool
    closed_as: str | None
    payer_claim_control_number: str | None


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """A correction that went out; at most one per claim and reason."""

    claim_id: UUID
    reason_code: str
    tenant_id: str
    claim_version: int
    action: str
    frequency_code: str
    actor: str
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class WorkItemEntry:
    """A work item as it is stored."""

    item_id: UUID
    tenant_id: str
    key: str
    reason_code: str
    waits_on: str
    opened_on: date
    due_on: date
    amount_cents: int
    action: str
    encounter_id: UUID | None
    claim_id: UUID | None
    remittance_id: UUID | None
    details: dict[str, Any]
    created_at: datetime

    @classmethod
    def of(cls, item: WorkItem, tenant_id: str, now: datetime) -> WorkItemEntry:
        """The row of an item; its id follows from tenant and key."""
        return cls(
            item_id=derive_id("work-item", tenant_id, item.key),
            tenant_id=tenant_id,
            key=item.key,
            reason_code=item.reason_code,
            waits_on=item.waits_on,
            opened_on=item.opened_on,
            due_on=item.due_on,
            amount_cents=item.amount_cents,
            action=item.action,
            encounter_id=item.encounter_id,
            claim_id=item.claim_id,
            remittance_id=item.remittance_id,
            details=dict(item.details),
            created_at=now,
        )


@dataclass(slots=True)
class Decisions:
    """All that one round decided about some encounters; saved in a handful of statements."""

    transfers: list[tuple[str, Transfer]] = field(default_factory=list)
    """Tenant and transfer."""
    payments: list[PaymentState] = field(default_factory=list)
    reversals: dict[UUID, UUID] = field(default_factory=dict)
    """Reversed payment to the reversal that took it back."""
    claims: list[ClaimRowState] = field(default_factory=list)
    corrections: list[CorrectionRow] = field(default_factory=list)
    items: list[tuple[str, WorkItem]] = field(default_factory=list)
    """Tenant and item: every item that the facts ask for."""


_TRANSFERS = bulk_insert("ledger_transfer", TransferRow, "ON CONFLICT (tenant_id, key) DO NOTHING")
_CORRECTIONS = bulk_insert("correction", CorrectionRow, "ON CONFLICT DO NOTHING")
# A matter that the facts ask for again opens again, unless a person closed it. What did not change is not written.
_ITEMS = bulk_insert(
    "work_item AS w",
    WorkItemEntry,
    """
    ON CONFLICT (tenant_id, key) DO UPDATE SET
        reason_code = excluded.reason_code, encounter_id = excluded.encounter_id, claim_id = excluded.claim_id,
        amount_cents = excluded.amount_cents, details = excluded.details, state = 'open',
        closed_at = NULL, closed_by = NULL, resolution = NULL
    WHERE (w.state = 'open' OR w.closed_by = 'facts')
      AND (w.state, w.reason_code, w.encounter_id, w.amount_cents, w.details) IS DISTINCT FROM
          ('open', excluded.reason_code, excluded.encounter_id, excluded.amount_cents, excluded.details)
    """,
)
_CLOSE_ITEMS = text(
    """
    UPDATE work_item SET state = 'closed', closed_at = :now, closed_by = 'facts', resolution = 'resolved'
    WHERE state = 'open' AND encounter_id = ANY (CAST(:encounters AS uuid[])) AND key <> ALL (CAST(:keys AS text[]))
    """
)
_CLOSE_KEYS = text(
    """
    UPDATE work_item SET state = 'closed', closed_at = :now, closed_by = 'facts', resolution = 'resolved'
    WHERE state = 'open' AND key = ANY (CAST(:keys AS text[]))
    """
)
_RESOLVE = text(
    """
    UPDATE work_item SET state = 'closed', closed_at = :now, closed_by = :actor, resolution = :resolution
    WHERE item_id = :id AND state = 'open'
    """
)
_PAYMENTS = text(
    """
    UPDATE claim_payment p SET state = t.state, turn = t.turn, patient_cents = t.patient_cents,
        contractual_cents = t.contractual_cents, denied_cents = t.denied_cents, category = t.category, parked = false
    FROM unnest(CAST(:payment_id AS uuid[]), CAST(:state AS text[]), CAST(:turn AS text[]),
                CAST(:patient_cents AS bigint[]), CAST(:contractual_cents AS bigint[]), CAST(:denied_cents AS bigint[]),
                CAST(:category AS text[]))
         AS t (payment_id, state, turn, patient_cents, contractual_cents, denied_cents, category)
    WHERE p.payment_id = t.payment_id
    """
)
_REVERSED = text(
    """
    UPDATE claim_payment p SET reversed_by = t.by_id
    FROM unnest(CAST(:ids AS uuid[]), CAST(:by_ids AS uuid[])) AS t (id, by_id) WHERE p.payment_id = t.id
    """
)
_PARK = text("UPDATE claim_payment SET parked = true WHERE payment_id = ANY (CAST(:ids AS uuid[])) AND NOT parked")
_CLAIMS = text(
    """
    UPDATE claim c SET claim_version = t.claim_version, charge_cents = t.charge_cents,
        outstanding_cents = t.outstanding_cents, ledger_id = t.ledger_id, state = t.state, quiet = t.quiet,
        opened_lines = t.opened_lines::jsonb, opening_number = t.opening_number, closing_number = t.closing_number,
        closed = t.closed, closed_as = t.closed_as,
        payer_claim_control_number = coalesce(t.payer_number, c.payer_claim_control_number)
    FROM unnest(CAST(:claim_id AS uuid[]), CAST(:claim_version AS int[]), CAST(:charge_cents AS bigint[]),
                CAST(:outstanding_cents AS bigint[]), CAST(:ledger_id AS uuid[]), CAST(:state AS text[]),
                CAST(:quiet AS boolean[]), CAST(:opened_lines AS text[]), CAST(:opening_number AS int[]),
                CAST(:closing_number AS int[]), CAST(:closed AS boolean[]), CAST(:closed_as AS text[]),
                CAST(:payer_claim_control_number AS text[]))
         AS t (claim_id, claim_version, charge_cents, outstanding_cents, ledger_id, state, quiet, opened_lines,
               opening_number, closing_number, closed, closed_as, payer_number)
    WHERE c.claim_id = t.claim_id
    """
)


async def save(tx: Transaction, decisions: Decisions, encounters: Iterable[UUID], *, actor: str, now: datetime) -> None:
    """Write one round. Work items of these encounters that the facts no longer ask for are closed."""
    await post_transfers(tx, decisions.transfers, actor=actor, now=now)
    if decisions.payments:
        await tx.execute(_PAYMENTS, columns_of(decisions.payments))
    if decisions.reversals:
        pairs = {"ids": list(decisions.reversals), "by_ids": list(decisions.reversals.values())}
        await tx.execute(_REVERSED, pairs)
    if decisions.claims:
        await tx.execute(_CLAIMS, columns_of(decisions.claims))
    await add_corrections(tx, decisions.corrections)
    await open_items(tx, decisions.items, now)
    keys = [item.key for _, item in decisions.items]
    await tx.execute(_CLOSE_ITEMS, {"encounters": list(encounters), "keys": keys, "now": now})


async def post_transfers(
    tx: Transaction, transfers: Sequence[tuple[str, Transfer]], *, actor: str, now: datetime
) -> None:
    """Append transfers to the ledger (tenant and transfer each)."""
    if not transfers:
        return
    rows = [
        TransferRow(
            key=t.key,
            tenant_id=tenant_id,
            ledger_id=t.ledger_id,
            encounter_id=t.encounter_id,
            claim_id=t.claim_id,
            line_number=t.line_number,
            payment_id=t.payment_id,
            remittance_id=t.remittance_id,
            debit_account=t.debit_account,
            credit_account=t.credit_account,
            amount_cents=t.amount_cents,
            reason=t.reason,
            actor=actor,
            posted_at=now,
        )
        for tenant_id, t in transfers
    ]
    await tx.execute(_TRANSFERS, columns_of(rows))


async def add_corrections(tx: Transaction, rows: Sequence[CorrectionRow]) -> None:
    """Remember corrections, so that each goes out once per claim and reason."""
    if rows:
        await tx.execute(_CORRECTIONS, columns_of(rows))


async def resolve_item(tx: Transaction, item_id: UUID, resolution: str, actor: str, now: datetime) -> bool:
    """Close one open item by a person; False if it is unknown or closed already."""
    named = {"id": item_id, "resolution": resolution, "actor": actor, "now": now}
    return bool((await tx.execute(_RESOLVE, named)).rowcount)


async def open_items(tx: Transaction, items: Sequence[tuple[str, WorkItem]], now: datetime) -> None:
    """Open work items (tenant and item each); one that is open stays as it is."""
    if items:
        unique = {(tenant_id, item.key): (tenant_id, item) for tenant_id, item in items}
        await tx.execute(_ITEMS, columns_of([WorkItemEntry.of(item, t, now) for t, item in unique.values()]))


async def close_items(tx: Transaction, keys: Sequence[str], now: datetime) -> None:
    """Close items by key: what they waited for has come."""
    if keys:
        await tx.execute(_CLOSE_KEYS, {"keys": list(keys), "now": now})


async def mark_parked(tx: Transaction, payment_ids: Sequence[UUID]) -> None:
    """Note that the cash of these payments lies in suspense."""
    if payment_ids:
        await tx.execute(_PARK, {"ids": list(payment_ids)})


def closed_as_text(amounts: Mapping[str, int]) -> str:
    """What a claim was closed with, to see whether a later posting changed it."""
    return json.dumps(dict(amounts), sort_keys=True, separators=(",", ":"))
