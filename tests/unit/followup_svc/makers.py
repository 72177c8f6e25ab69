"""Claims and payments of made-up numbers, for pure tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID, uuid5

from followup_svc.domain import (
    AdjudicatedLine,
    Adjudication,
    Adjustment,
    Balances,
    BilledLine,
    Claim,
    ClaimVersion,
    Fact,
    Payment,
    derive_id,
)
from followup_svc.posting import Target, open_charges

CLAIM_ID = UUID("00000000-0000-0000-0000-00000000c1a1")
ENCOUNTER_ID = UUID("00000000-0000-0000-0000-0000000000e1")
BUILT_AT = datetime(2026, 8, 1, 9, tzinfo=UTC)
PAID_ON = date(2026, 8, 10)
CODES = ("99213", "87880", "36415", "J1100", "G0008")


def billed(charges: Sequence[int]) -> tuple[BilledLine, ...]:
    """Service lines numbered from 1."""
    return tuple(
        BilledLine(number, f"L{number}", CODES[(number - 1) % len(CODES)], cents)
        for number, cents in enumerate(charges, start=1)
    )


def version(
    number: int = 1,
    charges: Sequence[int] = (10_000,),
    *,
    frequency_code: str = "1",
    encounter_version: int = 1,
    later_turns: tuple[str, ...] = (),
    filing_indicator: str = "CI",
    correction_action: str | None = None,
    built_at: datetime = BUILT_AT,
) -> ClaimVersion:
    """One built version."""
    return ClaimVersion(
        claim_version=number,
        encounter_version=encounter_version,
        frequency_code=frequency_code,
        charge_cents=sum(charges),
        built_at=built_at,
        lines=billed(charges),
        later_turns=later_turns,
        filing_indicator=filing_indicator,
        corrects_claim_id=CLAIM_ID if correction_action else None,
        correction_action=correction_action,
    )


def claim(
    *versions: ClaimVersion, facts: Sequence[Fact] = (), payments: Sequence[Payment] = (), turn: str = "P"
) -> Claim:
    """A claim with these facts."""
    return Claim(
        tenant_id="valley",
        encounter_id=ENCOUNTER_ID,
        claim_id=CLAIM_ID if turn == "P" else uuid5(CLAIM_ID, turn),
        payer_id="SAMPLE01",
        turn=turn,
        patient_control_number="PCN1",
        versions=versions or (version(),),
        facts=tuple(facts),
        payments=tuple(payments),
        ledger_id=CLAIM_ID,
    )


def fact(event_type: str, claim_version: int | None = 1, day: int = 2, **data: object) -> Fact:
    """One event of the claim in August 2026."""
    at = datetime(2026, 8, day, 9, tzinfo=UTC)
    encounter_version = int(str(data.pop("encounter_version", 1)))
    named = None if event_type.startswith("Encounter") else CLAIM_ID
    return Fact(event_type, encounter_version, named, claim_version, at, data)


def line(
    position: int, charge: int, *adjustments: tuple[str, str, int], remarks: tuple[str, ...] = ()
) -> AdjudicatedLine:
    """An SVC that balances: what is not adjusted is paid."""
    return AdjudicatedLine(
        position=position,
        control_number=f"L{position}",
        procedure_code=CODES[(position - 1) % len(CODES)],
        modifiers=(),
        units="1",
        charge_cents=charge,
        paid_cents=charge - sum(cents for _, _, cents in adjustments),
        adjustments=tuple(Adjustment(*item) for item in adjustments),
        remark_codes=remarks,
    )


def adjudication(
    *lines: AdjudicatedLine,
    at_claim: Sequence[tuple[str, str, int]] = (),
    status_code: str = "1",
    payer_number: str = "ICN1",
    frequency_code: str = "",
) -> Adjudication:
    """A CLP that balances over its lines and claim-level adjustments."""
    return Adjudication(
        patient_control_number="PCN1",
        status_code=status_code,
        charge_cents=sum(item.charge_cents for item in lines),
        paid_cents=sum(item.paid_cents for item in lines) - sum(cents for _, _, cents in at_claim),
        payer_claim_control_number=payer_number,
        frequency_code=frequency_code,
        adjustments=tuple(Adjustment(*item) for item in at_claim),
        lines=lines,
    )


def payment(decided: Adjudication, name: str = "one", *, paid_on: date = PAID_ON, number: int = 1) -> Payment:
    """A payment that waits to be posted."""
    remittance_id = derive_id("remittance", name)
    return Payment(
        payment_id=derive_id("payment", name, number),
        remittance_id=remittance_id,
        number=number,
        payer_id="SAMPLE01",
        paid_on=paid_on,
        adjudication=decided,
        key=f"{name}|{number}",
        claim_id=CLAIM_ID,
    )


def opened(subject: Claim) -> Balances:
    """The balances after the charge was brought on the ledger."""
    newest = subject.newest
    wanted = {item.line_number: item.charge_cents for item in newest.lines if item.charge_cents} if newest else {}
    return Balances().after(open_charges(subject, CLAIM_ID, wanted))


def target(subject: Claim, balances: Balances, turn: str = "P", next_turn: str | None = None) -> Target:
    """Where a payment of this claim goes."""
    newest = subject.newest
    return Target(subject, CLAIM_ID, turn, next_turn, newest.lines if newest else (), balances)
