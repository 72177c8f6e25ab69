"""coding-svc on a real PostgreSQL as the application role, with a scripted engine and events delivered by hand."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from coding_svc.api import ROUTERS, intake
from coding_svc.coding.practice import NO_LEXICON, PracticeLexicon
from coding_svc.domain import (
    Candidate,
    ClinicalEncounter,
    CodeAssignment,
    CodeSystem,
    CodingFinding,
    CodingResult,
    EmDecision,
    Evidence,
    Reason,
    Route,
    Section,
)
from coding_svc.settings import Settings
from coding_svc.worker import handler_table
from events import CorrectionRequested, Event, event_class
from kit.api import Context
from kit.api.app import build_app
from kit.clock import FixedClock
from kit.database import Database
from kit.database.migrate import migrate_async
from kit.lifecycle.health import Health
from kit.messaging.processor import Processor
from kit.messaging.records import EVENT_TYPE_HEADER, SCHEMA_VERSION_HEADER, Record
from kit.phi import PhiCipher
from kit.tenancy import Tenants
from local_stack.postgres import DatabaseSet, Postgres
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

Json = dict[str, Any]
MASTER_KEYS = "k1:" + base64.b64encode(b"1" * 32).decode()
ROLES = ("emr", "coder", "biller", "operator")
NOW = datetime(2026, 6, 1, 15, tzinfo=UTC)


def key_of(tenant: str, role: str) -> str:
    """A live API key: prefix of eleven characters, then the secret."""
    return f"cc_{tenant[:4]}{role[:4]}".ljust(11, "x") + "-secret"


def tenants_toml() -> str:
    lines: list[str] = []
    for tenant in ("valley", "hill"):
        lines += ["[[tenant]]", f'id = "{tenant}"', f'name = "{tenant}"']
        for name, role in [*zip(ROLES, ROLES, strict=True), ("second coder", "coder")]:
            key = key_of(tenant, name)
            digest = hashlib.sha256(key.encode()).hexdigest()
            lines += ["[[tenant.api_keys]]", f'prefix = "{key[:11]}"', f'sha256 = "{digest}"', f'roles = ["{role}"]']
    return "\n".join(lines)


@dataclass
class ScriptedEngine:
    """By the note's first word: `doubt` queues, `nothing` finds no note, `broken` raises, else E11.9 goes out."""

    calls: int = 0
    level: str = "99213"
    lexicon: PracticeLexicon = NO_LEXICON
    encounter: ClinicalEncounter | None = None

    def __call__(self) -> ScriptedEngine:
        return self

    def code(self, encounter: ClinicalEncounter, lexicon: PracticeLexicon = NO_LEXICON) -> CodingResult:
        self.calls += 1
        self.lexicon, self.encounter = lexicon, encounter
        note = encounter.notes[0] if encounter.notes else None
        word = note.text.split()[0] if note else "nothing"
        if word == "broken":
            raise RecursionError(word)
        if word == "nothing":
            return CodingResult(route=Route.QUEUE, reasons=(Reason.NOTE_MISSING,), data_versions={"icd10cm": "2026-04"})
        evidence = (Evidence(note.note_id, 0, len(note.text), note.text),) if note else ()
        diagnosis = CodeAssignment(
            "E11.9", CodeSystem.ICD10CM, 0.97, evidence, Section.ASSESSMENT, rule="dx.term.assessment",
            data_version="2026-04", auto=True, title="Type 2 diabetes mellitus without complications",
        )  # fmt: skip
        em = EmDecision(self.level, "time", 0.99, rule="em.time", auto=True, diagnosis_pointers=(0,))
        if word != "doubt":
            return CodingResult(Route.AUTO, diagnoses=(diagnosis,), em=em, data_versions={"icd10cm": "2026-04"})
        return CodingResult(
            Route.QUEUE,
            (Reason.LOW_CONFIDENCE,),
            (diagnosis,),
            em,
            candidates=(Candidate("I10", CodeSystem.ICD10CM, 0.5, "Essential hypertension", evidence),),
            findings=(
                CodingFinding(Reason.LOW_CONFIDENCE, "note:note-1:0-5", "Not sure.", "Read the note."),
                CodingFinding(Reason.UNSPECIFIED_SIDE, "/diagnoses/0", "Side open.", "Ask.", blocking=False),
            ),
            data_versions={"icd10cm": "2026-04"},
        )


