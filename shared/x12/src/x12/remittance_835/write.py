"""Writes 835 transaction sets, loop by loop in the guide's order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from x12.envelope import Envelope
from x12.remittance_835.models import (
    FUNCTIONAL_ID,
    VERSION,
    BankAccount,
    ClaimGroup,
    ClaimPayment,
    Party,
    Payee,
    Payer,
    Payment,
    ProviderAdjustment,
    Remittance,
    ServicePayment,
)
from x12.segments import Element, SegmentWriter
from x12.writing import (
    interchange,
    procedure,
    write_address,
    write_adjustments,
    write_amount,
    write_contact,
    write_inpatient,
    write_name,
    write_outpatient,
    write_references,
)

PAIRS_PER_PLB = 6


def write(envelope: Envelope, remittances: Sequence[Remittance]) -> bytes:
    """One interchange with these remittances. Raises `x12.findings.WriteError` for data that X12 cannot carry.

    Nothing is balanced or corrected here; see `x12.remittance_835.balance`.
    """
    writer = SegmentWriter(envelope.delimiters)
    sets = [("835", remittance.control_number, _segments(writer, remittance)) for remittance in remittances]
    return interchange(envelope, FUNCTIONAL_ID, VERSION, sets, version_in_st=False)


def _segments(writer: SegmentWriter, remittance: Remittance) -> list[str]:
    writer.segments = []
    _payment(writer, remittance.payment)
    if remittance.currency_code:
        writer.add("CUR", "PR", remittance.currency_code)
    _reference(writer, "EV", remittance.receiver_id)
    _reference(writer, "F2", remittance.version_id)
    _date(writer, "405", remittance.production_date)
    _payer(writer, remittance.payer)
    _payee(writer, remittance.payee)
    for group in remittance.claim_groups:
        _claim_group(writer, group)
    for adjustments in _plb_runs(remittance.provider_adjustments):
        _provider_adjustments(writer, adjustments)
    return writer.segments


def _reference(writer: SegmentWriter, qualifier: str, value: str) -> None:
    if value:
        writer.add("REF", qualifier, value)


def _date(writer: SegmentWriter, qualifier: str, value: Element) -> None:
    if value is not None:
        writer.add("DTM", qualifier, value)


def _account(account: BankAccount) -> tuple[str, str, str, str]:
    return (account.bank_id_qualifier, account.bank_id, account.account_qualifier, account.account_number)


def _payment(writer: SegmentWriter, payment: Payment) -> None:
    writer.add(
        "BPR",
        payment.handling_code,
        writer.money(payment.amount_cents),
        payment.credit_debit,
        payment.method_code,
        payment.format_code,
        *_account(payment.sender),
        payment.company_id,
        payment.company_supplemental_code,
        *_account(payment.receiver),
        payment.effective_date,
    )
    writer.add("TRN", "1", payment.trace_number, payment.originator_id, payment.trace_supplemental_code)


def _payer(writer: SegmentWriter, payer: Payer) -> None:
    writer.add("N1", "PR", payer.name, "XV" if payer.id else None, payer.id)
    write_address(writer, payer.address)
    write_references(writer, payer.secondary_ids)
    for contact in payer.contacts:
        write_contact(writer, contact)


def _payee(writer: SegmentWriter, payee: Payee) -> None:
    writer.add("N1", "PE", payee.name, payee.id_qualifier, payee.id)
    write_address(writer, payee.address)
    write_references(writer, payee.secondary_ids)


def _claim_group(writer: SegmentWriter, group: ClaimGroup) -> None:
    writer.add("LX", group.number)
    if group.summary.ts3:
        writer.add("TS3", *group.summary.ts3)
    if group.summary.ts2:
        writer.add("TS2", *group.summary.ts2)
    for claim in group.claims:
        _claim(writer, claim)


def _claim(writer: SegmentWriter, claim: ClaimPayment) -> None:
    money = writer.money
    writer.add(
        "CLP",
        claim.patient_control_number,
        claim.status_code,
        money(claim.charge_cents),
        money(claim.paid_cents),
        money(claim.patient_responsibility_cents),
        claim.claim_filing_indicator,
        claim.payer_claim_control_number,
        claim.place_of_service_code,
        claim.frequency_code,
        None,
        claim.drg_code,
        claim.drg_weight,
        claim.discharge_fraction,
    )
    write_adjustments(writer, claim.adjustments)
    _parties(writer, claim)
    write_inpatient(writer, claim.inpatient)
    write_outpatient(writer, claim.outpatient)
    write_references(writer, claim.references)
    _date(writer, "232", claim.statement_from)
    _date(writer, "233", claim.statement_to)
    _date(writer, "036", claim.coverage_expiration)
    _date(writer, "050", claim.received)
    for contact in claim.contacts:
        write_contact(writer, contact)
    for amount in claim.amounts:
        write_amount(writer, amount.qualifier, amount.amount_cents)
    for quantity in claim.quantities:
        writer.add("QTY", quantity.qualifier, quantity.quantity)
    for service in claim.service_payments:
        _service(writer, service)


def _parties(writer: SegmentWriter, claim: ClaimPayment) -> None:
    _party(writer, "QC", claim.patient)
    _party(writer, "IL", claim.subscriber)
    _party(writer, "74", claim.corrected_insured)
    _party(writer, "82", claim.service_provider)
    _party(writer, "TT", claim.crossover_carrier)
    _party(writer, "PR", claim.corrected_priority_payer)
    _party(writer, "GB", claim.other_subscriber)


def _party(writer: SegmentWriter, entity: str, party: Party | None) -> None:
    if party is not None:
        write_name(writer, entity, party.name, party.id_qualifier, party.id)


def _service(writer: SegmentWriter, service: ServicePayment) -> None:
    money = writer.money
    submitted = service.submitted_procedure
    writer.add(
        "SVC",
        procedure(writer, service.procedure),
        money(service.charge_cents),
        money(service.paid_cents),
        service.revenue_code,
        service.units,
        procedure(writer, submitted) if submitted else None,
        service.original_units,
    )
    if service.service_date_end is None:
        _date(writer, "472", service.service_date)
    else:
        _date(writer, "150", service.service_date)
        _date(writer, "151", service.service_date_end)
    write_adjustments(writer, service.adjustments)
    _service_details(writer, service)


def _service_details(writer: SegmentWriter, service: ServicePayment) -> None:
    _reference(writer, "6R", service.line_item_control_number)
    write_references(writer, service.references)
    write_amount(writer, "B6", service.allowed_cents)
    for amount in service.amounts:
        write_amount(writer, amount.qualifier, amount.amount_cents)
    for quantity in service.quantities:
        writer.add("QTY", quantity.qualifier, quantity.quantity)
    for remark in service.remark_codes:
        writer.add("LQ", remark.qualifier, remark.code)


def _plb_runs(adjustments: Iterable[ProviderAdjustment]) -> Iterator[list[ProviderAdjustment]]:
    for _, group in groupby(adjustments, key=lambda each: (each.provider_id, each.fiscal_period_end)):
        run = list(group)
        for start in range(0, len(run), PAIRS_PER_PLB):
            yield run[start : start + PAIRS_PER_PLB]


def _provider_adjustments(writer: SegmentWriter, run: list[ProviderAdjustment]) -> None:
    pairs = [
        part
        for adjustment in run
        for part in ((adjustment.reason_code, adjustment.reference), writer.money(adjustment.amount_cents))
    ]
    writer.add("PLB", run[0].provider_id, run[0].fiscal_period_end, *pairs)
