"""Writes the HL tree around claims."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from x12.claim_837.models import (
    MAX_CLAIMS_PER_PATIENT,
    NO_DETAILS,
    BillingProvider,
    InContext,
    Patient,
    PatientDetails,
    Payer,
    Receiver,
    Submitter,
    Subscriber,
)
from x12.parties import PERSON, Name
from x12.segments import SegmentWriter
from x12.writing import (
    HierarchyWriter,
    write_address,
    write_contact,
    write_name,
    write_references,
)

SELF = "18"

C = TypeVar("C", bound=InContext)
C_co = TypeVar("C_co", bound=InContext, covariant=True)


class ClaimSet(Protocol[C_co]):
    """A claim transaction set of either kind, as far as the tree needs it."""

    @property
    def reference(self) -> str:
        """BHT03."""
        ...

    @property
    def created(self) -> datetime:
        """BHT04 and BHT05."""
        ...

    @property
    def submitter(self) -> Submitter:
        """Loop 1000A."""
        ...

    @property
    def receiver(self) -> Receiver:
        """Loop 1000B."""
        ...

    @property
    def claims(self) -> tuple[C_co, ...]:
        """Loops 2300, in file order."""
        ...

    @property
    def transaction_type(self) -> str:
        """BHT06."""
        ...

    @property
    def purpose_code(self) -> str:
        """BHT02."""
        ...


def in_hierarchy_order(claims: Iterable[C]) -> list[C]:
    """The same claims, so that those of one billing provider, subscriber and patient are neighbours.

    Providers, subscribers and patients come in the order of their first claim, and so do the claims of each.
    """
    ranks: dict[object, int] = {}

    def rank(*key: object) -> int:
        return ranks.setdefault(key, len(ranks))

    def place(claim: C) -> tuple[int, int, int]:
        provider = rank(claim.billing_provider)
        subscriber = rank(claim.billing_provider, claim.subscriber, claim.payer, claim.patient is None)
        return provider, subscriber, rank(subscriber, claim.patient)

    return sorted(claims, key=place)


class Tree(Generic[C]):
    """Writes one transaction set with its hierarchical levels; ``write_claim`` writes loop 2300."""

    def __init__(self, writer: SegmentWriter, write_claim: Callable[[SegmentWriter, C], None]) -> None:
        self._writer = writer
        self._write_claim = write_claim
        self._levels = HierarchyWriter(writer)
        self._payer_written: Payer | None = None
        self._payer_segments: list[str] = []

    def segments(self, transaction_set: ClaimSet[C]) -> list[str]:
        """BHT, submitter, receiver and the tree of providers, subscribers and patients."""
        self._writer.segments = []
        _header(self._writer, transaction_set)
        for claims in _runs(transaction_set.claims, _same_provider):
            self._provider(claims)
        return self._writer.segments

    def _provider(self, claims: list[C]) -> None:
        level = self._levels.open(None, "20", "1")
        _billing_provider(self._writer, claims[0].billing_provider)
        for of_subscriber in _runs(claims, _same_subscriber):
            if len(of_subscriber) <= MAX_CLAIMS_PER_PATIENT or of_subscriber[0].patient is not None:
                self._subscriber(of_subscriber, level)
                continue
            for part in _runs(of_subscriber, _same_subscriber, MAX_CLAIMS_PER_PATIENT):
                self._subscriber(part, level)

    def _subscriber(self, claims: list[C], parent: int) -> None:
        first = claims[0]
        dependent = first.patient is not None
        level = self._levels.open(parent, "22", "1" if dependent else "0")
        _subscriber(self._writer, first.subscriber, dependent=dependent)
        self._payer(first.payer)
        if not dependent:
            for claim in claims:
                self._write_claim(self._writer, claim)
            return
        for of_patient in _runs(claims, _same_patient, MAX_CLAIMS_PER_PATIENT):
            self._patient(of_patient, level)

    def _payer(self, payer: Payer) -> None:
        """Loop 2010BB; the same payer again is the same segments again."""
        segments = self._writer.segments
        if payer is not self._payer_written:
            start = len(segments)
            _payer(self._writer, payer)
            self._payer_written, self._payer_segments = payer, segments[start:]
        else:
            segments += self._payer_segments

    def _patient(self, claims: list[C], parent: int) -> None:
        patient = claims[0].patient
        if patient is None:
            return
        self._levels.open(parent, "23", "0")
        _patient(self._writer, patient)
        for claim in claims:
            self._write_claim(self._writer, claim)


def _same_provider(one: InContext, other: InContext) -> bool:
    return one.billing_provider is other.billing_provider or one.billing_provider == other.billing_provider


def _same_subscriber(one: InContext, other: InContext) -> bool:
    if (one.patient is None) != (other.patient is None):
        return False
    if one.subscriber.member_id != other.subscriber.member_id:
        return False
    return (one.subscriber is other.subscriber and one.payer is other.payer) or (
        one.subscriber == other.subscriber and one.payer == other.payer
    )


def _same_patient(one: InContext, other: InContext) -> bool:
    return one.patient is other.patient or one.patient == other.patient


def _runs(claims: Iterable[C], same: Callable[[C, C], bool], limit: int = 0) -> Iterator[list[C]]:
    """Neighbours that belong together, up to ``limit`` of them (0: any number)."""
    run: list[C] = []
    for claim in claims:
        if run and (not same(run[0], claim) or len(run) == limit):
            yield run
            run = []
        run.append(claim)
    if run:
        yield run


def _header(writer: SegmentWriter, each: ClaimSet[C]) -> None:
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


_PLAIN_SUBSCRIBER = "SBR*?*18*?*?*?****?\nNM1*IL*1*?*?*?**?*?*?\nN3*?\nN4*?*?*?\nDMG*D8*?*?"


def _plain_subscriber(writer: SegmentWriter, subscriber: Subscriber) -> bool:
    """A patient with an address in the country and nothing unusual; False if it cannot be written so."""
    address, name = subscriber.address, subscriber.name
    if address is None or address.line_2 or address.country_code or address.country_subdivision_code:
        return False
    if name.entity_type != PERSON or subscriber.birth_date is None or len(address.line_1) > 55:
        return False
    if len(name.last) > 60 or len(subscriber.group_name) > 60 or len(name.first) > 30 or len(address.city) > 30:
        return False
    values = (
        subscriber.payer_responsibility,
        subscriber.group_number,
        subscriber.group_name,
        subscriber.insurance_type_code,
        subscriber.claim_filing_indicator,
        name.last,
        name.first,
        name.middle,
        name.suffix,
        subscriber.id_qualifier,
        subscriber.member_id,
        address.line_1,
        address.city,
        address.state,
        address.postal_code,
        writer.code(subscriber.birth_date),
        subscriber.sex,
    )
    return len(name.middle) <= 25 and len(name.suffix) <= 10 and writer.fill(_PLAIN_SUBSCRIBER, values)


def _subscriber(writer: SegmentWriter, subscriber: Subscriber, *, dependent: bool) -> None:
    details = subscriber.details
    is_plain = not dependent and (details is NO_DETAILS or details == NO_DETAILS)
    if not (is_plain and not subscriber.social_security_number and _plain_subscriber(writer, subscriber)):
        _any_subscriber(writer, subscriber, dependent=dependent)


def _any_subscriber(writer: SegmentWriter, subscriber: Subscriber, *, dependent: bool) -> None:
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
