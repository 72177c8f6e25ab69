"""Dead letters: what could not be applied, kept as ciphertext with a reason, to be looked at and replayed."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from kit.database.engine import Transaction
from kit.messaging.records import Record


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record and the reason code for which it was set aside."""

    record: Record
    reason: str


_INSERT = text(
    """
    INSERT INTO dead_letter (topic, partition, "offset", cluster_id, event_type, reason, headers, key, payload)
    SELECT topic, partition, "offset", :cluster_id, event_type, reason, headers::jsonb, key, payload
    FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS int[]), CAST(:offsets AS bigint[]),
                CAST(:types AS text[]), CAST(:reasons AS text[]), CAST(:headers AS text[]),
                CAST(:keys AS bytea[]), CAST(:payloads AS bytea[]))
         AS t(topic, partition, "offset", event_type, reason, headers, key, payload)
    ON CONFLICT (cluster_id, topic, partition, "offset") DO NOTHING
    """
)


async def record_dead_letters(transaction: Transaction, letters: Sequence[DeadLetter], cluster_id: str) -> None:
    """Keep the records; the same record twice is kept once."""
    records = [letter.record for letter in letters]
    await transaction.execute(
        _INSERT,
        {
            "cluster_id": cluster_id,
            "topics": [r.topic for r in records],
            "partitions": [r.partition for r in records],
            "offsets": [r.offset for r in records],
            # PostgreSQL's text holds no NUL; a hostile header must not keep its record from being set aside.
            "types": [r.event_type.replace("\x00", "")[:100] for r in records],
            "reasons": [letter.reason for letter in letters],
            "headers": [_encode_headers(r) for r in records],
            "keys": [r.key for r in records],
            "payloads": [r.value or b"" for r in records],
        },
    )


async def open_dead_letters(transaction: Transaction) -> int:
    """How many wait for somebody."""
    result = await transaction.execute(text("SELECT count(*) FROM dead_letter WHERE replayed_at IS NULL"))
    return int(result.scalar_one())


@dataclass(frozen=True, slots=True)
class StoredLetter:
    """A dead letter as kept: enough to list it and to replay it."""

    id: int
    reason: str
    record: Record


async def load_dead_letters(
    transaction: Transaction, *, ids: Sequence[int] = (), reason: str | None = None, limit: int = 1000
) -> list[StoredLetter]:
    """Open dead letters, oldest first: those of `ids`, or of `reason`, or all."""
    result = await transaction.execute(
        text(
            """
            SELECT id, reason, topic, partition, "offset", headers, key, payload FROM dead_letter
            WHERE replayed_at IS NULL AND (cardinality(CAST(:ids AS bigint[])) = 0 OR id = ANY(CAST(:ids AS bigint[])))
              AND (CAST(:reason AS text) IS NULL OR reason = :reason)
            ORDER BY id LIMIT :limit
            """
        ),
        {"ids": list(ids), "reason": reason, "limit": limit},
    )
    return [
        StoredLetter(
            row.id,
            row.reason,
            Record(row.topic, row.partition, row.offset, row.key, _decode_headers(row.headers), row.payload),
        )
        for row in result
    ]


async def mark_replayed(transaction: Transaction, ids: Sequence[int]) -> None:
    """Close dead letters whose records were applied."""
    await transaction.execute(
        text("UPDATE dead_letter SET replayed_at = now() WHERE id = ANY(CAST(:ids AS bigint[]))"), {"ids": list(ids)}
    )


def _encode_headers(record: Record) -> str:
    return json.dumps({_clean(name): base64.b64encode(value).decode() for name, value in record.headers.items()})


def _decode_headers(headers: dict[str, str]) -> dict[str, bytes]:
    return {name: base64.b64decode(value) for name, value in headers.items()}


def _clean(name: str) -> str:
    return name.replace("\x00", "").encode("utf-8", "replace").decode()
