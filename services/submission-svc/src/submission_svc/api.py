"""The HTTP interface: where a claim stands with its payer, in which file it went, and how to send a file again."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from kit.api import Caller, Context, Page, Problem, decode_cursor, encode_cursor, require
from kit.api.paging import PageCursor, PageLimit
from kit.telemetry import annotate

from submission_svc.domain import ClaimState, InterchangeState, WrongMoment
from submission_svc.models import ClaimAcknowledgement, Interchange, InterchangeMember, Submission
from submission_svc.repository import interchanges, reads
from submission_svc.schemas import (
    AcknowledgementOut,
    AttemptOut,
    ClaimSubmissionsOut,
    InterchangeDetailOut,
    InterchangeOut,
    MemberOut,
    SubmissionDetailOut,
    SubmissionOut,
    WaitsOn,
)

router = APIRouter(tags=["submissions"])
Reader = Annotated[Caller, Depends(require("biller", "operator"))]
Operator = Annotated[Caller, Depends(require("operator"))]


@router.get("/v1/submissions")
async def list_submissions(
    request: Request,
    caller: Reader,
    state: ClaimState | None = None,
    limit: PageLimit = 100,
    cursor: PageCursor = None,
) -> Page[SubmissionOut]:
    """Claim versions in the order in which they were built, optionally of one state."""
    context: Context = request.app.state.context
    async with context.database.transaction([caller.tenant_id]) as tx:
        rows = await reads.submissions_page(tx, caller.tenant_id, state, decode_cursor(cursor), limit)
        items = [_submission(row) for row in rows]
    last = encode_cursor(items[-1].built_at, items[-1].claim_id) if len(items) == limit else None
    return Page(items=items, next_cursor=last)


@router.get("/v1/submissions/{claim_id}")
async def get_submissions(claim_id: UUID, request: Request, caller: Reader) -> ClaimSubmissionsOut:
    """All versions of a claim with their attempts and answers. Problem 404."""
    annotate(claim_id=claim_id)
    context: Context = request.app.state.context
    async with context.database.transaction([caller.tenant_id]) as tx:
        rows = await reads.versions_of(tx, caller.tenant_id, claim_id)
        attempts = await reads.attempts_of(tx, caller.tenant_id, claim_id)
        answers = await reads.acknowledgements_of(tx, caller.tenant_id, claim_id)
        versions = [
            SubmissionDetailOut(
                **_submission(row).model_dump(),
                attempts=[_attempt(m, i) for m, i in attempts if m.claim_version == row.claim_version],
                acknowledgements=[_answer(a) for a in answers if a.claim_version == row.claim_version],
            )
            for row in rows
        ]
    if not versions:
        raise Problem(404, "submission.not-found", hint="No built version of this claim has arrived for your practice.")
    return ClaimSubmissionsOut(claim_id=claim_id, versions=versions)


@router.get("/v1/interchanges")
async def list_interchanges(
    request: Request,
    caller: Reader,
    state: InterchangeState | None = None,
    limit: PageLimit = 100,
    cursor: PageCursor = None,
) -> Page[InterchangeOut]:
    """Files in the order of their making, optionally of one state."""
    context: Context = request.app.state.context
    async with context.database.transaction([caller.tenant_id]) as tx:
        rows = await reads.interchanges_page(tx, caller.tenant_id, state, decode_cursor(cursor), limit)
        items = [_interchange(row, size) for row, size in rows]
    last = encode_cursor(items[-1].created_at, items[-1].interchange_id) if len(items) == limit else None
    return Page(items=items, next_cursor=last)


@router.get("/v1/interchanges/{interchange_id}")
async def get_interchange(interchange_id: UUID, request: Request, caller: Reader) -> InterchangeDetailOut:
    """One file and its claims. Problem 404."""
    context: Context = request.app.state.context
    async with context.database.transaction([caller.tenant_id]) as tx:
        found = await reads.interchange(tx, caller.tenant_id, interchange_id)
        if found is None:
            raise _no_interchange()
        members = await reads.members_of(tx, caller.tenant_id, interchange_id)
        told = _interchange(found, len(found.content)).model_dump()
        return InterchangeDetailOut(**told, members=[_member(member, state) for member, state in members])


@router.get("/v1/interchanges/{interchange_id}/x12", response_class=Response)
async def get_interchange_x12(interchange_id: UUID, request: Request, caller: Operator) -> Response:
    """The exact bytes that were posted (they hold PHI). Problem 404."""
    context: Context = request.app.state.context
    async with context.database.transaction([caller.tenant_id]) as tx:
        found = await reads.interchange(tx, caller.tenant_id, interchange_id)
        if found is None:
            raise _no_interchange()
        headers = {"ETag": f'"{found.content_sha256.hex()}"', "Cache-Control": "no-store"}
        return Response(bytes(found.content), media_type="application/EDI-X12", headers=headers)


@router.post("/v1/interchanges/{interchange_id}/retry", status_code=202)
async def retry_interchange(interchange_id: UUID, request: Request, caller: Operator) -> InterchangeOut:
    """Send the same bytes under the same key once more, now. Problems 404, 409 (not unknown or stalled)."""
    context: Context = request.app.state.context
    async with context.database.transaction([caller.tenant_id]) as tx:
        locked = (await interchanges.for_update(tx, [interchange_id])).get(interchange_id)
        if locked is None:
            raise _no_interchange()
        try:
            await interchanges.retry(tx, locked.retry())
        except WrongMoment:
            raise Problem(
                409,
                "interchange.not-in-doubt",
                hint=f"It is {locked.state}; only an unknown or stalled interchange is sent again. "
                "Refused claims are corrected and built again.",
            ) from None
        found = await reads.interchange(tx, caller.tenant_id, interchange_id)
        if found is None:
            raise _no_interchange()
        return _interchange(found, len(found.content))


def _no_interchange() -> Problem:
    return Problem(404, "interchange.not-found", hint="Your practice has no interchange with this id.")


_WAITS_ON: dict[str, WaitsOn] = {"batched": "payer", "delivered": "payer", "rejected": "biller", "parked": "biller"}


def _waits_on(row: Submission) -> WaitsOn | None:
    """Whose move it is; nobody's while we work, or once the payer has accepted and adjudicates."""
    if row.overdue_at is not None and row.state == ClaimState.DELIVERED:
        return "biller"
    if row.reason in ("no_gateway", "not_encodable"):
        return "operator"
    return "payer" if row.state == ClaimState.ACCEPTED else _WAITS_ON.get(row.state)


