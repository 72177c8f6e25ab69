"""Writing facts: timeline rows, claims and their versions, remittances and payments. Every insert may be repeated."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kit.database import Transaction
from sqlalchemy import TextClause, text

Json = str
"""JSON text, ready to be stored."""


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of the timeline; `data` holds codes and amounts, never PHI."""

    event_id: UUID
    tenant_id: str
    encounter_id: UUID
    encounter_version: int
    claim_id: UUID | None
    claim_version: int | None
    event_type: str
    occurred_at: datetime
    actor: str
    traceparent: str | None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ClaimEntry:
    """A claim as an event names it. `turn` is None where the event does not tell it."""

    claim_id: UUID
    tenant_id: str
    encounter_id: UUID
    payer_id: str
    turn: str | None
    patient_control_number: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class VersionEntry:
    """One ClaimBuilt. `sealed_event` keeps the event with its encrypted part where a later payer may need it."""

    claim_id: UUID
    claim_version: int
    tenant_id: str
    encounter_id: UUID
    encounter_version: int
    frequency_code: str
    charge_cents: int
    filing_indicator: str
    later_turns: str
    corrects_claim_id: UUID | None
    correction_action: str | None
    lines: list[dict[str, Any]]
    sealed_event: bytes | None
    built_at: datetime


@dataclass(frozen=True, slots=True)
class RemittanceEntry:
    """One ST..SE of an 835, as it is kept."""

    remittance_id: UUID
    tenant_id: str
    payer_id: str
    trace_number: str
    content_sha256: bytes
    paid_on: date
    amount_cents: int
    method_code: str
    claim_count: int
    provider_adjustments: list[dict[str, Any]]
    state: str
    webhook_id: UUID
    received_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentEntry:
    """One CLP of a remittance that is not posted yet."""

    payment_id: UUID
    tenant_id: str
    remittance_id: UUID
    number: int
    payment_key: str
    content_sha256: bytes
    payer_id: str
    paid_on: date
    patient_control_number: str
    payer_claim_control_number: str
    charge_cents: int
    paid_cents: int
    adjudication: Json


_TYPES = {
    "UUID": "uuid[]",
    "UUID | None": "uuid[]",
    "str": "text[]",
    "str | None": "text[]",
    "int": "bigint[]",
    "int | None": "bigint[]",
    "bool": "boolean[]",
    "date": "date[]",
    "datetime": "timestamptz[]",
    "bytes": "bytea[]",
    "bytes | None": "bytea[]",
    "dict[str, Any]": "jsonb",
    "list[dict[str, Any]]": "jsonb",
    "Json": "jsonb",
}


def bulk_insert(table: str, row_type: type[Any], conflict: str) -> TextClause:
    """`INSERT … SELECT … FROM unnest(…)` for a dataclass whose fields are the columns."""
    fields: dict[str, Any] = row_type.__annotations__
    columns = ", ".join(fields)
    selected = ", ".join(f"{name}::jsonb" if _TYPES[kind] == "jsonb" else name for name, kind in fields.items())
    arrays = ", ".join(
        f"CAST(:{name} AS {'text[]' if _TYPES[kind] == 'jsonb' else _TYPES[kind]})" for name, kind in fields.items()
    )
    return text(f"INSERT INTO {table} ({columns}) SELECT {selected} FROM unnest({arrays}) AS t ({columns}) {conflict}")


def columns_of(rows: Sequence[Any]) -> dict[str, list[Any]]:
    """The parameters of `bulk_insert`: one list per field."""
    fields: dict[str, Any] = type(rows[0]).__annotations__
    return {name: _column(rows, name, kind) for name, kind in fields.items()}


def _column(rows: Sequence[Any], name: str, kind: str) -> list[Any]:
    values = [getattr(row, name) for row in rows]
    if _TYPES[kind] == "jsonb" and kind != "Json":
        return [json.dumps(value, separators=(",", ":")) for value in values]
    return values


