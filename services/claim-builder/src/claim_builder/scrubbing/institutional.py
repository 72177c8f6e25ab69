"""Edits of institutional claims (837I, UB-04): what such a claim must say, and what one part of it demands of another.

They run on institutional claims alone; of the other edits those run that hold for both kinds (`OF_PROFESSIONAL_ONLY`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from codesets import icd10cm

from claim_builder.scrubbing.edit import EditTable, Place, Snip, Subject

REQUIREMENT = EditTable(Snip.REQUIREMENT)
SITUATION = EditTable(Snip.SITUATION)
CODES = EditTable(Snip.CODE_SET)

OF_PROFESSIONAL_ONLY: Final = frozenset(
    {
        "diagnosis.too-many",
        "line.too-many",
        "pointer.missing",
        "code.missing",
        "procedure.format",
        "procedure.range",
        "date.admission-missing",
        "date.before-admission",
        "date.after-discharge",
        "date.discharge-future",
        "provider.rendering-missing",
        "provider.facility-missing",
        "line.repeated",
        "units.minutes",
        "units.anesthesia",
        "clia.missing",
        "mammography.certification-missing",
        "medicare.frequency",
        "place-of-service.unknown",
        "accident.date-missing",
        "visit.place",
        "visit.new-and-established",
        "visit.not-new",
        "visit.separate-unmarked",
        "visit.twice",
        "visit.span",
        "vaccine.not-given",
        "vaccine.missing",
    }
)
"""Edits of what an 837I does not have, or has otherwise."""

MAX_DIAGNOSES: Final = 25
"""Principal and 24 others (HI*ABK, HI*ABF)."""
MAX_LINES: Final = 999
_FACILITY_TYPES: Final = frozenset(
    {
        *("11", "12", "13", "14", "18", "21", "22", "23", "28", "32", "33", "34", "41", "43", "65", "66", "71", "72"),
        *("73", "74", "75", "76", "77", "78", "79", "81", "82", "83", "84", "85", "86", "87", "89"),
    }
)
"""Second and third digit of the type of bill (facility and care)."""
_INPATIENT: Final = frozenset({"11", "18", "21", "41", "65", "66", "86"})
"""The patient is admitted and the stay itself is billed."""
_ADMITTED: Final = _INPATIENT | {"12", "22", "32", "33", "81", "82"}
"""There is a first day of care to name: a stay, home health, hospice."""
_UNSCHEDULED_TYPES: Final = frozenset({"1", "2", "5"})
_UNSCHEDULED_PLACES: Final = ("045", "0516", "0526", "0762")
"""Revenue codes of emergency room, urgent care and observation."""
_STILL_A_PATIENT: Final = "30"
_HOSPITAL_STAY: Final = "11"
_LABORATORY_ALONE: Final = "14"
"""Specimens of people who are no patients of the hospital."""
_TOTAL_LINE: Final = "0001"
_EARLIEST_REVENUE_CODE: Final = "0100"


def _facility_type(subject: Subject) -> str:
    return subject.institutional.type_of_bill[-2:]


# What every institutional claim must say


@REQUIREMENT.error(
    "institutional.patient-status",
    "The patient's status (discharge status) is missing.",
    do="Complete it: 01 for home, 30 if the patient is still there.",
    source="005010X223A2 loop 2300 CL103",
)
def patient_status(subject: Subject) -> Iterator[Place]:
    if not subject.institutional.patient_status_code:
        yield Place("institutional/patient_status_code", "2300", "CL103")


@REQUIREMENT.error(
    "institutional.admission-type",
    "The type of admission or visit is missing.",
    do="Add it: 1 emergency, 2 urgent, 3 elective, 4 newborn, 5 trauma, 9 not known.",
    source="005010X223A2 loop 2300 CL101; UB-04 form locator 14",
)
def admission_type(subject: Subject) -> Iterator[Place]:
    if not subject.institutional.admission_type_code:
        yield Place("institutional/admission_type_code", "2300", "CL101")


@REQUIREMENT.error(
    "institutional.attending-provider",
    "The attending provider is missing or has no NPI.",
    do="Name who was responsible for the patient's care, with the individual NPI.",
    source="005010X223A2 loop 2310A: required but for non-scheduled transportation",
)
def attending_provider(subject: Subject) -> Iterator[Place]:
    attending = subject.claim.attending_provider
    if attending is None or not attending.npi:
        yield Place("attending_provider", "2310A", "NM1*71")


@REQUIREMENT.error(
    "institutional.revenue-code-missing",
    "A service line has no revenue code.",
    do="Add the revenue code of the department that gave the service.",
    source="005010X223A2 loop 2400 SV201",
)
def revenue_code_missing(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if not line.revenue_code:
            yield Place(f"{path}/revenue_code", "2400", "SV201")


@REQUIREMENT.error(
    "institutional.diagnosis-count",
    "The claim has more than twenty-five diagnoses.",
    do="Keep the principal one and the twenty-four that matter most.",
    source="005010X223A2 loop 2300 HI*ABK and HI*ABF",
)
def diagnosis_count(subject: Subject) -> Iterator[Place]:
    if len(subject.claim.diagnosis_codes) > MAX_DIAGNOSES:
        yield Place("diagnosis_codes", "2300", "HI")


@REQUIREMENT.error(
    "institutional.line-count",
    "The claim has more than 999 service lines.",
    do="Sum up repeated services of one day, or bill a shorter period.",
    source="005010X223A2 loop 2400: at most 999",
)
def line_count(subject: Subject) -> Iterator[Place]:
    if len(subject.claim.lines) > MAX_LINES:
        yield Place("lines", "2400", "LX")


# What one part demands of another


@SITUATION.error(
    "institutional.admission-date",
    "A stay, home health or hospice care is billed, and the first day of care is missing.",
    do="Add the admission date.",
    source="005010X223A2 loop 2300 DTP*435",
)
def admission_date(subject: Subject) -> Iterator[Place]:
    if _facility_type(subject) in _ADMITTED and subject.claim.dates.admission is None:
        yield Place("dates/admission", "2300", "DTP*435")


@SITUATION.error(
    "institutional.admission-source",
    "Where the patient came from is missing.",
    do="Add the point of origin, such as 1 for home or 7 for the emergency room of the time.",
    source="005010X223A2 loop 2300 CL102: required but for type of bill 014x; UB-04 form locator 15",
)
def admission_source(subject: Subject) -> Iterator[Place]:
    if _facility_type(subject) != _LABORATORY_ALONE and not subject.institutional.admission_source_code:
        yield Place("institutional/admission_source_code", "2300", "CL102")


@SITUATION.error(
    "institutional.admission-hour",
    "A hospital stay is billed without the hour of admission.",
    do="Add the hour and minute of admission.",
    source="005010X223A2 loop 2300 DTP*435*DT",
)
def admission_hour(subject: Subject) -> Iterator[Place]:
    if _facility_type(subject) == "11" and not subject.institutional.admission_time:
        yield Place("institutional/admission_time", "2300", "DTP*435")


@SITUATION.error(
    "institutional.discharge-hour",
    "A hospital stay ended, and the hour of discharge is missing.",
    do="Add the hour and minute of discharge, or status 30 if the patient is still there.",
    source="005010X223A2 loop 2300 DTP*096",
)
def discharge_hour(subject: Subject) -> Iterator[Place]:
    facts = subject.institutional
    gone = facts.patient_status_code not in (None, "", _STILL_A_PATIENT)
    if _facility_type(subject) == "11" and gone and not facts.discharge_time:
        yield Place("institutional/discharge_time", "2300", "DTP*096")


@SITUATION.error(
    "institutional.admitting-diagnosis",
    "A stay is billed without the diagnosis at admission.",
    do="Add the admitting diagnosis.",
    source="005010X223A2 loop 2300 HI*ABJ",
)
def admitting_diagnosis(subject: Subject) -> Iterator[Place]:
    if _facility_type(subject) in _INPATIENT and not subject.institutional.admitting_diagnosis_code:
        yield Place("institutional/admitting_diagnosis_code", "2300", "HI*ABJ")


@SITUATION.error(
    "institutional.reason-for-visit",
    "An unscheduled outpatient visit is billed without the patient's reason for it.",
    do="Add one to three codes for the reason, as the patient gave it.",
    source="005010X223A2 loop 2300 HI*APR; UB-04 form locator 70",
)
def reason_for_visit(subject: Subject) -> Iterator[Place]:
    facts = subject.institutional
    unscheduled = facts.admission_type_code in _UNSCHEDULED_TYPES and any(
        (line.revenue_code or "").startswith(_UNSCHEDULED_PLACES) for line in subject.claim.lines
    )
    if _facility_type(subject) in ("13", "85") and unscheduled and not facts.reason_for_visit_codes:
        yield Place("institutional/reason_for_visit_codes", "2300", "HI*APR")


@SITUATION.error(
    "institutional.operating-provider",
    "A procedure of surgery is billed without the operating physician.",
    do="Name who operated.",
    source="005010X223A2 loop 2310B: required when a surgical procedure code is listed",
)
def operating_provider(subject: Subject) -> Iterator[Place]:
    if subject.institutional.principal_procedure is not None and subject.claim.operating_provider is None:
        yield Place("operating_provider", "2310B", "NM1*72")


@SITUATION.error(
    "institutional.present-on-admission",
    "A hospital stay does not say of its diagnoses whether they were present on admission.",
    do="Add Y, N, U or W for each diagnosis, nothing for exempt ones.",
    source="005010X223A2 loop 2300 HI, C022-09; Deficit Reduction Act of 2005, section 5001(c)",
)
def present_on_admission(subject: Subject) -> Iterator[Place]:
    told = subject.institutional.present_on_admission
    if len(told) > len(subject.claim.diagnosis_codes) or (_facility_type(subject) == "11" and not any(told)):
        yield Place("institutional/present_on_admission", "2300", "HI")


@SITUATION.error(
    "institutional.span-order",
    "An occurrence span ends before it begins.",
    do="Correct first or last day.",
    source="005010X223A2 loop 2300 HI*BI, RD8",
)
def span_order(subject: Subject) -> Iterator[Place]:
    for at, span in enumerate(subject.institutional.occurrence_spans):
        if span.date_to < span.date_from:
            yield Place(f"institutional/occurrence_spans/{at}", "2300", "HI*BI")


@SITUATION.error(
    "institutional.code-repeated",
    "An occurrence code of one day, a span or a value code stands twice.",
    do="Keep it once.",
    source="005010X223A2 loop 2300 HI*BH, HI*BE; NUBC: each once; claim edit lists (duplicate occurrence codes)",
)
def code_repeated(subject: Subject) -> Iterator[Place]:
    facts = subject.institutional
    told: tuple[tuple[str, str, list[object]], ...] = (
        ("occurrences", "HI*BH", [(it.code, it.on) for it in facts.occurrences]),
        ("occurrence_spans", "HI*BI", [(it.code, it.date_from, it.date_to) for it in facts.occurrence_spans]),
        ("values", "HI*BE", [it.code for it in facts.values]),
    )
    for name, element, codes in told:
        for at, code in enumerate(codes):
            if code in codes[:at]:
                yield Place(f"institutional/{name}/{at}", "2300", element)


@SITUATION.error(
    "institutional.other-procedure-alone",
    "Other procedures are named, and no principal one.",
    do="Name the principal procedure first.",
    source="005010X223A2 loop 2300 HI*BBR and HI*BBQ",
)
def other_procedure_alone(subject: Subject) -> Iterator[Place]:
    if subject.institutional.other_procedures and subject.institutional.principal_procedure is None:
        yield Place("institutional/principal_procedure", "2300", "HI*BBR")


@SITUATION.warning(
    "institutional.procedure-date",
    "A procedure lies outside the period that is billed, and more than three days before it.",
    do="Check the procedure's date.",
    source="UB-04 form locator 74: during the stay, or in the three days before",
)
def procedure_date(subject: Subject) -> Iterator[Place]:
    facts, last = subject.institutional, subject.claim.service_date_to or subject.claim.service_date
    first = min(subject.claim.dates.admission or subject.claim.service_date, subject.claim.service_date)
    if facts.principal_procedure and not first - timedelta(days=3) <= facts.principal_procedure.on <= last:
        yield Place("institutional/principal_procedure/on", "2300", "HI*BBR")


@SITUATION.warning(
    "institutional.covered-days",
    "A hospital stay does not say how many days are covered.",
    do="Add value code 80 with the number of days.",
    source="UB-04 value codes 80 and 81",
)
def covered_days(subject: Subject) -> Iterator[Place]:
    if _facility_type(subject) in ("11", "18", "21") and not any(
        it.code == "80" for it in subject.institutional.values
    ):
        yield Place("institutional/values", "2300", "HI*BE")


@SITUATION.warning(
    "institutional.procedure-missing",
    "A line of an outpatient claim has no procedure code.",
    do="Add the HCPCS code, if there is one for the service.",
    source="005010X223A2 loop 2400 SV202",
)
def procedure_missing(subject: Subject) -> Iterator[Place]:
    if _facility_type(subject) in ("13", "14", "85"):
        for path, line in subject.lines:
            if not line.code:
                yield Place(f"{path}/code", "2400", "SV202")


# Codes


@CODES.error(
    "institutional.type-of-bill",
    "The type of bill names no known kind of facility and care.",
    do="Use second and third digit of the type of bill, such as 11 for a stay in hospital, 13 for hospital outpatient.",
    source="005010X223A2 loop 2300 CLM05-1",
)
def type_of_bill(subject: Subject) -> Iterator[Place]:
    if _facility_type(subject) not in _FACILITY_TYPES:
        yield Place("institutional/type_of_bill", "2300", "CLM05-1")


@CODES.error(
    "institutional.revenue-code",
    "A revenue code is not four digits from 0100 on; the total line 0001 is for paper only.",
    do="Correct the revenue code.",
    source="005010X223A2 loop 2400 SV201; UB-04 form locator 42",
)
def revenue_code(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        code = line.revenue_code or ""
        form = len(code) == 4 and code.isdigit() and code >= _EARLIEST_REVENUE_CODE
        if code and (code == _TOTAL_LINE or not form):
            yield Place(f"{path}/revenue_code", "2400", "SV201")


@CODES.error(
    "institutional.diagnosis-unknown",
    "An admitting, reason for visit or external cause code is not a billable ICD-10-CM code of that day.",
    do="Correct the code.",
    source="ICD-10-CM tabular list; 005010X223A2 loop 2300 HI*ABJ, HI*APR, HI*ABN",
)
def other_diagnosis_unknown(subject: Subject) -> Iterator[Place]:
    release, facts = subject.release, subject.institutional
    if release is None:
        return
    admitting = [facts.admitting_diagnosis_code] if facts.admitting_diagnosis_code else []
    for name, codes in (
        ("admitting_diagnosis_code", admitting),
        ("reason_for_visit_codes", facts.reason_for_visit_codes),
        ("external_cause_codes", facts.external_cause_codes),
    ):
        if any(not release.is_billable(icd10cm.with_dot(code)) for code in codes):
            yield Place(f"institutional/{name}", "2300", "HI")


@CODES.error(
    "institutional.principal-unacceptable",
    "Medicare's principal diagnosis of a hospital stay is one that is no reason to be admitted.",
    do="Have the coder look for the condition that brought the patient in.",
    source="Medicare Code Editor v43, unacceptable principal diagnosis",
    only="medicare",
)
def principal_unacceptable(subject: Subject) -> Iterator[Place]:
    stays = subject.claim.coverage.filing_indicator == "MA" and _facility_type(subject) == _HOSPITAL_STAY
    if stays and any(at == 0 and facts.unacceptable_principal for at, facts in subject.flagged_diagnoses):
        yield Place("diagnosis_codes/0", "2300", "HI01")


EDITS: Final = (*REQUIREMENT.edits, *SITUATION.edits, *CODES.edits)