@dataclass
class Emr:
    """The service with its API, and its own events delivered when the test says so."""

    database: Database
    client: httpx.AsyncClient
    processor: Processor
    engine: ScriptedEngine
    cipher: PhiCipher
    clock: FixedClock
    delivered: set[UUID] = field(default_factory=set)

    def headers(self, tenant: str = "valley", role: str = "emr", **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {key_of(tenant, role)}", **more}

    async def post(
        self, path: str, body: Any, tenant: str = "valley", role: str = "emr", **more: str
    ) -> httpx.Response:
        return await self.client.post(path, json=body, headers=self.headers(tenant, role, **more))

    async def put(self, path: str, body: Any, tenant: str = "valley", **more: str) -> httpx.Response:
        return await self.client.put(path, json=body, headers=self.headers(tenant, **more))

    async def get(self, path: str, tenant: str = "valley", role: str = "emr") -> httpx.Response:
        return await self.client.get(path, headers=self.headers(tenant, role))

    async def taken(self, body: Any, tenant: str = "valley") -> str:
        """Post an encounter; its id."""
        answer = await self.post("/v1/encounters", body, tenant)
        assert answer.status_code == 202, answer.text
        encounter_id: str = answer.json()["encounter_id"]
        return encounter_id

    async def outbox(self, *types: str) -> list[Event]:
        """The events published so far, in order."""
        async with self.database.transaction() as tx:
            rows = (await tx.execute(text("SELECT event_type, schema_version, payload FROM outbox ORDER BY id"))).all()
        events = [event_class(r.event_type, r.schema_version).model_validate_json(bytes(r.payload)) for r in rows]
        return [event for event in events if not types or event.event_type in types]

    async def work(self) -> None:
        """Deliver what is new in the outbox to the service's own worker."""
        new = [e for e in await self.outbox("EncounterReceived") if e.event_id not in self.delivered]
        await self.deliver(*new)

    async def deliver(self, *events: Event) -> None:
        self.delivered.update(event.event_id for event in events)
        records = [record_of(event, offset) for offset, event in enumerate(events)]
        letters = await self.processor.process(records, cluster_id="test")
        assert [letter.reason for letter in letters] == []

    async def redeliver_all(self, *, empty_inbox: bool, more: tuple[Event, ...] = ()) -> None:
        """Every event of the service's own topic once more, and `more`; with an inbox that remembers nothing."""
        if empty_inbox:
            async with self.database.transaction() as tx:
                await tx.execute(text("DELETE FROM inbox"))
        await self.deliver(*await self.outbox("EncounterReceived"), *more)

    async def count(self, *tables: str) -> dict[str, int]:
        async with self.database.transaction(["valley", "hill"]) as tx:
            return {t: (await tx.execute(text(f"SELECT count(*) FROM {t}"))).scalar_one() for t in tables}


def record_of(event: Event, offset: int) -> Record:
    return Record(
        topic=event.topic.value,
        partition=0,
        offset=offset,
        key=str(event.encounter_id).encode(),
        headers={
            EVENT_TYPE_HEADER: event.event_type.encode(),
            SCHEMA_VERSION_HEADER: str(event.schema_version).encode(),
        },
        value=event.model_dump_json().encode(),
    )


PAYERS = """
[[payer]]
name = "Harbor Health Plan"
source = "provider manual 2026, page 12"
payer_ids = ["HARB1"]
video_modifier = "95"
"""
CHARGES = """charge_code,code,modifiers,price,description,effective_from,effective_to
OV3,99213,,150.00,visit,2025-01-01,
INJ-1,20610,RT,210,right knee,2025-01-01,
"""
TABLES = (
    "outbox, inbox, dead_letter, idempotency, lexicon_version, correction, review_decision, review_item, "
    "coding_outcome, encounter_version, encounter"
)


@pytest.fixture(scope="session")
async def migrated(postgres: Postgres) -> AsyncIterator[DatabaseSet]:
    """The service's database, migrated once by its owner: making databases is what takes time."""
    fresh = postgres.create_databases(f"c{uuid4().hex[:10]}_")
    await migrate_async("coding_svc", fresh.dsn("coding", "owner"), fresh.dsn("coding", "app"))
    yield fresh
    fresh.drop()


@pytest.fixture
async def emr(migrated: DatabaseSet, tmp_path: Path) -> AsyncIterator[Emr]:
    """The service over empty tables, running as the application role."""
    app_dsn = migrated.dsn("coding", "app")
    owner = create_async_engine(migrated.dsn("coding", "owner"))
    async with owner.begin() as connection:
        await connection.execute(text(f"TRUNCATE {TABLES} CASCADE"))
    await owner.dispose()
    tenants_file = tmp_path / "tenants.toml"
    tenants_file.write_text(tenants_toml())
    payers = tmp_path / "payers.toml"
    payers.write_text(PAYERS)
    (tmp_path / "charges" / "valley").mkdir(parents=True)
    (tmp_path / "charges" / "valley" / "charges.csv").write_text(CHARGES)
    settings = Settings(
        database_url=app_dsn,
        tenants_file=tenants_file,
        master_keys=MASTER_KEYS,
        body_limit_bytes=300_000,
        quality_sample_rate=10_000,
        coding_payers=payers,
        chargemaster_dir=tmp_path / "charges",
    )
    cipher = PhiCipher.parse(MASTER_KEYS)
    database = Database(app_dsn, cipher=cipher)
    engine, clock = ScriptedEngine(), FixedClock(NOW)
    context = Context("coding-svc", settings, database, clock, Tenants.load(tenants_file))
    context.parts |= {"engine": engine, "intake": intake.grouped(database)}
    app = build_app(context, Health(database, frozenset({"api"})), ROUTERS)
    processor = Processor(database, handler_table(context), service="coding-svc")
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://coding") as client:
        yield Emr(database, client, processor, engine, cipher, clock)
    await database.dispose()


def encounter(external_id: str = "V-1", text: str = "clear type 2 diabetes", **extra: Any) -> Json:
    """A complete encounter with one signed note."""
    return {
        "external_id": external_id,
        "patient": {"last_name": "Rivera", "first_name": "Ana", "birth_date": "1961-02-03", "sex": "F"},
        "coverages": [
            {"payer_id": "HARB1", "payer_name": "Harbor Health Plan", "member_id": "HH1", "filing_indicator": "CI"}
        ],
        "billing_provider": {"entity": "organization", "name": "Elm Street", "npi": "1234567893"},
        "rendering_provider": {"entity": "person", "name": "Okafor", "first_name": "Ngozi", "npi": "1245319599"},
        "service_date": "2026-05-04",
        "notes": [{"text": text, "authored_at": "2026-05-04T15:00:00Z", "signed_at": "2026-05-04T16:00:00Z"}],
        **extra,
    }


def recode(encounter_id: str, version: int = 1, reason: str = "denial.co-11", **extra: Any) -> CorrectionRequested:
    """A request to code the encounter of a claim again."""
    return CorrectionRequested.create(
        **{
            "occurred_at": NOW,
            "tenant_id": "valley",
            "encounter_id": UUID(encounter_id),
            "encounter_version": version,
            "claim_id": uuid4(),
            "claim_version": 1,
            "action": "recode",
            "reason_code": reason,
            "frequency_code": "7",
            "payer_claim_control_number": "PCN1",
            **extra,
        }
    )
