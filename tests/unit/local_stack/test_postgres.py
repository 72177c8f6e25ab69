"""PostgreSQL as the local stack runs it: roles, rights, databases, and its way back after a kill."""

from __future__ import annotations

import os
from pathlib import Path

import asyncpg
import pytest
from local_stack.errors import StackError
from local_stack.ports import free_port
from local_stack.postgres import DATABASES, DatabaseSet, Postgres, new_passwords


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


def _server(folder: Path, notices: list[str]) -> Postgres:
    return Postgres(folder / "postgres", free_port(), folder / "postgres.log", new_passwords(), notices.append)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run PostgreSQL as somebody else")
def test_under_root_a_closed_folder_is_opened_for_passage_and_that_is_said(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    notices: list[str] = []
    server = _server(closed, notices)
    server.start()
    try:
        assert server.ready()
        assert closed.stat().st_mode & 0o777 == 0o701
        assert any(str(closed) in notice for notice in notices)
    finally:
        server.stop()


def test_a_first_start_that_was_cut_off_is_begun_anew_and_a_stale_lock_forgotten(stack_folder: Path) -> None:
    server = _server(stack_folder / "second", [])
    (server.folder / "data.unfinished" / "base").mkdir(parents=True)
    (server.folder / "data.unfinished" / "PG_VERSION").write_text("18\n")
    server.start()
    server.kill()
    # As after a reboot: the number in the lock file is that of another living process.
    lock = server.data / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{server.data}\n1\n{server.port}\n\n127.0.0.1\n")
    try:
        server.start()
        assert server.ready()
    finally:
        server.stop()
    assert not (server.folder / "data.unfinished").exists()
