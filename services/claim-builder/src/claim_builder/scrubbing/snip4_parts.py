"""SNIP 4, situation: parts of a claim that are there but not whole: decisions, equipment, forms, unlisted services."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from events.phi import FormAnswer, Person, PriorAdjustment
from x12.claim_837p.unlisted import is_unlisted
from x12.identifiers import has_procedure_form, is_employer_number, is_post_office_box

from claim_builder.scrubbing.edit import EditTable, Place, Snip, Subject

EDITS = EditTable(Snip.SITUATION)

_OVERSIGHT: Final = frozenset({"G0181", "G0182"})
_TURNS: Final = "PST"
_AFTER_MEDICAID: Final = frozenset({"MC", "TV", "OF", "VA"})
"""Filing indicators of Medicaid, and of programs that pay after it or that it may precede."""
_OF_STAYS: Final = re.compile(r"[0-9A-Z]{5}|")
"""HIPPS, or nothing: a line of a stay has a revenue code alone."""


@EDITS.error(
    "cob.adjustment-repeated",
    "An earlier payer's adjustments name the same group and reason twice.",
    do="Add the amounts up.",
    source="005010X222A1 CAS: every reason once in its group",
    only="prior_payments",
)
def adjustment_repeated(subject: Subject) -> Iterator[Place]:
    for path, payment in subject.prior_payments:
        if _repeats(payment.adjustments):
            yield Place(f"{path}/adjustments", "2320", "CAS02")
        for at, line in enumerate(payment.lines):
            if _repeats(line.adjustments):
                yield Place(f"{path}/lines/{at}/adjustments", "2430", "CAS02")


def _repeats(adjustments: tuple[PriorAdjustment, ...]) -> bool:
    times = Counter((it.group_code, it.reason_code) for it in adjustments)
    return any(count > 1 for count in times.values())


@EDITS.error(
    "cob.line-service",
    "An earlier payer's decision on a line has no procedure code, or units below zero.",
    do="Take both from that payer's remittance advice.",
    source="005010X222A1 loop 2430 SVD03, SVD05",
    only="prior_payments",
)
def decided_service(subject: Subject) -> Iterator[Place]:
    stay = subject.claim.institutional is not None
    for path, payment in subject.prior_payments:
        for at, line in enumerate(payment.lines):
            if line.units < 0:
                yield Place(f"{path}/lines/{at}/units", "2430", "SVD05")
            if not has_procedure_form(line.code) and not (stay and _OF_STAYS.fullmatch(line.code)):
                yield Place(f"{path}/lines/{at}/code", "2430", "SVD03")


@EDITS.error(
    "cob.bundled-line",
    "An earlier payer is said to have bundled a line into one that the claim does not have.",
    do="Name the number of a line of this claim.",
    source="005010X222A1 loop 2430 SVD06",
    only="prior_payments",
)
def bundled_line(subject: Subject) -> Iterator[Place]:
    known = range(1, len(subject.claim.lines) + 1)
    for path, payment in subject.prior_payments:
        for at, line in enumerate(payment.lines):
            if line.bundled_line_number is not None and line.bundled_line_number not in known:
                yield Place(f"{path}/lines/{at}/bundled_line_number", "2430", "SVD06")


@EDITS.error(
    "coverage.turn-missing",
    "The tertiary payer is asked, and no secondary payer is named.",
    do="Name the secondary coverage, or make this one the secondary.",
    source="005010X222A1 SBR01 of loops 2000B and 2320",
)
def turn_missing(subject: Subject) -> Iterator[Place]:
    others = {other.sequence for other in subject.claim.other_coverages}
    if subject.claim.coverage.sequence == "T" and "S" not in others:
        yield Place("coverage/sequence", "2000B", "SBR01")


@EDITS.error(
    "subscriber.dependent-is-subscriber",
    "The patient is said to be somebody else than the subscriber, but both have one name and date of birth.",
    do="Correct the relationship to self, or the person who is wrong.",
    source="005010X222A1 loop 2000B SBR02 = 18 where the patient is the subscriber",
)
def dependent_is_subscriber(subject: Subject) -> Iterator[Place]:
    subscriber, patient = subject.claim.coverage.subscriber, subject.claim.patient
    if not subject.patient_is_subscriber and _who(subscriber) == _who(patient) and patient.birth_date is not None:
        yield Place("coverage/relationship", "2000B", "SBR02")


def _who(person: Person) -> tuple[object, ...]:
    return person.last_name.casefold(), (person.first_name or "").casefold(), person.suffix, person.birth_date


@EDITS.warning(
    "subscriber.child-older",
    "The patient is said to be the subscriber's child, and is not younger.",
    do="Check the relationship, and that patient and subscriber are not swapped.",
    source="005010X222A1 PAT01 = 19 beside DMG02 of loops 2010BA and 2010CA",
)
def child_older(subject: Subject) -> Iterator[Place]:
    cover, born = subject.claim.coverage, subject.claim.patient.birth_date
    if cover.relationship == "child" and born and cover.subscriber.birth_date and born <= cover.subscriber.birth_date:
        yield Place("coverage/relationship", "2000C", "PAT01")


@EDITS.warning(
    "coverage.medicaid-not-last",
    "Medicaid is billed before another payer of the patient.",
    do="Bill the other payer first: Medicaid pays last, but for a few federal programs.",
    source="42 CFR 433.136 to 433.139: payment by third parties",
    only=("other_coverages", "prior_payments"),
)
def medicaid_not_last(subject: Subject) -> Iterator[Place]:
    claim = subject.claim
    covers = [("coverage", claim.coverage), *subject.other_covers]
    paying = [_TURNS.index(cover.sequence) for _, cover in covers if cover.filing_indicator not in _AFTER_MEDICAID]
    for path, cover in covers:
        if cover.filing_indicator == "MC" and any(_TURNS.index(cover.sequence) < turn for turn in paying):
            yield Place(f"{path}/sequence", "2000B" if path == "coverage" else "2320", "SBR01")


@EDITS.error(
    "subscriber.organization-patient",
    "The patient is said to be the subscriber, and the subscriber is an organization.",
    do="Name the employee as the patient, with the relationship employee or other.",
    source="005010X222A1 loop 2010BA NM102 = 2 only where the patient is another (workers' compensation)",
)
def organization_patient(subject: Subject) -> Iterator[Place]:
    if subject.patient_is_subscriber and subject.claim.coverage.subscriber.organization:
        yield Place("coverage/relationship", "2000B", "SBR02")


@EDITS.warning(
    "address.facility-po-box",
    "The service facility's address is a post office box.",
    do="Give the address where the service was given.",
    source="005010X222A1 loops 2310C, 2420C N301",
    only="service_facility",
)
def facility_box(subject: Subject) -> Iterator[Place]:
    for path, loop, address in subject.addresses:
        if path.endswith("service_facility/address") and is_post_office_box(address.line1):
            yield Place(f"{path}/line1", loop, "N301")


@EDITS.error(
    "pay-to-plan.tax-id",
    "The tax id of the plan that is to be paid is no employer identification number.",
    do="Correct it: nine digits.",
    source="005010X222A1 loop 2010AC REF*EI",
    only="pay_to_plan",
)
def plan_tax_id(subject: Subject) -> Iterator[Place]:
    plan = subject.claim.pay_to_plan
    if plan is not None and not is_employer_number(plan.tax_id):
        yield Place("pay_to_plan/tax_id", "2010AC", "REF*EI")


@EDITS.error(
    "procedure.undescribed",
    "An unlisted service is billed, and the line does not say what was done.",
    do="Describe the service in a few words on the line.",
    source="005010X222A1 loop 2400 SV101-7: required for codes that are not specific; CARC 16 with RARC N350",
)
def undescribed(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if is_unlisted(line.code) and not line.description and not line.note:
            yield Place(f"{path}/description", "2400", "SV101-7")


@EDITS.error(
    "equipment.incomplete",
    "Equipment is rented or sold for another code than the line's, or for no time.",
    do="Bill the equipment's own code, with the days or months that it is needed.",
    source="005010X222A1 loop 2400 SV501-2 (as SV101-2), SV503, CR303",
    only=("equipment", "equipment_certification"),
)
def equipment(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if line.equipment is not None and line.equipment.code != line.code:
            yield Place(f"{path}/equipment/code", "2400", "SV501-2")
        if line.equipment is not None and line.equipment.days <= 0:
            yield Place(f"{path}/equipment/days", "2400", "SV503")
        if line.equipment_certification is not None and line.equipment_certification.months <= 0:
            yield Place(f"{path}/equipment_certification/months", "2400", "CR303")


@EDITS.error(
    "form.unanswered",
    "A certificate form has no number, no question, or a question without an answer.",
    do="Complete the form.",
    source="005010X222A1 loop 2440 LQ02, FRM01 with one of FRM02 to FRM05",
    only="forms",
)
def form_unanswered(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        for at, form in enumerate(line.forms):
            if not form.code.strip():
                yield Place(f"{path}/forms/{at}/code", "2440", "LQ02")
            if not form.answers or not all(map(_is_answered, form.answers)):
                yield Place(f"{path}/forms/{at}/answers", "2440", "FRM")


def _is_answered(it: FormAnswer) -> bool:
    given = (it.yes_no, it.text, it.answer_date, it.percentage)
    return bool(it.question.strip()) and any(value not in (None, "") for value in given)


@EDITS.error(
    "count.positive",
    "Patients in the ambulance, or units of obstetric anesthesia, are not above zero.",
    do="Correct the number, or leave it out.",
    source="005010X222A1 loops 2300 and 2400 QTY*PT, QTY*FL",
    only=("ambulance", "obstetric_units"),
)
def counts(subject: Subject) -> Iterator[Place]:
    for path, _, ride in subject.rides:
        if ride.patient_count is not None and ride.patient_count <= 0:
            yield Place(f"{path}/patient_count", "2400", "QTY*PT")
    for path, line in subject.lines:
        if line.obstetric_units is not None and line.obstetric_units <= 0:
            yield Place(f"{path}/obstetric_units", "2400", "QTY*FL")


@EDITS.error(
    "units.days",
    "A service line is billed in days, which a professional claim does not know.",
    do="Bill units; minutes for anesthesia.",
    source="005010X222A1 loop 2400 SV103: UN or MJ",
)
def days(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if line.unit_basis == "DA" and subject.claim.institutional is None:
            yield Place(f"{path}/unit_basis", "2400", "SV103")


@EDITS.warning(
    "address.pay-to-repeated",
    "The pay-to address is the billing provider's own.",
    do="Leave it out; it stands only where it differs.",
    source="005010X222A1 loop 2010AB",
    only="pay_to_address",
)
def pay_to_repeated(subject: Subject) -> Iterator[Place]:
    pay_to = subject.claim.pay_to_address
    if pay_to is not None and pay_to == subject.claim.billing_provider.address:
        yield Place("pay_to_address", "2010AB", "N3")


@EDITS.warning(
    "patient.pregnant-male",
    "The patient is said to be pregnant, and male.",
    do="Check both; the sex on the claim may rightly differ.",
    source="005010X222A1 PAT09 and DMG03",
    only="patient_details",
)
def pregnant_male(subject: Subject) -> Iterator[Place]:
    if subject.claim.patient_details.pregnant and subject.patient.sex == "M":
        yield Place("patient_details/pregnant", "2000B", "PAT09")


@EDITS.warning(
    "oversight.agency-missing",
    "Care plan oversight is billed without the number of the home health agency or hospice.",
    do="Add the agency's number.",
    source="005010X222A1 loop 2300 REF*1J; Medicare Claims Processing Manual chapter 12, 180",
)
def oversight(subject: Subject) -> Iterator[Place]:
    overseen = any(line.code in _OVERSIGHT for line in subject.claim.lines)
    if overseen and not subject.claim.care_plan_oversight_number:
        yield Place("care_plan_oversight_number", "2300", "REF*1J")
