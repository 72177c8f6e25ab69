"""The files that the codec is measured with: an office's claims, and a payer's remittance on a fee schedule."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from x12.claim_837.models import BillingProvider, Payer, Receiver, Submitter, Subscriber
from x12.claim_837p.models import Claim, ClaimTransactionSet, ServiceLine
from x12.envelope import Envelope
from x12.parties import Address, CommunicationNumber, Contact, Name, Procedure

CLAIMS_PER_SET = 5000
CREATED = datetime(2026, 6, 1, 10, 0)  # noqa: DTZ001 - X12 carries no zone
_ISA = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*CLINIC         *260601*1000*^*00501*000000001*0*P*:~"
_GS = "GS*HP*PAYER*CLINIC*20260601*1000*1*X*005010X221A1~"


def envelope() -> Envelope:
    """The envelope of the claims."""
    return Envelope("ZZ", "CLINIC", "ZZ", "PAYER", CREATED, 1, 1)


def claims(count: int) -> tuple[Claim, ...]:
    """Professional claims with two lines each, of as many subscribers."""
    provider = BillingProvider(
        name=Name.organization("GOOD CLINIC"),
        npi="1234567893",
        tax_id="123456789",
        address=Address("1 MAIN ST", "AUSTIN", "TX", "733010001"),
        taxonomy_code="207Q00000X",
    )
    payer = Payer("BIG PAYER", "12345")
    return tuple(_claim(number, provider, payer) for number in range(count))


def _claim(number: int, provider: BillingProvider, payer: Payer) -> Claim:
    subscriber = Subscriber(
        name=Name.person(f"LAST{number % 997}", f"FIRST{number % 89}"),
        member_id=f"M{number:09d}",
        payer_responsibility="P",
        claim_filing_indicator="CI",
        address=Address(f"{number} OAK AVE", "AUSTIN", "TX", "733010001"),
        birth_date=date(1950 + number % 50, 1 + number % 12, 1 + number % 28),
        sex="F",
    )
    lines = tuple(_line(number, line) for line in (1, 2))
    return Claim(
        billing_provider=provider,
        subscriber=subscriber,
        payer=payer,
        patient_control_number=f"PCN{number:09d}",
        charge_cents=sum(line.charge_cents for line in lines),
        place_of_service_code="11",
        diagnosis_codes=("E119", "I10"),
        service_lines=lines,
    )


def _line(claim: int, line: int) -> ServiceLine:
    return ServiceLine(
        procedure=Procedure(f"{99202 + (claim + line) % 14}"),
        charge_cents=7500 + (claim * 37 + line * 211) % 9000,
        units=Decimal(1),
        service_date=date(2026, 4 + claim % 2, 1 + claim % 28),
        diagnosis_pointers=(1, 2),
        line_item_control_number=f"{claim:08d}{line}",
    )


def claim_sets(made: tuple[Claim, ...]) -> list[ClaimTransactionSet]:
    """The claims in transaction sets as a clearinghouse takes them."""
    contact = Contact("BILLING", (CommunicationNumber("TE", "8005551212"),))
    submitter, receiver = Submitter(Name.organization("GOOD CLINIC"), "123", (contact,)), Receiver("PAYER", "999")
    return [
        ClaimTransactionSet(
            control_number=f"{1 + start // CLAIMS_PER_SET:04d}",
            reference=f"BATCH{start}",
            created=CREATED,
            submitter=submitter,
            receiver=receiver,
            claims=made[start : start + CLAIMS_PER_SET],
        )
        for start in range(0, len(made), CLAIMS_PER_SET)
    ]


def remittance(count: int) -> Iterator[bytes]:
    """An 835 with one transaction set of ``count`` balanced claims of one to three lines, in parts."""
    total = sum(paid for _, paid in _payments(count))
    head = (
        "ST*835*0001~"
        f"BPR*I*{_money(total)}*C*ACH*CCP*01*111000025*DA*123456*1512345678**01*111000025*DA*98765*20260601~"
        "TRN*1*TRACE1*1512345678~DTM*405*20260601~N1*PR*PAYER~N3*1 STREET~N4*AUSTIN*TX*73301~"
        "PER*BL*HELP*TE*8005551212~N1*PE*CLINIC*XX*1234567893~LX*1~"
    )
    yield f"{_ISA}{_GS}{head}".encode()
    segments = head.count("~") + 1
    for text, _ in _payments(count):
        segments += text.count("~")
        yield text.encode()
    yield f"SE*{segments}*0001~GE*1*1~IEA*1*000000001~".encode()


def _payments(count: int) -> Iterator[tuple[str, int]]:
    """Each claim's text and payment in cents; the same at every call."""
    rng = random.Random(835)
    fees = [(99000 + code, allowed * rng.choice((3, 4, 5)) // 2, allowed) for code, allowed in enumerate(_allowed(rng))]
    for number in range(count):
        day = f"202604{rng.randrange(1, 29):02d}"
        lines = [_payment_line(rng, number, line, day, fees) for line in range(1, rng.choice((2, 2, 2, 3, 3, 4)))]
        charge, paid, patient = (sum(line[at] for line in lines) for at in (1, 2, 3))
        yield (
            f"CLP*PCN{number:09d}*1*{_money(charge)}*{_money(paid)}*{_money(patient)}*12*PAYER{number:010d}*11*1~"
            f"NM1*QC*1*LAST{rng.randrange(999)}*FIRST{rng.randrange(99)}****MI*M{rng.randrange(10**8):08d}~"
            f"DTM*232*{day}~" + "".join(line[0] for line in lines),
            paid,
        )


def _allowed(rng: random.Random) -> list[int]:
    return [rng.randrange(1500, 60000) for _ in range(400)]


def _payment_line(
    rng: random.Random, claim: int, line: int, day: str, fees: list[tuple[int, int, int]]
) -> tuple[str, int, int, int]:
    """A line's text, charge, payment and patient's share in cents."""
    code, charge, allowed = rng.choice(fees)
    denied = rng.random() < 0.06
    patient = 0 if denied else rng.choice((0, min(2500, allowed), allowed // 5))
    paid = 0 if denied else allowed - patient
    reasons = [("CO", "97", charge)] if denied else [("CO", "45", charge - allowed), ("PR", "2", patient)]
    text = f"SVC*HC:{code}*{_money(charge)}*{_money(paid)}**1~DTM*472*{day}~"
    text += "".join(f"CAS*{group}*{reason}*{_money(amount)}~" for group, reason, amount in reasons if amount)
    text += f"REF*6R*{claim:08d}{line}~" + ("LQ*HE*N130~" if denied else f"AMT*B6*{_money(allowed)}~")
    return text, charge, paid, patient


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}".removesuffix(".00")