def _submission(row: Submission) -> SubmissionOut:
    return SubmissionOut(**row.model_dump(include=set(SubmissionOut.model_fields)), waits_on=_waits_on(row))


def _attempt(member: InterchangeMember, row: Interchange) -> AttemptOut:
    return AttemptOut(
        interchange_id=row.interchange_id,
        interchange_control_number=row.interchange_control_number,
        transaction_set_control_number=member.control_number,
        interchange_state=row.state,
        post_count=row.post_count,
        last_answer=row.last_answer,
        created_at=row.created_at,
        delivered_at=row.delivered_at,
    )


def _answer(row: ClaimAcknowledgement) -> AcknowledgementOut:
    return AcknowledgementOut.model_validate(row.model_dump(include=set(AcknowledgementOut.model_fields)))


def _interchange(row: Interchange, content_bytes: int) -> InterchangeOut:
    told = row.model_dump(include=set(InterchangeOut.model_fields) - {"content_sha256"})
    return InterchangeOut(**told, content_sha256=row.content_sha256.hex(), content_bytes=content_bytes)


def _member(member: InterchangeMember, state: str) -> MemberOut:
    return MemberOut(
        claim_id=member.claim_id,
        claim_version=member.claim_version,
        transaction_set_control_number=member.control_number,
        patient_control_number=member.patient_control_number,
        state=state,
    )
