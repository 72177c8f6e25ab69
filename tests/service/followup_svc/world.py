"""A follow-up service on a real database: events go in through kit's processor, 835s through its webhook worker."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4, uuid5

from events import (
    ClaimAccepted,
    ClaimBuilt,
    ClaimHeld,
    ClaimRejected,
    ClaimStalled,
    ClaimSubmitted,
    ClaimWithdrawn,
    Correction,
    EncounterCoded,
    EncounterHeld,
    EncounterReceived,
    Event,
    HeldFinding,
)
from events.phi import (
    ClaimContent,
    ClaimLine,
    CodedEncounter,
    Coverage,
    Person,
    Provider,
)
from followup_svc.main import new_desk, rulebook
from followup_svc.settings import Settings
from followup_svc.worker import DESK, handler_table, webhook_worker
from kit.clock import FixedClock
from kit.context import Context
from kit.database import Database
from kit.messaging.processor import Processor
from kit.messaging.records import EVENT_TYPE_HEADER, SCHEMA_VERSION_HEADER, TRACEPARENT_HEADER, Record
from kit.phi import PhiCipher
from kit.tenancy import Tenants
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import text
from x12 import remittance_835
from x12.envelope import Envelope
from x12.parties import (
    Address,
    Adjustment,
    CommunicationNumber,
    Contact,
    Name,
    OutpatientAdjudication,
    Procedure,
    Reference,
)
from x12.remittance_835.models import (
    ClaimGroup,
    ClaimPayment,
    Party,
    Payee,
    Payer,
    Payment,
    ProviderAdjustment,
    RemarkCode,
    Remittance,
    ServicePayment,
)

MASTER_KEYS = "k1:" + base64.b64encode(b"1" * 32).decode()
NOW = datetime(2026, 8, 3, 12, tzinfo=UTC)
PAYER = "SAMPLE01"
SECOND_PAYER = "SAMPLE02"
API_KEY = "cc_testkey0.secret"
TENANTS_TOML = f"""
[[tenant]]
id = "valley"
name = "Valley Practice"
[[tenant.api_keys]]
prefix = "{API_KEY[:11]}"
sha256 = "{hashlib.sha256(API_KEY.encode()).hexdigest()}"
roles = ["biller", "operator"]
[[tenant]]
id = "hill"
name = "Hill Practice"
[[tenant.api_keys]]
prefix = "cc_hillkey0"
sha256 = "{hashlib.sha256(b"cc_hillkey0.secret").hexdigest()}"
roles = ["biller", "operator"]
"""


def coverage(sequence: str = "P", payer_id: str = PAYER, filing_indicator: str = "CI") -> Coverage:
    """One payer's cover of a made-up patient."""
    return Coverage(
        sequence=sequence,
        payer_id=payer_id,
        payer_name="SAMPLE PAYER",
        filing_indicator=filing_indicator,
        member_id="M123456789",
        relationship="self",
        subscriber=Person(last_name="CANARY", first_name="ANNA", birth_date=date(1980, 1, 2), sex="F"),
    )


