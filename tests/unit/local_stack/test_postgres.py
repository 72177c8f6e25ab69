"""PostgreSQL as the local stack runs it: roles, rights, databases, and its way back after a kill."""

from __future__ import annotations

import asyncpg
import pytest
from local_stack.errors import StackError
from local_stack.postgres import DATABASES, DatabaseSet, Postgres


async def _run(dsn: str, *statements: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(dsn)
    try:
        rows: list[asyncpg.Record] = []
        for statement in statements:
            rows = await connection.fetch(statement)
        return rows
    finally:
        await connection.close()


async def test_what_the_owner_creates_the_app_role_may_use_but_not_own(databases: DatabaseSet) -> None:
    owner, app = (databases.dsn("coding", role, "postgresql") for role in ("owner", "app"))
    await _run(owner, "CREATE TABLE thing (id bigserial PRIMARY KEY, word text)")
    rows = await _run(app, "INSERT INTO thing (word) VALUES ('a')", "SELECT id, word FROM thing")
    assert [tuple(row) for row in rows] == [(1, "a")]
    for forbidden in (
        "DROP TABLE thing",
        "CREATE TABLE other (id int)",
        "ALTER TABLE thing DISABLE ROW LEVEL SECURITY",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _run(app, forbidden)


async def test_row_level_security_binds_the_app_role(databases: DatabaseSet) -> None:
    owner, app = (databases.dsn("claims", role, "postgresql") for role in ("owner", "app"))
    await _run(
        owner,
        "CREATE TABLE t (tenant text)",
        "INSERT INTO t VALUES ('a'), ('b')",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE t FORCE ROW LEVEL SECURITY",
        "CREATE POLICY p ON t USING (tenant = current_setting('app.tenant', true))",
    )
    assert await _run(app, "SELECT * FROM t") == []
    rows = await _run(app, "SELECT set_config('app.tenant', 'a', false)", "SELECT tenant FROM t")
    assert [row["tenant"] for row in rows] == ["a"]


async def test_a_migration_can_take_rights_from_the_app_role(databases: DatabaseSet) -> None:
    owner, app = (databases.dsn("followup", role, "postgresql") for role in ("owner", "app"))
    await _run(owner, "CREATE TABLE ledger (cents bigint)", "REVOKE UPDATE, DELETE ON ledger FROM followup_app")
    await _run(app, "INSERT INTO ledger VALUES (1)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await _run(app, "UPDATE ledger SET cents = 2")


async def test_one_service_cannot_open_the_database_of_another(databases: DatabaseSet, postgres: Postgres) -> None:
    stranger = databases.dsn("coding", "app", "postgresql").replace(databases.name("coding"), databases.name("claims"))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await _run(stranger, "SELECT 1")


async def test_a_wrong_password_is_refused(databases: DatabaseSet, postgres: Postgres) -> None:
    dsn = databases.dsn("coding", "app", "postgresql").replace(postgres.passwords["coding_app"], "wrong")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await _run(dsn, "SELECT 1")


async def test_committed_rows_survive_kill_9_and_fsync_is_on(databases: DatabaseSet, postgres: Postgres) -> None:
    owner = databases.dsn("submissions", "owner", "postgresql")
    await _run(owner, "CREATE TABLE t AS SELECT generate_series(1, 1000) AS n")
    postgres.kill()
    assert not postgres.alive()
    assert not postgres.ready()
    postgres.start()
    assert (await _run(owner, "SELECT count(*) FROM t"))[0][0] == 1000
    assert (await _run(owner, "SHOW fsync"))[0][0] == "on"


def test_creating_databases_twice_changes_nothing(databases: DatabaseSet, postgres: Postgres) -> None:
    before = postgres.psql("SELECT datname FROM pg_database ORDER BY 1")
    postgres.create_databases(databases.prefix)
    assert postgres.psql("SELECT datname FROM pg_database ORDER BY 1") == before
    assert {databases.name(base) for base in DATABASES} <= set(before.split())


def test_bad_sql_is_an_explained_error(postgres: Postgres) -> None:
    with pytest.raises(StackError, match=r"stack\.sql-failed"):
        postgres.psql("SELECT nonsense")


def test_an_unknown_database_name_has_no_dsn(postgres: Postgres) -> None:
    with pytest.raises(ValueError, match="ends with none of"):
        postgres.dsn("elsewhere")
