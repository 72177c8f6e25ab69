"""837P files for the sandbox payer's tests, built with our own writer; one call, one member, one claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from sandbox.payer.books import Books
from sandbox.payer.config import Account, Delays
from sandbox.payer.desk import Desk, Taken
from sandbox.payer.treasury import Treasury
from x12 import ack_999, claim_837i, claim_837p, claim_ack_277ca, remittance_835, ta1
from x12.ack_999.models import ImplementationAcknowledgement
from x12.claim_837p.models import (
    BillingProvider,
    Claim,
    ClaimTransactionSet,
    Patient,
    Payer,
    Provider,
    Receiver,
    ServiceLine,
    Submitter,
    Subscriber,
)
from x12.claim_ack_277ca.models import ClaimAcknowledgement
from x12.envelope import Envelope
from x12.parties import Address, CommunicationNumber, Contact, Name, Procedure
from x12.remittance_835.models import ClaimPayment, Remittance

TODAY = date(2026, 10, 1)
NOW = datetime(2026, 10, 1, 12, 0, tzinfo=UTC).timestamp()
ADDRESS = Address("210 W BROAD ST", "COLUMBUS", "OH", "432152741")
PRACTICE = BillingProvider(
    Name.organization("SCIOTO VALLEY MEDICAL GROUP"), "1847293101", "314159265", ADDRESS, taxonomy_code="193200000X"
)
MEDICARE = ("MB", "15202", "MEDICARE PART B OHIO")
COMMERCIAL = ("CI", "HVM01", "HARBORVIEW MUTUAL")
BLUE = ("BL", "BPH11", "BLUE PRAIRIE HEALTH")
MEDICAID = ("MC", "OHMCD", "BUCKEYE STATE MEDICAID")


def line(
    code: str, cents: int, *modifiers: str, units: int = 1, number: int = 1, pointers: tuple[int, ...] = (1,)
) -> ServiceLine:
    """A service line of 2026-06-18 with its own control number."""
    return ServiceLine(
        Procedure(code, tuple(modifiers)),
        cents,
        Decimal(units),
        date(2026, 6, 18),
        pointers,
        line_item_control_number=f"L{number}",
    )


def claim(
    number: str,
    member_id: str,
    lines: Sequence[ServiceLine] = (),
    payer: tuple[str, str, str] = COMMERCIAL,
    dependent: bool = False,
    **changes: object,
) -> Claim:
    """A clean claim; the default is one office visit of 268.00."""
    filing, payer_id, payer_name = payer
    lines = tuple(lines) or (line("99214", 268_00),)
    subscriber = Subscriber(
        Name.person("OKONKWO", "ADA"),
        member_id,
        claim_filing_indicator=filing,
        address=ADDRESS,
        birth_date=date(1980, 2, 3),
        sex="F",
    )
    patient = Patient(Name.person("OKONKWO", "ZANE"), "19", ADDRESS, date(2012, 4, 5), "M") if dependent else None
    made = Claim(
        PRACTICE,
        subscriber,
        Payer(payer_name, payer_id),
        number,
        sum(each.charge_cents for each in lines),
        "11",
        ("E119", "I10"),
        lines,
        patient=patient,
        rendering_provider=Provider(Name.person("VARGA", "LENA"), "1245319599", "207R00000X"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def claim_file(claims: Sequence[Claim], control_number: int = 1, sets: int = 1, **changes: object) -> bytes:
    """One interchange with the claims spread over `sets` transaction sets."""
    contact = Contact("BILLING OFFICE", (CommunicationNumber("TE", "6145550142"),))
    transaction_sets = [
        ClaimTransactionSet(
            f"{n + 1:04d}",
            f"B{control_number}X{n}",
            datetime(2026, 10, 1, 8, 30),  # noqa: DTZ001 - BHT has no time zone
            Submitter(Name.organization("SCIOTO VALLEY MEDICAL GROUP"), "SUB0001", (contact,)),
            Receiver("SANDBOX GATEWAY", "SANDBOX"),
            tuple(claims[n::sets]),
        )
        for n in range(sets)
    ]
    return claim_837p.write(envelope(control_number, **changes), transaction_sets)


def stay_file(claims: Sequence[claim_837i.models.Claim], control_number: int = 1) -> bytes:
    """One interchange with institutional claims, sent as the practice sends its visits."""
    (sent,) = claim_837p.read(claim_file([claim("P1", "W1")])).transaction_sets
    made = claim_837i.models.ClaimTransactionSet(
        "0001", f"B{control_number}X0", sent.created, sent.submitter, sent.receiver, tuple(claims)
    )
    return claim_837i.write(envelope(control_number), [made])


def envelope(control_number: int, **changes: object) -> Envelope:
    """From the practice to the gateway."""
    created = datetime(2026, 10, 1, 8, 30)  # noqa: DTZ001 - ISA has no time zone
    made = Envelope("ZZ", "SUB0001", "ZZ", "SANDBOX", created, control_number, control_number, "T")
    return replace(made, **changes)  # type: ignore[arg-type]


class SandboxPayer:
    """A payer without HTTP: takes files, runs cycles, and reads back what it planned to send."""

    def __init__(self, folder: Path, seed: int = 1, today: date = TODAY) -> None:
        self.account = Account(
            id="acc-1", api_key="a-test-key", secrets=["whsec_c2FuZGJveC1zZWNyZXQtc2FuZGJveC0xMjM0"], webhooks={}
        )
        self.books = Books(folder / "books.sqlite3")
        self.desk = Desk(self.books, Delays(), seed, lambda: today)
        self.treasury = Treasury(self.books, lambda: today)
        self.now = NOW

    def take(self, body: bytes, key: str = "key-1") -> Taken:
        """Post a file."""
        return self.desk.take(self.account, key, body, self.now)

    def pay(self, cycles: int = 4) -> None:
        """Run payment cycles, each far enough after the last."""
        for _ in range(cycles):
            self.now += 100
            self.treasury.run_cycle(self.now)

    def bodies(self, kind: str) -> list[bytes]:
        """What was planned of a kind, in order of due time."""
        due = [self.books.delivery(seq) for _, seq in sorted(self.books.open_deliveries())]
        return [delivery.body for delivery in due if delivery.kind == kind]

    def ta1s(self) -> list[str]:
        """Code and note code of each TA1."""
        return [f"{a.ack_code}{a.note_code}" for body in self.bodies("TA1") for a in ta1.read(body)[0]]

    def acks(self) -> list[ImplementationAcknowledgement]:
        """The 999s."""
        return [a for body in self.bodies("999") for a in ack_999.read(body).transaction_sets]

    def claim_acks(self) -> list[ClaimAcknowledgement]:
        """The 277CAs."""
        return [a for body in self.bodies("277CA") for a in claim_ack_277ca.read(body).transaction_sets]

    def statuses(self) -> dict[str, str]:
        """Patient control number -> category:status:entity."""
        found = [c for ack in self.claim_acks() for c in ack.claims]
        codes = ((c.patient_control_number, c.statuses[0].codes[0]) for c in found)
        return {n: f"{s.category_code}:{s.status_code}:{s.entity_code}".rstrip(":") for n, s in codes}

    def remittances(self) -> list[Remittance]:
        """The 835s."""
        return [r for body in self.bodies("835") for r in remittance_835.read(body).transaction_sets]

    def payments(self, number: str) -> list[ClaimPayment]:
        """Every CLP of a claim, in order."""
        return [c for r in self.remittances() for c in r.claims if c.patient_control_number == number]

    def booked(self, number: str) -> list[dict[str, object]]:
        """The book rows of a claim."""
        return [row for row in self.books.claims(0, 10_000) if row["patient_control_number"] == number]


def adjustments(payment: ClaimPayment) -> list[str]:
    """`1:CO45:1234` per CAS triplet: line, group and reason, cents."""
    return [
        f"{n}:{a.group_code}{a.reason_code}:{a.amount_cents}"
        for n, service in enumerate(payment.service_payments, start=1)
        for a in service.adjustments
    ]


def member(switch: str) -> str:
    """A commercial member id with a switch."""
    return f"W20311447{switch if switch.startswith('XD') else f'XX{switch}'}"
