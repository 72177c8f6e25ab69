"""Reads for the HTTP interface: one tenant's rows, told by row-level security and by every WHERE."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from kit.database import Transaction
from sqlalchemy import func, tuple_
from sqlalchemy.orm import defer
from sqlmodel import col, select

from submission_svc.models import ClaimAcknowledgement, Interchange, InterchangeMember, Submission

Cursor = tuple[datetime, UUID] | None
_WITHOUT_BYTES = defer(Interchange.content)  # type: ignore[arg-type]


async def versions_of(tx: Transaction, tenant_id: str, claim_id: UUID) -> Sequence[Submission]:
    """All versions of a claim, newest first."""
    query = (
        select(Submission)
        .where(Submission.tenant_id == tenant_id, Submission.claim_id == claim_id)
        .order_by(col(Submission.claim_version).desc())
    )
    return (await tx.session.exec(query)).all()


async def attempts_of(
    tx: Transaction, tenant_id: str, claim_id: UUID
) -> Sequence[tuple[InterchangeMember, Interchange]]:
    """The interchanges that any version of a claim was in, oldest first."""
    query = (
        select(InterchangeMember, Interchange)
        .join(Interchange, col(Interchange.interchange_id) == InterchangeMember.interchange_id)
        .where(InterchangeMember.tenant_id == tenant_id, InterchangeMember.claim_id == claim_id)
        .order_by(col(Interchange.created_at), col(Interchange.interchange_control_number))
    )
    return (await tx.session.exec(query)).all()


async def acknowledgements_of(tx: Transaction, tenant_id: str, claim_id: UUID) -> Sequence[ClaimAcknowledgement]:
    """What was said about any version of a claim, oldest first."""
    query = (
        select(ClaimAcknowledgement)
        .where(ClaimAcknowledgement.tenant_id == tenant_id, ClaimAcknowledgement.claim_id == claim_id)
        .order_by(col(ClaimAcknowledgement.received_at), col(ClaimAcknowledgement.fact_id))
    )
    return (await tx.session.exec(query)).all()


async def submissions_page(
    tx: Transaction, tenant_id: str, state: str | None, after: Cursor, limit: int
) -> Sequence[Submission]:
    """A page of claim versions in the order in which they were built."""
    query = select(Submission).where(Submission.tenant_id == tenant_id)
    if state is not None:
        query = query.where(Submission.state == state)
    if after is not None:
        query = query.where(tuple_(col(Submission.built_at), col(Submission.claim_id)) > after)
    query = query.order_by(col(Submission.built_at), col(Submission.claim_id), col(Submission.claim_version))
    return (await tx.session.exec(query.limit(limit))).all()


async def interchange(tx: Transaction, tenant_id: str, interchange_id: UUID) -> Interchange | None:
    """One interchange with its bytes."""
    query = select(Interchange).where(Interchange.tenant_id == tenant_id, Interchange.interchange_id == interchange_id)
    return (await tx.session.exec(query)).one_or_none()


async def members_of(tx: Transaction, tenant_id: str, interchange_id: UUID) -> Sequence[tuple[InterchangeMember, str]]:
    """The claims of an interchange in the order of its sets, each with its claim version's state."""
    query = (
        select(InterchangeMember, Submission.state)
        .join(
            Submission,
            (col(Submission.claim_id) == InterchangeMember.claim_id)
            & (col(Submission.claim_version) == InterchangeMember.claim_version),
        )
        .where(InterchangeMember.tenant_id == tenant_id, InterchangeMember.interchange_id == interchange_id)
        .order_by(col(InterchangeMember.control_number), col(InterchangeMember.claim_id))
    )
    return (await tx.session.exec(query)).all()


async def interchanges_page(
    tx: Transaction, tenant_id: str, state: str | None, after: Cursor, limit: int
) -> Sequence[tuple[Interchange, int]]:
    """A page of interchanges in the order of their making, with the size of their bytes but without them."""
    size = func.octet_length(Interchange.content)
    query = select(Interchange, size).options(_WITHOUT_BYTES).where(Interchange.tenant_id == tenant_id)
    if state is not None:
        query = query.where(Interchange.state == state)
    if after is not None:
        query = query.where(tuple_(col(Interchange.created_at), col(Interchange.interchange_id)) > after)
    query = query.order_by(col(Interchange.created_at), col(Interchange.interchange_id))
    return (await tx.session.exec(query.limit(limit))).all()
