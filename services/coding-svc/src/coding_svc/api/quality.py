"""Blind second coding: a share of the releases is coded again by somebody who does not see the first codes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from kit.api import Caller, Context, Page, decode_cursor, encode_cursor, json_body, read_body, require
from kit.api.paging import PageCursor, PageLimit
from kit.database import Transaction

from coding_svc.agreement import Agreement, Reading, Share, agreement, reading_of
from coding_svc.api import presenting
from coding_svc.api.intake import body_of, once
from coding_svc.encounters import clinical_encounter, record_of
from coding_svc.errors import problem
from coding_svc.repository import quality
from coding_svc.repository.quality import Sample
from coding_svc.schemas.answers import (
    AgreementAnswer,
    AgreementReport,
    ComparedAnswer,
    ReadingAnswer,
    ReadingLine,
    SampleAnswer,
    SampleSummary,
    ShareAnswer,
)
from coding_svc.schemas.quality import SecondReadingIn

router = APIRouter(prefix="/v1/quality", tags=["quality"])
Coder = Annotated[Caller, Depends(require("coder"))]
Day = Annotated[date | None, Query()]
Overseer = Annotated[Caller, Depends(require("coder", "operator"))]


@router.get("/samples")
async def list_samples(
    request: Request, caller: Coder, cursor: PageCursor = None, limit: PageLimit = 50
) -> Page[SampleSummary]:
    """What waits for a second coder, oldest first; never what the caller released."""
    async with _context(request).database.transaction([caller.tenant_id]) as tx:
        after = decode_cursor(cursor)
        rows = await quality.open_samples(tx, caller.tenant_id, caller.key_prefix, after, limit)
    page = rows[:limit]
    last = encode_cursor(page[-1].drawn_at, page[-1].sample_id) if len(rows) > limit else None
    return Page(items=[SampleSummary.model_validate(row._mapping) for row in page], next_cursor=last)


@router.get("/samples/{sample_id}")
async def get_sample(request: Request, caller: Coder, sample_id: UUID) -> SampleAnswer:
    """The record to be coded, without the first codes; with both readings once it is coded."""
    async with _context(request).database.transaction([caller.tenant_id]) as tx:
        found = await quality.sample(tx, caller.tenant_id, sample_id)
    return _sample(_readable(found, caller))


@router.post("/samples/{sample_id}/codes", response_model=ComparedAnswer, openapi_extra=json_body(SecondReadingIn))
async def post_codes(request: Request, caller: Coder, sample_id: UUID) -> Response:
    """Keep the second reading, and say where both differ. 409 if somebody was faster; 403 for one's own release."""
    body, sha256 = await read_body(request, SecondReadingIn)
    now = _context(request).clock.now()

    async def work(tx: Transaction) -> bytes:
        found = _readable(await quality.sample(tx, caller.tenant_id, sample_id, lock=True), caller)
        if found.state != "open":
            raise problem("quality.coded")
        await quality.store_codes(tx, caller.tenant_id, sample_id, caller.key_prefix, body.model_dump_json(), now)
        return body_of(_compared(reading_of(found.released), _second(body)))

    return await once(request, caller, sha256, 200, work)


@router.get("/agreement")
async def get_agreement(request: Request, caller: Overseer, since: Day = None, until: Day = None) -> AgreementReport:
    """How far second readings agree with what was released, by who released it; samples drawn from `since` to `until`.

    Both days are included (UTC); without them the last ninety days count.
    """
    until = until or _context(request).clock.now().date()
    since = since or until - timedelta(days=90)
    bounds = (_midnight(since), _midnight(until) + timedelta(days=1))
    async with _context(request).database.transaction([caller.tenant_id]) as tx:
        samples = await quality.coded_samples(tx, caller.tenant_id, *bounds)
    return AgreementReport(
        since=since,
        until=until,
        auto=_figures([each for each in samples if each.released_by == "auto"]),
        coder=_figures([each for each in samples if each.released_by == "coder"]),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _readable(found: Sample | None, caller: Caller) -> Sample:
    if found is None:
        raise problem("quality.not-found")
    if found.state == "open" and found.first_coder == caller.key_prefix:
        raise problem("quality.own-work")
    return found


def _second(body: SecondReadingIn) -> Reading:
    lines = ((line.procedure, tuple(sorted(line.modifiers)), line.units) for line in body.lines)
    return Reading(body.diagnoses, tuple(lines))


def _second_of(found: Sample) -> Reading:
    return _second(SecondReadingIn.model_validate(found.codes, strict=False))


def _figures(samples: list[Sample]) -> AgreementAnswer:
    return _agreement(agreement((reading_of(each.released), _second_of(each)) for each in samples))


def _agreement(found: Agreement) -> AgreementAnswer:
    return AgreementAnswer(
        encounters=found.encounters,
        everything=_share(found.everything),
        diagnosis_sets=_share(found.diagnosis_sets),
        first_listed=_share(found.first_listed),
        visit_levels=_share(found.visit_levels),
        line_sets=_share(found.line_sets),
        diagnoses_specific=found.diagnoses_specific,
        categories_specific=found.categories_specific,
    )


def _share(share: Share) -> ShareAnswer:
    low, high = share.interval or (None, None)
    return ShareAnswer(hits=share.hits, total=share.total, share=share.value, low=low, high=high)


def _compared(first: Reading, second: Reading) -> ComparedAnswer:
    return ComparedAnswer(
        agreed=set(first.diagnoses) == set(second.diagnoses) and sorted(first.lines) == sorted(second.lines),
        released=_reading(first),
        second=_reading(second),
    )


def _reading(reading: Reading) -> ReadingAnswer:
    lines = [ReadingLine(procedure=code, modifiers=list(mods), units=units) for code, mods, units in reading.lines]
    return ReadingAnswer(diagnoses=list(reading.diagnoses), lines=lines)


def _sample(found: Sample) -> SampleAnswer:
    record = record_of(found.content)
    encounter = clinical_encounter(record)
    return SampleAnswer(
        sample_id=found.sample_id,
        encounter_id=found.encounter_id,
        encounter_version=found.encounter_version,
        state=found.state,
        service_date=record.service_date,
        age_years=encounter.age_years(),
        sex=encounter.sex.value,
        place_of_service=encounter.place_of_service,
        visit_type=encounter.visit_type.value,
        new_patient=encounter.new_patient,
        total_minutes=encounter.total_minutes,
        notes=presenting.notes(record),
        compared=_compared(reading_of(found.released), _second_of(found)) if found.codes is not None else None,
    )


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context
