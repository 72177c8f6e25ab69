"""The coder queue: what waits, and deciding it."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from codesets import icd10cm
from fastapi import APIRouter, Depends, Query, Request, Response
from kit.api import Caller, Context, Page, ProblemItem, decode_cursor, encode_cursor, json_body, read_body, require
from kit.api.paging import PageCursor, PageLimit
from kit.database import Transaction
from kit.telemetry import annotate

from coding_svc.api import presenting
from coding_svc.api.intake import body_of, once
from coding_svc.encounters import record_of
from coding_svc.errors import problem
from coding_svc.learning import observations
from coding_svc.outcomes import event_of
from coding_svc.queries import ProviderQuery, queries_of
from coding_svc.repository import coding, deciding, lexicon, quality, reading
from coding_svc.repository.coding import Outcome
from coding_svc.repository.deciding import LockedReview
from coding_svc.review import EditRefused, apply_edits, refuse_unbillable
from coding_svc.schemas.answers import Decided, ReviewAnswer, ReviewSummary
from coding_svc.schemas.review import DecisionIn
from coding_svc.settings import settings_of
from coding_svc.sheet import CodeSheet

router = APIRouter(prefix="/v1/review", tags=["review"])
Coder = Annotated[Caller, Depends(require("coder"))]
RETURNED: Final = "coding.returned-by-coder"
_STATES: Final = {"release": "released", "close": "closed", "return": "returned"}


@router.get("")
async def list_reviews(
    request: Request,
    caller: Coder,
    reason: Annotated[str | None, Query(max_length=80, pattern=r"^[A-Za-z0-9._:-]+$")] = None,
    cursor: PageCursor = None,
    limit: PageLimit = 50,
) -> Page[ReviewSummary]:
    """The open queue, oldest first; each item with its reasons, the proposal and the candidates."""
    after = decode_cursor(cursor)
    async with _context(request).database.transaction([caller.tenant_id]) as tx:
        rows = await reading.reviews(tx, caller.tenant_id, reason=reason, after=after, limit=limit)
    page = rows[:limit]
    last = encode_cursor(page[-1][0].opened_at, page[-1][0].review_id) if len(rows) > limit else None
    return Page(items=[presenting.review_summary(*row) for row in page], next_cursor=last)


@router.get("/{review_id}")
async def get_review(request: Request, caller: Coder, review_id: UUID) -> ReviewAnswer:
    """One item with the notes, and the decision once there is one."""
    async with _context(request).database.transaction([caller.tenant_id]) as tx:
        row = await reading.review(tx, caller.tenant_id, review_id)
        if row is None:
            raise problem("review.not-found")
        decision = await reading.decision(tx, caller.tenant_id, review_id)
    return presenting.review(*row, decision)


@router.post("/{review_id}/decisions", response_model=Decided, openapi_extra=json_body(DecisionIn))
async def post_decision(request: Request, caller: Coder, review_id: UUID) -> Response:
    """Release with edits, close, or return to the provider. 409 if the encounter was revised or decided meanwhile."""
    body, sha256 = await read_body(request, DecisionIn)
    now = _context(request).clock.now()
    sample_rate = settings_of(_context(request)).quality_sample_rate

    async def work(tx: Transaction) -> bytes:
        review = await _open_review(tx, caller.tenant_id, review_id, body)
        return body_of(await _decide(tx, review, body, caller, now, sample_rate))

    return await once(request, caller, sha256, 200, work)


async def _open_review(tx: Transaction, tenant_id: str, review_id: UUID, body: DecisionIn) -> LockedReview:
    review = await deciding.lock_review(tx, tenant_id, review_id)
    if review is None:
        raise problem("review.not-found")
    if not review.pending.is_current or body.encounter_version != review.pending.version:
        raise problem("review.encounter-revised", pointer="/encounter_version")
    if review.state != "open":
        raise problem("review.decided")
    return review


async def _decide(
    tx: Transaction, review: LockedReview, body: DecisionIn, caller: Caller, now: datetime, sample_rate: int
) -> Decided:
    record = record_of(review.pending.content)
    after = _edited(review.sheet, body, record.service_date)
    outcome = _outcome(review, body, after)
    await deciding.write_decision(
        tx,
        review,
        state=_STATES[body.decision],
        after=after,
        decided_at=now,
        decision={
            "decided_by": caller.key_prefix,
            "decision": body.decision,
            "reason": body.reason,
            "edits": json.dumps([edit.model_dump(mode="json", exclude_none=True) for edit in body.edits]),
            "queries": json.dumps([query.model_dump(mode="json") for query in _asked(review.sheet, body)]),
        },
    )
    await coding.write_outcomes(tx, [outcome], now)
    await quality.draw(tx, [outcome], sample_rate, now, caller.key_prefix)
    lessons = observations(review.sheet, body.edits)
    await lexicon.observe(tx, caller.tenant_id, review.review_id, review.pending.encounter_id, lessons, now)
    event, part = event_of(outcome, record, now)
    annotate(encounter_id=event.encounter_id)
    tx.publish(event, phi=part)
    return Decided(
        review_id=review.review_id,
        state=_STATES[body.decision],
        encounter_id=review.pending.encounter_id,
        encounter_version=review.pending.version,
        coding_version=review.pending.next_number("coded") if outcome.kind == "coded" else None,
    )


def _edited(sheet: CodeSheet, body: DecisionIn, service_date: date) -> CodeSheet:
    if body.decision != "release":
        return sheet
    try:
        after = apply_edits(sheet, body.edits)
        refuse_unbillable(after, icd10cm.on(service_date))
    except EditRefused as error:
        raise problem("review.edit-refused", items=[ProblemItem(error.code, error.pointer, error.hint)]) from None
    return after


def _asked(sheet: CodeSheet, body: DecisionIn) -> list[ProviderQuery]:
    """The questions that go to the provider."""
    known = {query.ref: query for query in queries_of(sheet)}
    items = [
        ProblemItem("review.query-unknown", f"/queries/{at}", "Take `ref` from the queries of GET /v1/review/{id}.")
        for at, ref in enumerate(body.queries)
        if ref not in known
    ]
    if items:
        raise problem("review.edit-refused", items=items)
    return [known[ref] for ref in body.queries]


def _outcome(review: LockedReview, body: DecisionIn, after: CodeSheet) -> Outcome:
    if body.decision == "close":
        return Outcome(review.pending, "closed", reasons=("nothing_billable",), sheet=after)
    if body.decision == "return":
        return Outcome(review.pending, "held", reasons=(RETURNED,), waits_on="provider", sheet=after)
    return Outcome(review.pending, "coded", released_by="coder", sheet=after)


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context
