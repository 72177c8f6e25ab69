"""What a person may order: a correction, a write-off, the end of a work item. Each once, in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from events.phi import CorrectionContext
from fastapi import Request, Response
from kit.api import Caller, Context
from kit.api.idempotency import begin, finish
from kit.database import Transaction
from kit.telemetry.spans import annotate, current_traceparent
from pydantic import BaseModel

from followup_svc import errors, presenting
from followup_svc.corrections import NEXT_PAYER, ORIGINAL, VOID, Correction, next_turn, resend_as
from followup_svc.domain import (
    PATIENT,
    Balances,
    Claim,
    Transfer,
    current_version,
    derive_id,
    outstanding,
    version_at_payer,
)
from followup_svc.domain import write_off as write_off_account
from followup_svc.following import Desk, correction_event, correction_row, follow, prior_context, publish
from followup_svc.models import ClaimRow, WorkItemRow
from followup_svc.repository import books, facts, reading, saving
from followup_svc.schemas import CorrectionIn, ResolveIn, WriteOffIn


@dataclass(frozen=True, slots=True)
class Order:
    """Who orders, when, under which idempotency key."""

    desk: Desk
    tenant_id: str
    actor: str
    key: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of a done order."""

    status: int
    body: BaseModel


def order_of(context: Context, caller: Caller, key: str) -> Order:
    """The order of a caller; the actor in the books is the key's public prefix."""
    desk: Desk = context.parts["desk"]
    return Order(desk, caller.tenant_id, f"key:{caller.key_prefix}", key, context.clock.now())


async def once(
    context: Context,
    caller: Caller,
    request: Request,
    sha256: bytes,
    execute: Callable[[Transaction, Order], Awaitable[Answer]],
) -> Response:
    """Do an order once per Idempotency-Key; Problems 400, 409, 422 of kit.api.idempotency."""
    key = request.headers.get("idempotency-key")
    if not key:
        raise errors.key_missing()
    # The path is part of what was asked: the same body for another claim is another order.
    asked = hashlib.sha256(sha256 + request.url.path.encode()).digest()
    async with context.database.transaction([caller.tenant_id]) as tx:
        stored = await begin(tx, caller.tenant_id, key, asked)
        if stored is not None:
            return Response(stored.body, stored.status, media_type="application/json")
        answer = await execute(tx, order_of(context, caller, key))
        body = answer.body.model_dump_json().encode()
        await finish(tx, caller.tenant_id, key, asked, answer.status, body)
    return Response(body, answer.status, media_type="application/json")


async def _locked(tx: Transaction, claim_id: UUID) -> tuple[books.EncounterBooks, Claim]:
    row = await reading.claim(tx, claim_id)
    if row is None:
        raise errors.claim_not_found()
    annotate(encounter_id=row.encounter_id, claim_id=claim_id)
    encounter = (await books.load(tx, [row.encounter_id]))[0]
    return encounter, next(claim for claim in encounter.claims if claim.claim_id == claim_id)


async def _answer(tx: Transaction, status: int, claim_id: UUID) -> Answer:
    tx.session.expire_all()
    row = await reading.claim(tx, claim_id)
    assert isinstance(row, ClaimRow)
    return Answer(status, presenting.summary(row))


# --- corrections ----------------------------------------------------------------------------------------------------


async def correct(tx: Transaction, order: Order, claim_id: UUID, body: CorrectionIn) -> Answer:
    """Send CorrectionRequested, once per claim and reason. Problems 404, 409."""
    encounter, claim = await _locked(tx, claim_id)
    if (claim_id, body.reason_code) in encounter.corrected:
        raise errors.already_corrected()
    balances = encounter.balances.get(claim.ledger_id, Balances()) if claim.ledger_id else Balances()
    correction = _asked(order, claim, balances, body)
    if (
        correction.action == "secondary"
        and (claim_id, f"{NEXT_PAYER}.{correction.claim_version}") in encounter.corrected
    ):
        raise errors.already_corrected()
    context = CorrectionContext(note=body.note)
    if correction.action == "secondary":
        context = replace_note(await prior_context(tx, order.desk, claim), body.note)
        if not context.prior_payments:
            raise errors.no_next_payer()
    await saving.add_corrections(tx, [correction_row(claim, correction, order.actor, order.now)])
    event = correction_event(claim, correction, order.now)
    await publish(tx, [(event, context)], {}, encounter.traceparents, order.actor)
    await follow(tx, order.desk, [claim.encounter_id], actor=order.actor)
    return await _answer(tx, 202, claim_id)


