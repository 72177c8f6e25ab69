"""What coding makes of encounter versions, written by the batch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from events import Correction, CorrectionRequested
from kit.database import Transaction
from sqlalchemy import text

from coding_svc.sheet import CodeSheet

Kind = Literal["coded", "held", "closed"]


@dataclass(frozen=True, slots=True)
class Pending:
    """An encounter version to be coded; `numbers` counts the outcomes that the version has, by kind."""

    tenant_id: str
    encounter_id: UUID
    version: int
    current_version: int
    content: str
    numbers: dict[str, int]
    correction: Correction | None
    released_codes: str | None = None
    """The codes last released for the encounter, in the form of `codes_of`; loaded for corrections only."""

    @property
    def is_current(self) -> bool:
        """No newer version of the encounter exists."""
        return self.version == self.current_version

    @property
    def is_worked(self) -> bool:
        """The version has an outcome: it was coded, held or closed."""
        return bool(self.numbers)

    def next_number(self, kind: Kind) -> int:
        """The coding version or hold number that an outcome of this kind gets."""
        return self.numbers.get(kind, 0) + 1

    def next_outcome(self) -> int:
        """The position of the next outcome of the version."""
        return sum(self.numbers.values()) + 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome, as it is written and published. `reasons` of a closing hold its one reason."""

    pending: Pending
    kind: Kind
    reasons: tuple[str, ...] = ()
    waits_on: str | None = None
    released_by: str | None = None
    sheet: CodeSheet | None = None


_COLUMNS: Final = """
    v.tenant_id, v.encounter_id, v.version, e.current_version, v.content,
    (SELECT jsonb_object_agg(kind, times) FROM (
        SELECT kind, count(*) AS times FROM coding_outcome o
        WHERE o.encounter_id = v.encounter_id AND o.encounter_version = v.version AND o.tenant_id = v.tenant_id
        GROUP BY kind) AS counted) AS numbers,
    (SELECT c.correction FROM correction c
     WHERE c.encounter_id = v.encounter_id AND c.tenant_id = v.tenant_id AND c.carried_at IS NULL
     ORDER BY c.requested_at DESC LIMIT 1) AS correction
"""
_LOAD_VERSIONS: Final = text(
    f"""
    SELECT {_COLUMNS}, NULL AS released_sheet
    FROM unnest(CAST(:tenants AS text[]), CAST(:ids AS uuid[]), CAST(:versions AS int[])) AS wanted (t, id, version)
    JOIN encounter e ON e.encounter_id = wanted.id AND e.tenant_id = wanted.t
    JOIN encounter_version v ON v.encounter_id = e.encounter_id AND v.version = wanted.version
                            AND v.tenant_id = e.tenant_id
    """
)
_LOAD_NEWEST: Final = text(
    f"""
    SELECT {_COLUMNS},
           (SELECT o.sheet FROM coding_outcome o
            WHERE o.encounter_id = v.encounter_id AND o.kind = 'coded' AND o.tenant_id = v.tenant_id
            ORDER BY o.encounter_version DESC, o.number DESC LIMIT 1) AS released_sheet
    FROM unnest(CAST(:tenants AS text[]), CAST(:ids AS uuid[])) AS wanted (t, id)
    JOIN encounter e ON e.encounter_id = wanted.id AND e.tenant_id = wanted.t
    JOIN encounter_version v ON v.encounter_id = e.encounter_id AND v.version = e.current_version
                            AND v.tenant_id = e.tenant_id
    """
)


async def load_versions(tx: Transaction, wanted: Sequence[tuple[str, UUID, int]]) -> list[Pending]:
    """The encounter versions named by (tenant, encounter, version), as far as they exist."""
    return [_pending(row) for row in await tx.execute(_LOAD_VERSIONS, _unzipped(wanted))]


async def load_newest(tx: Transaction, wanted: Sequence[tuple[str, UUID]]) -> list[Pending]:
    """The newest version of each encounter, with the codes that were last released for it."""
    return [_pending(row) for row in await tx.execute(_LOAD_NEWEST, _keys(wanted))]


