"""What was billed of a patient in other encounters: read by the batch, and carried on within it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from events.phi import ClaimContent, CodedEncounter
from kit.database import Transaction
from sqlalchemy import text

from claim_builder.book import Book, Earlier, Made
from claim_builder.building import NoCoverage, Turn, build
from claim_builder.fees import PriceList
from claim_builder.fixing import apply_fixes
from claim_builder.patients import name_key, number_keys, patient_keys
from claim_builder.scrubbing import EarlierLine

SPECIALTY: Final = (
    "coalesce(v.content -> 'rendering_provider' ->> 'taxonomy_code', "
    "v.content -> 'billing_provider' ->> 'taxonomy_code')"
)
"""Of a claim_version `v`: the taxonomy of who rendered it."""
_HISTORY: Final = text(
    f"""
    WITH same AS (
        SELECT w.encounter_id, v.claim_id, v.claim_version
        FROM unnest(CAST(:named AS uuid[]), CAST(:tenants_of_named AS text[]), CAST(:names AS bytea[]))
             AS w (encounter_id, tenant_id, patient_key)
        JOIN claim_version v ON v.tenant_id = w.tenant_id AND v.patient_key = w.patient_key AND v.state = 'built'
        UNION
        SELECT w.encounter_id, p.claim_id, p.claim_version
        FROM unnest(CAST(:numbered AS uuid[]), CAST(:tenants_of_numbered AS text[]), CAST(:numbers AS bytea[]))
             AS w (encounter_id, tenant_id, patient_key)
        JOIN claim_patient p USING (tenant_id, patient_key)
    )
    SELECT s.encounter_id, v.content -> 'lines' AS lines, {SPECIALTY} AS specialty, v.patient_key AS name_key,
           (SELECT array_agg(p.patient_key) FROM claim_patient p
            WHERE p.claim_id = v.claim_id AND p.claim_version = v.claim_version) AS number_keys
    FROM same s
    JOIN claim_version v USING (claim_id, claim_version)
    JOIN claim c ON c.claim_id = v.claim_id AND c.tenant_id = v.tenant_id AND c.claim_version = v.claim_version
    WHERE v.state = 'built' AND c.encounter_id <> s.encounter_id AND c.payer_sequence = 'P' AND v.frequency_code <> '8'
    """
)
_REMEMBER: Final = text(
    """
    INSERT INTO claim_patient (claim_id, claim_version, tenant_id, patient_key)
    SELECT * FROM unnest(CAST(:claims AS uuid[]), CAST(:versions AS int[]), CAST(:tenants AS text[]),
                         CAST(:keys AS bytea[]))
    """
)
_LOCK_PATIENTS: Final = text(
    "SELECT pg_advisory_xact_lock(key) FROM (SELECT DISTINCT unnest(CAST(:keys AS bigint[])) AS key ORDER BY 1) AS k"
)
_NO_PRICES: Final = PriceList(())


async def lock_history(tx: Transaction, books: Collection[Book]) -> None:
    """Load history that stays true: wait for whoever builds a claim of the same patients, as neither sees the other's.

    Taken after the locks of the encounters and in the order of keys, so that nobody waits for one another.
    """
    coded = ((book.tenant_id.encode(), _known_as(book)) for book in books)
    keys = [hashlib.sha256(tenant + key).digest()[:8] for tenant, known in coded for key in _keys(known)]
    if keys:
        await tx.execute(_LOCK_PATIENTS, {"keys": [int.from_bytes(key, signed=True) for key in keys]})
    await load_history(tx, books)


async def load_history(tx: Transaction, books: Iterable[Book]) -> None:
    """Give each coded book what was billed of its patient in other encounters; without codes nobody asks."""
    coded = [(book, _known_as(book)) for book in books if book.coded is not None]
    if not coded:
        return
    names = [(book, key) for book, known in coded for key in {name_key(it.patient) for it in known}]
    numbers = [(book, key) for book, known in coded for key in frozenset().union(*map(number_keys, known))]
    wanted = {
        "named": [book.encounter_id for book, _ in names],
        "tenants_of_named": [book.tenant_id for book, _ in names],
        "names": [key for _, key in names],
        "numbered": [book.encounter_id for book, _ in numbers],
        "tenants_of_numbered": [book.tenant_id for book, _ in numbers],
        "numbers": [key for _, key in numbers],
    }
    found: dict[Any, list[Earlier]] = {}
    for row in await tx.execute(_HISTORY, wanted):
        patient = frozenset(map(bytes, (row.name_key, *(row.number_keys or ()))))
        earlier = Earlier(patient, tuple(earlier_lines(row.lines, row.specialty)))
        found.setdefault(row.encounter_id, []).append(earlier)
    for book, known in coded:
        book.patient = _keys(known)
        book.history = tuple(found.get(book.encounter_id, ()))


async def remember_patients(tx: Transaction, made: Sequence[Made]) -> None:
    """Keep by which numbers the patients of new versions are found; their names stand with the versions."""
    keys = [(it, key) for it in made for key in sorted(number_keys(it.content))]
    named = {
        "claims": [it.version.claim_id for it, _ in keys],
        "versions": [it.version.number for it, _ in keys],
        "tenants": [it.book.tenant_id for it, _ in keys],
        "keys": [key for _, key in keys],
    }
    await tx.execute(_REMEMBER, named)


def _known_as(book: Book) -> tuple[CodedEncounter | ClaimContent, ...]:
    """The encounter as coded, and its claims on which billers have mended who the patient is."""
    if book.coded is None:
        return ()
    found: list[CodedEncounter | ClaimContent] = [book.coded]
    for standing in book.claims.values():
        fixes = [fix for fix in standing.fixes if fix.field.startswith(_IDENTITY)]
        if fixes:
            try:
                billed = build(book.encounter_id, book.coded, Turn(standing.sequence), _NO_PRICES).content
            except NoCoverage:
                continue  # the cover is gone, and its claim will be withdrawn
            found.append(apply_fixes(billed, fixes))
    return tuple(found)


def _keys(known: Iterable[CodedEncounter | ClaimContent]) -> frozenset[bytes]:
    return frozenset().union(*map(patient_keys, known))


_IDENTITY: Final = ("patient/", "coverage/", "other_coverages/", "medical_record_number")
"""Where the fields begin that say who the patient is."""


def carry_on(content: ClaimContent, made_for: Book, books: Iterable[Book]) -> None:
    """What was just built counts for the other encounters of the same patient in the batch."""
    patient = patient_keys(content)
    specialty = (content.rendering_provider or content.billing_provider).taxonomy_code
    lines = (EarlierLine(line.code, line.modifiers, line.date_from, line.units, specialty) for line in content.lines)
    new = Earlier(patient, tuple(lines))
    for book in books:
        another = book is not made_for and book.tenant_id == made_for.tenant_id
        if another and book.history is not None and not patient.isdisjoint(book.patient):
            book.history = (*book.history, new)


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
