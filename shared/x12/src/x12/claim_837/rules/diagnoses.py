"""Diagnoses: their form, their code set on the date of service, their order, and the lines that point to them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from x12 import identifiers as ids
from x12.claim_837.rules.tables import CLAIMS
from x12.claim_837.rules.view import Claim, Diagnosis
from x12.code_sets import Standing
from x12.rules import At

ICD_10_BEGAN = date(2015, 10, 1)
_ICD_10 = frozenset(["ABK", "ABF", "ABJ", "ABN", "APR"])
_ICD_9 = frozenset(["BK", "BF", "BJ", "BN", "PR"])
_EXTERNAL_CAUSE = frozenset("VWXY")


def _coded(claim: Claim) -> Iterator[tuple[Diagnosis, str]]:
    """The ICD-10-CM diagnoses with their code of right form, without dot."""
    for diagnosis in claim.coded:
        if diagnosis.qualifier in _ICD_10 and ids.is_icd_10(diagnosis.code):
            yield diagnosis, diagnosis.code


def _standing(claim: Claim, wanted: Standing) -> Iterator[At]:
    day = claim.last_served
    for diagnosis, code in _coded(claim):
        if day is not None and claim.context.codes.diagnosis(code, day) is wanted:
            yield claim.at(diagnosis.segment, diagnosis.element, 2)


@CLAIMS.error(
    "COD-DIAGNOSIS-FORM",
    "a diagnosis code has not the form of its code set, or stands with its decimal point",
    do="Send the code without point, in capital letters.",
    source="X222A1, X223A2 HI: the decimal point is not sent; ICD-10-CM and ICD-9-CM code forms",
)
def diagnosis_form(claim: Claim) -> Iterator[At]:
    for diagnosis in claim.coded:
        form = ids.is_icd_10 if diagnosis.qualifier in _ICD_10 else ids.is_icd_9
        if diagnosis.qualifier in _ICD_10 | _ICD_9 and diagnosis.code and not form(diagnosis.code):
            yield claim.at(diagnosis.segment, diagnosis.element, 2)


@CLAIMS.error(
    "COD-DIAGNOSIS-SET",
    "the diagnosis is of a code set that was not in force on the date of service, or of two",
    do="Use ICD-10-CM (ABK, ABF) for services from 2015-10-01, ICD-9-CM (BK, BF) before.",
    source="45 CFR 162.1002; 005010X222A1 HI01-1; claim edit lists (ICD-10 before 2015-10-01)",
)
def diagnosis_set(claim: Claim) -> Iterator[At]:
    day = claim.last_served
    for diagnosis in claim.coded:
        if day is not None and (diagnosis.qualifier in _ICD_10) != (day >= ICD_10_BEGAN):
            yield claim.at(diagnosis.segment, diagnosis.element, 1)


@CLAIMS.error(
    "COD-DIAGNOSIS",
    "the diagnosis code does not exist on the date of service",
    do="Send the claim back to coding.",
    source="ICD-10-CM tabular list of the release in force (code source 897)",
)
def diagnosis_unknown(claim: Claim) -> Iterator[At]:
    yield from _standing(claim, Standing.UNKNOWN)


@CLAIMS.error(
    "COD-DIAGNOSIS-INCOMPLETE",
    "the diagnosis code is a category: more characters are needed",
    do="Send the claim back to coding for the full code.",
    source="ICD-10-CM guideline I.B.2: highest number of characters",
)
def diagnosis_incomplete(claim: Claim) -> Iterator[At]:
    yield from _standing(claim, Standing.INCOMPLETE)


@CLAIMS.warning(
    "COD-DIAGNOSIS-UNCHECKED",
    "no ICD-10-CM release is loaded for the date of service: the diagnoses were not looked up",
    do="Load the release that was in force then.",
    source="ICD-10-CM releases by date of service",
)
def diagnosis_unchecked(claim: Claim) -> Iterator[At]:
    first = next(_standing(claim, Standing.NOT_LOADED), None)
    if first is not None:
        yield first


@CLAIMS.error(
    "COD-EXTERNAL-CAUSE-FIRST",
    "the first diagnosis is an external cause",
    do="List the injury or condition first.",
    source="ICD-10-CM guideline I.C.20.a.6 (V00 to Y99); ICD-9-CM E codes; claim edit lists",
)
def external_cause_first(claim: Claim) -> Iterator[At]:
    for diagnosis in claim.diagnoses[:1]:
        first = diagnosis.code[:1]
        if first in _EXTERNAL_CAUSE if diagnosis.qualifier in _ICD_10 else first == "E":
            yield claim.at(diagnosis.segment, diagnosis.element, 2)


@CLAIMS.error(
    "COD-MANIFESTATION-FIRST",
    "the first diagnosis is a manifestation: the disease behind it must come first",
    do="List the underlying disease first.",
    source="ICD-10-CM guideline I.A.13; Medicare Code Editor v43",
)
def manifestation_first(claim: Claim) -> Iterator[At]:
    day = claim.last_served
    for diagnosis in claim.diagnoses[:1]:
        if day and diagnosis.qualifier in _ICD_10 and claim.context.codes.is_manifestation(diagnosis.code, day):
            yield claim.at(diagnosis.segment, diagnosis.element, 2)


@CLAIMS.error(
    "COD-AGE",
    "a diagnosis does not fit the patient's age on the date of service",
    do="Check the date of birth; send the claim back to coding if that is right.",
    source="Medicare Code Editor v43, age conflict",
)
def age_conflict(claim: Claim) -> Iterator[At]:
    born, day = claim.birth, claim.last_served
    if born is None or day is None or born > day:
        return
    age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    for diagnosis, code in _coded(claim):
        ages = claim.context.codes.ages(code, day)
        if ages is not None and not ages[0] <= age <= ages[1]:
            yield claim.at(diagnosis.segment, diagnosis.element, 2)


@CLAIMS.warning(
    "COD-SEX",
    "a diagnosis is usual for the other sex only",
    do="Check the registration; the sex on the claim may rightly differ.",
    source="Medicare Code Editor v43, sex conflict (switched off by CMS)",
)
def sex_conflict(claim: Claim) -> Iterator[At]:
    day, sex = claim.last_served, claim.sex
    for diagnosis, code in _coded(claim):
        if day and sex in ("F", "M") and claim.context.codes.sex(code, day) not in ("", sex):
            yield claim.at(diagnosis.segment, diagnosis.element, 2)


@CLAIMS.error(
    "SIT-DIAGNOSIS-REPEATED",
    "a diagnosis is named twice",
    do="Remove the second one and point its lines to the first.",
    source="X222A1, X223A2 loop 2300 HI; X12 RFI 433; claim edit lists (duplicate diagnosis)",
)
def diagnosis_repeated(claim: Claim) -> Iterator[At]:
    seen: set[str] = set()
    for diagnosis in claim.diagnoses:
        if diagnosis.code in seen:
            yield claim.at(diagnosis.segment, diagnosis.element, 2)
        seen.add(diagnosis.code)
