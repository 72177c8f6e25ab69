"""Writes what both claims have inside: providers, other coverage, drugs, conditions."""

from __future__ import annotations

from collections.abc import Iterable

from x12.claim_837.details import Condition, Drug, LineReference
from x12.claim_837.models import (
    OtherCoverage,
    Provider,
    ServiceFacility,
)
from x12.claim_837.segments import OTHER_PAYER_REFERENCES
from x12.parties import Name
from x12.records import write_fields
from x12.segments import SegmentWriter
from x12.writing import (
    write_address,
    write_adjustments,
    write_amount,
    write_contact,
    write_inpatient,
    write_name,
    write_outpatient,
    write_references,
)

_SPECIALTIES = {"82": "PE", "71": "AT"}
"""Entities whose loop has a PRV, with its code (PRV01)."""


def write_provider(writer: SegmentWriter, entity: str, provider: Provider | None) -> None:
    """A provider loop, if there is one."""
    if provider is None:
        return
    write_name(writer, entity, provider.name, "XX", provider.npi)
    if provider.taxonomy_code and entity in _SPECIALTIES:
        writer.add("PRV", _SPECIALTIES[entity], "PXC", provider.taxonomy_code)
    write_address(writer, provider.address)
    write_references(writer, provider.secondary_ids)
    write_contact(writer, provider.contact)


def write_facility(writer: SegmentWriter, facility: ServiceFacility | None) -> None:
    """A service facility loop, if there is one."""
    if facility is None:
        return
    write_name(writer, "77", Name.organization(facility.name), "XX", facility.npi)
    write_address(writer, facility.address)
    write_references(writer, facility.secondary_ids)
    write_contact(writer, facility.contact)


def write_other_coverage(writer: SegmentWriter, coverage: OtherCoverage) -> None:
    """Loop 2320 with its 2330 loops."""
    writer.add(
        "SBR",
        coverage.payer_responsibility,
        coverage.relationship_code,
        coverage.group_number,
        coverage.group_name,
        coverage.insurance_type_code,
        None,
        None,
        None,
        coverage.claim_filing_indicator,
    )
    write_adjustments(writer, coverage.adjustments)
    write_amount(writer, "D", coverage.paid_cents)
    write_amount(writer, "A8", coverage.non_covered_cents)
    write_amount(writer, "EAF", coverage.remaining_patient_liability_cents)
    signature = coverage.patient_signature_source
    writer.add("OI", None, None, coverage.benefits_assignment, signature, None, coverage.release_of_information)
    write_inpatient(writer, coverage.inpatient_adjudication)
    write_outpatient(writer, coverage.outpatient_adjudication)
    _other_parties(writer, coverage)


def _other_parties(writer: SegmentWriter, coverage: OtherCoverage) -> None:
    write_name(writer, "IL", coverage.subscriber_name, coverage.member_id_qualifier, coverage.member_id)
    write_address(writer, coverage.subscriber_address)
    if coverage.subscriber_social_security_number:
        writer.add("REF", "SY", coverage.subscriber_social_security_number)
    write_name(writer, "PR", Name.organization(coverage.payer_name), coverage.payer_id_qualifier, coverage.payer_id)
    write_address(writer, coverage.payer_address)
    if coverage.adjudication_date is not None:
        writer.add("DTP", "573", "D8", coverage.adjudication_date)
    write_references(writer, coverage.payer_secondary_ids)
    write_fields(writer, coverage, OTHER_PAYER_REFERENCES)
    for provider in coverage.providers:
        writer.add("NM1", provider.entity_code, provider.entity_type)
        write_references(writer, provider.ids)


def write_payer_references(writer: SegmentWriter, qualifier: str, references: Iterable[LineReference]) -> None:
    """REF segments that may name another payer in REF04."""
    for reference in references:
        payer = ("2U", reference.payer_id) if reference.payer_id else None
        writer.add("REF", qualifier, reference.value, None, payer)


def write_drug(writer: SegmentWriter, drug: Drug | None) -> None:
    """Loop 2410, if there is a drug."""
    if drug is None:
        return
    writer.add("LIN", None, drug.qualifier, drug.ndc)
    writer.add("CTP", None, None, None, drug.quantity, (drug.unit_code,))
    if drug.prescription_number:
        writer.add("REF", drug.prescription_qualifier, drug.prescription_number)


def write_conditions(writer: SegmentWriter, conditions: Iterable[Condition]) -> None:
    """CRC segments."""
    for condition in conditions:
        writer.add("CRC", condition.category, "Y" if condition.applies else "N", *condition.codes)
