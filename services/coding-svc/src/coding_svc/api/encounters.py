"""POST, PUT and GET of encounters."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import PlainTextResponse
from kit.api import Caller, Context, Page, decode_cursor, encode_cursor, json_body, read_body, require
from kit.api.paging import PageCursor, PageLimit
from kit.database import Transaction
from kit.database.grouping import GroupCommit
from kit.telemetry import annotate

from coding_svc.api import intake, presenting
from coding_svc.api.fhir import read_bundle, the_only_encounter
from coding_svc.api.intake import Incoming, body_of, once
from coding_svc.errors import problem
from coding_svc.explaining import as_text
from coding_svc.repository import reading
from coding_svc.repository.intake import NewVersion
from coding_svc.schemas.answers import Accepted, EncounterAnswer, EncounterSummary, ExplanationAnswer
from coding_svc.schemas.encounter import EncounterIn

router = APIRouter(prefix="/v1/encounters", tags=["encounters"])
Emr = Annotated[Caller, Depends(require("emr"))]
Anyone = Annotated[Caller, Depends(require("emr", "coder", "biller", "operator"))]
RecordReader = Annotated[Caller, Depends(require("emr", "coder", "biller"))]
Status = Literal["received", "held", "coded", "closed"]
WaitsOn = Literal["coder", "provider", "emr"]


@router.post("", status_code=202, response_model=Accepted, openapi_extra=json_body(EncounterIn))
async def post_encounter(request: Request, caller: Emr) -> Response:
    """Take an encounter: 202 after it is committed. The same external_id and body give the same answer."""
    record, sha256 = await read_body(request, EncounterIn)
    now = _context(request).clock.now()
    if "idempotency-key" not in request.headers:
        return await _store_in_group(request, Incoming(record, "json").version(caller.tenant_id, now))

    async def work(tx: Transaction) -> bytes:
        return body_of(await intake.store(tx, caller.tenant_id, Incoming(record, "json"), now, "/external_id"))

    return await once(request, caller, sha256, 202, work)


async def _store_in_group(request: Request, new: NewVersion) -> Response:
    # The natural key alone makes it idempotent, so concurrent requests may share a transaction.
    group: GroupCommit[NewVersion, intake.Taken] = _context(request).parts["intake"]
    taken = await group.submit(new.tenant_id, new)
    if taken.accepted is None:
        raise taken.refused or problem("encounter.in-flight")
    annotate(encounter_id=taken.accepted.encounter_id)
    return Response(body_of(taken.accepted), 202, media_type="application/json")


@router.put("/{encounter_id}", status_code=202, response_model=Accepted, openapi_extra=json_body(EncounterIn))
async def put_encounter(request: Request, caller: Emr, encounter_id: UUID) -> Response:
    """Revise an encounter: a late addendum, corrected coverage, status cancelled. JSON, or a FHIR bundle of one."""
    if request.headers.get("content-type", "").startswith("application/fhir+json"):
        bundle, sha256 = await read_bundle(request, caller)
        found = the_only_encounter(bundle)
        incoming = Incoming(found[0], "fhir", found[1])
    else:
        record, sha256 = await read_body(request, EncounterIn)
        incoming = Incoming(record, "json")
    now = _context(request).clock.now()

    async def work(tx: Transaction) -> bytes:
        return body_of(await intake.revise(tx, caller.tenant_id, encounter_id, incoming, now))

    return await once(request, caller, sha256, 202, work)


@router.get("")
async def list_encounters(
    request: Request,
    caller: Anyone,
    status: Status | None = None,
    waits_on: WaitsOn | None = None,
    cursor: PageCursor = None,
    limit: PageLimit = 50,
) -> Page[EncounterSummary]:
    """Encounters, newest first."""
    after = decode_cursor(cursor)
    async with _context(request).database.transaction([caller.tenant_id]) as tx:
        rows = await reading.encounters(
            tx, caller.tenant_id, status=status, waits_on=waits_on, after=after, limit=limit
        )
    page = rows[:limit]
    last = encode_cursor(page[-1].created_at, page[-1].encounter_id) if len(rows) > limit else None
    return Page(items=[presenting.summary(row) for row in page], next_cursor=last)


@router.get("/{encounter_id}")
async def get_encounter(request: Request, caller: Anyone, encounter_id: UUID) -> EncounterAnswer:
    """Status, versions, what waits on whom; codes with evidence for roles that may see the record."""
    async with _context(request).database.transaction([caller.tenant_id]) as tx:
        row = await reading.encounter(tx, caller.tenant_id, encounter_id)
        if row is None:
            raise problem("encounter.not-found")
        versions = await reading.versions(tx, caller.tenant_id, encounter_id)
        outcomes = await reading.outcomes(tx, caller.tenant_id, encounter_id)
        review = await reading.open_review(tx, caller.tenant_id, encounter_id)
        decision = await reading.decision_about(tx, caller.tenant_id, encounter_id, row.current_version)
    with_codes = bool(caller.roles & {"emr", "coder", "biller", "admin"})
    return presenting.encounter(row, versions, outcomes, review, decision, with_codes=with_codes)


@router.get("/{encounter_id}/explanation", response_model=ExplanationAnswer)
async def get_explanation(
    request: Request, caller: RecordReader, encounter_id: UUID, format: Literal["json", "text"] = "json"
) -> Response | ExplanationAnswer:
    """Every code of the newest version with its rule, data version and evidence, and a coder's decision.

    `format=text` gives the same to be read by a person.
    """
    async with _context(request).database.transaction([caller.tenant_id]) as tx:
        row = await reading.encounter(tx, caller.tenant_id, encounter_id)
        if row is None:
            raise problem("encounter.not-found")
        outcomes = await reading.outcomes(tx, caller.tenant_id, encounter_id)
        decision = await reading.decision_about(tx, caller.tenant_id, encounter_id, row.current_version)
    newest = [outcome for outcome in outcomes if outcome.encounter_version == row.current_version]
    if not newest:
        raise problem("encounter.nothing-decided")
    answer = presenting.explanation(newest[-1], decision)
    return PlainTextResponse(as_text(answer)) if format == "text" else answer


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context
