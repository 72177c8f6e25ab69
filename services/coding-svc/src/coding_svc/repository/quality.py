"""Blind second coding: which releases were drawn, what the second coder made of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from kit.database import Transaction
from sqlalchemy import text

from coding_svc.repository.coding import Outcome, parsed
from coding_svc.sheet import CodeSheet

WHOLE: Final = 10_000
"""Sampling rates are parts of ten thousand."""


def is_drawn(encounter_id: UUID, version: int, number: int, rate: int) -> bool:
    """Whether this release is sampled, at `rate` of ten thousand: decided by its name, so a redo decides the same.

    Nobody can tell beforehand by looking at the encounter, and nobody chooses.
    """
    digest = hashlib.sha256(f"quality|{encounter_id}|{version}|{number}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % WHOLE < rate


_DRAW: Final = text(
    """
    INSERT INTO quality_sample (sample_id, tenant_id, encounter_id, encounter_version, outcome_number, released_by,
                                first_coder, drawn_at)
    SELECT gen_random_uuid(), o.t, o.id, o.version, o.number, o.released, CAST(:first_coder AS text),
           CAST(:drawn_at AS timestamptz)
    FROM unnest(CAST(:tenants AS text[]), CAST(:ids AS uuid[]), CAST(:versions AS int[]), CAST(:numbers AS int[]),
                CAST(:released AS text[])) AS o (t, id, version, number, released)
    ON CONFLICT (encounter_id, encounter_version, outcome_number) DO NOTHING
    """
)


async def draw(
    tx: Transaction, outcomes: Sequence[Outcome], rate: int, drawn_at: datetime, first_coder: str | None = None
) -> None:
    """Sample from the releases among these outcomes; `first_coder` is the key prefix of who released them."""
    drawn = [
        (outcome.pending, outcome.released_by)
        for outcome in outcomes
        if outcome.kind == "coded"
        and is_drawn(outcome.pending.encounter_id, outcome.pending.version, outcome.pending.next_outcome(), rate)
    ]
    if not drawn:
        return
    columns = {
        "tenants": [pending.tenant_id for pending, _ in drawn],
        "ids": [pending.encounter_id for pending, _ in drawn],
        "versions": [pending.version for pending, _ in drawn],
        "numbers": [pending.next_outcome() for pending, _ in drawn],
        "released": [released_by for _, released_by in drawn],
    }
    await tx.execute(_DRAW, {**columns, "first_coder": first_coder, "drawn_at": drawn_at})


@dataclass(frozen=True, slots=True)
class Sample:
    """A drawn release with the encounter as it was coded; `released` is hidden from the second coder until the end."""

    sample_id: UUID
    encounter_id: UUID
    encounter_version: int
    state: str
    released_by: str
    first_coder: str | None
    second_coder: str | None
    drawn_at: datetime
    content: str
    released: CodeSheet
    codes: dict[str, Any] | None


_COLUMNS: Final = """
    s.sample_id, s.encounter_id, s.encounter_version, s.state, s.released_by, s.first_coder, s.second_coder, s.drawn_at,
    s.codes, v.content, o.sheet
    FROM quality_sample s
    JOIN encounter_version v ON v.encounter_id = s.encounter_id AND v.version = s.encounter_version
                            AND v.tenant_id = s.tenant_id
    JOIN coding_outcome o ON o.encounter_id = s.encounter_id AND o.encounter_version = s.encounter_version
                         AND o.number = s.outcome_number AND o.tenant_id = s.tenant_id
"""
_OPEN: Final = text(
    """
    SELECT sample_id, encounter_id, drawn_at FROM quality_sample
    WHERE tenant_id = :tenant_id AND state = 'open' AND first_coder IS DISTINCT FROM :coder
      AND (CAST(:after_at AS timestamptz) IS NULL OR (drawn_at, sample_id) > (:after_at, CAST(:after_id AS uuid)))
    ORDER BY drawn_at, sample_id LIMIT :limit
    """
)
_ONE: Final = text(f"SELECT {_COLUMNS} WHERE s.tenant_id = :tenant_id AND s.sample_id = :sample_id")
_LOCKED: Final = text(f"SELECT {_COLUMNS} WHERE s.tenant_id = :tenant_id AND s.sample_id = :sample_id FOR UPDATE OF s")
_CODED: Final = text(
    f"""
    SELECT {_COLUMNS} WHERE s.tenant_id = :tenant_id AND s.state = 'coded'
      AND s.drawn_at >= CAST(:since AS timestamptz) AND s.drawn_at < CAST(:until AS timestamptz)
    """
)
_STORE: Final = text(
    """
    UPDATE quality_sample SET state = 'coded', second_coder = :coder, codes = CAST(:codes AS jsonb),
                              coded_at = CAST(:coded_at AS timestamptz)
    WHERE tenant_id = :tenant_id AND sample_id = :sample_id
    """
)


async def open_samples(
    tx: Transaction, tenant_id: str, coder: str, after: tuple[datetime, UUID] | None, limit: int
) -> list[Any]:
    """A page of what this coder may code blind, oldest first: nobody is given their own work. One row more tells."""
    named = {"tenant_id": tenant_id, "coder": coder, "limit": limit + 1}
    at, last = after or (None, None)
    return list(await tx.execute(_OPEN, {**named, "after_at": at, "after_id": last}))


async def sample(tx: Transaction, tenant_id: str, sample_id: UUID, *, lock: bool = False) -> Sample | None:
    """One sample, locked against another second coder if asked."""
    named = {"tenant_id": tenant_id, "sample_id": sample_id}
    row = (await tx.execute(_LOCKED if lock else _ONE, named)).one_or_none()
    return _sample(row) if row is not None else None


async def store_codes(
    tx: Transaction, tenant_id: str, sample_id: UUID, coder: str, codes: str, coded_at: datetime
) -> None:
    """Keep the second reading."""
    named = {"tenant_id": tenant_id, "sample_id": sample_id}
    await tx.execute(_STORE, {**named, "coder": coder, "codes": codes, "coded_at": coded_at})


async def coded_samples(tx: Transaction, tenant_id: str, since: datetime, until: datetime) -> list[Sample]:
    """Samples drawn in [since, until) that were coded twice."""
    named = {"tenant_id": tenant_id, "since": since, "until": until}
    return [_sample(row) for row in await tx.execute(_CODED, named)]


def _sample(row: Any) -> Sample:
    return Sample(
        row.sample_id,
        row.encounter_id,
        row.encounter_version,
        row.state,
        row.released_by,
        row.first_coder,
        row.second_coder,
        row.drawn_at,
        row.content,
        CodeSheet.model_validate(parsed(row.sheet)),
        parsed(row.codes),
    )
