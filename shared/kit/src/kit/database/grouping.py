"""Group commit: requests that wait at the same time share one transaction.

A commit costs a flush to disk and half a dozen round trips, whoever shares it. While one group commits, the next one
gathers, so nobody waits for a timer and a lone request is not slowed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from kit.database.engine import Database, Transaction, is_transient
from kit.telemetry.spans import current_traceparent

T = TypeVar("T")
R = TypeVar("R")
MAX_GROUP = 64


@dataclass(frozen=True, slots=True)
class Waiting(Generic[T]):
    """One request's item; `traceparent` is the request's, since the group's transaction has no trace of its own."""

    item: T
    traceparent: str | None


@dataclass(slots=True)
class _Queue(Generic[T, R]):
    waiting: list[tuple[Waiting[T], asyncio.Future[R]]] = field(default_factory=list)
    task: asyncio.Task[None] | None = None


Work = Callable[[Transaction, Sequence[Waiting[T]]], Awaitable[Sequence[R]]]


class GroupCommit(Generic[T, R]):
    """Runs `work` on the items of concurrent requests of one tenant, in one transaction.

    `work(tx, items)` returns one result per item, in their order. If a group fails for good, its items are tried one by
    one, so that only the guilty request sees the error; if the database is away, all of them see it.
    """

    def __init__(self, database: Database, work: Work[T, R]) -> None:
        self._database = database
        self._work = work
        self._queues: dict[str, _Queue[T, R]] = {}

    async def submit(self, tenant_id: str, item: T) -> R:
        """The result for `item`, after its commit. Raises what the transaction raised."""
        queue = self._queues.setdefault(tenant_id, _Queue())
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        queue.waiting.append((Waiting(item, current_traceparent()), future))
        if queue.task is None:
            queue.task = asyncio.create_task(self._drain(tenant_id, queue))
        return await future

    async def _drain(self, tenant_id: str, queue: _Queue[T, R]) -> None:
        try:
            while queue.waiting:
                group, queue.waiting = queue.waiting[:MAX_GROUP], queue.waiting[MAX_GROUP:]
                await self._commit(tenant_id, group)
        finally:
            queue.task = None

    async def _commit(self, tenant_id: str, group: Sequence[tuple[Waiting[T], asyncio.Future[R]]]) -> None:
        try:
            async with self._database.transaction([tenant_id]) as transaction:
                results = await self._work(transaction, [waiting for waiting, _ in group])
        except Exception as error:  # noqa: BLE001  every failure is handed to the requests that it concerns
            if len(group) > 1 and not is_transient(error):
                for each in group:
                    await self._commit(tenant_id, [each])
                return
            for _, future in group:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), result in zip(group, results, strict=True):
            if not future.done():
                future.set_result(result)
