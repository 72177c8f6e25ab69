"""What the JSON and the FHIR way have in common: store, revise, answer, all in the caller's transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from events import EncounterReceived
from fastapi import Request, Response
from kit.api import Caller, Context, Problem
from kit.api.idempotency import begin, finish
from kit.database import Database, Transaction
from kit.database.grouping import GroupCommit, Waiting
from kit.telemetry import annotate

from coding_svc.encounters import content_of, patient_key, sha256_of, specialty_of
from coding_svc.errors import problem
from coding_svc.fhir import Notice
from coding_svc.repository import intake
from coding_svc.repository.intake import Cause, InFlight, NewVersion, Source
from coding_svc.schemas.answers import Accepted
from coding_svc.schemas.encounter import EncounterRecord


@dataclass(frozen=True, slots=True)
class Incoming:
    """An encounter to store, with what a bundle's reading named."""

    record: EncounterRecord
    source: Source
    notices: tuple[Notice, ...] = ()

    def version(self, tenant_id: str, received_at: datetime) -> NewVersion:
        """As the repository takes it."""
        content = content_of(self.record)
        return NewVersion(
            tenant_id=tenant_id,
            external_id=self.record.external_id,
            content=content,
            content_sha256=sha256_of(content),
            notices=json.dumps([asdict(notice) for notice in self.notices]),
            source=self.source,
            service_date=self.record.service_date,
            received_at=received_at,
            patient_key=patient_key(self.record),
            specialty=specialty_of(self.record),
        )


def links_of(encounter_id: UUID) -> dict[str, str]:
    """Where to go on."""
    base = f"/v1/encounters/{encounter_id}"
    return {"self": base, "explanation": f"{base}/explanation"}


def accepted(encounter_id: UUID, version: int) -> Accepted:
    """The answer of a stored version: the same for every repetition of the request."""
    return Accepted(encounter_id=encounter_id, version=version, links=links_of(encounter_id))


def _answer(encounter_id: UUID, version: int) -> Accepted:
    """As `accepted`, in the request's own task: its span is about this encounter."""
    annotate(encounter_id=encounter_id)
    return accepted(encounter_id, version)


async def store(tx: Transaction, tenant_id: str, incoming: Incoming, now: datetime, pointer: str) -> Accepted:
    """Store a new encounter, or recognise its repetition. Problems 409 in flight, 422 changed content."""
    new = incoming.version(tenant_id, now)
    encounter_id = uuid4()
    try:
        is_new = await intake.store(tx, encounter_id, new)
    except InFlight:
        raise problem("encounter.in-flight") from None
    taken = await _stored(tx, encounter_id, new, is_new, pointer)
    annotate(encounter_id=taken.encounter_id)
    return taken


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an encounter in a group; a problem is its own, not the group's."""

    accepted: Accepted | None = None
    refused: Problem | None = None


def grouped(database: Database) -> GroupCommit[NewVersion, Taken]:
    """Stores new encounters of concurrent requests together."""

    async def work(tx: Transaction, group: Sequence[Waiting[NewVersion]]) -> list[Taken]:
        ids = [uuid4() for _ in group]
        tenant_id = group[0].item.tenant_id
        rows = [(encounter_id, waiting.item) for encounter_id, waiting in zip(ids, group, strict=True)]
        is_new = await intake.store_many(tx, tenant_id, rows)
        return [
            await _taken(tx, encounter_id, waiting, is_new.get(encounter_id))
            for encounter_id, waiting in zip(ids, group, strict=True)
        ]

    return GroupCommit(database, work)


async def _taken(tx: Transaction, encounter_id: UUID, waiting: Waiting[NewVersion], is_new: bool | None) -> Taken:
    if is_new is None:
        return Taken(refused=problem("encounter.in-flight"))
    try:
        return Taken(await _stored(tx, encounter_id, waiting.item, is_new, "/external_id", waiting.traceparent))
    except Problem as refused:
        return Taken(refused=refused)


async def _stored(
    tx: Transaction, encounter_id: UUID, new: NewVersion, is_new: bool, pointer: str, traceparent: str | None = None
) -> Accepted:
    """Publish what is new; of what is known, the first version, if its content is the same (else problem 422)."""
    if is_new:
        _publish(tx, new.tenant_id, encounter_id, 1, "new", new.received_at, traceparent)
        return accepted(encounter_id, 1)
    known = await intake.first_version(tx, new.tenant_id, new.external_id)
    if known.content_sha256 != new.content_sha256:
        raise problem("encounter.exists-changed", pointer=pointer)
    return accepted(known.encounter_id, known.version)


async def revise(tx: Transaction, tenant_id: str, encounter_id: UUID, incoming: Incoming, now: datetime) -> Accepted:
    """Store a new version; the same content as the newest changes nothing. Problems 404, 422."""
    known = await intake.lock_current(tx, tenant_id, encounter_id)
    if known is None:
        raise problem("encounter.not-found")
    new = incoming.version(tenant_id, now)
    if known.external_id != new.external_id:
        raise problem("encounter.external-id-differs", pointer="/external_id")
    if known.content_sha256 == new.content_sha256:
        return _answer(encounter_id, known.version)
    cause: Cause = "cancelled" if incoming.record.status == "cancelled" else "revised"
    version = known.version + 1
    await intake.revise(tx, encounter_id, version, cause, new)
    _publish(tx, tenant_id, encounter_id, version, cause, now)
    return _answer(encounter_id, version)


async def store_or_revise(tx: Transaction, tenant_id: str, incoming: Incoming, now: datetime, pointer: str) -> Accepted:
    """For an update of an encounter that may be known already (a bundle entry with method PUT)."""
    new = incoming.version(tenant_id, now)
    encounter_id = uuid4()
    try:
        if await intake.store(tx, encounter_id, new):
            _publish(tx, tenant_id, encounter_id, 1, "new", now)
            return _answer(encounter_id, 1)
    except InFlight:
        raise problem("encounter.in-flight", pointer=pointer) from None
    known = await intake.first_version(tx, tenant_id, new.external_id)
    return await revise(tx, tenant_id, known.encounter_id, incoming, now)


def _publish(
    tx: Transaction,
    tenant_id: str,
    encounter_id: UUID,
    version: int,
    cause: Cause,
    now: datetime,
    traceparent: str | None = None,
) -> None:
    tx.publish(
        EncounterReceived.create(
            occurred_at=now, tenant_id=tenant_id, encounter_id=encounter_id, encounter_version=version, cause=cause
        ),
        traceparent=traceparent,
    )


Work = Callable[[Transaction], Awaitable[bytes]]


async def once(request: Request, caller: Caller, request_sha256: bytes, status: int, work: Work) -> Response:
    """Run `work` in one transaction and answer its JSON after the commit; with Idempotency-Key only once.

    The key is bound to method, path and body. Problems 409, 422 of kit.api.idempotency.
    """
    context: Context = request.app.state.context
    key = request.headers.get("idempotency-key")
    target = hashlib.sha256(f"{request.method} {request.url.path} ".encode() + request_sha256).digest()
    async with context.database.transaction([caller.tenant_id]) as tx:
        stored = await begin(tx, caller.tenant_id, key, target) if key is not None else None
        if stored is not None:
            return _json(stored.body, stored.status)
        body = await work(tx)
        if key is not None:
            await finish(tx, caller.tenant_id, key, target, status, body)
    return _json(body, status)


def _json(body: bytes, status: int) -> Response:
    return Response(body, status, media_type="application/json")


def body_of(answer: Any) -> bytes:
    """An answer model as JSON bytes."""
    encoded: str = answer.model_dump_json()
    return encoded.encode()
