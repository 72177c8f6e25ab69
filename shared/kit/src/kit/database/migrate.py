"""Bring a service's database to the newest schema, as its owner, one process at a time."""

from __future__ import annotations

import asyncio
import importlib.resources

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

_MIGRATION_LOCK = 7_240_123_551


def migrate(package: str, owner_url: str, app_url: str) -> None:
    """Run all migrations in `package`/migrations. A second process waits for the first (advisory lock)."""
    asyncio.run(migrate_async(package, owner_url, app_url))


async def migrate_async(package: str, owner_url: str, app_url: str) -> None:
    """As `migrate`, inside a running event loop."""
    app_role = make_url(app_url).username
    if app_role is None:
        raise ValueError("the application database URL names no role")
    engine = create_async_engine(owner_url)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_upgrade, package, app_role)
            await connection.commit()
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, package: str, app_role: str) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    config = Config()
    config.set_main_option("script_location", str(importlib.resources.files(package) / "migrations"))
    config.attributes["connection"] = connection
    config.attributes["app_role"] = app_role
    command.upgrade(config, "head")
