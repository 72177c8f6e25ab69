"""A coder's decision, under the encounter's lock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from kit.database import Transaction
from sqlalchemy import text

from coding_svc.repository import coding
from coding_svc.repository.coding import Pending
from coding_svc.sheet import CodeSheet


@dataclass(frozen=True, slots=True)
class LockedReview:
    """A review item that nobody else can decide now, with the sheet that was proposed."""

    review_id: UUID
    state: str
    sheet: CodeSheet
    pending: Pending


# The encounter's row is locked first, as a revision does; then the item, so that of two decisions the second sees the
# first one's state.
_LOCK_ENCOUNTER: Final = text(
    """
    SELECT e.current_version, r.encounter_id, r.encounter_version
    FROM review_item r JOIN encounter e ON e.encounter_id = r.encounter_id AND e.tenant_id = r.tenant_id
    WHERE r.tenant_id = :tenant_id AND r.review_id = :review_id
    FOR UPDATE OF e
    """
)
_LOCK_ITEM: Final = text(
    """
    SELECT r.state, o.sheet
    FROM review_item r
    JOIN coding_outcome o ON o.encounter_id = r.encounter_id AND o.encounter_version = r.encounter_version
                         AND o.number = r.outcome_number AND o.tenant_id = r.tenant_id
    WHERE r.tenant_id = :tenant_id AND r.review_id = :review_id
    FOR UPDATE OF r
    """
)


async def lock_review(tx: Transaction, tenant_id: str, review_id: UUID) -> LockedReview | None:
    """Lock encounter and item; None if there is no such item."""
    key = {"tenant_id": tenant_id, "review_id": review_id}
    encounter = (await tx.execute(_LOCK_ENCOUNTER, key)).one_or_none()
    if encounter is None:
        return None
    item = (await tx.execute(_LOCK_ITEM, key)).one()
    wanted = (tenant_id, encounter.encounter_id, encounter.encounter_version)
    (pending,) = await coding.load_versions(tx, [wanted])
    return LockedReview(review_id, item.state, CodeSheet.model_validate(coding.parsed(item.sheet) or {}), pending)


_DECIDE: Final = text(
    """
    WITH decided AS (
        UPDATE review_item SET state = :state, decided_at = CAST(:decided_at AS timestamptz)
        WHERE tenant_id = :tenant_id AND review_id = :review_id
    )
    INSERT INTO review_decision (review_id, tenant_id, decided_by, decision, reason, edits, queries, sheet_before,
                                 sheet_after, decided_at)
    VALUES (:review_id, :tenant_id, :decided_by, :decision, :reason, CAST(:edits AS jsonb), CAST(:queries AS jsonb),
            CAST(:sheet_before AS jsonb), CAST(:sheet_after AS jsonb), CAST(:decided_at AS timestamptz))
    """
)


async def write_decision(
    tx: Transaction,
    review: LockedReview,
    *,
    state: str,
    after: CodeSheet,
    decided_at: datetime,
    decision: dict[str, Any],
) -> None:
    """Keep the decision (`decided_by`, `decision`, `reason`, `edits`, `queries`) with the sheet before and after."""
    await tx.execute(
        _DECIDE,
        {
            **decision,
            "review_id": review.review_id,
            "tenant_id": review.pending.tenant_id,
            "state": state,
            "sheet_before": review.sheet.model_dump_json(exclude_defaults=True),
            "sheet_after": after.model_dump_json(exclude_defaults=True),
            "decided_at": decided_at,
        },
    )