def _unzipped(wanted: Sequence[tuple[str, UUID, int]]) -> dict[str, Any]:
    return {
        "tenants": [tenant for tenant, _, _ in wanted],
        "ids": [encounter_id for _, encounter_id, _ in wanted],
        "versions": [version for _, _, version in wanted],
    }


def _pending(row: Any) -> Pending:
    return Pending(
        tenant_id=row.tenant_id,
        encounter_id=row.encounter_id,
        version=row.version,
        current_version=row.current_version,
        content=row.content,
        numbers=parsed(row.numbers) or {},
        correction=Correction.model_validate(parsed(row.correction)) if row.correction is not None else None,
        released_codes=codes_of(CodeSheet.model_validate(parsed(row.released_sheet))) if row.released_sheet else None,
    )


def parsed(value: Any) -> Any:
    """jsonb comes as text where SQLAlchemy does not know the column's type."""
    return json.loads(value) if isinstance(value, str) else value


def codes_of(sheet: CodeSheet) -> str:
    """What a payer would see of a sheet: two sheets with equal codes would make the same claim."""
    lines = [(line.code, line.modifiers, str(line.units.normalize()), line.diagnosis_codes) for line in sheet.lines]
    return json.dumps([[item.code for item in sheet.diagnoses], lines])


_WRITE_OUTCOMES: Final = text(
    """
    INSERT INTO coding_outcome (encounter_id, encounter_version, number, tenant_id, kind, kind_number, reason_codes,
                                waits_on, released_by, sheet, correction, made_at)
    SELECT id, version, number, t, kind, kind_number, string_to_array(reasons, ','), waits_on, released_by,
           CAST(sheet AS jsonb), CAST(correction AS jsonb), CAST(:made_at AS timestamptz)
    FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS int[]), CAST(:numbers AS int[]), CAST(:tenants AS text[]),
                CAST(:kinds AS text[]), CAST(:kind_numbers AS int[]), CAST(:reasons AS text[]),
                CAST(:waits AS text[]), CAST(:released AS text[]), CAST(:sheets AS text[]),
                CAST(:corrections AS text[]))
         AS o (id, version, number, t, kind, kind_number, reasons, waits_on, released_by, sheet, correction)
    """
)
# A newer version may have been stored while this one was coded: its state stands.
_SET_STATES: Final = text(
    """
    UPDATE encounter e
    SET state = o.kind, waits_on = o.waits_on, reason_codes = string_to_array(o.reasons, ','),
        updated_at = CAST(:made_at AS timestamptz)
    FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS int[]), CAST(:tenants AS text[]), CAST(:kinds AS text[]),
                CAST(:waits AS text[]), CAST(:reasons AS text[])) AS o (id, version, t, kind, waits_on, reasons)
    WHERE e.encounter_id = o.id AND e.tenant_id = o.t AND e.current_version = o.version
    """
)
_SUPERSEDE: Final = text(
    """
    UPDATE review_item r SET state = 'superseded', decided_at = CAST(:made_at AS timestamptz)
    FROM unnest(CAST(:ids AS uuid[]), CAST(:tenants AS text[])) AS o (id, t)
    WHERE r.encounter_id = o.id AND r.tenant_id = o.t AND r.state = 'open'
    """
)
_OPEN_REVIEWS: Final = text(
    """
    INSERT INTO review_item (review_id, tenant_id, encounter_id, encounter_version, outcome_number, reason_codes,
                             opened_at)
    SELECT gen_random_uuid(), t, id, version, number, string_to_array(reasons, ','), CAST(:made_at AS timestamptz)
    FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS int[]), CAST(:numbers AS int[]), CAST(:tenants AS text[]),
                CAST(:reasons AS text[])) AS o (id, version, number, t, reasons)
    """
)
_CARRY: Final = text(
    """
    UPDATE correction c SET carried_at = CAST(:made_at AS timestamptz)
    FROM unnest(CAST(:ids AS uuid[]), CAST(:tenants AS text[])) AS o (id, t)
    WHERE c.encounter_id = o.id AND c.tenant_id = o.t AND c.carried_at IS NULL
    """
)


