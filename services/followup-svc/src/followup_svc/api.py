"""The HTTP interface for billers and operators: claims, timelines, worklist, ledger, and their commands."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from kit.api import Caller, Context, Page, decode_cursor, encode_cursor, json_body, read_body, require
from kit.api.paging import PageCursor, PageLimit
from kit.database import Transaction

from followup_svc import commands, errors, presenting
from followup_svc.models import ClaimRow
from followup_svc.repository import reading
from followup_svc.schemas import (
    BalanceOut,
    ClaimOut,
    ClaimSummary,
    CorrectionIn,
    EncounterBalanceOut,
    EncounterTimelineOut,
    ResolveIn,
    WorkItemOut,
    WriteOffIn,
)

router = APIRouter(tags=["follow-up"])
Reader = Annotated[Caller, Depends(require("biller", "operator", "coder"))]
Biller = Annotated[Caller, Depends(require("biller"))]
Worker = Annotated[Caller, Depends(require("biller", "coder", "operator"))]
Operator = Annotated[Caller, Depends(require("biller", "operator"))]
Code = Annotated[str | None, Query(max_length=80, pattern=r"^[A-Za-z0-9._:|-]+$")]


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


def _today(context: Context, caller: Caller) -> date:
    return context.clock.today(context.tenants.by_id[caller.tenant_id].time_zone)


@router.get("/v1/claims")
async def list_claims(
    request: Request,
    caller: Reader,
    limit: PageLimit = 50,
    cursor: PageCursor = None,
    state: Code = None,
    payer_id: Code = None,
    encounter_id: UUID | None = None,
    patient_control_number: Code = None,
    closed: bool | None = None,
) -> Page[ClaimSummary]:
    """Claims of the practice, newest first."""
    async with _context(request).database.transaction([caller.tenant_id]) as tx:
        rows = await reading.claims(
            tx,
            limit=limit,
            after=decode_cursor(cursor),
            state=state,
            payer_id=payer_id,
            encounter_id=encounter_id,
            patient_control_number=patient_control_number,
            closed=closed,
        )
    more = len(rows) > limit
    shown = rows[:limit]
    following = encode_cursor(shown[-1].created_at, shown[-1].claim_id) if more else None
    return Page(items=[presenting.summary(row) for row in shown], next_cursor=following)


@router.get("/v1/claims/{claim_id}")
async def get_claim(claim_id: UUID, request: Request, caller: Reader) -> ClaimOut:
    """One claim: its money by bearer, the payers' decisions, open matters, and the whole timeline."""
    context = _context(request)
    async with context.database.transaction([caller.tenant_id]) as tx:
        row = await _claim(tx, claim_id)
        return await presenting.whole(tx, row, _today(context, caller))


@router.get("/v1/encounters/{encounter_id}/timeline")
async def get_timeline(encounter_id: UUID, request: Request, caller: Reader) -> EncounterTimelineOut:
    """Everything that happened to an encounter, by whichever service or person."""
    async with _context(request).database.transaction([caller.tenant_id]) as tx:
        rows = await reading.timeline(tx, encounter_id)
    if not rows:
        raise errors.encounter_not_found()
    return EncounterTimelineOut(encounter_id=encounter_id, timeline=[presenting.happening(row) for row in rows])


@router.get("/v1/work-items")
async def list_work_items(
    request: Request,
    caller: Reader,
    limit: PageLimit = 50,
    cursor: PageCursor = None,
    state: Literal["open", "closed"] | None = None,
    waits_on: Literal["coder", "biller", "provider", "emr", "payer", "operator"] | None = None,
    reason: Code = None,
    claim_id: UUID | None = None,
    encounter_id: UUID | None = None,
) -> Page[WorkItemOut]:
    """Work items, oldest first."""
    context = _context(request)
    async with context.database.transaction([caller.tenant_id]) as tx:
        rows = await reading.work_items(
            tx,
            limit=limit,
            after=decode_cursor(cursor),
            state=state,
            waits_on=waits_on,
            reason_code=reason,
            claim_id=claim_id,
            encounter_id=encounter_id,
        )
    more = len(rows) > limit
    shown = rows[:limit]
    following = encode_cursor(shown[-1].created_at, shown[-1].item_id) if more else None
    today = _today(context, caller)
    return Page(items=[presenting.matter(row, today) for row in shown], next_cursor=following)


@router.get("/v1/ledger/balance")
async def get_balance(request: Request, caller: Operator) -> BalanceOut:
    """The trial balance of the practice: totals per account, debits = credits, cash = what payers remitted."""
    async with _context(request).database.transaction([caller.tenant_id]) as tx:
        return presenting.trial_balance(await reading.accounts(tx), await reading.proof(tx))


@router.get("/v1/ledger/encounters/{encounter_id}")
async def get_encounter_balance(encounter_id: UUID, request: Request, caller: Operator) -> EncounterBalanceOut:
    """The books of one encounter."""
    async with _context(request).database.transaction([caller.tenant_id]) as tx:
        accounts = await reading.accounts(tx, encounter_id=encounter_id)
        ledgers = await reading.ledgers(tx, encounter_id)
    if not ledgers:
        raise errors.encounter_not_found()
    return presenting.encounter_balance(encounter_id, accounts, ledgers)


@router.post("/v1/claims/{claim_id}/corrections", status_code=202, openapi_extra=json_body(CorrectionIn))
async def post_correction(claim_id: UUID, request: Request, caller: Biller) -> Response:
    """Ask for a corrected claim; needs an Idempotency-Key."""
    body, sha256 = await read_body(request, CorrectionIn)
    return await commands.once(
        _context(request), caller, request, sha256, lambda tx, order: commands.correct(tx, order, claim_id, body)
    )


@router.post("/v1/claims/{claim_id}/write-offs", status_code=201, openapi_extra=json_body(WriteOffIn))
async def post_write_off(claim_id: UUID, request: Request, caller: Biller) -> Response:
    """Write off outstanding money, never the patient's share; needs an Idempotency-Key."""
    body, sha256 = await read_body(request, WriteOffIn)
    return await commands.once(
        _context(request), caller, request, sha256, lambda tx, order: commands.write_off(tx, order, claim_id, body)
    )


@router.post("/v1/work-items/{item_id}/resolve", openapi_extra=json_body(ResolveIn))
async def resolve_work_item(item_id: UUID, request: Request, caller: Worker) -> WorkItemOut:
    """Close a work item; the same resolution again gives the same answer."""
    body, _ = await read_body(request, ResolveIn)
    context = _context(request)
    async with context.database.transaction([caller.tenant_id]) as tx:
        row = await commands.resolve(tx, commands.order_of(context, caller, ""), item_id, body)
        return presenting.matter(row, _today(context, caller))


async def _claim(tx: Transaction, claim_id: UUID) -> ClaimRow:
    row = await reading.claim(tx, claim_id)
    if row is None:
        raise errors.claim_not_found()
    return row
