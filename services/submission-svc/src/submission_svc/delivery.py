"""Delivered: the gateway has the file, by its own answer or because an acknowledgement speaks of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.database import Transaction
from kit.telemetry import names, span
from kit.telemetry.spans import traceparent_of
from opentelemetry.trace import Span, use_span

from submission_svc.published import claim_submitted
from submission_svc.repository import interchanges as repository
from submission_svc.repository.interchanges import Member
from submission_svc.repository.submissions import ClaimKey


@dataclass(frozen=True, slots=True)
class File:
    """Which interchange it is, for events and spans."""

    tenant_id: str
    gateway_id: str
    interchange_id: UUID
    interchange_control_number: int


SubmitSpans = Mapping[ClaimKey, Span]


def submit_spans(
    stack: ExitStack, file: File, members: Sequence[Member], links: Sequence[str | None] = ()
) -> SubmitSpans:
    """A submit span of its own for each claim, child of the claim's trace, open until `stack` closes."""
    attributes = {
        names.TENANT_ID: file.tenant_id,
        names.GATEWAY_ID: file.gateway_id,
        names.INTERCHANGE_ID: str(file.interchange_id),
    }
    return {
        member.key: stack.enter_context(
            span(
                "submit claim",
                kind="producer",
                root=True,
                parent=member.built_traceparent,
                links=links,
                encounter_id=member.encounter_id,
                claim_id=member.claim_id,
                attributes=attributes,
            )
        )
        for member in members
    }


async def announce(tx: Transaction, file: File, members: Sequence[Member], spans: SubmitSpans, now: datetime) -> None:
    """Move the claims to delivered (unless an acknowledgement has moved them) and publish ClaimSubmitted for each."""
    traceparents = [(member.key, traceparent_of(spans[member.key].get_span_context())) for member in members]
    await repository.set_delivered(tx, file.interchange_id, now, traceparents)
    for member in members:
        with use_span(spans[member.key], record_exception=False, set_status_on_exception=False):
            tx.publish(
                claim_submitted(
                    member,
                    file.tenant_id,
                    file.gateway_id,
                    (file.interchange_id, file.interchange_control_number),
                    now,
                )
            )
