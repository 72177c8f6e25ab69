"""Works off stored webhooks, each in a transaction of its own, until it is applied or quarantined."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from kit.context import Context
from kit.database.engine import Transaction, is_transient
from kit.messaging.received import Refused
from kit.telemetry import logs, metrics, names
from kit.telemetry.spans import span

_log = logs.get_logger("kit.webhooks")
WAKE = asyncio.Event()
IDLE_SECONDS = 0.5
RETRY_SECONDS = 2.0
MAX_ATTEMPTS = 8
LEASE_SECONDS = 5
"""A webhook of a process that died is taken up after this, times the attempts so far; a handling that takes longer is
safe, for it holds the lock of its row."""
PAUSE_SECONDS = 60
"""After a fault of ours, times the number of attempts."""


@dataclass(frozen=True, slots=True)
class StoredWebhook:
    """A webhook as it was received; `kind` is the sender's word for its transaction set."""

    id: UUID
    account_id: str
    tenant_id: str
    webhook_id: str
    kind: str
    content_type: str
    body: bytes
    received_at: datetime
    traceparent: str | None


Handle = Callable[[Transaction, StoredWebhook], Awaitable[None]]
Quarantine = Callable[[Transaction, StoredWebhook, str], Awaitable[None]]


class WebhookWorker:
    """`handle` applies a webhook or raises Refused; `quarantine` opens a work item for one that cannot be applied."""

    def __init__(self, handle: Handle, quarantine: Quarantine | None = None) -> None:
        self._handle = handle
        self._quarantine = quarantine

    async def run(self, context: Context) -> None:
        """Work for ever; woken when a webhook is stored in this process, else twice a second."""
        while True:
            WAKE.clear()
            try:
                worked = await self.work_one(context)
            except Exception as error:  # only what passes by itself is swallowed
                if not is_transient(error):
                    raise
                _log.warning("webhook will be repeated", **logs.describe(error))
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if not worked:
                await self._wait()

    async def work_one(self, context: Context) -> bool:
        """Lease and work the oldest open webhook; False if there is none."""
        async with context.database.transaction() as transaction:
            row = (await transaction.execute(_LEASE, {"lease": LEASE_SECONDS})).one_or_none()
        if row is None:
            return False
        stored = _stored(row)
        with span(
            f"apply {stored.kind}",
            kind="consumer",
            parent=stored.traceparent,
            attributes={
                names.TRANSACTION_SET: stored.kind,
                names.GATEWAY_ID: stored.account_id,
                names.TENANT_ID: stored.tenant_id,
            },
        ):
            await self._work(context, stored, row.attempts)
        return True

    async def _work(self, context: Context, stored: StoredWebhook, attempts: int) -> None:
        try:
            async with context.database.transaction([stored.tenant_id]) as transaction:
                if not (await transaction.execute(_HOLD, {"id": stored.id})).first():
                    return  # another replica took it up when the lease had run out
                await self._handle(transaction, stored)
                await transaction.execute(_FINISH, {"id": stored.id, "state": "applied", "reason": None})
        except Refused as refusal:
            await self._set_aside(context, stored, refusal.code)
        except Exception as error:
            if is_transient(error):
                raise
            # A fault of ours may be mended by the next release: try some times, then a person must look.
            _log.error("webhook failed", webhook_id=str(stored.id), attempt=attempts, **logs.describe(error))
            if attempts >= MAX_ATTEMPTS:
                await self._set_aside(context, stored, "webhook.failed")
            else:
                await self._postpone(context, stored, attempts)

    async def _postpone(self, context: Context, stored: StoredWebhook, attempts: int) -> None:
        async with context.database.transaction() as transaction:
            await transaction.execute(_POSTPONE, {"id": stored.id, "pause": PAUSE_SECONDS * attempts})

    async def _set_aside(self, context: Context, stored: StoredWebhook, code: str) -> None:
        _log.warning("webhook quarantined", webhook_id=str(stored.id), reason=code, transaction_set=stored.kind)
        metrics.WEBHOOKS.add(1, {"kind": stored.kind, "result": "quarantined"})
        async with context.database.transaction([stored.tenant_id]) as transaction:
            await transaction.execute(_FINISH, {"id": stored.id, "state": "quarantined", "reason": code})
            if self._quarantine is not None:
                await self._quarantine(transaction, stored, code)

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(WAKE.wait(), IDLE_SECONDS)
        except TimeoutError:
            return


def _stored(row: Row[Any]) -> StoredWebhook:
    return StoredWebhook(
        row.id,
        row.account_id,
        row.tenant_id,
        row.webhook_id,
        row.kind,
        row.content_type,
        bytes(row.body),
        row.received_at,
        row.traceparent,
    )


_LEASE = text(
    """
    UPDATE webhook SET attempts = attempts + 1,
                       next_attempt_at = now() + make_interval(secs => :lease) * LEAST(attempts + 1, 12)
    WHERE id = (SELECT id FROM webhook WHERE state = 'stored' AND next_attempt_at <= now()
                ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, account_id, tenant_id, webhook_id, kind, content_type, body, received_at, traceparent, attempts
    """
)
_HOLD = text("SELECT 1 FROM webhook WHERE id = :id AND state = 'stored' FOR UPDATE SKIP LOCKED")
_POSTPONE = text("UPDATE webhook SET next_attempt_at = now() + make_interval(secs => :pause) WHERE id = :id")
_FINISH = text("UPDATE webhook SET state = :state, reason = :reason WHERE id = :id")
