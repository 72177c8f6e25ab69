"""All SQL of this service's writes, and the loading of books. One statement serves a whole batch.

Encounter rows are the locks: whoever changes an encounter's claims holds its row, taken in the order of ids.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from events import EncounterClosed, EncounterCoded
from events.parts import Correction
from events.phi import ClaimContent, CodedEncounter
from kit.database import Transaction
from sqlalchemy import TextClause, text

from claim_builder.book import Book, Changes, Standing
from claim_builder.domain import ClaimState, ClaimVersion, Source
from claim_builder.fixing import Fix
from claim_builder.history import load_history, lock_history, remember_patients
from claim_builder.patients import name_key


@dataclass(frozen=True, slots=True)
class CodedFact:
    """One release of codes, opened."""

    event: EncounterCoded
    coded: CodedEncounter

    @property
    def source(self) -> Source:
        """Which release it is."""
        return Source(self.event.encounter_version, self.event.coding_version)


_STORE_CODED = text(
    """
    INSERT INTO encounter (encounter_id, tenant_id, encounter_version, coding_version, coded, correction)
    SELECT e, t, ev, cv, CAST(coded AS jsonb), CAST(correction AS jsonb)
    FROM unnest(CAST(:ids AS uuid[]), CAST(:tenants AS text[]), CAST(:encounter_versions AS int[]),
                CAST(:coding_versions AS int[]), CAST(:coded AS text[]), CAST(:corrections AS text[]))
         AS u(e, t, ev, cv, coded, correction)
    ON CONFLICT (encounter_id) DO UPDATE
    SET encounter_version = excluded.encounter_version, coding_version = excluded.coding_version,
        coded = excluded.coded, correction = excluded.correction
    WHERE (excluded.encounter_version, excluded.coding_version)
          > (encounter.encounter_version, encounter.coding_version)
    """
)
_STORE_CLOSED = text(
    """
    INSERT INTO encounter (encounter_id, tenant_id, closed_version, closed_reason)
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:tenants AS text[]), CAST(:versions AS int[]),
                         CAST(:reasons AS text[]))
    ON CONFLICT (encounter_id) DO UPDATE
    SET closed_version = excluded.closed_version, closed_reason = excluded.closed_reason
    WHERE excluded.closed_version > encounter.closed_version
    """
)


async def store_coded(tx: Transaction, facts: Iterable[CodedFact]) -> None:
    """Keep the newest release of codes of each encounter; an older one changes nothing."""
    newest: dict[UUID, CodedFact] = {}
    for fact in sorted(facts, key=lambda fact: fact.source):
        newest[fact.event.encounter_id] = fact
    rows = [newest[encounter_id] for encounter_id in sorted(newest)]
    await tx.execute(
        _STORE_CODED,
        {
            "ids": [row.event.encounter_id for row in rows],
            "tenants": [row.event.tenant_id for row in rows],
            "encounter_versions": [row.event.encounter_version for row in rows],
            "coding_versions": [row.event.coding_version for row in rows],
            "coded": [row.coded.model_dump_json(exclude_defaults=True) for row in rows],
            "corrections": [_correction_json(row.event.correction) for row in rows],
        },
    )


async def store_closed(tx: Transaction, events: Iterable[EncounterClosed]) -> None:
    """Keep the newest closing of each encounter; an older one changes nothing."""
    newest: dict[UUID, EncounterClosed] = {}
    for event in sorted(events, key=lambda event: event.encounter_version):
        newest[event.encounter_id] = event
    rows = [newest[encounter_id] for encounter_id in sorted(newest)]
    await tx.execute(
        _STORE_CLOSED,
        {
            "ids": [row.encounter_id for row in rows],
            "tenants": [row.tenant_id for row in rows],
            "versions": [row.encounter_version for row in rows],
            "reasons": [row.reason for row in rows],
        },
    )


_LOCK = text("SELECT 1 FROM encounter WHERE encounter_id = ANY(CAST(:ids AS uuid[])) ORDER BY encounter_id FOR UPDATE")
_BOOKS = """
    SELECT e.encounter_id, e.tenant_id, e.encounter_version, e.coding_version, {coded} AS coded,
           CAST(e.correction AS text) AS correction, e.closed_version, e.closed_reason,
           c.claim_id, c.payer_sequence, c.payer_id, c.claim_version, c.state, c.frequency_code,
           c.encounter_version AS settled_encounter, c.coding_version AS settled_coding,
           v.content_sha256, v.unpriced, CAST(v.correction AS text) AS claim_correction
    FROM encounter e
    LEFT JOIN claim c USING (encounter_id)
    LEFT JOIN claim_version v ON v.claim_id = c.claim_id AND v.claim_version = c.claim_version
    WHERE e.encounter_id = ANY(CAST(:ids AS uuid[]))
