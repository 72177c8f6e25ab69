"""What a stay asks for: admission, discharge, diagnoses at admission, procedures and who operated."""

from __future__ import annotations

from collections.abc import Iterator

from x12.checking import parse_date, parse_range
from x12.claim_837i.rules.tables import CLAIMS
from x12.claim_837i.rules.view import HOSPITAL_STAYS, Claim
from x12.rules import At, text

_WHOLE = frozenset("14")
"""Frequencies of a bill that ends with the discharge."""
_STILL_A_PATIENT = "30"
_SURGICAL_SECTION = "0"
_LAST_ICD_9_SURGERY = 86
_POA = 8
_STAYS_WITH_POA = frozenset(["11"])


@CLAIMS.error(
    "SIT-ADMISSION-MISSING",
    "the bill is for a stay, and the date of admission is missing",
    do="Send DTP*435.",
    source="005010X223A2 loop 2300 DTP*435: required on inpatient claims",
)
def admission(claim: Claim) -> Iterator[At]:
    if claim.is_inpatient and not claim.first("DTP", "435"):
        yield claim.at("DTP", 1, 0, "DTP*435")


@CLAIMS.error(
    "SIT-ADMISSION-HOUR",
    "the bill is for a hospital stay, and the hour of admission is missing",
    do="Send date and time in DTP*435 with DT.",
    source="005010X223A2 loop 2300 DTP*435: DT; NUBC form locator 13 (inpatient, without skilled nursing)",
)
def admission_hour(claim: Claim) -> Iterator[At]:
    segment = claim.first("DTP", "435")
    if claim.place in HOSPITAL_STAYS and segment and text(segment, 2) == "D8":
        yield claim.at(segment, 3)


@CLAIMS.error(
    "SIT-DISCHARGE-HOUR",
    "the hospital stay is over, and the hour of discharge is missing",
    do="Send DTP*096.",
    source="005010X223A2 loop 2300 DTP*096: required on final inpatient claims; NUBC form locator 16",
)
def discharge_hour(claim: Claim) -> Iterator[At]:
    over = claim.frequency in _WHOLE and claim.patient_status not in ("", _STILL_A_PATIENT)
    if claim.place in HOSPITAL_STAYS and over and not claim.first("DTP", "096"):
        yield claim.at("DTP", 1, 0, "DTP*096")


@CLAIMS.error(
    "SIT-STILL-A-PATIENT",
    "patient status and frequency disagree on whether the hospital stay goes on",
    do="A bill in between (2, 3) has status 30, one that ends the stay another.",
    source="Medicare Claims Processing Manual 25, 75.1 (form locator 4) and 75.2 (form locator 17)",
)
def still_a_patient(claim: Claim) -> Iterator[At]:
    goes_on = claim.patient_status == _STILL_A_PATIENT
    disagree = (claim.frequency in ("2", "3") and not goes_on) or (claim.frequency == "4" and goes_on)
    if claim.place in HOSPITAL_STAYS and claim.patient_status and disagree:
        yield claim.at(claim.cl1, 3)


@CLAIMS.error(
    "SIT-ADMITTING-DIAGNOSIS",
    "the bill is for a stay, and the diagnosis at admission is missing",
    do="Send HI*ABJ.",
    source="005010X223A2 loop 2300 HI*ABJ: required on inpatient admissions",
)
def admitting_diagnosis(claim: Claim) -> Iterator[At]:
    if claim.is_inpatient and not any(claim.codes("ABJ", "BJ")):
        yield claim.at("HI", 1, 0, "HI*ABJ")


@CLAIMS.warning(
    "SIT-POA-MISSING",
    "a diagnosis of a hospital stay does not say whether it was present on admission",
    do="Send Y, N, U or W, unless the diagnosis is exempt.",
    source="005010X223A2 HI*ABK, ABF component 9; Deficit Reduction Act of 2005, 5001(c)",
)
def present_on_admission(claim: Claim) -> Iterator[At]:
    if claim.place in _STAYS_WITH_POA:
        for each in claim.codes("ABK", "ABF"):
            if not text(each.parts, _POA) and each.code[:1] not in ("Z", "V", "W", "X", "Y"):
                yield claim.at(each.segment, each.element, _POA + 1)


