"""Outbox rows and the one statement that writes a batch of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from events.envelope import Event
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One event ready to be sent: its key is the encounter id, so that its events stay in order."""

    event_id: UUID
    event_type: str
    schema_version: int
    topic: str
    key: str
    payload: bytes
    traceparent: str | None

    @classmethod
    def of(cls, event: Event, traceparent: str | None) -> OutboxRow:
        """Serialise an event whose PHI part is sealed already."""
        return cls(
            event.event_id,
            event.event_type,
            event.schema_version,
            event.topic.value,
            str(event.encounter_id),
            event.model_dump_json(exclude_none=True).encode(),
            traceparent,
        )


_INSERT = text(
    """
    INSERT INTO outbox (event_id, event_type, schema_version, topic, key, payload, traceparent)
    SELECT * FROM unnest(CAST(:event_ids AS uuid[]), CAST(:types AS text[]), CAST(:versions AS int[]),
                         CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:payloads AS bytea[]),
                         CAST(:traceparents AS text[]))
    ON CONFLICT (event_id) DO NOTHING
    """
)


async def write_outbox(connection: AsyncConnection, rows: Sequence[OutboxRow]) -> None:
    """Insert the rows in their order; an event id that is there already is dropped."""
    await connection.execute(
        _INSERT,
        {
            "event_ids": [row.event_id for row in rows],
            "types": [row.event_type for row in rows],
            "versions": [row.schema_version for row in rows],
            "topics": [row.topic for row in rows],
            "keys": [row.key for row in rows],
            "payloads": [row.payload for row in rows],
            "traceparents": [row.traceparent for row in rows],
        },
    )