@dataclass(frozen=True)
class Story:
    """One claim and the events that may be told about it."""

    tenant_id: str = "valley"
    encounter_id: UUID = field(default_factory=uuid4)
    turn: str = "P"
    payer_id: str = PAYER
    filing_indicator: str = "CI"
    charges: tuple[int, ...] = (10_000, 5_000)
    next_payer: bool = False
    started_at: datetime = NOW

    @property
    def claim_id(self) -> UUID:
        return uuid5(self.encounter_id, f"{self.turn}|1")

    @property
    def number(self) -> str:
        """Patient control number."""
        return base64.b32encode(self.claim_id.bytes).decode()[:14]

    def line_number(self, line: int) -> str:
        """Line item control number."""
        return f"{self.number[:10]}L{line}"

    def at(self, minutes: int) -> datetime:
        return self.started_at + timedelta(minutes=minutes)

    def _ids(self, version: int, encounter_version: int, minutes: int) -> dict[str, Any]:
        return {
            "occurred_at": self.at(minutes),
            "tenant_id": self.tenant_id,
            "encounter_id": self.encounter_id,
            "encounter_version": encounter_version,
            "claim_id": self.claim_id,
            "claim_version": version,
        }

    def received(self, encounter_version: int = 1) -> EncounterReceived:
        ids = self._ids(1, encounter_version, 0)
        return EncounterReceived.create(
            **{**ids, "claim_id": None, "claim_version": None}, cause="new" if encounter_version == 1 else "revised"
        )

    def coded(self, encounter_version: int = 1, minutes: int = 1) -> EncounterCoded:
        ids = self._ids(1, encounter_version, minutes)
        return EncounterCoded.create(
            **{**ids, "claim_id": None, "claim_version": None},
            coding_version=1,
            released_by="auto",
            payer_ids=(self.payer_id,),
            diagnosis_count=1,
            line_count=len(self.charges),
            code_set_release="2026-04",
        )

    def content(self, charges: Sequence[int]) -> ClaimContent:
        others = []
        if self.next_payer:
            others.append(coverage("S", SECOND_PAYER))
        if self.turn == "S":
            others.append(coverage("P", PAYER))
        return ClaimContent(
            external_id="E1",
            patient=Person(last_name="CANARY"),
            coverages=(),
            billing_provider=Provider(entity="organization", name="VALLEY"),
            place_of_service="11",
            service_date=date(2026, 8, 1),
            patient_control_number=self.number,
            frequency_code="1",
            coverage=coverage(self.turn, self.payer_id, self.filing_indicator),
            other_coverages=tuple(others),
            diagnosis_codes=("J069",),
            lines=tuple(
                ClaimLine(
                    line_number=n,
                    code=("99213", "87880", "36415")[n - 1],
                    units=Decimal(1),
                    pointers=(1,),
                    date_from=date(2026, 8, 1),
                    charge_cents=cents,
                    line_item_control_number=self.line_number(n),
                )
                for n, cents in enumerate(charges, start=1)
            ),
            charge_cents=sum(charges),
        )

    def built(
        self,
        version: int = 1,
        *,
        encounter_version: int = 1,
        charges: Sequence[int] | None = None,
        correction: Correction | None = None,
        frequency_code: str = "1",
        minutes: int = 2,
    ) -> tuple[ClaimBuilt, ClaimContent]:
        """A claim version and its PHI part, to be sealed by the world."""
        content = self.content(charges or self.charges)
        event = ClaimBuilt.create(
            **self._ids(version, encounter_version, minutes + version),
            coding_version=1,
            payer_id=self.payer_id,
            payer_sequence=self.turn,
            patient_control_number=self.number,
            frequency_code=frequency_code,
            charge_cents=content.charge_cents,
            line_count=len(content.lines),
            correction=correction,
        )
        return event, content

    def held(self, version: int = 1, encounter_version: int = 1) -> ClaimHeld:
        return ClaimHeld.create(
            **self._ids(version, encounter_version, 2),
            payer_id=self.payer_id,
            patient_control_number=self.number,
            charge_cents=sum(self.charges),
            findings=(HeldFinding(code="provider.npi-missing", location="rendering_provider/npi"),),
        )

    def submitted(self, version: int = 1, minutes: int = 10) -> ClaimSubmitted:
        return ClaimSubmitted.create(
            **self._ids(version, 1, minutes + version),
            interchange_id=uuid5(self.claim_id, f"interchange {version}"),
            interchange_control_number=1,
            transaction_set_control_number="0001",
            gateway_id="gateway-1",
            payer_id=self.payer_id,
            patient_control_number=self.number,
            charge_cents=sum(self.charges),
            submitted_at=self.at(minutes + version),
        )

    def accepted(self, version: int = 1, payer_number: str | None = None, minutes: int = 20) -> ClaimAccepted:
        return ClaimAccepted.create(
            **self._ids(version, 1, minutes + version),
            acknowledgement_id=uuid5(self.claim_id, f"277CA {version}"),
            source="277CA",
            payer_claim_control_number=payer_number or f"PC{self.number[:8]}",
        )

    def rejected(self, version: int = 1, minutes: int = 20) -> ClaimRejected:
        return ClaimRejected.create(
            **self._ids(version, 1, minutes + version),
            acknowledgement_id=uuid5(self.claim_id, f"rejection {version}"),
            source="277CA",
            payer_id=self.payer_id,
            patient_control_number=self.number,
        )

    def encounter_held(self, hold_number: int = 1, minutes: int = 1) -> EncounterHeld:
        ids = self._ids(1, 1, minutes)
        return EncounterHeld.create(
            **{**ids, "claim_id": None, "claim_version": None},
            hold_number=hold_number,
            reason_codes=("note.unsigned",),
            waits_on="provider",
        )

    def stalled(self, version: int = 1, minutes: int = 8, reason: str = "delivery_unknown") -> ClaimStalled:
        return ClaimStalled.create(
            **self._ids(version, 1, minutes),
            reason=reason,
            payer_id=self.payer_id,
            patient_control_number=self.number,
        )

    def withdrawn(self, version: int = 1, reason: str = "encounter_cancelled", minutes: int = 9) -> ClaimWithdrawn:
        return ClaimWithdrawn.create(**self._ids(version, 2, minutes), reason=reason)

    # --- what the payer decides ---

    def decision(
        self,
        *lines: ServicePayment,
        status_code: str = "1",
        payer_number: str | None = None,
        remarks: tuple[str, ...] = (),
    ) -> ClaimPayment:
        """A CLP that balances over these lines."""
        patient = sum(a.amount_cents for line in lines for a in line.adjustments if a.group_code == "PR")
        return ClaimPayment(
            patient_control_number=self.number,
            status_code=status_code,
            charge_cents=sum(line.charge_cents for line in lines),
            paid_cents=sum(line.paid_cents for line in lines),
            claim_filing_indicator="12",
            payer_claim_control_number=payer_number or f"PC{self.number[:8]}",
            patient=Party(Name.person("CANARY", "ANNA")),
            patient_responsibility_cents=patient or None,
            place_of_service_code="11",
            frequency_code="1",
            outpatient=OutpatientAdjudication(remark_codes=remarks) if remarks else None,
            service_payments=lines,
        )

    def line(
        self, number: int, charge: int, *adjustments: tuple[str, str, int], remarks: tuple[str, ...] = ()
    ) -> ServicePayment:
        """An SVC: what is not adjusted is paid."""
        return ServicePayment(
            procedure=Procedure(("99213", "87880", "36415")[number - 1]),
            charge_cents=charge,
            paid_cents=charge - sum(cents for _, _, cents in adjustments),
            units=Decimal(1),
            adjustments=tuple(Adjustment(*item) for item in adjustments),
            line_item_control_number=self.line_number(number),
            service_date=date(2026, 8, 1),
            remark_codes=tuple(RemarkCode(code) for code in remarks),
        )

    def paid(self, **fields: Any) -> ClaimPayment:
        """The usual answer: 20 % contractual, 10 % coinsurance, the rest paid."""
        lines = [
            self.line(n, charge, ("CO", "45", charge // 5), ("PR", "2", charge // 10))
            for n, charge in enumerate(self.charges, start=1)
        ]
        return self.decision(*lines, **fields)

    def denied(
        self, group: str = "CO", code: str = "16", remarks: tuple[str, ...] = ("N382",), **fields: Any
    ) -> ClaimPayment:
        """Nothing paid, status 1: the ordinary denial."""
        lines = [
            self.line(n, charge, (group, code, charge), remarks=remarks)
            for n, charge in enumerate(self.charges, start=1)
        ]
        return self.decision(*lines, **fields)


def reversal_of(payment: ClaimPayment) -> ClaimPayment:
    """CLP02 = 22: every amount negated."""
    lines = tuple(
        replace(
            line,
            charge_cents=-line.charge_cents,
            paid_cents=-line.paid_cents,
            adjustments=tuple(replace(a, amount_cents=-a.amount_cents) for a in line.adjustments),
        )
        for line in payment.service_payments
    )
    return replace(
        payment,
        status_code="22",
        charge_cents=-payment.charge_cents,
        paid_cents=-payment.paid_cents,
        patient_responsibility_cents=-(payment.patient_responsibility_cents or 0) or None,
        service_payments=lines,
    )


def file_835(
    *payments: ClaimPayment,
    trace: str,
    payer_id: str = PAYER,
    paid_on: date = date(2026, 8, 10),
    provider_adjustments: Iterable[tuple[str, str, int]] = (),
    amount_cents: int | None = None,
    control_number: int = 1,
) -> bytes:
    """An 835 of one payment; BPR02 is what balances, unless given."""
    plb = tuple(
        ProviderAdjustment("1234567893", date(2026, 12, 31), code, cents, reference)
        for code, reference, cents in provider_adjustments
    )
    total = sum(p.paid_cents for p in payments) - sum(a.amount_cents for a in plb)
    total = amount_cents if amount_cents is not None else total
    remittance = Remittance(
        control_number="0001",
        payment=Payment(total, "ACH" if total else "NON", paid_on, trace, "1999999999", "C" if total else "H"),
        payer=Payer(
            "SAMPLE PAYER",
            Address("1 MAIN ST", "TOWN", "OH", "440011234"),
            (Contact("HELP", (CommunicationNumber("TE", "5555551212"),), "BL"),),
            secondary_ids=(Reference("2U", payer_id),),
        ),
        payee=Payee("VALLEY", "1234567893"),
        claim_groups=(ClaimGroup("1", payments),),
        provider_adjustments=plb,
        production_date=paid_on,
    )
    envelope = Envelope(
        "ZZ", "SENDER", "ZZ", "RECEIVER", datetime(2026, 8, 10, 8, tzinfo=UTC), control_number, control_number
    )
    return remittance_835.write(envelope, (remittance,))


class World:
    """The service under test."""

    def __init__(self, database: Database, cipher: PhiCipher, settings: Settings, owner_dsn: str) -> None:
        self.owner_dsn = owner_dsn
        self.database = database
        self.cipher = cipher
        self.clock = FixedClock(NOW + timedelta(days=14))
        self.context = Context("followup-svc", settings, database, self.clock, Tenants.load(settings.tenants_file))
        self.context.parts[DESK] = new_desk(self.context, rulebook(settings))
        self.processor = Processor(database, handler_table(self.context), service="followup-svc")
        self._offset = 0

    def sealed(self, event: Event | tuple[ClaimBuilt, ClaimContent]) -> Event:
        """The event as its publisher sends it: PHI part encrypted."""
        if isinstance(event, tuple):
            return event[0].model_copy(update={"phi": self.cipher.seal(*event)})
        if isinstance(event, EncounterCoded):
            part = CodedEncounter.model_construct(**{})
            return event.model_copy(update={"phi": self.cipher.seal(event, part)})
        return event

    async def receive(self, *events: Event | tuple[ClaimBuilt, ClaimContent]) -> None:
        """One poll's batch; a dead letter fails the test."""
        records = []
        for event in map(self.sealed, events):
            self._offset += 1
            headers = {
                EVENT_TYPE_HEADER: event.event_type.encode(),
                SCHEMA_VERSION_HEADER: str(event.schema_version).encode(),
                TRACEPARENT_HEADER: b"00-" + event.encounter_id.hex.encode() + b"-00f067aa0ba902b7-01",
            }
            value = event.model_dump_json(exclude_none=True).encode()
            key = str(event.encounter_id).encode()
            records.append(Record(event.topic.value, 0, self._offset, key, headers, value, int(time.time() * 1000)))
        letters = await self.processor.process(records, cluster_id="test")
        assert [letter.reason for letter in letters] == []

    async def remit(self, body: bytes, *, webhook_id: str | None = None, tenant_id: str = "valley") -> str:
        """Store one webhook and work it off; returns its state."""
        insert = text(
            """
            INSERT INTO webhook (account_id, webhook_id, tenant_id, kind, content_type, body, body_sha256)
            VALUES ('gateway-1', :webhook_id, :tenant_id, '835', 'application/edi-x12', :body, '\\x00') RETURNING id
            """
        )
        named = {"webhook_id": webhook_id or uuid4().hex, "tenant_id": tenant_id, "body": body}
        async with self.database.transaction([tenant_id]) as tx:
            stored = (await tx.execute(insert, named)).scalar_one()
        worker = webhook_worker(self.context)
        while await worker.work_one(self.context):
            pass
        states = text("SELECT state FROM webhook WHERE id = :id")
        async with self.database.transaction() as tx:
            return str((await tx.execute(states, {"id": stored})).scalar_one())

    async def count_statements(self, work: Coroutine[Any, Any, Any]) -> int:
        """How many SQL statements some work takes."""
        count = 0

        def counted(*_: Any) -> None:
            nonlocal count
            count += 1

        engine = self.database.engine.sync_engine
        sqlalchemy_event.listen(engine, "before_cursor_execute", counted)
        try:
            await work
        finally:
            sqlalchemy_event.remove(engine, "before_cursor_execute", counted)
        return count

    async def forget_inbox(self) -> None:
        """The inbox was emptied."""
        async with self.database.transaction() as tx:
            await tx.execute(text("DELETE FROM inbox"))

    async def rows(self, sql: str, tenant_id: str = "valley", **named: Any) -> list[Any]:
        """Rows that a tenant sees."""
        async with self.database.transaction([tenant_id]) as tx:
            return list(await tx.execute(text(sql), named))

    async def state(self, story: Story) -> str:
        """The claim's state."""
        rows = await self.rows("SELECT state FROM claim WHERE claim_id = :id", id=story.claim_id)
        return str(rows[0].state) if rows else "none"

    async def ledger(self, story: Story) -> dict[str, int]:
        """Debit balances by account (credit for charges) of the story's encounter, zero ones left out."""
        sql = """
            SELECT account, sum(cents)::bigint AS cents FROM (
                SELECT debit_account AS account, amount_cents AS cents FROM ledger_transfer WHERE encounter_id = :id
                UNION ALL
                SELECT credit_account, -amount_cents FROM ledger_transfer WHERE encounter_id = :id
            ) AS entries GROUP BY account
        """
        rows = await self.rows(sql, story.tenant_id, id=story.encounter_id)
        return {r.account: -r.cents if r.account == "charges" else r.cents for r in rows if r.cents}

    async def open_items(self, story: Story | None = None) -> list[str]:
        """Reason codes of open work items, of one encounter or all."""
        sql = """
            SELECT reason_code FROM work_item
            WHERE state = 'open' AND (CAST(:id AS uuid) IS NULL OR encounter_id = :id) ORDER BY 1
        """
        return [row.reason_code for row in await self.rows(sql, id=story.encounter_id if story else None)]

    async def published(self, story: Story) -> list[str]:
        """Types of the events about the story's encounter in the outbox."""
        rows = await self.rows("SELECT event_type FROM outbox WHERE key = :key ORDER BY 1", key=str(story.encounter_id))
        return [row.event_type for row in rows]

    async def outbox(self, story: Story, event_type: str) -> list[bytes]:
        """Payloads of published events of one type."""
        sql = "SELECT payload FROM outbox WHERE key = :key AND event_type = :type ORDER BY id"
        return [bytes(r.payload) for r in await self.rows(sql, key=str(story.encounter_id), type=event_type)]

    async def snapshot(self) -> dict[str, list[str]]:
        """Every business row as text, to see that nothing changed."""
        tables = {
            "timeline": "event_id",
            "claim": "claim_id",
            "claim_version": "claim_id, claim_version",
            "remittance": "remittance_id",
            "claim_payment": "payment_id",
            "correction": "claim_id, reason_code",
            "work_item": "item_id",
            "ledger_transfer": "transfer_id",
            "ledger": "ledger_id",
            "outbox": "id",
        }
        found = {}
        for table, order in tables.items():
            rows = await self.rows(f"SELECT t::text AS row FROM {table} AS t ORDER BY {order}")
            found[table] = [row.row for row in rows]
        return found
