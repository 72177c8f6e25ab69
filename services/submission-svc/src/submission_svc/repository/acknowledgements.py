"""SQL of acknowledgements: files once each, the claims they speak of, and one fact per statement."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kit.database import Transaction
from sqlalchemy import CursorResult, text

from submission_svc.acknowledgements.judging import Fact, Sent, Source
from submission_svc.repository.interchanges import Account


@dataclass(frozen=True, slots=True)
class FileRecord:
    """An acknowledgement file; its id follows from account and bytes, so a second copy is the same file."""

    acknowledgement_id: UUID
    account: Account
    kinds: str
    content: bytes
    content_sha256: bytes
    received_at: datetime
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Release:
    """Which answer took a claim version's file down through no fault of the claim."""

    acknowledgement_id: UUID
    source: Source


async def insert_file(tx: Transaction, record: FileRecord) -> bool:
    """Note the file; False if it is here already (then it has been applied, or waits on its own)."""
    result = await tx.execute(
        text(
            """
            INSERT INTO acknowledgement (tenant_id, acknowledgement_id, gateway_id, kinds, content_sha256, state,
                received_at)
            VALUES (:tenant, :id, :gateway, :kinds, :sha256, 'applied', :received)
            ON CONFLICT (acknowledgement_id) DO NOTHING
            """
        ),
        {
            "tenant": record.account[0],
            "id": record.acknowledgement_id,
            "gateway": record.account[1],
            "kinds": record.kinds,
            "sha256": record.content_sha256,
            "received": record.received_at,
        },
    )
    return bool(result.rowcount)


async def keep_waiting(tx: Transaction, record: FileRecord, unmatched: int, retry_seconds: float) -> None:
    """Keep a file that speaks of interchanges or claims that are not known, to be applied later."""
    await tx.execute(
        text(
            """
            UPDATE acknowledgement SET state = 'waiting', content = :content, unmatched_count = :unmatched,
                attempts = attempts + 1,
                retry_at = clock_timestamp() + make_interval(secs => :seconds) * least(attempts * attempts, 1000)
            WHERE acknowledgement_id = :id
            """
        ),
        {"id": record.acknowledgement_id, "content": record.content, "unmatched": unmatched, "seconds": retry_seconds},
    )


async def finish_file(tx: Transaction, acknowledgement_id: UUID) -> None:
    """A file that waited has been applied whole; the webhook keeps its bytes."""
    await tx.execute(
        text(
            """
            UPDATE acknowledgement SET state = 'applied', content = NULL, unmatched_count = 0
            WHERE acknowledgement_id = :id
            """
        ),
        {"id": acknowledgement_id},
    )


async def waiting_file(tx: Transaction) -> FileRecord | None:
    """Lock one file that is due for another try; its next try is set at once, should this one fail."""
    row = (
        await tx.execute(
            text(
                """
                SELECT tenant_id, gateway_id, acknowledgement_id, kinds, content, content_sha256, received_at, attempts
                FROM acknowledgement WHERE state = 'waiting' AND retry_at <= clock_timestamp()
                ORDER BY retry_at LIMIT 1 FOR UPDATE SKIP LOCKED
                """
            )
        )
    ).one_or_none()
    if row is None:
        return None
    return FileRecord(
        row.acknowledgement_id,
        (row.tenant_id, row.gateway_id),
        row.kinds,
        bytes(row.content),
        bytes(row.content_sha256),
        row.received_at,
        row.attempts,
    )


async def webhook_of(tx: Transaction, record: FileRecord) -> UUID:
    """The stored webhook that brought the file first; the file's own id where there is none."""
    query = text(
        "SELECT id FROM webhook WHERE account_id = :account AND body_sha256 = :sha256 ORDER BY received_at LIMIT 1"
    )
    found = await tx.execute(query, {"account": record.account[1], "sha256": record.content_sha256})
    webhook_id: UUID | None = found.scalar_one_or_none()
    return webhook_id or record.acknowledgement_id


_SENT = """
    SELECT {key} AS key, m.interchange_id, m.claim_id, m.claim_version, m.control_number, m.patient_control_number,
        m.billing_npi, s.payer_id, i.post_count AS times_sent, s.encounter_id,
        coalesce(s.submit_traceparent, s.built_traceparent) AS submit_traceparent
    FROM interchange i JOIN interchange_member m USING (interchange_id)
    JOIN submission s ON s.claim_id = m.claim_id AND s.claim_version = m.claim_version {join}
    WHERE i.tenant_id = :tenant AND i.gateway_id = :gateway AND {key} = ANY(CAST(:keys AS {type}[]))
    ORDER BY {order} m.control_number, m.claim_id
"""
_BY_INTERCHANGE_NUMBER = text(_SENT.format(key="i.interchange_control_number", join="", type="bigint", order=""))
_BY_GROUP_NUMBER = text(_SENT.format(key="i.group_control_number", join="", type="bigint", order=""))
_BY_REFERENCE = text(
    _SENT.format(
        key="t.reference",
        join="JOIN transaction_set t ON t.interchange_id = m.interchange_id AND t.control_number = m.control_number",
        type="text",
        order="",
    )
)
_BY_PATIENT_CONTROL_NUMBER = text(
    _SENT.format(
        key="s.patient_control_number",
        join="",
        type="text",
        order="i.interchange_control_number,",
    )
)


