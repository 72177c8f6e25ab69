"""Edits of what an 837I says in codes and counts of its own: the lists of the UB-04, how many fit, what contradicts.

Short lists stand here by their numbers; of long ones (occurrence, span, value codes) the form is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from events.phi import InpatientProcedure, Institutional
from x12.identifiers import has_procedure_form

from claim_builder.scrubbing.edit import EditTable, Place, Snip, Subject

REQUIREMENT = EditTable(Snip.REQUIREMENT)
SITUATION = EditTable(Snip.SITUATION)
CODES = EditTable(Snip.CODE_SET)

_ADMISSION_TYPES: Final = frozenset("123459")
_ORIGINS: Final = frozenset("123456789ABCDEFG")
_DISCHARGES: Final = (
    "01 02 03 04 05 06 07 09 20 21 30 40 41 42 43 50 51 61 62 63 64 65 66 69 70 81 82 83 84 85 86 87 88 89 90 91 92 93 "
    "94 95"
)
_STATUSES: Final = frozenset(_DISCHARGES.split())
_PRESENCE: Final = frozenset(("", "Y", "N", "U", "W"))
_TWO: Final = re.compile(r"[A-Z0-9]{2}")
_TIME: Final = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d")
_DRG: Final = re.compile(r"\d{3,4}")
_PCS: Final = re.compile(r"[0-9A-HJ-NP-Z]{7}")
_HIPPS: Final = re.compile(r"[0-9A-Z]{5}")
_COVERED_DAYS: Final = "80"
_STILL_A_PATIENT: Final = "30"
_LIMITS: Final = (
    ("reason_for_visit_codes", 3, "HI*APR"),
    ("external_cause_codes", 12, "HI*ABN"),
    ("other_procedures", 24, "HI*BBQ"),
    ("occurrences", 24, "HI*BH"),
    ("occurrence_spans", 24, "HI*BI"),
    ("values", 24, "HI*BE"),
)


def _procedures(facts: Institutional) -> Iterator[tuple[str, InpatientProcedure]]:
    """Path and procedure, the principal one first."""
    if facts.principal_procedure is not None:
        yield "principal_procedure", facts.principal_procedure
    yield from ((f"other_procedures/{at}", it) for at, it in enumerate(facts.other_procedures))


@REQUIREMENT.error(
    "institutional.too-many",
    "More codes of one kind than a claim can carry.",
    do="Keep those that matter most.",
    source="005010X223A2 loop 2300 HI: 3 reasons for the visit, 12 external causes, 24 of the others",
)
def too_many(subject: Subject) -> Iterator[Place]:
    for name, most, element in _LIMITS:
        if len(getattr(subject.institutional, name)) > most:
            yield Place(f"institutional/{name}", "2300", element)


@REQUIREMENT.error(
    "institutional.time-format",
    "An hour of admission or discharge is not a time of day.",
    do="Write hour and minute as four digits, such as 0930.",
    source="005010X223A2 loop 2300 DTP*435*DT and DTP*096*TM: HHMM",
)
def time_format(subject: Subject) -> Iterator[Place]:
    for name, element in (("admission_time", "DTP*435"), ("discharge_time", "DTP*096")):
        value = getattr(subject.institutional, name)
        if value and not _TIME.fullmatch(value):
            yield Place(f"institutional/{name}", "2300", element)


@REQUIREMENT.error(
    "institutional.provider-entity",
    "An organization stands where the attending or operating person should.",
    do="Name the physician who was responsible, or who operated.",
    source="005010X223A2 loops 2310A, 2310B, 2310C NM102 = 1",
)
def provider_entity(subject: Subject) -> Iterator[Place]:
    for path, loop in (("attending_provider", "2310A"), ("operating_provider", "2310B")):
        provider = getattr(subject.claim, path)
        if provider is not None and provider.entity != "person":
            yield Place(f"{path}/entity", loop, "NM102")


@SITUATION.error(
    "institutional.still-a-patient",
    "The patient is said to be still there, and to have been discharged.",
    do="Correct the patient's status, or take the discharge off.",
    source="005010X223A2 loop 2300 CL103 = 30 and DTP*096",
)
def still_a_patient(subject: Subject) -> Iterator[Place]:
    facts = subject.institutional
    if facts.patient_status_code == _STILL_A_PATIENT and facts.discharge_time:
        yield Place("institutional/discharge_time", "2300", "DTP*096")


@SITUATION.error(
    "institutional.days-beyond-period",
    "More days are covered than the period that is billed has.",
    do="Correct value code 80, or first and last day.",
    source="UB-04 value code 80: covered days, of the statement's period",
)
def days_beyond_period(subject: Subject) -> Iterator[Place]:
    claim = subject.claim
    period = ((claim.service_date_to or claim.service_date) - claim.service_date).days + 1
    for at, value in enumerate(subject.institutional.values):
        if value.code == _COVERED_DAYS and value.amount > Decimal(period):
            yield Place(f"institutional/values/{at}/amount", "2300", "HI*BE")


@SITUATION.error(
    "institutional.non-covered-charge",
    "A line's non-covered charge is more than its charge.",
    do="Correct one of the two.",
    source="005010X223A2 loop 2400 SV203, SV207",
)
def non_covered_charge(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if (line.non_covered_cents or 0) > line.charge_cents:
            yield Place(f"{path}/non_covered_cents", "2400", "SV207")


@SITUATION.error(
    "institutional.value-negative",
    "The amount of a value code is negative.",
    do="Correct the amount.",
    source="005010X223A2 loop 2300 HI*BE",
)
def value_negative(subject: Subject) -> Iterator[Place]:
    for at, value in enumerate(subject.institutional.values):
        if value.amount < 0:
            yield Place(f"institutional/values/{at}/amount", "2300", "HI*BE")


@SITUATION.error(
    "institutional.line-outside",
    "A line is dated outside of the days that the statement covers.",
    do="Correct the date of service, or first and last day.",
    source="005010X223A2 loop 2400 DTP*472 and loop 2300 DTP*434",
)
def line_outside(subject: Subject) -> Iterator[Place]:
    claim = subject.claim
    first, last = claim.service_date, claim.service_date_to or claim.service_date
    for path, line in subject.lines:
        if line.date_from < first or (line.date_to or line.date_from) > last:
            yield Place(f"{path}/date_from", "2400", "DTP*472")


@SITUATION.error(
    "institutional.procedure-order",
    "A procedure is dated after the statement's last day, or before the patient was born.",
    do="Correct the date.",
    source="005010X223A2 loop 2300 HI*BBR, HI*BBQ",
)
def procedure_order(subject: Subject) -> Iterator[Place]:
    facts, claim, born = subject.institutional, subject.claim, subject.patient.birth_date
    last = claim.service_date_to or claim.service_date
    for path, procedure in _procedures(facts):
        if procedure.on > last or (born is not None and procedure.on < born):
            yield Place(f"institutional/{path}/on", "2300", "HI*BBR")


@CODES.error(
    "institutional.admission-code",
    "The type of admission or the point of origin is not one of the list.",
    do="Use type 1 to 5 or 9; origin 1, 2, 4, 5, 6, 8, 9 or a letter D to G.",
    source="005010X223A2 loop 2300 CL101, CL102; UB-04 form locators 14 and 15",
)
def admission_code(subject: Subject) -> Iterator[Place]:
    facts = subject.institutional
    if facts.admission_type_code and facts.admission_type_code not in _ADMISSION_TYPES:
        yield Place("institutional/admission_type_code", "2300", "CL101")
    if facts.admission_source_code and facts.admission_source_code not in _ORIGINS:
        yield Place("institutional/admission_source_code", "2300", "CL102")


@CODES.error(
    "institutional.status-code",
    "The patient's status (discharge status) is not one of the list.",
    do="Use the two digits, such as 01 home, 03 nursing facility, 20 died, 30 still a patient.",
    source="005010X223A2 loop 2300 CL103; UB-04 form locator 17",
)
def status_code(subject: Subject) -> Iterator[Place]:
    code = subject.institutional.patient_status_code
    if code and code not in _STATUSES:
        yield Place("institutional/patient_status_code", "2300", "CL103")


@CODES.error(
    "institutional.presence-code",
    "An indicator of presence on admission is not Y, N, U or W.",
    do="Use one of these, nothing for exempt diagnoses; 1 ended with version 4010.",
    source="005010X223A2 loop 2300 HI, C022-09",
)
def presence_code(subject: Subject) -> Iterator[Place]:
    for at, code in enumerate(subject.institutional.present_on_admission):
        if code not in _PRESENCE:
            yield Place(f"institutional/present_on_admission/{at}", "2300", "HI")


@CODES.error(
    "institutional.code-format",
    "An occurrence, span or value code is not two letters or digits, or a group is not three or four digits.",
    do="Correct the code.",
    source="005010X223A2 loop 2300 HI*BH, HI*BI, HI*BE, HI*DR; NUBC",
)
def code_format(subject: Subject) -> Iterator[Place]:
    facts = subject.institutional
    for name, element in (("occurrences", "HI*BH"), ("occurrence_spans", "HI*BI"), ("values", "HI*BE")):
        for at, it in enumerate(getattr(facts, name)):
            if not _TWO.fullmatch(it.code):
                yield Place(f"institutional/{name}/{at}/code", "2300", element)
    if facts.drg_code and not _DRG.fullmatch(facts.drg_code):
        yield Place("institutional/drg_code", "2300", "HI*DR")


@CODES.error(
    "institutional.procedure-code",
    "A procedure of the stay is no ICD-10-PCS code by its form.",
    do="Correct the code: seven digits and letters without I and O.",
    source="ICD-10-PCS; 005010X223A2 loop 2300 HI*BBR, HI*BBQ",
)
def procedure_code(subject: Subject) -> Iterator[Place]:
    for path, procedure in _procedures(subject.institutional):
        if not _PCS.fullmatch(procedure.code):
            yield Place(f"institutional/{path}/code", "2300", "HI*BBR")


@CODES.error(
    "institutional.line-procedure",
    "A line's code is neither CPT, HCPCS nor HIPPS by its form.",
    do="Correct the code.",
    source="005010X223A2 loop 2400 SV202: HC or HP",
)
def line_procedure(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if line.code and not has_procedure_form(line.code) and not _HIPPS.fullmatch(line.code):
            yield Place(f"{path}/code", "2400", "SV202")


EDITS: Final = (*REQUIREMENT.edits, *SITUATION.edits, *CODES.edits)