_TIMELINE = bulk_insert("timeline", TimelineEntry, "ON CONFLICT (event_id) DO NOTHING")
_VERSIONS = bulk_insert("claim_version", VersionEntry, "ON CONFLICT (claim_id, claim_version) DO NOTHING")
_REMITTANCES = bulk_insert("remittance", RemittanceEntry, "ON CONFLICT DO NOTHING")
_PAYMENTS = bulk_insert("claim_payment", PaymentEntry, "ON CONFLICT DO NOTHING RETURNING payment_id")
_CLAIMS = text(
    """
    INSERT INTO claim AS c (claim_id, tenant_id, encounter_id, payer_id, turn, patient_control_number, created_at)
    SELECT DISTINCT ON (claim_id) claim_id, tenant_id, encounter_id, payer_id, coalesce(turn, 'P'), number, created_at
    FROM unnest(CAST(:claim_id AS uuid[]), CAST(:tenant_id AS text[]), CAST(:encounter_id AS uuid[]),
                CAST(:payer_id AS text[]), CAST(:turn AS text[]), CAST(:patient_control_number AS text[]),
                CAST(:created_at AS timestamptz[]))
         AS t (claim_id, tenant_id, encounter_id, payer_id, turn, number, created_at)
    ORDER BY claim_id, turn NULLS LAST
    ON CONFLICT (claim_id) DO UPDATE SET turn = excluded.turn WHERE excluded.turn <> 'P' AND c.turn = 'P'
    """
)
_PAYER_NUMBERS = text(
    """
    UPDATE claim SET payer_claim_control_number = t.number
    FROM unnest(CAST(:claim_ids AS uuid[]), CAST(:numbers AS text[])) AS t (claim_id, number)
    WHERE claim.claim_id = t.claim_id AND claim.payer_claim_control_number IS DISTINCT FROM t.number
    """
)
# A payment finds its claim by our number; a mangled one by the payer's own and the charge, where only one claim fits.
_ADOPT = text(
    """
    UPDATE claim_payment p SET claim_id = c.claim_id
    FROM claim c
    WHERE p.claim_id IS NULL AND p.state = 'suspense' AND p.tenant_id = c.tenant_id
      AND p.patient_control_number = c.patient_control_number
      AND (c.claim_id = ANY (CAST(:claim_ids AS uuid[])) OR p.payment_id = ANY (CAST(:payment_ids AS uuid[])))
    RETURNING c.encounter_id
    """
)
_ADOPT_BY_PAYER_NUMBER = text(
    """
    UPDATE claim_payment p SET claim_id = found.claim_id
    FROM (
        SELECT p.payment_id, (array_agg(c.claim_id))[1] AS claim_id
        FROM claim_payment p
        JOIN claim c ON c.tenant_id = p.tenant_id AND c.payer_claim_control_number = p.payer_claim_control_number
        WHERE p.claim_id IS NULL AND p.state = 'suspense' AND p.payer_claim_control_number <> ''
          AND c.charge_cents = abs(p.charge_cents)
          AND (c.claim_id = ANY (CAST(:claim_ids AS uuid[])) OR p.payment_id = ANY (CAST(:payment_ids AS uuid[])))
        GROUP BY p.payment_id HAVING count(*) = 1
    ) AS found, claim c
    WHERE p.payment_id = found.payment_id AND c.claim_id = found.claim_id
    RETURNING c.encounter_id
    """
)
# The usual case of an acknowledgement: nothing waits on it, so the next state follows without looking at all the books.
_STEP = text(
    """
    UPDATE claim c SET state = :to_state
    FROM unnest(CAST(:claim_ids AS uuid[]), CAST(:versions AS int[])) AS t (claim_id, claim_version)
    WHERE c.claim_id = t.claim_id AND c.claim_version = t.claim_version AND c.quiet AND c.state = :from_state
    RETURNING c.claim_id
    """
)
_UNADOPTED = text(
    """
    SELECT p.payment_id FROM claim_payment p
    JOIN claim c ON c.tenant_id = p.tenant_id AND c.patient_control_number = p.patient_control_number
    WHERE p.claim_id IS NULL AND p.state = 'suspense'
    UNION
    SELECT p.payment_id FROM claim_payment p
    JOIN claim c ON c.tenant_id = p.tenant_id AND c.payer_claim_control_number = p.payer_claim_control_number
    WHERE p.claim_id IS NULL AND p.state = 'suspense' AND p.payer_claim_control_number <> ''
      AND c.charge_cents = abs(p.charge_cents)
    GROUP BY p.payment_id HAVING count(*) = 1
    LIMIT 500
    """
)
_KNOWN_REMITTANCES = text(
    """
    SELECT payer_id, trace_number, content_sha256, amount_cents, state, remittance_id
    FROM remittance WHERE payer_id = :payer_id AND trace_number = :trace_number
    """
)
_KNOWN_PAYMENTS = text(
    "SELECT payment_key, content_sha256 FROM claim_payment WHERE payment_key = ANY (CAST(:keys AS text[]))"
)


