"""The 835: one per payer, payee and payment cycle, balanced on line, claim and transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from x12 import remittance_835
from x12.amounts import cents, cents_text
from x12.envelope import Envelope
from x12.parties import Address, CommunicationNumber, Contact, Name, OutpatientAdjudication, Procedure, Reference
from x12.parties import Adjustment as X12Adjustment
from x12.remittance_835 import models

from sandbox.payer.domain import Adjustment, ClaimPayment, LineDecision, Person, ProviderAdjustment

_PAYER_ADDRESS: Final = Address("1 REMITTANCE PLAZA", "HARTFORD", "CT", "061031234")
_PAYER_PHONE: Final = "8005550100"
_ORIGINATOR_ID: Final = "1362739571"
_PAYER_BANK: Final = models.BankAccount("01", "021000021", "DA", "362739571")
_PAYEE_BANK: Final = models.BankAccount("01", "026009593", "DA", "700045618")
_FILING_INDICATORS: Final = {"CI": "15", "BL": "12", "": "15", "FI": "ZZ", "11": "ZZ", "ZZ": "ZZ"}
"""SBR09 values that CLP06 does not know, with what it says instead."""


@dataclass(frozen=True, slots=True)
class Parties:
    """Who pays whom, and the envelope of the claim file that a remittance answers."""

    payer_id: str
    payer_name: str
    payee_npi: str
    payee_name: str
    payee_tax_id: str
    sender_qualifier: str
    sender_id: str
    receiver_qualifier: str
    receiver_id: str
    usage_indicator: str

    def envelope(self, created: datetime, control_number: int) -> Envelope:
        """From the payer's gateway to the provider."""
        return Envelope(
            sender_qualifier=self.sender_qualifier,
            sender_id=self.sender_id,
            receiver_qualifier=self.receiver_qualifier,
            receiver_id=self.receiver_id,
            created=created,
            interchange_control_number=control_number,
            group_control_number=control_number,
            usage_indicator=self.usage_indicator,
        )


@dataclass(frozen=True, slots=True)
class Advice:
    """The contents of one 835: Σ paid − Σ provider adjustments = what is paid, never negative."""

    payments: tuple[ClaimPayment, ...]
    provider_adjustments: tuple[ProviderAdjustment, ...]

    @property
    def amount_cents(self) -> int:
        """BPR02."""
        paid = sum(payment.paid_cents for payment in self.payments)
        return paid - sum(adjustment.cents for adjustment in self.provider_adjustments)


def write_835(
    parties: Parties, advice: Advice, trace_number: str, control_number: int, now: datetime, today: date
) -> bytes:
    """The bytes of an 835. `today` is the payer's business date (BPR16, DTM*405)."""
    remittance = models.Remittance(
        control_number="0001",
        payment=_payment(advice.amount_cents, trace_number, today),
        payer=_payer(parties),
        payee=_payee(parties),
        claim_groups=_claim_groups(advice.payments, today),
        provider_adjustments=tuple(_provider_adjustment(parties, a, today) for a in advice.provider_adjustments),
        receiver_id=parties.receiver_id,
        production_date=today,
    )
    return remittance_835.write(parties.envelope(now, control_number), (remittance,))


def unbalance(data: bytes) -> bytes:
    """The same 835 with one cent more paid on its first service line: SVC02 − Σ CAS ≠ SVC03."""
    segments = data.split(b"~")
    index = next(n for n, segment in enumerate(segments) if segment.lstrip().startswith(b"SVC*"))
    elements = segments[index].split(b"*")
    paid_cents = cents(elements[3].decode()) or 0
    elements[3] = cents_text(paid_cents + 1).encode()
    segments[index] = b"*".join(elements)
    return b"~".join(segments)


def _payment(amount_cents: int, trace_number: str, today: date) -> models.Payment:
    if not amount_cents:
        return models.Payment(0, "NON", today, trace_number, _ORIGINATOR_ID, handling_code="H")
    return models.Payment(
        amount_cents=amount_cents,
        method_code="ACH",
        effective_date=today,
        trace_number=trace_number,
        originator_id=_ORIGINATOR_ID,
        format_code="CCP",
        sender=_PAYER_BANK,
        company_id=_ORIGINATOR_ID,
        receiver=_PAYEE_BANK,
    )


