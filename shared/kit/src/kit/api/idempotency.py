"""Idempotent commands: the same key and body give the same answer, a changed body 422, one in flight 409."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from sqlalchemy import text

from kit.api.problems import Problem
from kit.database.engine import Transaction

MAX_KEY_LENGTH = 200


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What was answered the first time."""

    status: int
    body: bytes


async def begin(transaction: Transaction, tenant_id: str, key: str, request_sha256: bytes) -> StoredAnswer | None:
    """Claim the key for this transaction; returns the stored answer if the command was done before.

    A try-lock, because a second insert would wait for the first transaction instead of answering. Problems 409, 422.
    """
    if not 1 <= len(key) <= MAX_KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise Problem(400, "idempotency.key-invalid", hint="Idempotency-Key: 1 to 200 printable ASCII characters.")
    lock = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:tenant || ':' || :key, 42))")
    if not (await transaction.execute(lock, {"tenant": tenant_id, "key": key})).scalar_one():
        raise Problem(
            409,
            "idempotency.in-flight",
            hint="The first request with this key is not answered yet. Repeat it in a moment.",
            headers={"Retry-After": "1"},
        )
    stored = (
        await transaction.execute(
            text("SELECT request_sha256, status, body FROM idempotency WHERE tenant_id = :tenant AND key = :key"),
            {"tenant": tenant_id, "key": key},
        )
    ).one_or_none()
    if stored is None:
        return None
    if not hmac.compare_digest(bytes(stored.request_sha256), request_sha256):
        raise Problem(422, "idempotency.body-changed", hint="This key was used with another body. Use a new key.")
    return StoredAnswer(stored.status, bytes(stored.body))


async def finish(
    transaction: Transaction, tenant_id: str, key: str, request_sha256: bytes, status: int, body: bytes
) -> None:
    """Keep the answer in the same transaction as the state that it tells of."""
    await transaction.execute(
        text(
            """
            INSERT INTO idempotency (tenant_id, key, request_sha256, status, body)
            VALUES (:tenant, :key, :request, :status, :body)
            """
        ),
        {"tenant": tenant_id, "key": key, "request": request_sha256, "status": status, "body": body},
    )
