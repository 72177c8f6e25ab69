"""claim-builder on a real PostgreSQL: its handlers behind kit's processor, its interface behind ASGI."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import httpx
import pytest
from claim_builder.handlers import Handlers
from claim_builder.main import service
from claim_builder.settings import Settings
from events import CorrectionRequested, EncounterClosed, EncounterCoded, Part, event_class
from events.envelope import Event
from events.phi import CodedEncounter, CorrectionContext
from kit.api.app import build_app
from kit.clock import FixedClock
from kit.context import Context
from kit.database import Database
from kit.database.migrate import migrate_async
from kit.lifecycle.health import Health
from kit.messaging.dead_letters import DeadLetter
from kit.messaging.outbox import OutboxRow
from kit.messaging.processor import Processor
from kit.messaging.records import EVENT_TYPE_HEADER, SCHEMA_VERSION_HEADER, Record
from kit.phi import PhiCipher
from kit.tenancy import Tenants
from local_stack.postgres import DatabaseSet, Postgres
from sqlalchemy import text
from x12.identifiers import is_placeholder

from tests.unit.claim_builder.claim_examples import TODAY

MASTER_KEYS = "k1:" + base64.b64encode(b"1" * 32).decode()
TENANTS = ("valley", "hill")
FEES = """\
code,modifier,charge_cents,effective_from,effective_to
99213,,15000,2026-01-01,
99214,,21500,2026-01-01,
36415,,1200,2026-01-01,
"""

E = TypeVar("E", bound=Event)


def _key(tenant: str, role: str) -> str:
    return f"cc_{tenant[:4]}{role[:4]:_<4}secret"


def _tenants() -> Tenants:
    roles = ("emr", "biller", "coder", "operator")
    return Tenants.model_validate(
        {
            "tenant": [
                {
                    "id": tenant,
                    "name": tenant,
                    "api_keys": [
                        {
                            "prefix": _key(tenant, role)[:11],
                            "sha256": hashlib.sha256(_key(tenant, role).encode()).hexdigest(),
                            "roles": [role],
                        }
                        for role in roles
                    ],
                }
                for tenant in TENANTS
            ]
        }
    )


def of_another_patient(coded: CodedEncounter, encounter_id: UUID) -> CodedEncounter:
    """The same encounter of somebody else: what is billed twice of one patient is a duplicate."""
    letters = encounter_id.hex.translate(str.maketrans("0123456789", "GHIJKLMNOP")).upper()
    named = {"first_name": f"ANA {letters[:20]}"}
    patient = coded.patient.model_copy(update=named)
    coverages = []
    for each in coded.coverages:
        own = each.relationship == "self" and each.subscriber.first_name
        who = {"subscriber": each.subscriber.model_copy(update=named)} if own else {}
        member = {} if is_placeholder(each.member_id) else {"member_id": f"{each.member_id[:4]}{letters[:12]}"}
        coverages.append(each.model_copy(update={**who, **member}))
    return coded.model_copy(update={"patient": patient, "coverages": tuple(coverages)})


@dataclass
class Stage:
    """The service and what a test does to it."""

    database: Database
    cipher: PhiCipher
    processor: Processor
    clock: FixedClock
    client: httpx.AsyncClient
    handlers: Handlers

    async def deliver(self, *events: Event, forget: bool = False) -> list[DeadLetter]:
        """Give events to the handlers as one batch; `forget` empties the inbox before."""
        if forget:
            await self.execute("DELETE FROM inbox")
        records = [_record(event, offset) for offset, event in enumerate(events)]
        return await self.processor.process(records, cluster_id="test")

    def coded(
        self,
        coded: CodedEncounter,
        encounter_id: UUID,
        version: int = 1,
        coding: int = 1,
        tenant: str = "valley",
        same_patient: bool = False,
        **more: Any,
    ) -> EncounterCoded:
        """EncounterCoded with its PHI part sealed; each encounter has a patient of its own unless `same_patient`."""
        coded = coded if same_patient else of_another_patient(coded, encounter_id)
        event = EncounterCoded.create(
            occurred_at=self.clock.now(),
            tenant_id=tenant,
            encounter_id=encounter_id,
            encounter_version=version,
            coding_version=coding,
            released_by="auto",
            payer_ids=[coverage.payer_id for coverage in coded.coverages],
            diagnosis_count=len(coded.diagnoses),
            line_count=len(coded.lines),
            code_set_release="2026-04",
            **more,
        )
        return self._sealed(event, coded)

    def closed(self, encounter_id: UUID, version: int, reason: str = "cancelled") -> EncounterClosed:
        """EncounterClosed."""
        return EncounterClosed.create(
            occurred_at=self.clock.now(),
            tenant_id="valley",
            encounter_id=encounter_id,
            encounter_version=version,
            reason=reason,
        )

    def correction(
        self, claim: dict[str, Any], action: str, context: CorrectionContext | None = None, **more: Any
    ) -> CorrectionRequested:
        """CorrectionRequested about a row of `claims()`."""
        fields = {
            "reason_code": "encounter.revised",
            "frequency_code": "1",
            "claim_version": claim["claim_version"],
            **more,
        }
        event = CorrectionRequested.create(
            occurred_at=self.clock.now(),
            tenant_id="valley",
            encounter_id=claim["encounter_id"],
            encounter_version=1,
            claim_id=claim["claim_id"],
            action=action,
            **fields,
        )
        return self._sealed(event, context or CorrectionContext())

    def _sealed(self, event: E, part: Part) -> E:
        return event.model_copy(update={"phi": self.cipher.seal(event, part)})

    async def published(self, encounter_id: UUID | None = None) -> list[Event]:
        """Events in the outbox, in order."""
        rows = await self.rows("SELECT event_type, schema_version, payload FROM outbox ORDER BY id")
        events = [
            event_class(r["event_type"], r["schema_version"]).model_validate_json(bytes(r["payload"])) for r in rows
        ]
        return [event for event in events if encounter_id in (None, event.encounter_id)]

    def open(self, event: Event) -> Any:
        """The PHI part of an event."""
        return self.cipher.open(event)

    async def claims(self, encounter_id: UUID) -> list[dict[str, Any]]:
        """Claim rows of an encounter, the primary first."""
        return await self.rows("SELECT * FROM claim WHERE encounter_id = :e ORDER BY payer_sequence", e=encounter_id)

    async def rows(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        """Rows as both tenants see them."""
        async with self.database.transaction(TENANTS) as tx:
            return [dict(row._mapping) for row in await tx.execute(text(query), parameters)]

    async def execute(self, statement: str) -> None:
        """Run a statement."""
        async with self.database.transaction(TENANTS) as tx:
            await tx.execute(text(statement))

    async def get(self, path: str, role: str = "biller", tenant: str = "valley") -> httpx.Response:
        """GET as a role of a tenant."""
        return await self.client.get(path, headers={"Authorization": f"Bearer {_key(tenant, role)}"})

    async def post(
        self,
        path: str,
        body: Any = None,
        role: str = "biller",
        tenant: str = "valley",
        raw: bytes | None = None,
        media_type: str = "application/json",
    ) -> httpx.Response:
        """POST as a role of a tenant."""
        headers = {"Authorization": f"Bearer {_key(tenant, role)}", "Content-Type": media_type}
        if raw is not None:
            return await self.client.post(path, content=raw, headers=headers)
        return await self.client.post(path, json=body, headers=headers)


def _record(event: Event, offset: int) -> Record:
    row = OutboxRow.of(event, None)
    headers = {EVENT_TYPE_HEADER: row.event_type.encode(), SCHEMA_VERSION_HEADER: b"1"}
    return Record(row.topic, 0, offset, row.key.encode(), headers, row.payload)


def kinds(events: Iterable[Event]) -> list[tuple[str, int | None]]:
    """Type and claim version of each event."""
    return [(event.event_type, event.claim_version) for event in events]


@pytest.fixture(scope="session")
async def claims_databases(postgres: Postgres) -> AsyncIterator[DatabaseSet]:
    """One migrated database for all tests of this folder: making one takes longer than most tests."""
    databases = postgres.create_databases("claim_builder_")
    await migrate_async("claim_builder", databases.dsn("claims", "owner"), databases.dsn("claims", "app"))
    yield databases
    databases.drop()


@pytest.fixture
async def stage(claims_databases: DatabaseSet, tmp_path: Path) -> AsyncIterator[Stage]:
    """The service on an emptied database."""
    await _empty(claims_databases.dsn("claims", "owner"))
    cipher = PhiCipher.parse(MASTER_KEYS)
    database = Database(claims_databases.dsn("claims", "app"), cipher=cipher)
    clock = FixedClock(datetime(TODAY.year, TODAY.month, TODAY.day, 15, tzinfo=UTC))
    folder = tmp_path / "fees" / "default"
    folder.mkdir(parents=True)
    (folder / "2026.csv").write_text(FEES)
    settings = Settings(
        database_url="unused",
        tenants_file=tmp_path,
        master_keys=MASTER_KEYS,
        fee_schedule_dir=tmp_path / "fees",
    )
    made = service(settings)
    context = Context("claim-builder", settings, database, clock, _tenants())
    assert made.prepare is not None
    made.prepare(context)
    app = build_app(context, Health(database, frozenset({"api"})), made.routers)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://claims") as client:
        processor = Processor(database, made.handlers(context), service="claim-builder")
        yield Stage(database, cipher, processor, clock, client, context.parts["handlers"])
    await database.dispose()


async def _empty(owner_url: str) -> None:
    tables = "encounter, claim, claim_version, claim_patient, claim_fix, claim_outcome, outbox, inbox, dead_letter"
    owner = Database(owner_url)
    async with owner.transaction() as tx:
        await tx.execute(text(f"TRUNCATE {tables} CASCADE"))
    await owner.dispose()
