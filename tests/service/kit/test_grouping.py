"""Group commit: concurrent requests share a transaction, and only the guilty one sees its fault."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from kit.database import Database, Transaction
from kit.database.grouping import GroupCommit, Waiting
from local_stack.postgres import Postgres
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.service.kit.conftest import counted, received


class Store:
    """Writes one row per item and publishes its event; remembers how large the groups were."""

    def __init__(self) -> None:
        self.groups: list[int] = []

    async def work(self, tx: Transaction, group: Sequence[Waiting[UUID]]) -> list[UUID]:
        self.groups.append(len(group))
        await tx.execute(
            text("INSERT INTO counted SELECT 'valley', e, 1 FROM unnest(CAST(:ids AS uuid[])) AS t(e)"),
            {"ids": [waiting.item for waiting in group]},
        )
        for waiting in group:
            tx.publish(received("valley", waiting.item), traceparent=waiting.traceparent)
        return [waiting.item for waiting in group]


async def test_concurrent_requests_share_transactions_and_get_their_own_answers(database: Database) -> None:
    store = Store()
    group: GroupCommit[UUID, UUID] = GroupCommit(database, store.work)
    ids = [uuid4() for _ in range(200)]
    answers = await asyncio.gather(*(group.submit("valley", each) for each in ids))
    assert answers == ids
    assert set(await counted(database)) == set(ids)
    assert len(store.groups) < 20, "they were gathered"
    async with database.transaction() as tx:
        assert (await tx.execute(text("SELECT count(*) FROM outbox"))).scalar_one() == 200


async def test_only_the_guilty_request_fails(database: Database) -> None:
    store = Store()
    group: GroupCommit[UUID, UUID] = GroupCommit(database, store.work)
    taken = uuid4()
    await group.submit("valley", taken)
    ids = [uuid4(), taken, uuid4(), uuid4()]
    answers = await asyncio.gather(*(group.submit("valley", each) for each in ids), return_exceptions=True)
    assert [isinstance(answer, IntegrityError) for answer in answers] == [False, True, False, False]
    assert set(await counted(database)) == set(ids)


async def test_a_database_that_is_away_is_told_to_all_and_comes_back(database: Database, postgres: Postgres) -> None:
    group: GroupCommit[UUID, UUID] = GroupCommit(database, Store().work)
    postgres.kill()
    answers = await asyncio.gather(*(group.submit("valley", uuid4()) for _ in range(5)), return_exceptions=True)
    assert all(isinstance(answer, Exception) for answer in answers)
    postgres.start()
    assert await group.submit("valley", uuid4())


async def test_a_caller_that_went_away_harms_nobody(database: Database) -> None:
    group: GroupCommit[UUID, UUID] = GroupCommit(database, Store().work)
    gone, stays = uuid4(), uuid4()
    task = asyncio.create_task(group.submit("valley", gone))
    staying = asyncio.create_task(group.submit("valley", stays))
    await asyncio.sleep(0)
    task.cancel()
    assert await staying == stays
    with pytest.raises(asyncio.CancelledError):
        await task
