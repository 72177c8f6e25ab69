"""The service's parts on a real PostgreSQL, with a hand-written gateway at its port."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from events import CATALOGUE, phi
from events.envelope import Event
from kit.clock import FixedClock
from kit.context import Context
from kit.database import Database
from kit.database.migrate import migrate_async
from kit.messaging.processor import Processor
from kit.messaging.records import EVENT_TYPE_HEADER, SCHEMA_VERSION_HEADER, TRACEPARENT_HEADER, Record
from kit.phi import PhiCipher
from kit.tenancy import GatewayAccount, Tenants
from kit.webhooks import StoredWebhook
from local_stack.postgres import DatabaseSet, Postgres
from sqlalchemy import text
from submission_svc import batching
from submission_svc.acknowledgements.taking import Acknowledgements
from submission_svc.domain import Answer, AnswerKind
from submission_svc.sender import Sender
from submission_svc.settings import Settings
from submission_svc.worker import handler_table
from x12 import claim_837p
from x12.claim_837p.models import ClaimTransactionSet

from tests.unit.submission_svc import samples

MASTER_KEYS = "k1:" + base64.b64encode(b"1" * 32).decode()
GATEWAY = """
[[tenant.gateways]]
id = "{id}"
url = "http://127.0.0.1:1/gateways/{id}"
api_key = "key of {id}"
webhook_secrets = ["whsec_c2VjcmV0IG9mIHRoZSBnYXRld2F5"]
submitter_id = "SUB{tenant}"
submitter_name = "PRACTICE {tenant}"
submitter_phone = "217-555-0100"
receiver_id = "RCV"
receiver_name = "GATEWAY"
payers = {payers}
max_concurrency = 2
"""
TENANTS = (
    '[[tenant]]\nid = "valley"\nname = "Valley"\ntime_zone = "America/Chicago"\n'
    + GATEWAY.format(id="prairie-gw", tenant="VALLEY", payers='["60054"]')
    + GATEWAY.format(id="lake-gw", tenant="VALLEY", payers='["00431"]')
    + '[[tenant]]\nid = "hill"\nname = "Hill"\n'
    + GATEWAY.format(id="hill-gw", tenant="HILL", payers='["*"]')
)


class Crash(BaseException):
    """The process dies here."""


Script = Callable[["FakeGateway", bytes, UUID], Answer]


@dataclass
class FakeGateway:
    """A payer gateway: takes a file once per key, keeps what it took, misbehaves by script."""

    taken: dict[UUID, bytes] = field(default_factory=dict)
    posts: list[tuple[UUID, bytes]] = field(default_factory=list)
    questions: list[UUID] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    async def send(self, content: bytes, idempotency_key: UUID) -> Answer:
        self.posts.append((idempotency_key, content))
        if self.scripts:
            return self.scripts.pop(0)(self, content, idempotency_key)
        return self.take(content, idempotency_key)

    async def find(self, idempotency_key: UUID) -> Answer:
        self.questions.append(idempotency_key)
        if self.answers:
            return self.answers.pop(0)
        there = idempotency_key in self.taken
        return Answer(AnswerKind.TAKEN if there else AnswerKind.ABSENT, "lookup")

    async def close(self) -> None:
        return

    def take(self, content: bytes, key: UUID) -> Answer:
        assert self.taken.setdefault(key, content) == content, "the same key with other bytes"
        return Answer(AnswerKind.TAKEN, "http-202", f"F{len(self.taken)}")

    @property
    def sets(self) -> list[ClaimTransactionSet]:
        return [st for data in self.taken.values() for st in claim_837p.read(data).transaction_sets]

    @property
    def claims(self) -> Counter[str]:
        """How often each patient control number was taken, over all files."""
        return Counter(c.patient_control_number for st in self.sets for c in st.claims)


def refuse(code: str) -> Script:
    return lambda *_: Answer(AnswerKind.REFUSED, code)


def lost(code: str = "read-timeout", *, accepted: bool = False) -> Script:
    """No answer comes; the file was taken or not."""

    def script(gateway: FakeGateway, content: bytes, key: UUID) -> Answer:
        if accepted:
            gateway.take(content, key)
        return Answer(AnswerKind.UNKNOWN, code)

    return script


def crash(*, accepted: bool) -> Script:
    def script(gateway: FakeGateway, content: bytes, key: UUID) -> Answer:
        if accepted:
            gateway.take(content, key)
        raise Crash

    return script


@dataclass
class FakeGateways:
    by_id: dict[str, FakeGateway] = field(default_factory=dict)

    def of(self, account: GatewayAccount) -> FakeGateway:
        return self.by_id.setdefault(account.id, FakeGateway())

    async def close(self) -> None:
        return


@dataclass
class Bench:
    """The service's parts and the test's hands on them."""

    context: Context
    settings: Settings
    gateways: FakeGateways
    clock: FixedClock
    owner: Database

    @property
    def prairie(self) -> FakeGateway:
        return self.gateways.by_id.setdefault("prairie-gw", FakeGateway())

    @property
    def lake(self) -> FakeGateway:
        return self.gateways.by_id.setdefault("lake-gw", FakeGateway())

    def records(self, *events: Event | tuple[Event, phi.ClaimContent], traceparent: str | None = None) -> list[Record]:
        """Events as they lie in the topic."""
        return [self._record(n, item, traceparent) for n, item in enumerate(events)]

    def _record(self, offset: int, item: Event | tuple[Event, phi.ClaimContent], traceparent: str | None) -> Record:
        event = item if isinstance(item, Event) else item[0]
        if not isinstance(item, Event):
            assert self.context.database.cipher is not None
            event = event.model_copy(update={"phi": self.context.database.cipher.seal(event, item[1])})
        headers = {EVENT_TYPE_HEADER: event.event_type.encode(), SCHEMA_VERSION_HEADER: b"1"}
        if traceparent:
            headers[TRACEPARENT_HEADER] = traceparent.encode()
        value = event.model_dump_json(exclude_none=True).encode()
        return Record(event.topic.value, 0, offset, str(event.encounter_id).encode(), headers, value)

    async def process(self, records: Sequence[Record]) -> list[str]:
        """Hand records to the consumer's heart; returns the reasons of dead letters."""
        processor = Processor(self.context.database, handler_table(self.context), service="submission-svc")
        return [letter.reason for letter in await processor.process(records, cluster_id="c")]

    async def build(self, *claims: int | phi.ClaimContent, **more: Any) -> None:
        """ClaimBuilt of plain claims by number, or of given contents."""
        contents = [c if isinstance(c, phi.ClaimContent) else samples.content(c) for c in claims]
        numbers = [int(c.patient_control_number[2:]) for c in contents]
        events = [(samples.built(n, claim=c, **more), c) for n, c in zip(numbers, contents, strict=True)]
        assert await self.process(self.records(*events)) == []

    async def batch(self, rounds: int = 1) -> int:
        """Form what is due; the tests' batches need not wait."""
        return sum([await batching.Batcher(self.context).form_due() for _ in range(rounds)])

    def sender(self) -> Sender:
        """A sender as a fresh process has it."""
        return Sender(self.context, self.settings, self.gateways)

    async def send(self, sender: Sender | None = None) -> int:
        """Lease once and post what was leased, one after the other."""
        sender = sender or self.sender()
        leased = await sender.lease()
        for item in leased:
            await sender.post(item)
        return len(leased)

    async def deliver(self, *claims: int | phi.ClaimContent, **more: Any) -> None:
        """Build, batch and send."""
        await self.build(*claims, **more)
        await self.batch()
        await self.send()

    async def make_due(self) -> None:
        """Real time passes: leases end and retries are due."""
        await self.sql("UPDATE interchange SET due_at = now() - interval '1 second'")

    async def sql(self, statement: str, **parameters: Any) -> list[Any]:
        """A statement as the application role, for all tenants."""
        async with self.context.database.transaction(self.context.tenants.by_id) as tx:
            result = await tx.execute(text(statement), parameters)
            return list(result.all()) if result.returns_rows else []

    async def states(self) -> dict[tuple[int, int], str]:
        """State by claim number and version; a reason is put behind a colon."""
        rows = await self.sql("SELECT patient_control_number, claim_version, state, reason FROM submission")
        return {(int(r[0][2:]), r[1]): r[2] + (f":{r[3]}" if r[3] else "") for r in rows}

    async def interchanges(self) -> list[Any]:
        return await self.sql("SELECT * FROM interchange ORDER BY gateway_id, interchange_control_number")

    async def published(self, event_type: str | None = None) -> list[Any]:
        """The events in the outbox, in order, as models."""
        classes = {event.event_type: event for event in CATALOGUE}
        async with self.context.database.transaction() as tx:
            rows = await tx.execute(text("SELECT event_type, payload FROM outbox ORDER BY id"))
            return [
                classes[row.event_type].model_validate_json(bytes(row.payload))
                for row in rows
                if event_type in (None, row.event_type)
            ]

    async def told(self) -> Counter[tuple[str, int]]:
        """How often each kind of event was published for each claim number."""
        numbers = {samples.claim_id(n): n for n in range(1, 500)}
        return Counter((e.event_type, numbers[e.claim_id]) for e in await self.published())

    async def forget_inbox(self) -> None:
        await self.sql("DELETE FROM inbox")

    async def acknowledge(self, body: bytes, *, account: str = "prairie-gw", tenant: str = "valley") -> None:
        """A webhook under a fresh id, worked off."""
        stored = StoredWebhook(
            id=uuid4(), account_id=account, tenant_id=tenant, webhook_id=str(uuid4()), kind="x",
            content_type="application/EDI-X12", body=body, received_at=self.clock.now(), traceparent=None,
        )  # fmt: skip
        async with self.context.database.transaction([tenant]) as tx:
            await Acknowledgements(self.context).take(tx, stored)

    async def snapshot(self) -> Mapping[str, Any]:
        """Everything that redelivery must not change."""
        tables: Iterable[str] = (
            "submission",
            "interchange",
            "interchange_member",
            "claim_acknowledgement",
            "withdrawal",
        )
        found: dict[str, Any] = {t: sorted(map(str, await self.sql(f"SELECT * FROM {t}"))) for t in tables}
        return {**found, "events": [e.event_id for e in await self.published()]}


