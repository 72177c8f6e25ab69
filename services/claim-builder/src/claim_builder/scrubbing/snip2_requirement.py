"""SNIP 2, requirement: what every 005010X222A1 claim must say, and how often at most."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from claim_builder.domain import MAX_DIAGNOSES, MAX_LINES, MAX_POINTERS
from claim_builder.scrubbing.edit import EditTable, Place, Snip, Subject

EDITS = EditTable(Snip.REQUIREMENT)

_MAX_ATTACHMENTS: Final = 10
_MAX_MODIFIERS: Final = 4
# NM102 of each loop: who may stand there (005010X222A1).
_ONLY_PERSONS: Final = frozenset({"referring_provider", "supervising_provider", "ordering_provider"})


def _blank(value: str | None) -> bool:
    return value is None or not value.strip()


@EDITS.error(
    "subscriber.member-id",
    "The subscriber's member id is missing.",
    do="Take it from the insurance card or an eligibility answer.",
    source="005010X222A1 loop 2010BA NM109",
)
def member_id(subject: Subject) -> Iterator[Place]:
    if _blank(subject.claim.coverage.member_id):
        yield Place("coverage/member_id", "2010BA", "NM109")


@EDITS.error(
    "subscriber.name",
    "The last name of subscriber or patient is missing.",
    do="Complete the name as the payer has it.",
    source="005010X222A1 loops 2010BA, 2010CA NM103",
)
def last_name(subject: Subject) -> Iterator[Place]:
    for path, loop, person in subject.people:
        if _blank(person.last_name):
            yield Place(f"{path}/last_name", loop, "NM103")


@EDITS.warning(
    "subscriber.first-name",
    "The first name of subscriber or patient is missing.",
    do="Complete it, unless the person has only one name.",
    source="005010X222A1 loops 2010BA, 2010CA NM104",
    version=2,
)
def first_name(subject: Subject) -> Iterator[Place]:
    for path, loop, person in subject.people:
        if _blank(person.first_name) and not person.organization:
            yield Place(f"{path}/first_name", loop, "NM104")


@EDITS.error(
    "patient.birth-date",
    "The patient's date of birth is missing.",
    do="Complete it from the registration.",
    source="005010X222A1 loops 2010BA, 2010CA DMG02",
)
def birth_date(subject: Subject) -> Iterator[Place]:
    path, loop, person = subject.people[-1]
    if person.birth_date is None:
        yield Place(f"{path}/birth_date", loop, "DMG02")


@EDITS.error(
    "patient.sex",
    "The patient's sex is missing.",
    do="Complete it as F, M or U.",
    source="005010X222A1 loops 2010BA, 2010CA DMG03",
)
def sex(subject: Subject) -> Iterator[Place]:
    path, loop, person = subject.people[-1]
    if person.sex is None:
        yield Place(f"{path}/sex", loop, "DMG03")


@EDITS.error(
    "patient.address",
    "The patient's address is missing.",
    do="Complete street, city, state and ZIP from the registration.",
    source="005010X222A1 loops 2010BA, 2010CA N3 and N4",
)
def patient_address(subject: Subject) -> Iterator[Place]:
    path, loop, person = subject.people[-1]
    if person.address is None:
        yield Place(f"{path}/address", loop, "N3")


@EDITS.error(
    "address.street",
    "An address has no street line.",
    do="Complete it.",
    source="005010X222A1 N301; claim edit lists (street address missing)",
)
def street(subject: Subject) -> Iterator[Place]:
    for path, loop, address in subject.addresses:
        if _blank(address.line1):
            yield Place(f"{path}/line1", loop, "N301")


@EDITS.error(
    "address.city",
    "An address has no city.",
    do="Complete it.",
    source="005010X222A1 N401",
)
def city(subject: Subject) -> Iterator[Place]:
    for path, loop, address in subject.addresses:
        if _blank(address.city):
            yield Place(f"{path}/city", loop, "N401")


@EDITS.error(
    "payer.id",
    "The payer's id is missing.",
    do="Take it from the payer list of your gateway.",
    source="005010X222A1 loop 2010BB NM109",
)
def payer_id(subject: Subject) -> Iterator[Place]:
    if _blank(subject.claim.coverage.payer_id):
        yield Place("coverage/payer_id", "2010BB", "NM109")


@EDITS.error(
    "payer.name",
    "The payer's name is missing.",
    do="Complete it.",
    source="005010X222A1 loop 2010BB NM103",
)
def payer_name(subject: Subject) -> Iterator[Place]:
    if _blank(subject.claim.coverage.payer_name):
        yield Place("coverage/payer_name", "2010BB", "NM103")


@EDITS.error(
    "other-coverage.incomplete",
    "Another coverage of the patient lacks member id, payer id, payer name, or its subscriber's last name.",
    do="Complete it from the insurance card, or remove the coverage.",
    source="005010X222A1 loops 2330A and 2330B NM103, NM109",
    only=("other_coverages", "prior_payments"),
)
def other_coverage(subject: Subject) -> Iterator[Place]:
    for path, other in subject.other_covers:
        if _blank(other.member_id):
            yield Place(f"{path}/member_id", "2330A", "NM109")
        if _blank(other.subscriber.last_name):
            yield Place(f"{path}/subscriber/last_name", "2330A", "NM103")
        if _blank(other.payer_id):
            yield Place(f"{path}/payer_id", "2330B", "NM109")
        if _blank(other.payer_name):
            yield Place(f"{path}/payer_name", "2330B", "NM103")


@EDITS.error(
    "billing-provider.npi",
    "The billing provider has no NPI.",
    do="Complete the NPI that the payer has enrolled.",
    source="005010X222A1 loop 2010AA NM109; 45 CFR 162.410",
)
def billing_npi(subject: Subject) -> Iterator[Place]:
    if _blank(subject.claim.billing_provider.npi):
        yield Place("billing_provider/npi", "2010AA", "NM109")


@EDITS.error(
    "billing-provider.tax-id",
    "The billing provider has no tax identification number.",
    do="Complete the EIN (or SSN of a sole proprietor).",
    source="005010X222A1 loop 2010AA REF*EI or REF*SY",
)
def billing_tax_id(subject: Subject) -> Iterator[Place]:
    if _blank(subject.claim.billing_provider.tax_id):
        yield Place("billing_provider/tax_id", "2010AA", "REF02")


@EDITS.error(
    "billing-provider.address",
    "The billing provider has no address.",
    do="Complete the street address.",
    source="005010X222A1 loop 2010AA N3 and N4",
)
def billing_address(subject: Subject) -> Iterator[Place]:
    if subject.claim.billing_provider.address is None:
        yield Place("billing_provider/address", "2010AA", "N3")


@EDITS.error(
    "service-facility.address",
    "The service facility has no address.",
    do="Complete the address where the service was given.",
    source="005010X222A1 loops 2310C and 2420C N3 and N4",
    version=2,
    only="service_facility",
)
def facility_address(subject: Subject) -> Iterator[Place]:
    for path, loop, provider in subject.providers:
        if _role(path) == "service_facility" and provider.address is None:
            yield Place(f"{path}/address", loop, "N3")


def _role(path: str) -> str:
    """What a provider is, of the claim or of a line."""
    return path.rpartition("/")[2]


@EDITS.error(
    "provider.name",
    "A provider or facility has no name.",
    do="Complete the last name, or the organization's name.",
    source="005010X222A1 NM103 of loops 2010AA, 2310A to D, 2420E",
)
def provider_name(subject: Subject) -> Iterator[Place]:
    for path, loop, provider in subject.providers:
        if _blank(provider.name):
            yield Place(f"{path}/name", loop, "NM103")


@EDITS.warning(
    "provider.first-name",
    "A provider who is a person has no first name.",
    do="Complete it as it is enrolled.",
    source="005010X222A1 NM104",
)
def provider_first_name(subject: Subject) -> Iterator[Place]:
    for path, loop, provider in subject.providers:
        if provider.entity == "person" and _blank(provider.first_name):
            yield Place(f"{path}/first_name", loop, "NM104")


@EDITS.error(
    "provider.npi",
    "A rendering, referring, ordering or supervising provider has no NPI.",
    do="Complete the individual NPI.",
    source="005010X222A1 NM109 of loops 2310A, 2310B, 2310D, 2420E; 45 CFR 162.410",
)
def provider_npi(subject: Subject) -> Iterator[Place]:
    for path, loop, provider in subject.providers:
        if _role(path) not in {"billing_provider", "service_facility"} and _blank(provider.npi):
            yield Place(f"{path}/npi", loop, "NM109")


@EDITS.error(
    "provider.entity",
    "A person stands where only an organization may, or an organization where only a person may.",
    do="Name the referring, ordering or supervising person; name the facility as an organization.",
    source="005010X222A1 NM102 of loops 2310A, 2310C, 2310D, 2420E",
)
def provider_entity(subject: Subject) -> Iterator[Place]:
    for path, loop, provider in subject.providers:
        wrong_facility = _role(path) == "service_facility" and provider.entity == "person"
        if wrong_facility or (_role(path) in _ONLY_PERSONS and provider.entity == "organization"):
            yield Place(f"{path}/entity", loop, "NM102")


@EDITS.error(
    "diagnosis.missing",
    "The claim has no diagnosis.",
    do="Send it back to coding: at least one diagnosis code is needed.",
    source="005010X222A1 loop 2300 HI",
)
def no_diagnosis(subject: Subject) -> Iterator[Place]:
    if not subject.claim.diagnosis_codes:
        yield Place("diagnosis_codes", "2300", "HI01")


@EDITS.error(
    "diagnosis.too-many",
    "The lines point to more than twelve diagnoses.",
    do="Point the lines to twelve diagnoses at most, or split the encounter.",
    source="005010X222A1 loop 2300 HI: twelve codes",
)
def too_many_diagnoses(subject: Subject) -> Iterator[Place]:
    if len(subject.claim.diagnosis_codes) > MAX_DIAGNOSES:
        yield Place(f"diagnosis_codes/{MAX_DIAGNOSES}", "2300", "HI")


@EDITS.error(
    "line.missing",
    "The claim has no service line.",
    do="Send it back to coding: at least one service is needed.",
    source="005010X222A1 loop 2400",
)
def no_line(subject: Subject) -> Iterator[Place]:
    if not subject.claim.lines:
        yield Place("lines", "2400", "LX")


@EDITS.error(
    "line.too-many",
    "The claim has more than fifty service lines.",
    do="Split the encounter.",
    source="005010X222A1 loop 2400: at most 50",
)
def too_many_lines(subject: Subject) -> Iterator[Place]:
    if len(subject.claim.lines) > MAX_LINES:
        yield Place(f"lines/{MAX_LINES}", "2400", "LX")


@EDITS.error(
    "pointer.missing",
    "A service line points to no diagnosis.",
    do="Point it to the diagnosis it was done for.",
    source="005010X222A1 loop 2400 SV107-1",
)
def no_pointer(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if not line.pointers:
            yield Place(f"{path}/pointers", "2400", "SV107")


@EDITS.error(
    "pointer.too-many",
    "A service line points to more than four diagnoses.",
    do="Keep the four that matter most for this line.",
    source="005010X222A1 loop 2400 SV107; X12 RFI 433",
)
def too_many_pointers(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if len(line.pointers) > MAX_POINTERS:
            yield Place(f"{path}/pointers", "2400", "SV107")


@EDITS.error(
    "modifier.too-many",
    "A service line has more than four modifiers.",
    do="Keep the four that decide payment.",
    source="005010X222A1 loop 2400 SV101-3 to SV101-6",
    only="modifiers",
)
def too_many_modifiers(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if len(line.modifiers) > _MAX_MODIFIERS:
            yield Place(f"{path}/modifiers", "2400", "SV101")


@EDITS.error(
    "code.missing",
    "A service line has no procedure code.",
    do="Send it back to coding.",
    source="005010X222A1 loop 2400 SV101-2",
)
def no_code(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if _blank(line.code):
            yield Place(f"{path}/code", "2400", "SV101-2")


@EDITS.error(
    "attachment.too-many",
    "The claim or a line names more than ten attachments.",
    do="Combine documents.",
    source="005010X222A1 loops 2300 and 2400 PWK: at most 10",
    version=2,
    only="attachments",
)
def too_many_attachments(subject: Subject) -> Iterator[Place]:
    for path, loop, holder in subject.parts:
        if len(holder.attachments) > _MAX_ATTACHMENTS:
            yield Place(f"{path}attachments/{_MAX_ATTACHMENTS}", loop, "PWK")


@EDITS.error(
    "units.positive",
    "A service line has no units, or less than none.",
    do="Complete the units.",
    source="005010X222A1 loop 2400 SV104",
)
def units_positive(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if not line.units > 0:
            yield Place(f"{path}/units", "2400", "SV104")