"""
_BOOKS_PLAIN = text(_BOOKS.format(coded="CAST(NULL AS text)"))
_BOOKS_WITH_CODES = text(_BOOKS.format(coded="CAST(e.coded AS text)"))
_FIXES = text(
    """
    SELECT claim_id, field, CAST(value_before AS text) AS before, CAST(value_after AS text) AS after
    FROM claim_fix WHERE claim_id = ANY(CAST(:ids AS uuid[])) ORDER BY claim_id, fix_number
    """
)
_REASONS = text("SELECT claim_id, reason FROM claim_version WHERE claim_id = ANY(CAST(:ids AS uuid[]))")
_CONTENTS = text(
    """
    SELECT v.claim_id, v.claim_version, CAST(v.content AS text) AS content
    FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS int[])) AS u(claim_id, claim_version)
    JOIN claim_version v USING (claim_id, claim_version)
    """
)


async def lock_books(tx: Transaction, encounter_ids: Iterable[UUID]) -> dict[UUID, Book]:
    """The books of these encounters with their codes and their patients' history, locked until the transaction ends."""
    ids = sorted(set(encounter_ids))
    await tx.execute(_LOCK, {"ids": ids})  # first lock, then look: a later statement sees what the last holder did
    books = await _read_books(tx, _BOOKS_WITH_CODES, ids)
    await lock_history(tx, books.values())
    return books


async def read_books(tx: Transaction, encounter_ids: Iterable[UUID]) -> dict[UUID, Book]:
    """The same, to look at only: somebody else may change them meanwhile."""
    books = await _read_books(tx, _BOOKS_WITH_CODES, sorted(set(encounter_ids)))
    await load_history(tx, books.values())
    return books


async def stored_books(tx: Transaction, encounter_ids: Iterable[UUID]) -> dict[UUID, Book]:
    """The books of encounters that this transaction has just stored, and so locked; without codes and history."""
    return await _read_books(tx, _BOOKS_PLAIN, sorted(set(encounter_ids)))


async def _read_books(tx: Transaction, query: TextClause, ids: list[UUID]) -> dict[UUID, Book]:
    rows = await tx.execute(query, {"ids": ids})
    books: dict[UUID, Book] = {}
    for row in rows:
        book = books.get(row.encounter_id) or books.setdefault(row.encounter_id, _book(row))
        if row.claim_id is not None:
            book.claims[row.claim_id] = _standing(row)
    await _load_fixes(tx, books.values())
    return books


async def load_reasons(tx: Transaction, books: Iterable[Book]) -> None:
    """Add to every claim what its versions were made for."""
    claims = _claims(books)
    found: dict[UUID, set[str]] = {}
    for row in await tx.execute(_REASONS, {"ids": list(claims)}) if claims else ():
        found.setdefault(row.claim_id, set()).add(row.reason)
    for claim, reasons in found.items():
        claims[claim].reasons = frozenset(reasons)


