"""Rows to answers. Pure but for the reads of one whole claim."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from kit.database import Transaction

from followup_svc.domain import CHARGES, PATIENT
from followup_svc.models import ClaimRow, TimelineRow, WorkItemRow
from followup_svc.repository import reading
from followup_svc.schemas import (
    AccountOut,
    BalanceOut,
    BearerOut,
    ClaimOut,
    ClaimSummary,
    EncounterBalanceOut,
    LedgerOut,
    MoneyOut,
    PaymentOut,
    TimelineOut,
    TransferOut,
    WorkItemOut,
)

Accounts = Mapping[str, tuple[int, int]]
"""Account to debit and credit cents."""
_BEARER_FIELDS = {
    "payer_cash": "paid_cents",
    "contractual": "contractual_cents",
    "write_off": "written_off_cents",
    "outstanding": "outstanding_cents",
}


def summary(row: ClaimRow) -> ClaimSummary:
    """A line of the claims list."""
    return ClaimSummary(**_summary_fields(row))


def _summary_fields(row: ClaimRow) -> dict[str, Any]:
    return {
        "claim_id": row.claim_id,
        "encounter_id": row.encounter_id,
        "claim_version": row.claim_version,
        "payer_id": row.payer_id,
        "payer_sequence": row.turn,
        "patient_control_number": row.patient_control_number,
        "payer_claim_control_number": row.payer_claim_control_number,
        "state": row.state,
        "closed": row.closed,
        "charge_cents": row.charge_cents,
        "outstanding_cents": row.outstanding_cents,
        "created_at": row.created_at,
    }


async def whole(tx: Transaction, row: ClaimRow, today: date) -> ClaimOut:
    """A claim with everything that belongs to it; the timeline is its encounter's, without the other claims."""
    ledger_id = row.ledger_id
    accounts = await reading.accounts(tx, ledger_id=ledger_id) if ledger_id else {}
    transfers = await reading.transfers(tx, ledger_id) if ledger_id else []
    items = await reading.work_items(tx, limit=500, after=None, claim_id=row.claim_id)
    happened = await reading.timeline(tx, row.encounter_id)
    return ClaimOut(
        **_summary_fields(row),
        money=money(accounts),
        payments=[_payment(payment) for payment in await reading.payments(tx, row.claim_id)],
        transfers=[TransferOut(**_chosen(transfer, TransferOut)) for transfer in transfers],
        work_items=[matter(item, today) for item in items],
        timeline=[happening(entry) for entry in happened if entry.claim_id in (None, row.claim_id)],
    )


def _chosen(row: Any, model: type[TransferOut | LedgerOut]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in model.model_fields}


def _payment(row: Any) -> PaymentOut:
    adjudication = json.loads(row.adjudication) if isinstance(row.adjudication, str) else row.adjudication
    plain = {name: getattr(row, name) for name in PaymentOut.model_fields if hasattr(row, name)}
    return PaymentOut(**{**plain, "adjudication": adjudication, "claim_status_code": adjudication["status_code"]})


def money(accounts: Accounts) -> MoneyOut:
    """Money by bearer from account totals."""
    bearers: dict[str, dict[str, int]] = {}
    for account, (debit_cents, credit_cents) in accounts.items():
        kind, _, turn = account.partition(":")
        if turn and kind in _BEARER_FIELDS:
            bearers.setdefault(turn, {})[_BEARER_FIELDS[kind]] = debit_cents - credit_cents
    charge_cents, patient_cents = -_net(accounts, CHARGES), _net(accounts, PATIENT)
    borne_cents = sum(sum(amounts.values()) for amounts in bearers.values()) + patient_cents
    return MoneyOut(
        charge_cents=charge_cents,
        bearers={turn: BearerOut(**amounts) for turn, amounts in sorted(bearers.items())},
        patient_cents=patient_cents,
        balanced=charge_cents == borne_cents,
    )


def _net(accounts: Accounts, account: str) -> int:
    debit_cents, credit_cents = accounts.get(account, (0, 0))
    return debit_cents - credit_cents


def happening(row: TimelineRow) -> TimelineOut:
    """One line of a timeline."""
    parts = (row.traceparent or "").split("-")
    return TimelineOut(
        occurred_at=row.occurred_at,
        event_type=row.event_type,
        actor=row.actor,
        trace_id=parts[1] if len(parts) > 1 else None,
        encounter_version=row.encounter_version,
        claim_id=row.claim_id,
        claim_version=row.claim_version,
        data=row.data,
    )


def matter(row: WorkItemRow, today: date) -> WorkItemOut:
    """One work item; overdue by the practice's own date."""
    plain = {name: getattr(row, name) for name in WorkItemOut.model_fields if name != "overdue"}
    return WorkItemOut(**plain, overdue=row.state == "open" and row.due_on < today)


def trial_balance(accounts: Accounts, proof: Any) -> BalanceOut:
    """Totals and the sums that must agree."""
    debit_cents = sum(debit for debit, _ in accounts.values())
    credit_cents = sum(credit for _, credit in accounts.values())
    agrees = debit_cents == credit_cents and proof.unbalanced_ledgers == 0 and proof.cash_cents == proof.remitted_cents
    return BalanceOut(
        balanced=agrees,
        debit_cents=debit_cents,
        credit_cents=credit_cents,
        accounts=_accounts(accounts),
        ledgers=proof.ledgers,
        unbalanced_ledgers=proof.unbalanced_ledgers,
        overpaid_ledgers=proof.overpaid_ledgers,
        cash_cents=proof.cash_cents,
        remitted_cents=proof.remitted_cents,
    )


def encounter_balance(encounter_id: UUID, accounts: Accounts, ledgers: Sequence[Any]) -> EncounterBalanceOut:
    """The books of one encounter."""
    shown = [LedgerOut(**_chosen(row, LedgerOut)) for row in ledgers]
    agrees = all(
        ledger.charge_cents
        == ledger.paid_cents
        + ledger.contractual_cents
        + ledger.patient_cents
        + ledger.written_off_cents
        + ledger.outstanding_cents
        for ledger in shown
    )
    return EncounterBalanceOut(
        encounter_id=encounter_id,
        balanced=agrees and money(accounts).balanced,
        accounts=_accounts(accounts),
        ledgers=shown,
    )


def _accounts(accounts: Accounts) -> list[AccountOut]:
    return [
        AccountOut(account=name, debit_cents=debit, credit_cents=credit)
        for name, (debit, credit) in sorted(accounts.items())
    ]