@CLAIMS.warning(
    "SIT-POA-UNEXPECTED",
    "a diagnosis says that it was present on admission, and the bill is for no stay",
    do="Leave the indicator out.",
    source="005010X223A2 HI*ABK, ABF component 9: inpatient claims",
)
def no_admission(claim: Claim) -> Iterator[At]:
    if not claim.is_inpatient:
        for each in claim.codes("ABK", "ABF", "BK", "BF"):
            if text(each.parts, _POA):
                yield claim.at(each.segment, each.element, _POA + 1)


@CLAIMS.error(
    "SIT-PRINCIPAL-PROCEDURE",
    "there are other procedures and no principal one",
    do="Send the principal procedure in HI*BBR.",
    source="005010X223A2 loop 2300 HI*BBQ: beside HI*BBR",
)
def principal_procedure(claim: Claim) -> Iterator[At]:
    other = next(claim.codes("BBQ", "BQ"), None)
    if other is not None and not any(claim.codes("BBR", "BR", "CAH")):
        yield claim.at(other.segment, other.element)


@CLAIMS.warning(
    "SIT-PROCEDURE-OUTPATIENT",
    "a bill that is for no stay carries inpatient procedures",
    do="Report the procedure by its HCPCS code on a line.",
    source="45 CFR 162.1002(c)(3): ICD-10-PCS is for hospital inpatients",
)
def outpatient_procedure(claim: Claim) -> Iterator[At]:
    found = next(claim.codes("BBR", "BR"), None)
    if found is not None and claim.place[1:] not in ("1", "2", "8") and not claim.is_inpatient:
        yield claim.at(found.segment, found.element)


@CLAIMS.error(
    "SIT-PROCEDURE-DATE",
    "a procedure is dated after the statement's last day, or before the patient was born",
    do="Correct the date.",
    source="005010X223A2 HI*BBR, BBQ component 4",
)
def procedure_date(claim: Claim) -> Iterator[At]:
    last, born = claim.last_served, claim.birth
    for each in claim.codes("BBR", "BBQ", "BR", "BQ"):
        day = parse_date(text(each.parts, 3))
        if day is not None and ((last is not None and day > last) or (born is not None and day < born)):
            yield claim.at(each.segment, each.element, 4)


@CLAIMS.error(
    "SIT-OPERATING",
    "a surgical procedure is listed, and no operating physician is named",
    do="Send loop 2310B.",
    source="005010X223A2 loop 2310B: required where a surgical procedure code is listed",
)
def operating(claim: Claim) -> Iterator[At]:
    if claim.child("2310B") is None and any(_surgical(claim)):
        yield claim.at("NM1", 1, 0, "NM1*72")


def _surgical(claim: Claim) -> Iterator[bool]:
    """ICD-10-PCS: section 0 is surgery. ICD-9-CM volume 3: from 87 on there is none."""
    yield from (each.code.startswith(_SURGICAL_SECTION) for each in claim.codes("BBR", "BBQ"))
    for each in claim.codes("BR", "BQ"):
        yield each.code[:2].isdecimal() and 0 < int(each.code[:2]) <= _LAST_ICD_9_SURGERY


@CLAIMS.error(
    "SIT-OTHER-OPERATING",
    "there is another operating physician, and no operating physician",
    do="Name the operating physician in loop 2310B.",
    source="005010X223A2 loop 2310C: beside 2310B",
)
def other_operating(claim: Claim) -> Iterator[At]:
    other = claim.child("2310C")
    if other is not None and claim.child("2310B") is None:
        yield At(other, other.first("NM1"), 1)


@CLAIMS.error(
    "SIT-SPAN-ORDER",
    "the first day of an occurrence span is behind the last",
    do="Put the earlier day first.",
    source="005010X223A2 HI*BI component 4",
)
def span_order(claim: Claim) -> Iterator[At]:
    for each in claim.codes("BI"):
        days = parse_range(text(each.parts, 3))
        if days is not None and days[0] > days[1]:
            yield claim.at(each.segment, each.element, 4)
