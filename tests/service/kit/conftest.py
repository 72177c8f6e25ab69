"""A service of two tables, on the real parts: enough to prove what kit promises."""

from __future__ import annotations

import base64
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from events import EncounterReceived, Topic
from kit.database import Database, Transaction
from kit.database.migrate import migrate_async
from kit.messaging import Received, Refused
from kit.messaging.processor import Processor
from kit.phi import PhiCipher
from kit.settings import ServiceSettings
from local_stack.postgres import DatabaseSet
from sqlalchemy import text

MASTER_KEYS = "k1:" + base64.b64encode(b"1" * 32).decode()
TENANTS = """
[[tenant]]
id = "valley"
name = "Valley Practice"
[[tenant]]
id = "hill"
name = "Hill Practice"
"""


@pytest.fixture
def cipher() -> PhiCipher:
    return PhiCipher.parse(MASTER_KEYS)


@pytest.fixture
async def database(databases: DatabaseSet, cipher: PhiCipher) -> AsyncIterator[Database]:
    """The toy service's database, migrated by its owner, opened as the application role."""
    package = "tests.service.kit.toy"
    await migrate_async(package, databases.dsn("coding", "owner"), databases.dsn("coding", "app"))
    opened = Database(databases.dsn("coding", "app"), cipher=cipher)
    yield opened
    await opened.dispose()


@pytest.fixture
def settings(databases: DatabaseSet, tmp_path: Path) -> ServiceSettings:
    tenants = tmp_path / "tenants.toml"
    tenants.write_text(TENANTS)
    return ServiceSettings(
        database_url=databases.dsn("coding", "app"),
        tenants_file=tenants,
        master_keys=MASTER_KEYS,
        consumer_instance=f"test-{os.getpid()}-{uuid4().hex[:8]}",
    )


def received(tenant: str = "valley", encounter_id: UUID | None = None, version: int = 1) -> EncounterReceived:
    """An event with fresh or given identity."""
    from datetime import UTC, datetime

    return EncounterReceived.create(
        occurred_at=datetime.now(UTC),
        tenant_id=tenant,
        encounter_id=encounter_id or uuid4(),
        encounter_version=version,
        cause="new",
    )


@dataclass
class Toy:
    """A handler that counts encounters in a table; it refuses `poisoned` ids and breaks on `broken` ones."""

    poisoned: set[UUID] = field(default_factory=set)
    broken: set[UUID] = field(default_factory=set)
    calls: int = 0

    async def count(self, transaction: Transaction, batch: Sequence[Received[EncounterReceived]]) -> None:
        self.calls += 1
        for item in batch:
            if item.event.encounter_id in self.poisoned:
                raise Refused("toy.poisoned")
            if item.event.encounter_id in self.broken:
                raise KeyError("a fault of ours")
        await transaction.execute(
            text(
                "INSERT INTO counted (tenant_id, encounter_id, times) "
                "SELECT t, e, 1 FROM unnest(CAST(:tenants AS text[]), CAST(:ids AS uuid[])) AS u(t, e) "
                "ON CONFLICT (encounter_id) DO UPDATE SET times = counted.times + 1"
            ),
            {
                "tenants": [item.event.tenant_id for item in batch],
                "ids": [item.event.encounter_id for item in batch],
            },
        )

    def table(self) -> dict[type[EncounterReceived], Any]:
        return {EncounterReceived: self.count}


@pytest.fixture
def toy() -> Toy:
    return Toy()


@pytest.fixture
def processor(database: Database, toy: Toy) -> Processor:
    return Processor(database, toy.table(), service="toy")


async def counted(database: Database, *tenants: str) -> dict[UUID, int]:
    """Encounters that the toy has counted, as these tenants see them."""
    async with database.transaction(tenants or ("valley", "hill")) as transaction:
        rows = await transaction.execute(text("SELECT encounter_id, times FROM counted"))
        return {row.encounter_id: row.times for row in rows}


TOPIC = Topic.CODING.value