def replace_note(context: CorrectionContext, note: str | None) -> CorrectionContext:
    """The context with the biller's note."""
    return context.model_copy(update={"note": note})


def _asked(order: Order, claim: Claim, balances: Balances, body: CorrectionIn) -> Correction:
    number = claim.payer_claim_control_number
    asked = Correction(claim.claim_id, version_at_payer(claim), body.action, body.reason_code, ORIGINAL)
    if body.action == "secondary":
        following = next_turn(claim)
        if claim.standing is None or following is None or balances.outstanding(following) <= 0:
            raise errors.no_next_payer()
        return asked
    if body.action == "void":
        indicator = claim.newest.filing_indicator if claim.newest else ""
        if number is None or not order.desk.rules.payers.takes("void", claim.payer_id, indicator):
            raise errors.no_void()
        return replace(asked, frequency_code=VOID, payer_claim_control_number=number)
    code = resend_as(claim, order.desk.rules.payers)
    if code is None:
        raise errors.no_replacement()
    return replace(asked, frequency_code=code, payer_claim_control_number=number if code != ORIGINAL else None)


# --- write-offs -----------------------------------------------------------------------------------------------------


async def write_off(tx: Transaction, order: Order, claim_id: UUID, body: WriteOffIn) -> Answer:
    """Move outstanding money of the claim's payer turn to the write-off account. Problems 404, 409."""
    encounter, claim = await _locked(tx, claim_id)
    if claim.ledger_id is None:
        raise errors.ledger_not_open()
    balances = encounter.balances.get(claim.ledger_id, Balances())
    owed_cents = balances.outstanding(claim.turn)
    if body.amount_cents > owed_cents:
        if owed_cents <= 0 and balances.of(PATIENT) > 0:
            raise errors.patient_responsibility()
        raise errors.exceeds_outstanding(owed_cents)
    transfer = Transfer(
        key=f"write-off|{claim_id}|{order.key}",
        ledger_id=claim.ledger_id,
        debit_account=write_off_account(claim.turn),
        credit_account=outstanding(claim.turn),
        amount_cents=body.amount_cents,
        reason=body.reason_code,
        encounter_id=claim.encounter_id,
        claim_id=claim_id,
    )
    await saving.post_transfers(tx, [(order.tenant_id, transfer)], actor=order.actor, now=order.now)
    data = {"amount_cents": body.amount_cents, "reason_code": body.reason_code}
    await facts.add_timeline(tx, [_deed(order, claim, "WriteOffPosted", transfer.key, data)])
    await follow(tx, order.desk, [claim.encounter_id], actor=order.actor)
    return await _answer(tx, 201, claim_id)


def _deed(order: Order, claim: Claim, name: str, key: str, data: dict[str, Any]) -> facts.TimelineEntry:
    newest = claim.newest
    return facts.TimelineEntry(
        event_id=derive_id("deed", order.tenant_id, name, key),
        tenant_id=order.tenant_id,
        encounter_id=claim.encounter_id,
        encounter_version=newest.encounter_version if newest else 1,
        claim_id=claim.claim_id,
        claim_version=current_version(claim),
        event_type=name,
        occurred_at=order.now,
        actor=order.actor,
        traceparent=current_traceparent(),
        data=data,
    )


# --- work items -----------------------------------------------------------------------------------------------------


async def resolve(tx: Transaction, order: Order, item_id: UUID, body: ResolveIn) -> WorkItemRow:
    """Close a work item for good: facts do not open it again. Problems 404, 409."""
    closed = await saving.resolve_item(tx, item_id, body.resolution, order.actor, order.now)
    row = await reading.work_item(tx, item_id)
    if row is None:
        raise errors.item_not_found()
    if not closed and row.resolution != body.resolution:
        raise errors.item_closed()
    if closed and row.encounter_id is not None:
        await facts.add_timeline(tx, [_resolved(order, row, row.encounter_id)])
    return row


def _resolved(order: Order, row: WorkItemRow, encounter_id: UUID) -> facts.TimelineEntry:
    return facts.TimelineEntry(
        event_id=derive_id("deed", order.tenant_id, "WorkItemResolved", row.item_id),
        tenant_id=order.tenant_id,
        encounter_id=encounter_id,
        encounter_version=1,
        claim_id=row.claim_id,
        claim_version=None,
        event_type="WorkItemResolved",
        occurred_at=order.now,
        actor=order.actor,
        traceparent=current_traceparent(),
        data={"item_id": str(row.item_id), "reason_code": row.reason_code, "resolution": row.resolution},
    )
