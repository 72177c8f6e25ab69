"""Bring the unsent versions of claims to where the facts put them, and tell of those that cannot go on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from kit.database import Transaction
from kit.telemetry import names

from submission_svc.domain import ClaimState, Reason, Standing, VersionFacts, standings
from submission_svc.published import StallReason, claim_span, claim_stalled, claim_taken_down
from submission_svc.repository import acknowledgements
from submission_svc.repository import submissions as repository
from submission_svc.repository.acknowledgements import Release
from submission_svc.repository.submissions import VersionRow

STALLING: dict[Reason, StallReason] = {
    Reason.SENT_VERSION_EXISTS: "sent_version_exists",
    Reason.NO_GATEWAY: "no_gateway",
    Reason.NOT_ENCODABLE: "not_encodable",
}


async def settle(tx: Transaction, claim_ids: Iterable[UUID], now: datetime) -> None:
    """Derive and write the standings of all unsent versions of these claims; publish ClaimStalled for parked ones.

    ClaimRejected for those that had been on their way and are not sent again: a 999 took them down with a neighbour,
    and meanwhile they were called off. The claims must be locked (`lock_claims`). Doing it again changes nothing.
    """
    ids = list(dict.fromkeys(claim_ids))
    if not ids:
        return
    rows = await repository.versions_for_update(tx, ids)
    withdrawn = await repository.withdrawn_versions(tx, ids)
    changes = [
        (row, standing)
        for claim_id, group in groupby(rows, key=lambda row: row.claim_id)
        for row, standing in _changes(list(group), withdrawn.get(claim_id, frozenset()))
    ]
    await repository.set_standings(tx, [(row.key, standing) for row, standing in changes])
    for row, standing in changes:
        if standing.state is ClaimState.PARKED and standing.reason is not None:
            stall(tx, row, STALLING[standing.reason], now)
    came_back = [r for r, s in changes if s.state is ClaimState.WITHDRAWN and r.interchange_id is not None]
    releases = await acknowledgements.releases(tx, [row.key for row in came_back]) if came_back else {}
    for row in came_back:
        if row.key in releases:
            _tell_taken_down(tx, row, releases[row.key], now)


def _tell_taken_down(tx: Transaction, row: VersionRow, release: Release, now: datetime) -> None:
    with claim_span("withdraw claim", row, links=[row.submit_traceparent]):
        tx.publish(claim_taken_down(row, release.acknowledgement_id, release.source, now))


def _changes(rows: Sequence[VersionRow], withdrawn: frozenset[int]) -> list[tuple[VersionRow, Standing]]:
    derived = standings([_facts(row) for row in rows], withdrawn)
    wanted = [(row, derived.get(row.claim_version)) for row in rows]
    return [(row, s) for row, s in wanted if s is not None and s != Standing(row.state, row.reason)]


def _facts(row: VersionRow) -> VersionFacts:
    return VersionFacts(
        row.claim_version,
        row.state,
        corrects=row.corrects,
        routed=row.gateway_id is not None,
        encodable=row.reason is not Reason.NOT_ENCODABLE,
    )


def stall(tx: Transaction, row: VersionRow, reason: StallReason, now: datetime) -> None:
    """Tell followup that a person must look, in a span on the claim's own trace."""
    attributes = {names.REASON: reason}
    with claim_span("stall claim", row, parent=row.submit_traceparent, root=True, attributes=attributes):
        tx.publish(claim_stalled(row, row.tenant_id, reason, now))
