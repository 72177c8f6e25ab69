"""POST of FHIR R4 bundles."""

from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from kit.api import Caller, Context, ProblemItem, read_bytes, require
from kit.database import Transaction

from coding_svc.api import intake
from coding_svc.api.intake import Incoming, body_of, once
from coding_svc.errors import problem
from coding_svc.fhir import MappedBundle, MappedEncounter, NotABundle, Notice, map_bundle
from coding_svc.fhir.notices import ESSENTIAL, HINTS
from coding_svc.schemas.answers import AcceptedFromFhir, BundleAnswer, NoticeAnswer, NotTaken
from coding_svc.schemas.encounter import EncounterRecord
from coding_svc.settings import Settings

router = APIRouter(prefix="/v1/fhir", tags=["encounters"])
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/fhir+json": {
                "schema": {"type": "object", "description": "A FHIR R4 Bundle.", "required": ["resourceType", "type"]}
            }
        },
    }
}


@router.post("", status_code=202, response_model=BundleAnswer, openapi_extra=_BODY)
async def post_bundle(request: Request, caller: Annotated[Caller, Depends(require("emr"))]) -> Response:
    """Take the encounters of a bundle. What was missing, assumed or not understood is named in the answer."""
    bundle, sha256 = await read_bundle(request, caller)
    if not any(encounter.record for encounter in bundle.encounters):
        raise problem("fhir.unusable", items=_items(bundle))
    context: Context = request.app.state.context
    now = context.clock.now()

    async def work(tx: Transaction) -> bytes:
        return body_of(await _store_all(tx, caller.tenant_id, bundle, now))

    return await once(request, caller, sha256, 202, work)


async def read_bundle(request: Request, caller: Caller) -> tuple[MappedBundle, bytes]:
    """The bundle, read in a thread since it may be large; and the body's SHA-256. Problems 413, 415, 422."""
    context: Context = request.app.state.context
    limit = context.settings.fhir_limit_bytes if isinstance(context.settings, Settings) else 20_000_000
    raw = await read_bytes(request, limit)
    zone = context.tenants.by_id[caller.tenant_id].time_zone
    try:
        return await asyncio.to_thread(_read, raw, zone), hashlib.sha256(raw).digest()
    except NotABundle as error:
        raise problem("fhir.unusable", items=[ProblemItem(error.code, error.pointer, HINTS[error.code])]) from None
    except (ValueError, RecursionError):
        raise problem("fhir.not-json") from None


def _read(raw: bytes, zone: str) -> MappedBundle:
    body = json.loads(raw, parse_float=Decimal, parse_constant=_refuse)
    _refuse_unstorable(raw, body)
    return map_bundle(body, zone)


def _refuse(constant: str) -> Any:
    raise ValueError("NaN and Infinity are no JSON")


def _refuse_unstorable(raw: bytes, body: Any) -> None:
    """NUL and lone surrogates can only have come by escapes, so that a walk through the document is rarely needed."""
    lower = raw.lower()
    if b"\\u0000" not in lower and b"\\ud" not in lower:
        return
    stack = [body]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            stack += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            stack += value
        elif isinstance(value, str):
            value.encode("utf-8")
            if "\x00" in value:
                raise ValueError("NUL")


def the_only_encounter(bundle: MappedBundle) -> tuple[EncounterRecord, tuple[Notice, ...]]:
    """The one encounter that a revision may hold. Problem 422."""
    if len(bundle.encounters) > 1:
        raise problem("fhir.one-encounter-only")
    found = bundle.encounters[0] if bundle.encounters else None
    if found is None or found.record is None:
        raise problem("fhir.unusable", items=_items(bundle))
    return found.record, (*found.notices, *bundle.notices)


async def _store_all(tx: Transaction, tenant_id: str, bundle: MappedBundle, now: datetime) -> BundleAnswer:
    taken: list[AcceptedFromFhir] = []
    missed: list[NotTaken] = []
    for encounter in bundle.encounters:
        if encounter.record is None:
            missed.append(NotTaken(pointer=encounter.pointer, notices=_answers(encounter.notices)))
        else:
            taken.append(await _store_one(tx, tenant_id, encounter, encounter.record, now))
    return BundleAnswer(encounters=taken, not_taken=missed, notices=_answers(bundle.notices))


async def _store_one(
    tx: Transaction, tenant_id: str, encounter: MappedEncounter, record: EncounterRecord, now: datetime
) -> AcceptedFromFhir:
    incoming = Incoming(record, "fhir", encounter.notices)
    keep = intake.store_or_revise if encounter.revises else intake.store
    answer = await keep(tx, tenant_id, incoming, now, encounter.pointer)
    return AcceptedFromFhir(**answer.model_dump(), external_id=record.external_id, notices=_answers(encounter.notices))


def _answers(notices: tuple[Notice, ...]) -> list[NoticeAnswer]:
    return [NoticeAnswer(code=n.code, pointer=n.pointer, hint=n.hint, count=n.count) for n in notices]


def _items(bundle: MappedBundle) -> list[ProblemItem]:
    """Essentials first, since the answer's list is bounded."""
    notices = [*(n for encounter in bundle.encounters for n in encounter.notices), *bundle.notices]
    notices.sort(key=lambda notice: notice.code not in ESSENTIAL)
    return [ProblemItem(notice.code, notice.pointer, notice.hint) for notice in notices]
