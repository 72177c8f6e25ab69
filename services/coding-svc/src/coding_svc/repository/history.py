"""What the practice did for the patients before: services and notes of their earlier encounters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from kit.database import Transaction
from sqlalchemy import text

from coding_svc.encounters import record_of
from coding_svc.repository.coding import Pending, parsed

MAX_ENCOUNTERS: Final = 40
"""Earlier encounters looked at per encounter, the newest first."""
MAX_NOTE_ENCOUNTERS: Final = 3
"""Of these, how many lend their notes to recognise copied text."""
MAX_NOTE_BYTES: Final = 60_000
"""Notes of a larger encounter are not looked at again."""


@dataclass(frozen=True, slots=True)
class EarlierLine:
    """A service that was released in an earlier encounter; `specialty` is the taxonomy of who rendered it."""

    code: str
    modifiers: tuple[str, ...]
    service_date: date
    specialty: str | None


@dataclass(slots=True)
class History:
    """What is known of one encounter's patient from before its date of service."""

    lines: list[EarlierLine] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


_EARLIER: Final = text(
    """
    SELECT w.id AS encounter_id, h.service_date, h.specialty, h.lines, h.content
    FROM unnest(CAST(:tenants AS text[]), CAST(:ids AS uuid[]), CAST(:versions AS int[])) AS w (t, id, version)
    JOIN encounter_version v ON v.encounter_id = w.id AND v.version = w.version AND v.tenant_id = w.t
    CROSS JOIN LATERAL (
        SELECT p.service_date, p.specialty, o.sheet -> 'lines' AS lines,
               CASE WHEN row_number() OVER (ORDER BY p.service_date DESC) <= :note_encounters
                         AND octet_length(p.content) <= :note_bytes THEN p.content END AS content
        FROM encounter_version p
        JOIN encounter e ON e.encounter_id = p.encounter_id AND e.tenant_id = p.tenant_id
                        AND e.current_version = p.version
        LEFT JOIN LATERAL (
            SELECT sheet FROM coding_outcome c
            WHERE c.encounter_id = p.encounter_id AND c.encounter_version = p.version AND c.kind = 'coded'
              AND c.tenant_id = p.tenant_id
            ORDER BY c.number DESC LIMIT 1
        ) AS o ON true
        WHERE p.tenant_id = v.tenant_id AND p.patient_key = v.patient_key AND p.encounter_id <> v.encounter_id
          AND p.service_date < v.service_date AND p.service_date > v.service_date - interval '3 years'
        ORDER BY p.service_date DESC LIMIT :encounters
    ) AS h
    """
)


async def earlier(tx: Transaction, due: Sequence[Pending]) -> dict[UUID, History]:
    """By encounter: what the practice did for its patient in the three years before (CPT: new or established)."""
    if not due:
        return {}
    named = {
        "tenants": [item.tenant_id for item in due],
        "ids": [item.encounter_id for item in due],
        "versions": [item.version for item in due],
        "encounters": MAX_ENCOUNTERS,
        "note_encounters": MAX_NOTE_ENCOUNTERS,
        "note_bytes": MAX_NOTE_BYTES,
    }
    found: dict[UUID, History] = {}
    for row in await tx.execute(_EARLIER, named):
        history = found.setdefault(row.encounter_id, History())
        history.lines += [_line(line, row) for line in parsed(row.lines) or ()]
        if row.content is not None:
            history.notes += [note.text for note in record_of(row.content).notes]
    return found


def _line(line: dict[str, Any], row: Any) -> EarlierLine:
    return EarlierLine(line["code"], tuple(line.get("modifiers", ())), row.service_date, row.specialty)