@pytest.fixture(scope="session")
async def migrated(postgres: Postgres) -> AsyncIterator[DatabaseSet]:
    """One migrated database for all tests of this folder; each test empties it."""
    databases = postgres.create_databases(f"t{uuid4().hex[:10]}_")
    await migrate_async("submission_svc", databases.dsn("submissions", "owner"), databases.dsn("submissions", "app"))
    yield databases
    databases.drop()


_TABLES = """
    SELECT string_agg(format('%I', tablename), ', ') FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
"""


async def empty(owner: Database) -> None:
    async with owner.transaction() as tx:
        tables = (await tx.execute(text(_TABLES))).scalar_one()
        await tx.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))


@pytest.fixture
async def bench(migrated: DatabaseSet, tmp_path: Path) -> AsyncIterator[Bench]:
    owner_url, url = migrated.dsn("submissions", "owner"), migrated.dsn("submissions", "app")
    tenants = tmp_path / "tenants.toml"
    tenants.write_text(TENANTS)
    settings = Settings(
        database_url=url, tenants_file=tenants, master_keys=MASTER_KEYS, batch_age_seconds=0, retry_base_seconds=0.01
    )  # type: ignore[arg-type]
    database = Database(url, cipher=PhiCipher.parse(MASTER_KEYS))
    owner = Database(owner_url)
    await empty(owner)
    clock = FixedClock(samples.NOW)
    context = Context("submission-svc", settings, database, clock, Tenants.load(tenants))
    yield Bench(context, settings, FakeGateways(), clock, owner)
    await database.dispose()
    await owner.dispose()
