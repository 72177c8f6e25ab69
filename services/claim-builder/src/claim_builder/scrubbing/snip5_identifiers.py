"""SNIP 5, code sets: identifiers with a form of their own: NPI, EIN, taxonomy, ZIP, state, telephone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from x12 import identifiers as ids

from claim_builder.scrubbing.edit import EditTable, Place, Snip, Subject
from claim_builder.scrubbing.zip_codes import STATES_OF

EDITS = EditTable(Snip.CODE_SET)

_REACHED: Final = ("billing_provider", "service_facility")
"""Whose telephone number goes into the claim, besides that of who ordered."""
_PROVINCE: Final = re.compile("[A-Z]{2}")
_MAMMOGRAPHY: Final = re.compile("[0-9]{6}")


@EDITS.error(
    "npi.format",
    "An NPI is not ten digits beginning with 1 or 2.",
    do="Take the NPI from the NPPES registry.",
    source="45 CFR 162.406",
)
def npi_format(subject: Subject) -> Iterator[Place]:
    for path, loop, provider in subject.providers:
        if provider.npi and not ids.has_npi_form(provider.npi):
            yield Place(f"{path}/npi", loop, "NM109")


@EDITS.error(
    "npi.check-digit",
    "An NPI's check digit is wrong: it is mistyped.",
    do="Take the NPI from the NPPES registry.",
    source="45 CFR 162.406: Luhn with prefix 80840",
)
def npi_check_digit(subject: Subject) -> Iterator[Place]:
    for path, loop, provider in subject.providers:
        if provider.npi and ids.has_npi_form(provider.npi) and not ids.is_npi(provider.npi):
            yield Place(f"{path}/npi", loop, "NM109")


@EDITS.error(
    "provider.upin",
    "A UPIN is not a letter and five digits, or three letters and three digits.",
    do="Leave it out, unless the payer still asks for it; the NPI has taken its place.",
    source="005010X222A1 REF*1G of provider loops; claim edit lists (UPIN format)",
)
def upin(subject: Subject) -> Iterator[Place]:
    for path, loop, provider in subject.providers:
        for at, number in enumerate(provider.secondary_ids):
            if number.qualifier == "1G" and not ids.is_upin(number.value):
                yield Place(f"{path}/secondary_ids/{at}/value", loop, "REF*1G")


@EDITS.error(
    "tax-id.format",
    "A tax identification number is not nine digits.",
    do="Correct EIN or SSN.",
    source="005010X222A1 loop 2010AA REF*EI, REF*SY",
)
def tax_id_format(subject: Subject) -> Iterator[Place]:
    tax_id = subject.claim.billing_provider.tax_id
    if tax_id and not ids.is_nine_digits(tax_id):
        yield Place("billing_provider/tax_id", "2010AA", "REF02")


@EDITS.error(
    "tax-id.invalid",
    "A tax identification number is one that is never given out.",
    do="Correct EIN or SSN.",
    source="IRS and SSA: an EIN without prefix 00; an SSN or ITIN with parts that are given out",
    version=2,
)
def tax_id_invalid(subject: Subject) -> Iterator[Place]:
    provider = subject.claim.billing_provider
    tax_id = provider.tax_id
    if tax_id is None or not ids.is_nine_digits(tax_id):
        return
    is_given = ids.is_social_security_number if provider.tax_id_type == "SY" else ids.is_employer_number
    if not is_given(tax_id):
        yield Place("billing_provider/tax_id", "2010AA", "REF02")


@EDITS.error(
    "taxonomy.format",
    "A taxonomy code is not ten characters that begin with a grouping in use and end in X.",
    do="Take the code from the NUCC provider taxonomy.",
    source="NUCC Health Care Provider Taxonomy; PRV03 of loops 2000A, 2310B",
    version=2,
)
def taxonomy_format(subject: Subject) -> Iterator[Place]:
    for path, loop, provider in subject.providers:
        if provider.taxonomy_code and not ids.is_taxonomy(provider.taxonomy_code):
            yield Place(f"{path}/taxonomy_code", loop, "PRV03")


@EDITS.error(
    "address.zip",
    "A US postal code is not five or nine digits.",
    do="Correct the ZIP code.",
    source="005010X222A1 N403",
)
def zip_code(subject: Subject) -> Iterator[Place]:
    for path, loop, address in subject.addresses:
        if address.country == "US" and not ids.is_zip(address.postal_code):
            yield Place(f"{path}/postal_code", loop, "N403")


@EDITS.error(
    "address.zip4",
    "The billing provider's or the service facility's ZIP code lacks its last four digits.",
    do="Complete the ZIP+4 from the postal service.",
    source="005010X222A1 N403 of loops 2010AA and 2310C: nine digits",
)
def zip_plus_four(subject: Subject) -> Iterator[Place]:
    for path, loop, provider in subject.providers:
        address = provider.address if path.endswith(("billing_provider", "service_facility")) else None
        if address and address.country == "US" and len(address.postal_code) == 5:
            yield Place(f"{path}/address/postal_code", loop, "N403")


@EDITS.error(
    "address.state",
    "An address in the United States has no valid state.",
    do="Use the two-letter abbreviation.",
    source="005010X222A1 N402",
)
def state(subject: Subject) -> Iterator[Place]:
    for path, loop, address in subject.addresses:
        if address.country == "US" and address.state not in ids.STATES:
            yield Place(f"{path}/state", loop, "N402")


@EDITS.warning(
    "address.zip-state",
    "A ZIP code does not lie in the state of its address.",
    do="Correct ZIP code or state.",
    source="USPS, three-digit ZIP code prefixes of each state; N402, N403",
)
def zip_state(subject: Subject) -> Iterator[Place]:
    for path, loop, address in subject.addresses:
        states = STATES_OF.get(address.postal_code[:3]) if address.country == "US" else None
        if states and address.state in ids.STATES and address.state not in states:
            yield Place(f"{path}/postal_code", loop, "N403")


@EDITS.error(
    "address.country",
    "A country is not a two-letter code.",
    do="Use the ISO 3166 code, such as US, CA or MX.",
    source="005010X222A1 N404",
)
def country(subject: Subject) -> Iterator[Place]:
    for path, loop, address in subject.addresses:
        if address.country not in ids.COUNTRIES:
            yield Place(f"{path}/country", loop, "N404")


@EDITS.error(
    "address.billing-po-box",
    "The billing provider's address is a post office box.",
    do="Give the street address; a box belongs into the pay-to address.",
    source="005010X222A1 loop 2010AA N3: street address, box in 2010AB",
)
def billing_po_box(subject: Subject) -> Iterator[Place]:
    address = subject.claim.billing_provider.address
    if address and (ids.is_post_office_box(address.line1) or ids.is_post_office_box(address.line2 or "")):
        yield Place("billing_provider/address/line1", "2010AA", "N301")


@EDITS.error(
    "phone.format",
    "A telephone number that goes into the claim is not ten digits of the North American plan.",
    do="Correct the number: area code and seven digits.",
    source="005010X222A1 PER04 of loops 2010AA, 2310C and 2420E; of the patient where a casualty payer is asked",
    version=2,
)
def phone(subject: Subject) -> Iterator[Place]:
    for path, loop, provider in subject.providers:
        is_written = path in _REACHED or path.endswith("ordering_provider")
        if is_written and provider.phone and not ids.is_phone(provider.phone):
            yield Place(f"{path}/phone", loop, "PER04")
    number = subject.claim.patient.phone
    if number and subject.claim.patient_details.property_casualty_claim_number and not ids.is_phone(number):
        yield Place("patient/phone", "2010BA", "PER04")


@EDITS.error(
    "accident.state",
    "The state of the accident is not a two-letter abbreviation.",
    do="Use the postal abbreviation of state or province.",
    source="005010X222A1 loop 2300 CLM11-4: the state, or the province of the country in CLM11-5",
    version=2,
    only="related_causes",
)
def accident_state(subject: Subject) -> Iterator[Place]:
    causes = subject.claim.related_causes
    value, country = causes.accident_state, causes.accident_country or "US"
    known = {"US": ids.STATES, "CA": ids.PROVINCES}.get(country)
    if value and (value not in known if known is not None else not _PROVINCE.fullmatch(value)):
        yield Place("related_causes/accident_state", "2300", "CLM11-4")


@EDITS.warning(
    "mammography.certification-format",
    "A mammography certification number is not six digits.",
    do="Take the number from the facility's certificate.",
    source="FDA, Mammography Quality Standards Act: facility number; REF*EW of loops 2300 and 2400",
    only="mammography_certification_number",
)
def mammography_format(subject: Subject) -> Iterator[Place]:
    for path, loop, holder in subject.parts:
        number = holder.mammography_certification_number
        if number and not _MAMMOGRAPHY.fullmatch(number):
            yield Place(f"{path}mammography_certification_number", loop, "REF*EW")


@EDITS.error(
    "clia.format",
    "A CLIA number is not ten characters with D in the third place.",
    do="Take it from the laboratory's certificate.",
    source="005010X222A1 REF*X4 of loops 2300 and 2400, REF*F4 of loop 2400; CLIA number format",
    version=2,
    only=("clia_number", "referring_clia_number"),
)
def clia_format(subject: Subject) -> Iterator[Place]:
    number = subject.claim.clia_number
    if number and not ids.is_clia(number):
        yield Place("clia_number", "2300", "REF*X4")
    for path, line in subject.lines:
        for name, element in (("clia_number", "REF*X4"), ("referring_clia_number", "REF*F4")):
            number = getattr(line, name)
            if number and not ids.is_clia(number):
                yield Place(f"{path}/{name}", "2400", element)
