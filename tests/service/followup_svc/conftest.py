"""One migrated database for the whole module: stories have their own encounters, so they do not meet."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from followup_svc.settings import Settings
from kit.database import Database
from kit.database.migrate import migrate_async
from kit.phi import PhiCipher
from local_stack.postgres import Postgres
from pydantic import SecretStr

from tests.service.followup_svc.world import MASTER_KEYS, TENANTS_TOML, World


@pytest.fixture(scope="module")
async def world(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A follow-up service on a fresh database, as the application role."""
    databases = postgres.create_databases(f"t{uuid.uuid4().hex[:10]}_")
    owner, app = databases.dsn("followup", "owner"), databases.dsn("followup", "app")
    await migrate_async("followup_svc", owner, app)
    tenants: Path = tmp_path_factory.mktemp("tenants") / "tenants.toml"
    tenants.write_text(TENANTS_TOML)
    settings = Settings(database_url=SecretStr(app), tenants_file=tenants, master_keys=SecretStr(MASTER_KEYS))
    cipher = PhiCipher.parse(MASTER_KEYS)
    database = Database(app, cipher=cipher)
    yield World(database, cipher, settings, owner)
    await database.dispose()
    databases.drop()