async def by_interchange_number(tx: Transaction, account: Account, numbers: Iterable[int]) -> dict[int, list[Sent]]:
    """The claims of the interchanges with these ISA13."""
    return await _sent(tx, _BY_INTERCHANGE_NUMBER, account, numbers)


async def by_group_number(tx: Transaction, account: Account, numbers: Iterable[int]) -> dict[int, list[Sent]]:
    """The claims of the functional groups with these GS06."""
    return await _sent(tx, _BY_GROUP_NUMBER, account, numbers)


async def by_reference(tx: Transaction, account: Account, references: Iterable[str]) -> dict[str, list[Sent]]:
    """The claims of the transaction sets with these BHT03."""
    return await _sent(tx, _BY_REFERENCE, account, references)


async def by_patient_control_number(tx: Transaction, account: Account, numbers: Iterable[str]) -> dict[str, Sent]:
    """The latest attempt of the claims with these CLM01, whichever file they were in."""
    found = await _sent(tx, _BY_PATIENT_CONTROL_NUMBER, account, numbers)
    return {number: attempts[-1] for number, attempts in found.items()}


async def _sent(tx: Transaction, statement: Any, account: Account, keys: Iterable[Hashable]) -> dict[Any, list[Sent]]:
    wanted = list(dict.fromkeys(keys))
    found: dict[Any, list[Sent]] = defaultdict(list)
    if not wanted:
        return found
    rows: CursorResult[Any] = await tx.execute(statement, {"tenant": account[0], "gateway": account[1], "keys": wanted})
    for row in rows.mappings():
        values = dict(row)
        found[values.pop("key")].append(Sent(**values))
    return found


async def insert_facts(
    tx: Transaction, tenant_id: str, acknowledgement_id: UUID, facts: Sequence[Fact], now: datetime
) -> list[Fact]:
    """Keep what was said, each statement once; returns the facts that are new."""
    distinct = list({fact.fact_id: fact for fact in facts}.values())
    if not distinct:
        return []
    rows = await tx.execute(_INSERT_FACTS, _fact_columns(tenant_id, acknowledgement_id, distinct, now))
    new = set(rows.scalars())
    return [fact for fact in distinct if fact.fact_id in new]


_INSERT_FACTS = text(
    """
    INSERT INTO claim_acknowledgement (tenant_id, acknowledgement_id, received_at, fact_id, interchange_id, claim_id,
        claim_version, source, verdict, status_codes, error_locations, payer_claim_control_number)
    SELECT :tenant, :acknowledgement, :now, * FROM unnest(CAST(:facts AS uuid[]), CAST(:interchanges AS uuid[]),
        CAST(:claims AS uuid[]), CAST(:versions AS int[]), CAST(:sources AS text[]), CAST(:verdicts AS text[]),
        CAST(:codes AS jsonb[]), CAST(:locations AS jsonb[]), CAST(:numbers AS text[]))
    ON CONFLICT (fact_id) DO NOTHING RETURNING fact_id
    """
)


def _fact_columns(tenant_id: str, acknowledgement_id: UUID, facts: Sequence[Fact], now: datetime) -> dict[str, Any]:
    return {
        "tenant": tenant_id,
        "acknowledgement": acknowledgement_id,
        "now": now,
        "facts": [fact.fact_id for fact in facts],
        "interchanges": [fact.sent.interchange_id for fact in facts],
        "claims": [fact.sent.claim_id for fact in facts],
        "versions": [fact.sent.claim_version for fact in facts],
        "sources": [fact.source for fact in facts],
        "verdicts": [fact.verdict.value for fact in facts],
        "codes": [json.dumps([asdict(code) for code in fact.codes]) for fact in facts],
        "locations": [json.dumps(fact.error_locations) for fact in facts],
        "numbers": [fact.payer_claim_control_number for fact in facts],
    }


_RELEASES = text(
    """
    SELECT DISTINCT ON (a.claim_id, a.claim_version) a.claim_id, a.claim_version, a.acknowledgement_id, a.source
    FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS int[])) AS u (claim_id, claim_version)
    JOIN claim_acknowledgement a USING (claim_id, claim_version)
    WHERE a.verdict = 'released' ORDER BY a.claim_id, a.claim_version, a.received_at DESC
    """
)


async def releases(tx: Transaction, keys: Sequence[tuple[UUID, int]]) -> dict[tuple[UUID, int], Release]:
    """The newest release of each of these claim versions that has one."""
    rows = await tx.execute(_RELEASES, {"ids": [key[0] for key in keys], "versions": [key[1] for key in keys]})
    return {(row.claim_id, row.claim_version): Release(row.acknowledgement_id, row.source) for row in rows}
