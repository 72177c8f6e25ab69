"""The database itself keeps the ledger: append-only, balanced at every commit, each tenant's own."""

from __future__ import annotations

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.service.followup_svc.world import Story, World, file_835

_INSERT = """
    INSERT INTO ledger_transfer (tenant_id, key, ledger_id, encounter_id, claim_id, debit_account, credit_account,
                                 amount_cents, reason, actor, posted_at)
    VALUES ('valley', :key, :ledger, :encounter, :ledger, :debit, :credit, :cents, 'test', 'test', now())
"""


async def _posted(world: World, trace: str) -> Story:
    story = Story()
    await world.receive(story.built())
    await world.remit(file_835(story.paid(), trace=trace))
    return story


async def _as_owner(world: World, statement: str) -> None:
    connection = await asyncpg.connect(world.owner_dsn.replace("postgresql+asyncpg", "postgresql"))
    try:
        async with connection.transaction():
            await connection.execute("SELECT set_config('cleanclaim.tenants', 'valley', true)")
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_transfer SET amount_cents = amount_cents + 1",
        "DELETE FROM ledger_transfer",
        "TRUNCATE ledger_transfer",
        "UPDATE ledger SET paid_cents = paid_cents + 1, outstanding_cents = outstanding_cents - 1",
        "DELETE FROM ledger",
        "TRUNCATE ledger",
    ],
)
async def test_even_the_owner_cannot_tamper(world: World, statement: str) -> None:
    await _posted(world, f"T-TAMPER-{statement}"[:30])
    before = await world.snapshot()
    with pytest.raises(asyncpg.PostgresError):
        await _as_owner(world, statement)
    assert await world.snapshot() == before


@pytest.mark.parametrize(
    "statement",
    ["UPDATE ledger_transfer SET reason = 'x'", "DELETE FROM ledger_transfer", "UPDATE ledger SET paid_cents = 0"],
)
async def test_the_service_itself_has_no_right_to_change_it(world: World, statement: str) -> None:
    await _posted(world, f"T-RIGHT-{statement}"[:30])
    with pytest.raises(DBAPIError, match="permission denied"):
        await world.rows(statement)


@pytest.mark.parametrize(
    ("debit", "credit", "cents"),
    [
        ("payer_cash:P", "suspense", 100),
        ("provider_level:WO", "outstanding:P", 100),
        ("payer_cash:P", "made_up", 1),
        ("patient", "outstanding:P", 0),
        ("patient", "patient", 5),
    ],
)
async def test_a_transfer_that_breaks_a_claims_balance_is_refused(
    world: World, debit: str, credit: str, cents: int
) -> None:
    story = await _posted(world, f"T-BREAK-{debit}-{credit}-{cents}".replace(":", "").replace("_", ""))
    named = {
        "key": f"bad {debit} {credit} {cents}",
        "ledger": story.claim_id,
        "encounter": story.encounter_id,
        "debit": debit,
        "credit": credit,
        "cents": cents,
    }
    with pytest.raises(DBAPIError):
        async with world.database.transaction(["valley"]) as tx:
            await tx.execute(text(_INSERT), named)
    assert await world.rows("SELECT 1 FROM ledger_transfer WHERE key = :key", key=named["key"]) == []


async def test_a_tenant_sees_and_writes_only_its_own(world: World) -> None:
    story = await _posted(world, "T-RLS")
    tables = (
        "timeline",
        "claim",
        "claim_version",
        "remittance",
        "claim_payment",
        "work_item",
        "ledger",
        "ledger_transfer",
        "encounter",
    )
    for table in tables:
        assert await world.rows(f"SELECT 1 FROM {table} WHERE tenant_id = 'valley'", tenant_id="hill") == []
        assert await world.rows(f"SELECT 1 FROM {table} WHERE tenant_id = 'valley' LIMIT 1", tenant_id="nobody") == []
    named = {
        "key": "foreign",
        "ledger": story.claim_id,
        "encounter": story.encounter_id,
        "debit": "patient",
        "credit": "outstanding:P",
        "cents": 1,
    }
    with pytest.raises(DBAPIError, match="row-level security"):
        async with world.database.transaction(["hill"]) as tx:
            await tx.execute(text(_INSERT), named)