async def write_outcomes(tx: Transaction, outcomes: Sequence[Outcome], made_at: datetime) -> None:
    """Write a batch: outcomes, states, the coder queue, and which corrections were carried out."""
    columns = {**_outcome_columns(outcomes), "made_at": made_at}
    await tx.execute(_WRITE_OUTCOMES, columns)
    await tx.execute(_SET_STATES, _only(columns, "ids", "versions", "tenants", "kinds", "waits", "reasons", "made_at"))
    await tx.execute(_SUPERSEDE, _only(columns, "ids", "tenants", "made_at"))
    if queued := [outcome for outcome in outcomes if outcome.waits_on == "coder"]:
        columns = {**_outcome_columns(queued), "made_at": made_at}
        await tx.execute(_OPEN_REVIEWS, _only(columns, "ids", "versions", "numbers", "tenants", "reasons", "made_at"))
    if carried := [outcome for outcome in outcomes if outcome.kind != "held" and outcome.pending.correction]:
        await tx.execute(_CARRY, {**_only(_outcome_columns(carried), "ids", "tenants"), "made_at": made_at})


def _only(columns: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: columns[name] for name in names}


def _outcome_columns(outcomes: Iterable[Outcome]) -> dict[str, list[Any]]:
    rows = list(outcomes)
    return {
        "ids": [row.pending.encounter_id for row in rows],
        "versions": [row.pending.version for row in rows],
        "numbers": [row.pending.next_outcome() for row in rows],
        "tenants": [row.pending.tenant_id for row in rows],
        "kinds": [row.kind for row in rows],
        "kind_numbers": [row.pending.next_number(row.kind) for row in rows],
        "reasons": [",".join(row.reasons) for row in rows],
        "waits": [row.waits_on for row in rows],
        "released": [row.released_by for row in rows],
        "sheets": [row.sheet.model_dump_json(exclude_defaults=True) if row.sheet else None for row in rows],
        "corrections": [_correction_json(row) for row in rows],
    }


def _correction_json(row: Outcome) -> str | None:
    if row.kind != "coded" or row.pending.correction is None:
        return None
    return row.pending.correction.model_dump_json()


_REMEMBER: Final = text(
    """
    INSERT INTO correction (event_id, tenant_id, encounter_id, correction, requested_at)
    SELECT r.event_id, r.t, r.id, CAST(r.correction AS jsonb), r.requested_at
    FROM unnest(CAST(:event_ids AS uuid[]), CAST(:tenants AS text[]), CAST(:ids AS uuid[]),
                CAST(:corrections AS text[]), CAST(:requested AS timestamptz[]))
         AS r (event_id, t, id, correction, requested_at)
    JOIN encounter e ON e.encounter_id = r.id AND e.tenant_id = r.t
    ON CONFLICT (event_id) DO NOTHING
    RETURNING event_id
    """
)


async def remember_corrections(tx: Transaction, requests: Sequence[CorrectionRequested]) -> set[UUID]:
    """Keep the requests; returns the event ids that are new. One of an unknown encounter is not kept."""
    corrections = [
        Correction(
            claim_id=request.claim_id,
            claim_version=request.claim_version,
            action=request.action,
            reason_code=request.reason_code,
            frequency_code=request.frequency_code,
            payer_claim_control_number=request.payer_claim_control_number,
        ).model_dump_json()
        for request in requests
    ]
    rows = await tx.execute(
        _REMEMBER,
        {
            "event_ids": [request.event_id for request in requests],
            "tenants": [request.tenant_id for request in requests],
            "ids": [request.encounter_id for request in requests],
            "corrections": corrections,
            "requested": [request.occurred_at for request in requests],
        },
    )
    return set(rows.scalars())


_KNOWN: Final = text(
    """
    SELECT e.encounter_id FROM unnest(CAST(:tenants AS text[]), CAST(:ids AS uuid[])) AS wanted (t, id)
    JOIN encounter e ON e.encounter_id = wanted.id AND e.tenant_id = wanted.t
    """
)


async def known_encounters(tx: Transaction, wanted: Sequence[tuple[str, UUID]]) -> set[UUID]:
    """Which of the encounters exist."""
    return set((await tx.execute(_KNOWN, _keys(wanted))).scalars())


def _keys(wanted: Sequence[tuple[str, UUID]]) -> dict[str, Any]:
    return {"tenants": [tenant for tenant, _ in wanted], "ids": [encounter_id for _, encounter_id in wanted]}