async def load_contents(tx: Transaction, keys: Iterable[tuple[UUID, int]]) -> dict[tuple[UUID, int], ClaimContent]:
    """The contents of these claim versions; what does not exist is left out."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    ids, versions = [key[0] for key in wanted], [key[1] for key in wanted]
    rows = await tx.execute(_CONTENTS, {"ids": ids, "versions": versions})
    return {(row.claim_id, row.claim_version): ClaimContent.model_validate_json(row.content) for row in rows}


async def load_current_contents(tx: Transaction, books: Iterable[Book]) -> None:
    """Add to every claim the content of its newest version."""
    claims = _claims(books)
    contents = await load_contents(tx, ((claim, standing.version.number) for claim, standing in claims.items()))
    for (claim, _), content in contents.items():
        claims[claim].content = content


async def _load_fixes(tx: Transaction, books: Iterable[Book]) -> None:
    claims = _claims(books)
    for row in await tx.execute(_FIXES, {"ids": list(claims)}) if claims else ():
        claims[row.claim_id].fixes.append(Fix(row.field, json.loads(row.before), json.loads(row.after)))


def _claims(books: Iterable[Book]) -> dict[UUID, Standing]:
    return {claim: standing for book in books for claim, standing in book.claims.items()}


def _book(row: Any) -> Book:
    return Book(
        tenant_id=row.tenant_id,
        encounter_id=row.encounter_id,
        newest=Source(row.encounter_version, row.coding_version),
        coded=None if row.coded is None else CodedEncounter.model_validate_json(row.coded),
        correction=_correction(row.correction),
        closed_version=row.closed_version,
        closed_reason=row.closed_reason,
    )


def _standing(row: Any) -> Standing:
    return Standing(
        version=ClaimVersion(row.claim_id, row.claim_version, row.frequency_code, ClaimState(row.state)),
        sequence=row.payer_sequence,
        payer_id=row.payer_id,
        source=Source(row.settled_encounter, row.settled_coding),
        content_sha256=bytes(row.content_sha256),
        correction=_correction(row.claim_correction),
        unpriced=frozenset(row.unpriced),
    )


def _correction(stored: str | None) -> Correction | None:
    return None if stored is None else Correction.model_validate_json(stored)


def _correction_json(correction: Correction | None) -> str | None:
    return None if correction is None else correction.model_dump_json()


_INSERT_VERSIONS = text(
    """
    INSERT INTO claim_version (claim_id, claim_version, tenant_id, encounter_version, coding_version, reason, state,
                               frequency_code, charge_cents, content, content_sha256, findings, unpriced, correction,
                               patient_key, created_at, changed_at)
    SELECT c, n, t, ev, cv, reason, state, frequency, charge, CAST(content AS jsonb), sha, CAST(findings AS jsonb),
           CAST(unpriced AS int[]), CAST(correction AS jsonb), patient_key,
           CAST(:now AS timestamptz), CAST(:now AS timestamptz)
    FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS int[]), CAST(:tenants AS text[]),
                CAST(:encounter_versions AS int[]), CAST(:coding_versions AS int[]), CAST(:reasons AS text[]),
                CAST(:states AS text[]), CAST(:frequencies AS text[]), CAST(:charges AS bigint[]),
                CAST(:contents AS text[]), CAST(:hashes AS bytea[]), CAST(:findings AS text[]),
                CAST(:unpriced AS text[]), CAST(:corrections AS text[]), CAST(:patients AS bytea[]))
         AS u(c, n, t, ev, cv, reason, state, frequency, charge, content, sha, findings, unpriced, correction,
              patient_key)
    """
)
_UPSERT_CLAIMS = text(
    """
    INSERT INTO claim (claim_id, tenant_id, encounter_id, payer_sequence, patient_control_number, payer_id,
                       claim_version, state, frequency_code, charge_cents, encounter_version, coding_version,
                       created_at, changed_at)
    SELECT c, t, e, sequence, number, payer, n, state, frequency, charge, ev, cv,
           CAST(:now AS timestamptz), CAST(:now AS timestamptz)
    FROM unnest(CAST(:ids AS uuid[]), CAST(:tenants AS text[]), CAST(:encounters AS uuid[]),
                CAST(:sequences AS text[]), CAST(:control_numbers AS text[]), CAST(:payers AS text[]),
                CAST(:numbers AS int[]), CAST(:states AS text[]), CAST(:frequencies AS text[]),
                CAST(:charges AS bigint[]), CAST(:encounter_versions AS int[]), CAST(:coding_versions AS int[]))
         AS u(c, t, e, sequence, number, payer, n, state, frequency, charge, ev, cv)
    ON CONFLICT (claim_id) DO UPDATE
    SET payer_id = excluded.payer_id, claim_version = excluded.claim_version, state = excluded.state,
        frequency_code = excluded.frequency_code, charge_cents = excluded.charge_cents,
        encounter_version = excluded.encounter_version, coding_version = excluded.coding_version,
        changed_at = CAST(:now AS timestamptz)
    """
)
_MOVE_VERSIONS = text(
    """
    WITH moved AS (
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS int[]), CAST(:states AS text[])) AS u(c, n, state)
    ), versions AS (
        UPDATE claim_version v SET state = moved.state, changed_at = CAST(:now AS timestamptz) FROM moved
        WHERE v.claim_id = moved.c AND v.claim_version = moved.n
    )
    UPDATE claim SET state = moved.state, changed_at = CAST(:now AS timestamptz) FROM moved
    WHERE claim.claim_id = moved.c AND claim.claim_version = moved.n
    """
)
_SETTLE_CLAIMS = text(
    """
    UPDATE claim SET encounter_version = u.ev, coding_version = u.cv
    FROM unnest(CAST(:ids AS uuid[]), CAST(:encounter_versions AS int[]),
                CAST(:coding_versions AS int[])) AS u(c, ev, cv)
    WHERE claim.claim_id = u.c
    """
)


async def write(tx: Transaction, changes: Changes, now: datetime) -> None:
    """Write what a batch has done: where old versions stand, new versions, and the claims they belong to."""
    if changes.moved:
        await _write_moves(tx, changes, now)
    if changes.made:
        await _write_versions(tx, changes, now)
        await _write_claims(tx, changes, now)
    if changes.settled:
        sources = [source for _, source in changes.settled]
        await tx.execute(
            _SETTLE_CLAIMS,
            {
                "ids": [claim for claim, _ in changes.settled],
                "encounter_versions": [source.encounter_version for source in sources],
                "coding_versions": [source.coding_version for source in sources],
            },
        )


async def _write_moves(tx: Transaction, changes: Changes, now: datetime) -> None:
    last = {(moved.version.claim_id, moved.version.number): moved.version for moved in changes.moved}
    versions = [last[key] for key in sorted(last)]
    await tx.execute(
        _MOVE_VERSIONS,
        {
            "ids": [version.claim_id for version in versions],
            "numbers": [version.number for version in versions],
            "states": [version.state.value for version in versions],
            "now": now,
        },
    )


async def _write_versions(tx: Transaction, changes: Changes, now: datetime) -> None:
    states = _final_states(changes)
    made = changes.made
    await tx.execute(
        _INSERT_VERSIONS,
        {
            "ids": [it.version.claim_id for it in made],
            "numbers": [it.version.number for it in made],
            "tenants": [it.book.tenant_id for it in made],
            "encounter_versions": [it.source.encounter_version for it in made],
            "coding_versions": [it.source.coding_version for it in made],
            "reasons": [it.reason for it in made],
            "states": states,
            "frequencies": [it.version.frequency_code for it in made],
            "charges": [it.content.charge_cents for it in made],
            "contents": [it.content_json for it in made],
            "hashes": [it.content_sha256 for it in made],
            "findings": [json.dumps([finding.to_json() for finding in it.findings]) for it in made],
            "unpriced": ["{" + ",".join(map(str, sorted(it.unpriced))) + "}" for it in made],
            "corrections": [_correction_json(it.correction) for it in made],
            "patients": [name_key(it.content.patient) for it in made],
            "now": now,
        },
    )
    await remember_patients(tx, made)


async def _write_claims(tx: Transaction, changes: Changes, now: datetime) -> None:
    states = dict(
        zip(
            ((it.version.claim_id, it.version.number) for it in changes.made),
            _final_states(changes),
            strict=True,
        )
    )
    newest = {it.version.claim_id: it for it in changes.made}  # of several versions in one batch the last one counts
    made = [newest[claim] for claim in sorted(newest)]
    await tx.execute(
        _UPSERT_CLAIMS,
        {
            "ids": [it.version.claim_id for it in made],
            "tenants": [it.book.tenant_id for it in made],
            "encounters": [it.book.encounter_id for it in made],
            "sequences": [_sequence(it) for it in made],
            "control_numbers": [it.content.patient_control_number for it in made],
            "payers": [it.content.coverage.payer_id for it in made],
            "numbers": [it.version.number for it in made],
            "states": [states[it.version.claim_id, it.version.number] for it in made],
            "frequencies": [it.version.frequency_code for it in made],
            "charges": [it.content.charge_cents for it in made],
            "encounter_versions": [it.source.encounter_version for it in made],
            "coding_versions": [it.source.coding_version for it in made],
            "now": now,
        },
    )


def _sequence(made: Any) -> str:
    sequence: str = made.book.claims[made.version.claim_id].sequence
    return sequence


def _final_states(changes: Changes) -> list[str]:
    """A version that was made and moved on within the same batch is written as it stands in the end."""
    moved = {(it.version.claim_id, it.version.number): it.version.state for it in changes.moved}
    return [moved.get((it.version.claim_id, it.version.number), it.version.state).value for it in changes.made]


_INSERT_FIXES = text(
    """
    INSERT INTO claim_fix (claim_id, fix_number, tenant_id, claim_version, field, value_before, value_after, reason,
                           fixed_by, fixed_at)
    SELECT CAST(:claim_id AS uuid), CAST(:first AS int) + CAST(position AS int), CAST(:tenant_id AS text),
           CAST(:claim_version AS int), field, CAST(before AS jsonb),
           CAST(after AS jsonb), reason, CAST(:fixed_by AS text), CAST(:now AS timestamptz)
    FROM unnest(CAST(:fields AS text[]), CAST(:befores AS text[]), CAST(:afters AS text[]), CAST(:reasons AS text[]))
         WITH ORDINALITY AS u(field, before, after, reason, position)
    """
)


async def insert_fixes(
    tx: Transaction, book: Book, claim: UUID, fixes: Sequence[tuple[Fix, str]], fixed_by: str, now: datetime
) -> None:
    """Add fixes, each with its reason, to a claim whose book is loaded; `fixed_by` is the key's public prefix."""
    standing = book.claims[claim]
    await tx.execute(
        _INSERT_FIXES,
        {
            "claim_id": claim,
            "first": len(standing.fixes),
            "tenant_id": book.tenant_id,
            "claim_version": standing.version.number,
            "fields": [fix.field for fix, _ in fixes],
            "befores": [json.dumps(fix.before) for fix, _ in fixes],
            "afters": [json.dumps(fix.after) for fix, _ in fixes],
            "reasons": [reason for _, reason in fixes],
            "fixed_by": fixed_by,
            "now": now,
        },
    )
    standing.fixes.extend(fix for fix, _ in fixes)
