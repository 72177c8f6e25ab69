"""A webhook in the hands of a process that died is taken up soon; in the hands of a slow one it is left alone."""

from __future__ import annotations

import asyncio
import hashlib
from uuid import UUID

import pytest
from kit.clock import SystemClock
from kit.context import Context
from kit.database import Database, Transaction
from kit.settings import ServiceSettings
from kit.tenancy import Tenants
from kit.webhooks import StoredWebhook, WebhookWorker
from kit.webhooks import worker as worker_module
from sqlalchemy import text


@pytest.fixture
def context(database: Database, settings: ServiceSettings) -> Context:
    return Context("toy", settings, database, SystemClock(), Tenants.load(settings.tenants_file))


@pytest.fixture
async def webhook(database: Database) -> UUID:
    async with database.transaction() as tx:
        stored = await tx.execute(
            text(
                "INSERT INTO webhook (account_id, webhook_id, tenant_id, kind, content_type, body, body_sha256)"
                " VALUES ('gateway', 'w-1', 'valley', '835', 'text/plain', 'x', :sha256) RETURNING id"
            ),
            {"sha256": hashlib.sha256(b"x").digest()},
        )
        return UUID(str(stored.scalar_one()))


class Handler:
    """Counts; dies at its first call if told to; waits for `go`."""

    def __init__(self, *, dies: bool = False) -> None:
        self.calls = 0
        self.entered, self.go = asyncio.Event(), asyncio.Event()
        self._dies = dies

    async def handle(self, _: Transaction, __: StoredWebhook) -> None:
        self.calls += 1
        self.entered.set()
        if self._dies and self.calls == 1:
            raise asyncio.CancelledError  # as much of `kill -9` as one process can do to itself
        await self.go.wait()


async def _seconds_until_due(database: Database) -> float:
    async with database.transaction() as tx:
        wait = await tx.execute(text("SELECT extract(epoch FROM next_attempt_at - now())::float8 FROM webhook"))
        return float(wait.scalar_one())


async def test_a_dead_process_keeps_a_webhook_for_seconds_only(
    context: Context, database: Database, webhook: UUID
) -> None:
    handler = Handler(dies=True)
    with pytest.raises(asyncio.CancelledError):
        await WebhookWorker(handler.handle).work_one(context)
    assert 0 < await _seconds_until_due(database) <= worker_module.LEASE_SECONDS <= 10


async def test_a_slow_handling_is_not_taken_over(
    context: Context, database: Database, webhook: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "LEASE_SECONDS", 0)
    slow, other = Handler(), Handler()
    other.go.set()
    first = asyncio.create_task(WebhookWorker(slow.handle).work_one(context))
    await slow.entered.wait()
    assert not await WebhookWorker(other.handle).work_one(context), "its row is locked: nothing is due"
    slow.go.set()
    assert await first
    assert not await WebhookWorker(other.handle).work_one(context)
    assert (slow.calls, other.calls) == (1, 0)


async def test_a_fault_of_ours_is_not_repeated_at_once(context: Context, database: Database, webhook: UUID) -> None:
    async def broken(_: Transaction, __: StoredWebhook) -> None:
        raise KeyError("a fault of ours")

    assert await WebhookWorker(broken).work_one(context)
    assert await _seconds_until_due(database) > worker_module.PAUSE_SECONDS / 2