def _payer(parties: Parties) -> models.Payer:
    contact = Contact("PROVIDER SERVICES", (CommunicationNumber("TE", _PAYER_PHONE),), function_code="BL")
    return models.Payer(
        parties.payer_name, _PAYER_ADDRESS, (contact,), secondary_ids=(Reference("2U", parties.payer_id),)
    )


def _payee(parties: Parties) -> models.Payee:
    tax = (Reference("TJ", parties.payee_tax_id),) if parties.payee_tax_id else ()
    return models.Payee(parties.payee_name, parties.payee_npi, secondary_ids=tax)


def _claim_groups(payments: Sequence[ClaimPayment], today: date) -> tuple[models.ClaimGroup, ...]:
    claims = tuple(_claim(payment, today) for payment in payments)
    return (models.ClaimGroup("1", claims),) if claims else ()


def _claim(payment: ClaimPayment, today: date) -> models.ClaimPayment:
    reversal = payment.status == "22"
    allowed = sum(line.allowed_cents for line in payment.lines)
    dates = [line.date_of_service for line in payment.lines]
    return models.ClaimPayment(
        patient_control_number=payment.patient_control_number,
        status_code=payment.status,
        charge_cents=payment.charge_cents,
        paid_cents=payment.paid_cents,
        claim_filing_indicator=_FILING_INDICATORS.get(payment.filing_indicator, payment.filing_indicator),
        payer_claim_control_number=payment.payer_claim_control_number,
        patient=_party(payment.patient, payment.member_id),
        patient_responsibility_cents=payment.patient_cents or None,
        place_of_service_code=payment.place_of_service,
        frequency_code=payment.frequency_code,
        subscriber=None if payment.patient_is_subscriber else _party(payment.subscriber, payment.member_id),
        service_provider=_rendering(payment.rendering_npi),
        crossover_carrier=_crossover(payment),
        outpatient=OutpatientAdjudication(remark_codes=payment.remarks) if payment.remarks else None,
        statement_from=min(dates),
        statement_to=max(dates),
        received=today,
        amounts=(models.Amount("AU", allowed),) if allowed > 0 and not reversal else (),
        service_payments=tuple(_service(line, reversal) for line in payment.lines),
    )


def _party(person: Person, member_id: str) -> models.Party:
    return models.Party(Name.person(person.last_name, person.first_name, person.middle_name), "MI", member_id)


def _rendering(npi: str) -> models.Party | None:
    return models.Party(Name(entity_type="1"), "XX", npi) if npi else None


def _crossover(payment: ClaimPayment) -> models.Party | None:
    forwarded = payment.status in ("19", "20", "21")
    return models.Party(Name.organization("SUPPLEMENTAL PLAN OF THE SANDBOX"), "PI", "SUPP1") if forwarded else None


def _service(line: LineDecision, reversal: bool) -> models.ServicePayment:
    return models.ServicePayment(
        procedure=Procedure(line.code, line.modifiers, line.qualifier),
        charge_cents=line.charge_cents,
        paid_cents=line.paid_cents,
        units=line.units,
        service_date=line.date_of_service,
        adjustments=tuple(X12Adjustment(a.group, a.reason, a.cents) for a in _grouped(line)),
        line_item_control_number=line.control_number or str(line.number),
        allowed_cents=line.allowed_cents if line.allowed_cents and not reversal else None,
        remark_codes=tuple(models.RemarkCode(remark) for remark in line.remarks),
    )


def _grouped(line: LineDecision) -> list[Adjustment]:
    return sorted(line.adjustments, key=lambda a: a.group)  # one CAS per group


def _provider_adjustment(parties: Parties, a: ProviderAdjustment, today: date) -> models.ProviderAdjustment:
    year_end = date(today.year, 12, 31)
    return models.ProviderAdjustment(parties.payee_npi, year_end, a.reason, a.cents, a.reference)
