"""What corrections taught, and the practice's lexicon with its history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, get_args
from uuid import UUID

from kit.database import Transaction
from sqlalchemy import text

from coding_svc.coding.practice import Effect, Lesson, PracticeLexicon
from coding_svc.learning import Change, lexicon_at

_EFFECTS: Final[dict[str, Effect]] = {effect: effect for effect in get_args(Effect)}
_OBSERVE: Final = text(
    """
    INSERT INTO lexicon_observation (review_id, tenant_id, encounter_id, term, code, effect, made_at)
    SELECT :review_id, :tenant_id, :encounter_id, o.term, o.code, o.effect, CAST(:made_at AS timestamptz)
    FROM unnest(CAST(:terms AS text[]), CAST(:codes AS text[]), CAST(:effects AS text[])) AS o (term, code, effect)
    ON CONFLICT DO NOTHING
    """
)
_TAUGHT: Final = text(
    "SELECT term, code, effect, encounter_id FROM lexicon_observation WHERE tenant_id = :tenant_id LIMIT 100000"
)
_CHANGES: Final = text(
    """
    SELECT tenant_id, version, term, code, effect, added FROM lexicon_change
    WHERE tenant_id = ANY (CAST(:tenants AS text[])) ORDER BY version
    """
)
_VERSIONS: Final = text(
    """
    SELECT v.version, v.made_by, v.reason, v.made_at,
           count(*) FILTER (WHERE c.added) AS added, count(*) FILTER (WHERE NOT c.added) AS removed
    FROM lexicon_version v LEFT JOIN lexicon_change c USING (tenant_id, version)
    WHERE v.tenant_id = :tenant_id GROUP BY v.tenant_id, v.version ORDER BY v.version DESC LIMIT :limit
    """
)
_ADD_VERSION: Final = text(
    """
    INSERT INTO lexicon_version (tenant_id, version, made_by, reason, made_at)
    VALUES (:tenant_id, :version, :made_by, :reason, CAST(:made_at AS timestamptz))
    ON CONFLICT DO NOTHING RETURNING version
    """
)
_ADD_CHANGES: Final = text(
    """
    INSERT INTO lexicon_change (tenant_id, version, term, code, effect, added)
    SELECT :tenant_id, :version, c.term, c.code, c.effect, c.added
    FROM unnest(CAST(:terms AS text[]), CAST(:codes AS text[]), CAST(:effects AS text[]), CAST(:added AS boolean[]))
         AS c (term, code, effect, added)
    """
)


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version to be written: who, why, what goes in and out."""

    version: int
    made_by: str
    reason: str
    added: frozenset[Lesson]
    removed: frozenset[Lesson]


async def observe(
    tx: Transaction, tenant_id: str, review_id: UUID, encounter_id: UUID, lessons: Sequence[Lesson], made_at: datetime
) -> None:
    """Keep what a decision taught; a decision teaches once."""
    if lessons:
        named = {"review_id": review_id, "tenant_id": tenant_id, "encounter_id": encounter_id, "made_at": made_at}
        await tx.execute(_OBSERVE, {**named, **_columns(lessons)})


async def taught(tx: Transaction, tenant_id: str) -> list[tuple[Lesson, UUID]]:
    """Every lesson with the encounter that taught it."""
    return [(_lesson(row), row.encounter_id) for row in await tx.execute(_TAUGHT, {"tenant_id": tenant_id})]


async def changes(tx: Transaction, tenant_id: str) -> list[Change]:
    """The lexicon's history, oldest first."""
    rows = await tx.execute(_CHANGES, {"tenants": [tenant_id]})
    return [Change(row.version, _lesson(row), row.added) for row in rows]


async def lexicons(tx: Transaction, tenants: Iterable[str]) -> dict[str, PracticeLexicon]:
    """The present lexicon of each tenant that has one."""
    found: dict[str, list[Change]] = {}
    for row in await tx.execute(_CHANGES, {"tenants": sorted(set(tenants))}):
        found.setdefault(row.tenant_id, []).append(Change(row.version, _lesson(row), row.added))
    return {tenant_id: lexicon_at(of_tenant) for tenant_id, of_tenant in found.items()}


async def versions(tx: Transaction, tenant_id: str, limit: int) -> list[Any]:
    """The newest versions: version, made_by, reason, made_at, added, removed."""
    return list(await tx.execute(_VERSIONS, {"tenant_id": tenant_id, "limit": limit}))


async def add_version(tx: Transaction, tenant_id: str, new: NewVersion, made_at: datetime) -> bool:
    """Write a version; False if another one took its number meanwhile."""
    named = {"tenant_id": tenant_id, "version": new.version}
    made = {"made_by": new.made_by, "reason": new.reason, "made_at": made_at}
    if (await tx.execute(_ADD_VERSION, {**named, **made})).first() is None:
        return False
    lessons = [*sorted(new.added), *sorted(new.removed)]
    flags = [True] * len(new.added) + [False] * len(new.removed)
    await tx.execute(_ADD_CHANGES, {**named, **_columns(lessons), "added": flags})
    return True


def _lesson(row: Any) -> Lesson:
    return Lesson(row.term, row.code, _EFFECTS[row.effect])


def _columns(lessons: Sequence[Lesson]) -> dict[str, list[str]]:
    return {
        "terms": [lesson.term for lesson in lessons],
        "codes": [lesson.code for lesson in lessons],
        "effects": [lesson.effect for lesson in lessons],
    }
