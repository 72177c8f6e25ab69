"""The events that this service publishes, made from its rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from events import ClaimAccepted, ClaimRejected, ClaimStalled, ClaimSubmitted, StatusCode
from kit.telemetry import names, span

from submission_svc.acknowledgements.judging import Code, Fact, Source
from submission_svc.repository.interchanges import Member
from submission_svc.repository.submissions import VersionRow

StallReason = Literal[
    "delivery_unknown", "acknowledgement_overdue", "no_gateway", "sent_version_exists", "not_encodable"
]


def claim_submitted(
    member: Member, tenant_id: str, gateway_id: str, interchange: tuple[UUID, int], now: datetime
) -> ClaimSubmitted:
    """The gateway has the file; `interchange` is its id and ISA13."""
    return ClaimSubmitted.create(
        **_about(member, tenant_id, now),
        interchange_id=interchange[0],
        interchange_control_number=interchange[1],
        transaction_set_control_number=member.control_number,
        gateway_id=gateway_id,
        payer_id=member.payer_id,
        patient_control_number=member.patient_control_number,
        charge_cents=member.charge_cents,
        submitted_at=now,
    )


def claim_stalled(row: VersionRow | Member, tenant_id: str, reason: StallReason, now: datetime) -> ClaimStalled:
    """A person must look at the claim."""
    return ClaimStalled.create(
        **_about(row, tenant_id, now),
        reason=reason,
        payer_id=row.payer_id,
        patient_control_number=row.patient_control_number,
    )


def claim_accepted(row: VersionRow, acknowledgement_id: UUID, fact: Fact, now: datetime) -> ClaimAccepted:
    """The payer took the claim into adjudication."""
    return ClaimAccepted.create(
        **_about(row, row.tenant_id, now),
        acknowledgement_id=acknowledgement_id,
        source="277CA",
        payer_claim_control_number=fact.payer_claim_control_number,
        status_codes=status_codes(fact.codes),
    )


def claim_rejected(row: VersionRow, acknowledgement_id: UUID, fact: Fact, now: datetime) -> ClaimRejected:
    """The claim was never adjudicated."""
    return ClaimRejected.create(
        **_about(row, row.tenant_id, now),
        acknowledgement_id=acknowledgement_id,
        source=fact.source,
        status_codes=status_codes(fact.codes),
        error_locations=fact.error_locations,
        payer_id=row.payer_id,
        patient_control_number=row.patient_control_number,
    )


def claim_taken_down(row: VersionRow, acknowledgement_id: UUID, source: Source, now: datetime) -> ClaimRejected:
    """The file around the claim was rejected for a neighbour's fault, and the claim does not go out again."""
    return ClaimRejected.create(
        **_about(row, row.tenant_id, now),
        acknowledgement_id=acknowledgement_id,
        source=source,
        payer_id=row.payer_id,
        patient_control_number=row.patient_control_number,
    )


def status_codes(codes: Sequence[Code]) -> tuple[StatusCode, ...]:
    """Codes as events carry them."""
    return tuple(StatusCode(category=c.category, status=c.status or None, entity=c.entity or None) for c in codes)


def claim_span(name: str, row: VersionRow, **more: Any) -> Any:
    """A span of one claim; what is published in it goes on in its trace."""
    return span(
        name,
        encounter_id=row.encounter_id,
        claim_id=row.claim_id,
        attributes={names.TENANT_ID: row.tenant_id, names.GATEWAY_ID: row.gateway_id, **more.pop("attributes", {})},
        **more,
    )


def _about(row: VersionRow | Member, tenant_id: str, now: datetime) -> dict[str, Any]:
    return {
        "occurred_at": now,
        "tenant_id": tenant_id,
        "encounter_id": row.encounter_id,
        "encounter_version": row.encounter_version,
        "claim_id": row.claim_id,
        "claim_version": row.claim_version,
    }
