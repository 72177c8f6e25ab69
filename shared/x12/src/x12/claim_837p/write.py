"""Writes 837P transaction sets: the HL tree here, claims in `write_claim`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from x12.claim_837p.models import (
    FUNCTIONAL_ID,
    MAX_CLAIMS_PER_PATIENT,
    VERSION,
    BillingProvider,
    Claim,
    ClaimTransactionSet,
    Patient,
    PatientDetails,
    Payer,
    Subscriber,
)
from x12.claim_837p.write_claim import write_claim
from x12.envelope import Envelope
from x12.parties import Name
from x12.segments import SegmentWriter
from x12.writing import interchange, write_address, write_contact, write_name, write_references

SELF = "18"


def write(envelope: Envelope, transaction_sets: Sequence[ClaimTransactionSet]) -> bytes:
    """One interchange with these transaction sets. Raises `x12.findings.WriteError` for what X12 cannot carry.

    Claims keep their order. Neighbours with equal billing provider share a 2000A, with equal subscriber and payer
    a 2000B, with equal patient a 2000C, up to 100 claims each; `in_hierarchy_order` puts such claims together.
    """
    writer = SegmentWriter(envelope.delimiters)
    sets = [("837", each.control_number, _Tree(writer).segments(each)) for each in transaction_sets]
    return interchange(envelope, FUNCTIONAL_ID, VERSION, sets)


def claims_by_transaction_set(transaction_sets: Iterable[ClaimTransactionSet]) -> Mapping[str, str]:
    """Patient control number -> ST02 of the transaction set that carries the claim."""
    return {claim.patient_control_number: each.control_number for each in transaction_sets for claim in each.claims}


def in_hierarchy_order(claims: Iterable[Claim]) -> list[Claim]:
    """The same claims, so that those of one billing provider, subscriber and patient are neighbours.

    Providers, subscribers and patients come in the order of their first claim, and so do the claims of each.
    """
    ranks: dict[object, int] = {}

    def rank(*key: object) -> int:
        return ranks.setdefault(key, len(ranks))

    def place(claim: Claim) -> tuple[int, int, int]:
        provider = rank(claim.billing_provider)
        subscriber = rank(claim.billing_provider, claim.subscriber, claim.payer, claim.patient is None)
        return provider, subscriber, rank(subscriber, claim.patient)

    return sorted(claims, key=place)


class _Tree:
    """Writes one transaction set and counts its hierarchical levels."""

    def __init__(self, writer: SegmentWriter) -> None:
        self._writer = writer
        self._level = 0

    def segments(self, transaction_set: ClaimTransactionSet) -> list[str]:
        """BHT, submitter, receiver and the tree of providers, subscribers and patients."""
        self._writer.segments = []
        _header(self._writer, transaction_set)
        for claims in _runs(transaction_set.claims, _same_provider):
            self._provider(claims)
        return self._writer.segments

    def _open(self, parent: int | None, code: str, child: str) -> int:
        self._level += 1
        self._writer.add("HL", self._level, parent, code, child)
        return self._level

    def _provider(self, claims: list[Claim]) -> None:
        level = self._open(None, "20", "1")
        _billing_provider(self._writer, claims[0].billing_provider)
        for of_subscriber in _runs(claims, _same_subscriber):
            limit = MAX_CLAIMS_PER_PATIENT if of_subscriber[0].patient is None else 0
            for part in _runs(of_subscriber, _same_subscriber, limit):
                self._subscriber(part, level)

    def _subscriber(self, claims: list[Claim], parent: int) -> None:
        first = claims[0]
        dependent = first.patient is not None
        level = self._open(parent, "22", "1" if dependent else "0")
        _subscriber(self._writer, first.subscriber, first.payer, dependent=dependent)
        if not dependent:
            for claim in claims:
                write_claim(self._writer, claim)
            return
        for of_patient in _runs(claims, _same_patient, MAX_CLAIMS_PER_PATIENT):
            self._patient(of_patient, level)

    def _patient(self, claims: list[Claim], parent: int) -> None:
        patient = claims[0].patient
        if patient is None:
            return
        self._open(parent, "23", "0")
        _patient(self._writer, patient)
        for claim in claims:
            write_claim(self._writer, claim)


_Same = Callable[[Claim, Claim], bool]


def _same_provider(one: Claim, other: Claim) -> bool:
    return one.billing_provider is other.billing_provider or one.billing_provider == other.billing_provider


def _same_subscriber(one: Claim, other: Claim) -> bool:
    if (one.patient is None) != (other.patient is None):
        return False
    return (one.subscriber is other.subscriber and one.payer is other.payer) or (
        one.subscriber == other.subscriber and one.payer == other.payer
    )


def _same_patient(one: Claim, other: Claim) -> bool:
    return one.patient is other.patient or one.patient == other.patient


def _runs(claims: Iterable[Claim], same: _Same, limit: int = 0) -> Iterator[list[Claim]]:
    """Neighbours that belong together, up to ``limit`` of them (0: any number)."""
    run: list[Claim] = []
    for claim in claims:
        if run and (not same(run[0], claim) or len(run) == limit):
            yield run
            run = []
        run.append(claim)
    if run:
        yield run


def _header(writer: SegmentWriter, each: ClaimTransactionSet) -> None:
    created = each.created
    writer.add(
        "BHT", "0019", each.purpose_code, each.reference, created.date(), created.strftime("%H%M"),
        each.transaction_type,
    )  # fmt: skip
    write_name(writer, "41", each.submitter.name, "46", each.submitter.id)
    for contact in each.submitter.contacts:
        write_contact(writer, contact)
    write_name(writer, "40", Name.organization(each.receiver.name), "46", each.receiver.id)


def _billing_provider(writer: SegmentWriter, provider: BillingProvider) -> None:
    if provider.taxonomy_code:
        writer.add("PRV", "BI", "PXC", provider.taxonomy_code)
    if provider.currency_code:
        writer.add("CUR", "85", provider.currency_code)
    write_name(writer, "85", provider.name, "XX", provider.npi)
    write_address(writer, provider.address)
    writer.add("REF", provider.tax_id_qualifier, provider.tax_id)
    write_references(writer, provider.license_ids)
    for contact in provider.contacts:
        write_contact(writer, contact)
    if provider.pay_to_address is not None:
        writer.add("NM1", "87", provider.pay_to_entity_type)
        write_address(writer, provider.pay_to_address)
    _pay_to_plan(writer, provider)


def _pay_to_plan(writer: SegmentWriter, provider: BillingProvider) -> None:
    plan = provider.pay_to_plan
    if plan is not None:
        write_name(writer, "PE", Name.organization(plan.name), plan.id_qualifier, plan.id)
        write_address(writer, plan.address)
        write_references(writer, plan.secondary_ids)
        writer.add("REF", "EI", plan.tax_id)


def _subscriber(writer: SegmentWriter, subscriber: Subscriber, payer: Payer, *, dependent: bool) -> None:
    writer.add(
        "SBR",
        subscriber.payer_responsibility,
        None if dependent else SELF,
        subscriber.group_number,
        subscriber.group_name,
        subscriber.insurance_type_code,
        None,
        None,
        None,
        subscriber.claim_filing_indicator,
    )
    _patient_details(writer, "", subscriber.details)
    write_name(writer, "IL", subscriber.name, subscriber.id_qualifier, subscriber.member_id)
    write_address(writer, subscriber.address)
    if subscriber.birth_date is not None:
        writer.add("DMG", "D8", subscriber.birth_date, subscriber.sex)
    if subscriber.social_security_number:
        writer.add("REF", "SY", subscriber.social_security_number)
    _casualty(writer, subscriber.details)
    _payer(writer, payer)


def _payer(writer: SegmentWriter, payer: Payer) -> None:
    write_name(writer, "PR", Name.organization(payer.name), payer.id_qualifier, payer.id)
    write_address(writer, payer.address)
    write_references(writer, payer.secondary_ids)
    write_references(writer, payer.billing_provider_ids)


def _patient(writer: SegmentWriter, patient: Patient) -> None:
    _patient_details(writer, patient.relationship_code, patient.details)
    write_name(writer, "QC", patient.name)
    write_address(writer, patient.address)
    writer.add("DMG", "D8", patient.birth_date, patient.sex)
    if patient.details.property_casualty_claim_number:
        writer.add("REF", "Y4", patient.details.property_casualty_claim_number)
    if patient.secondary_id is not None:
        write_references(writer, (patient.secondary_id,))
    write_contact(writer, patient.details.property_casualty_contact)


def _patient_details(writer: SegmentWriter, relationship_code: str, details: PatientDetails) -> None:
    """PAT, where it says anything."""
    death, weight = details.date_of_death, details.weight_pounds
    if not relationship_code and death is None and weight is None and not details.pregnant:
        return
    writer.add(
        "PAT",
        relationship_code,
        None,
        None,
        None,
        "D8" if death else None,
        death,
        None if weight is None else "01",
        weight,
        "Y" if details.pregnant else None,
    )


def _casualty(writer: SegmentWriter, details: PatientDetails) -> None:
    if details.property_casualty_claim_number:
        writer.add("REF", "Y4", details.property_casualty_claim_number)
    write_contact(writer, details.property_casualty_contact)
