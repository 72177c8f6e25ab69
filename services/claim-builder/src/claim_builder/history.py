"""What was billed of a patient in other encounters: read by the batch, and carried on within it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Final

from events.phi import ClaimContent, Person
from kit.database import Transaction
from sqlalchemy import text

from claim_builder.book import Book
from claim_builder.scrubbing import EarlierLine

SPECIALTY: Final = (
    "coalesce(v.content -> 'rendering_provider' ->> 'taxonomy_code', "
    "v.content -> 'billing_provider' ->> 'taxonomy_code')"
)
"""Of a claim_version `v`: the taxonomy of who rendered it."""
_HISTORY: Final = text(
    f"""
    SELECT w.encounter_id, v.content -> 'lines' AS lines, {SPECIALTY} AS specialty
    FROM unnest(CAST(:encounters AS uuid[]), CAST(:tenants AS text[]), CAST(:keys AS bytea[]))
         AS w (encounter_id, tenant_id, patient_key)
    JOIN claim_version v ON v.tenant_id = w.tenant_id AND v.patient_key = w.patient_key AND v.state = 'built'
    JOIN claim c ON c.claim_id = v.claim_id AND c.tenant_id = v.tenant_id AND c.claim_version = v.claim_version
    WHERE c.encounter_id <> w.encounter_id AND c.payer_sequence = 'P' AND v.frequency_code <> '8'
    """
)


def patient_key(person: Person) -> bytes:
    """The same for every claim of a person: by name, birth and sex."""
    born = person.birth_date.isoformat() if person.birth_date else ""
    named = (person.last_name, person.first_name or "", born, person.sex or "")
    return hashlib.sha256("|".join(part.strip().casefold() for part in named).encode()).digest()


_LOCK_PATIENTS: Final = text(
    "SELECT pg_advisory_xact_lock(key) FROM (SELECT DISTINCT unnest(CAST(:keys AS bigint[])) AS key ORDER BY 1) AS k"
)


async def lock_history(tx: Transaction, books: Collection[Book]) -> None:
    """Load history that stays true: wait for whoever builds a claim of the same patients, as neither sees the other's.

    Taken after the locks of the encounters and in the order of keys, so that nobody waits for one another.
    """
    coded = ((book.tenant_id, book.coded.patient) for book in books if book.coded is not None)
    keys = [hashlib.sha256(tenant.encode() + patient_key(patient)).digest()[:8] for tenant, patient in coded]
    if keys:
        await tx.execute(_LOCK_PATIENTS, {"keys": [int.from_bytes(key, signed=True) for key in keys]})
    await load_history(tx, books)


async def load_history(tx: Transaction, books: Iterable[Book]) -> None:
    """Give each coded book the lines that were billed of its patient in other encounters; without codes nobody asks."""
    coded = [book for book in books if book.coded is not None]
    if not coded:
        return
    named = {
        "encounters": [book.encounter_id for book in coded],
        "tenants": [book.tenant_id for book in coded],
        "keys": [patient_key(book.coded.patient) for book in coded if book.coded],
    }
    found: dict[Any, list[EarlierLine]] = {}
    for row in await tx.execute(_HISTORY, named):
        found.setdefault(row.encounter_id, []).extend(earlier_lines(row.lines, row.specialty))
    for book in coded:
        book.history = tuple(found.get(book.encounter_id, ()))


def carry_on(content: ClaimContent, made_for: Book, books: Iterable[Book]) -> None:
    """What was just built counts for the other encounters of the same patient in the batch."""
    key = patient_key(content.patient)
    specialty = (content.rendering_provider or content.billing_provider).taxonomy_code
    for book in books:
        same = book is not made_for and book.tenant_id == made_for.tenant_id and book.coded is not None
        if same and book.coded is not None and patient_key(book.coded.patient) == key:
            new = (
                EarlierLine(line.code, line.modifiers, line.date_from, line.units, specialty) for line in content.lines
            )
            book.history = (*book.billed_elsewhere, *new)


def earlier_lines(stored: Any, specialty: str | None) -> Iterator[EarlierLine]:
    """The lines of a stored content, as JSON text or read already."""
    lines = json.loads(stored) if isinstance(stored, str) else stored
    return (_line(line, specialty) for line in lines)


def _line(line: dict[str, Any], specialty: str | None) -> EarlierLine:
    return EarlierLine(
        line["code"],
        tuple(line.get("modifiers", ())),
        date.fromisoformat(line["date_from"]),
        Decimal(line.get("units", "1")),
        specialty,
    )