async def add_timeline(tx: Transaction, entries: Sequence[TimelineEntry]) -> None:
    """Append events; one that is there already is left alone."""
    if entries:
        await tx.execute(_TIMELINE, columns_of(entries))


async def add_claims(tx: Transaction, entries: Sequence[ClaimEntry]) -> None:
    """Make claims known; the payer turn is filled in when an event tells it."""
    if entries:
        await tx.execute(_CLAIMS, columns_of(entries))


async def add_versions(tx: Transaction, entries: Sequence[VersionEntry]) -> None:
    """Keep what was built."""
    if entries:
        await tx.execute(_VERSIONS, columns_of(entries))


async def set_payer_numbers(tx: Transaction, numbers: dict[UUID, str]) -> None:
    """Remember the payers' own claim numbers."""
    if numbers:
        await tx.execute(_PAYER_NUMBERS, {"claim_ids": list(numbers), "numbers": list(numbers.values())})


async def add_remittance(tx: Transaction, entry: RemittanceEntry) -> bool:
    """Keep a remittance; False if this very one is there."""
    return bool((await tx.execute(_REMITTANCES, columns_of([entry]))).rowcount)


async def add_payments(tx: Transaction, entries: Sequence[PaymentEntry]) -> set[UUID]:
    """Keep payments in suspense; returns those that are new. A key is never taken twice."""
    return set((await tx.execute(_PAYMENTS, columns_of(entries))).scalars()) if entries else set()


async def adopt(tx: Transaction, *, claim_ids: Iterable[UUID] = (), payment_ids: Iterable[UUID] = ()) -> set[UUID]:
    """Give suspended payments their claims; returns the encounters that have work to do."""
    named = {"claim_ids": list(claim_ids), "payment_ids": list(payment_ids)}
    by_number = set((await tx.execute(_ADOPT, named)).scalars())
    return by_number | set((await tx.execute(_ADOPT_BY_PAYER_NUMBER, named)).scalars())


async def step(tx: Transaction, versions: Mapping[UUID, int], from_state: str, to_state: str) -> set[UUID]:
    """Move quiet claims (no payment, no open matter, not withdrawn) one state on; returns those that were moved.

    The caller holds the encounters' locks.
    """
    named = {"claim_ids": list(versions), "versions": list(versions.values())}
    moved = await tx.execute(_STEP, {**named, "from_state": from_state, "to_state": to_state})
    return set(moved.scalars())


async def unadopted(tx: Transaction) -> list[UUID]:
    """Payments in suspense whose claim is known by now (they crossed each other in two transactions)."""
    return [row.payment_id for row in await tx.execute(_UNADOPTED)]


async def remittances_of(tx: Transaction, payer_id: str, trace_number: str) -> list[Any]:
    """Remittances of the same payer and trace number."""
    return list(await tx.execute(_KNOWN_REMITTANCES, {"payer_id": payer_id, "trace_number": trace_number}))


async def payments_by_key(tx: Transaction, keys: Sequence[str]) -> dict[str, bytes]:
    """Content hash of the payments that are known under these keys."""
    rows = await tx.execute(_KNOWN_PAYMENTS, {"keys": list(keys)})
    return {row.payment_key: bytes(row.content_sha256) for row in rows}
