"""Codes of the uniform bill: type of bill, admission, patient status, and what HI carries.

Numbers only, as Medicare publishes them (Claims Processing Manual, chapter 25); the texts are NUBC's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from x12.claim_837i.rules.tables import CLAIMS, SETS
from x12.claim_837i.rules.view import Claim
from x12.parts import Part
from x12.rules import At, text

VERSION = "005010X223A2"
_BILL_TYPES = frozenset(
    [
        "11", "12", "13", "14", "18", "21", "22", "23", "28", "32", "33", "34", "41", "43", "65", "66", "71", "72",
        "73", "74", "75", "76", "77", "78", "79", "81", "82", "83", "84", "85", "86", "87", "89",
    ]
)  # fmt: skip
_FREQUENCIES = frozenset("0123456789ABCDEFGHIJKMOPQXYZ")
_ADMISSION_TYPES = frozenset("123459")
_ADMISSION_SOURCES = frozenset("123456789ABCDEFG")
_NEWBORN = "4"
_NEWBORN_SOURCES = frozenset("56")
_NEWBORN_SOURCES_BEGAN = date(2007, 10, 1)
_PATIENT_STATUS = frozenset(
    [f"{code:02d}" for code in (*range(1, 10), 20, 21, 30, *range(40, 44), 50, 51, *range(61, 67), 69, 70)]
    + [str(code) for code in range(81, 96)]
)
_TWO = re.compile(r"[0-9A-Z]{2}", re.ASCII)
_DRG = re.compile(r"\d{3,4}", re.ASCII)
_ICD_10_PCS = re.compile(r"[0-9A-HJ-NP-Z]{7}", re.ASCII)
_ICD_9_PROCEDURE = re.compile(r"\d{3,4}", re.ASCII)
_EXTERNAL = {"ABN": "VWXY", "BN": "E"}


@SETS.error(
    "REQ-VERSION",
    "GS08, or ST03 where it is sent, does not name the guide in force",
    do="Send 005010X223A2 in both.",
    source="005010X223A2 ST03: the same as GS08; 45 CFR 162.1102",
)
def version(root: Part) -> Iterator[At]:
    if root.context.group_version != VERSION:
        yield root.at("GS", 8, 0, root.context.group_version[:12])
    if text(root.first("ST"), 3) not in ("", VERSION):
        yield root.at(root.first("ST"), 3)


@CLAIMS.error(
    "COD-BILL-TYPE",
    "there is no such type of bill",
    do="Send the facility and the kind of care in CLM05-1, such as 11 or 13.",
    source="005010X223A2 CLM05-1; Medicare Claims Processing Manual 25, 75.1 (form locator 4)",
)
def bill_type(claim: Claim) -> Iterator[At]:
    if claim.place and claim.place not in _BILL_TYPES:
        yield claim.at(claim.clm, 5, 1)


@CLAIMS.error(
    "COD-FREQUENCY",
    "there is no such frequency of a bill",
    do="Send 1 for a whole stay or visit, 2 to 4 for parts, 7 to replace, 8 to take back.",
    source="005010X223A2 CLM05-3; Medicare Claims Processing Manual 25, 75.1 (form locator 4)",
)
def frequency(claim: Claim) -> Iterator[At]:
    if claim.frequency and claim.frequency not in _FREQUENCIES:
        yield claim.at(claim.clm, 5, 3)


@CLAIMS.error(
    "COD-ADMISSION-TYPE",
    "there is no such type of admission or visit",
    do="Send 1 to 5, or 9 where it is not known.",
    source="005010X223A2 CL101; Medicare Claims Processing Manual 25, 75.1 (form locator 14)",
)
def admission_type(claim: Claim) -> Iterator[At]:
    if (code := text(claim.cl1, 1)) and code not in _ADMISSION_TYPES:
        yield claim.at(claim.cl1, 1)


@CLAIMS.error(
    "COD-ADMISSION-SOURCE",
    "there is no such point of origin, or it is none of a newborn",
    do="Correct the code; newborns (type 4) have 5 or 6.",
    source="005010X223A2 CL102; Medicare Claims Processing Manual 25, 75.1 (form locator 15)",
)
def admission_source(claim: Claim) -> Iterator[At]:
    code, day = text(claim.cl1, 2), claim.first_served
    is_newborn = text(claim.cl1, 1) == _NEWBORN and day is not None and day >= _NEWBORN_SOURCES_BEGAN
    if code and code not in (_NEWBORN_SOURCES if is_newborn else _ADMISSION_SOURCES):
        yield claim.at(claim.cl1, 2)


@CLAIMS.error(
    "COD-PATIENT-STATUS",
    "there is no such patient status",
    do="Send 01 for home, 30 for a patient who stays, or what else fits.",
    source="005010X223A2 CL103; Medicare Claims Processing Manual 25, 75.2 (form locator 17)",
)
def patient_status(claim: Claim) -> Iterator[At]:
    if claim.patient_status and claim.patient_status not in _PATIENT_STATUS:
        yield claim.at(claim.cl1, 3)


@CLAIMS.error(
    "COD-CONDITION",
    "a condition, occurrence, span or value code is not two digits or capital letters",
    do="Correct the code.",
    source="005010X223A2 HI*BG, BH, BI, BE; NUBC form locators 18 to 41",
)
def two_characters(claim: Claim) -> Iterator[At]:
    for each in claim.codes("BG", "BH", "BI", "BE"):
        if each.code and not _TWO.fullmatch(each.code):
            yield claim.at(each.segment, each.element, 2)


@CLAIMS.error(
    "SIT-CODE-REPEATED",
    "a condition or value code stands twice, or an occurrence or span twice with the same dates",
    do="Send it once.",
    source="005010X223A2 HI*BG, BH, BI, BE",
)
def repeated(claim: Claim) -> Iterator[At]:
    seen: set[tuple[str, ...]] = set()
    for each in claim.codes("BG", "BH", "BI", "BE"):
        key = tuple(each.parts[:2] if each.parts[0] in ("BG", "BE") else each.parts)
        if key in seen:
            yield claim.at(each.segment, each.element, 2)
        seen.add(key)


@CLAIMS.error(
    "SIT-VALUE-NEGATIVE",
    "the amount of a value code is negative",
    do="Correct the amount.",
    source="005010X223A2 HI*BE, component 5",
)
def value_negative(claim: Claim) -> Iterator[At]:
    for each in claim.codes("BE"):
        if text(each.parts, 4).startswith("-"):
            yield claim.at(each.segment, each.element, 5)


@CLAIMS.error(
    "COD-DRG",
    "the diagnosis related group is not three or four digits",
    do="Send the number of the group.",
    source="005010X223A2 HI*DR; MS-DRG (three digits), APR-DRG with severity (four)",
)
def drg(claim: Claim) -> Iterator[At]:
    for each in claim.codes("DR"):
        if not _DRG.fullmatch(each.code):
            yield claim.at(each.segment, each.element, 2)


@CLAIMS.error(
    "COD-EXTERNAL-CAUSE",
    "what is sent as an external cause is none",
    do="Send V00 to Y99; other diagnoses have their own place.",
    source="005010X223A2 HI*ABN; ICD-10-CM guideline I.C.20; ICD-9-CM E codes",
)
def external_cause(claim: Claim) -> Iterator[At]:
    for each in claim.codes(*_EXTERNAL):
        if each.code and each.code[0] not in _EXTERNAL[each.parts[0]]:
            yield claim.at(each.segment, each.element, 2)


@CLAIMS.error(
    "COD-INPATIENT-PROCEDURE",
    "a procedure of HI has not the form of ICD-10-PCS (ICD-9-CM volume 3)",
    do="Send seven characters without I and O, and no point.",
    source="005010X223A2 HI*BBR, BBQ, BR, BQ; 45 CFR 162.1002",
)
def inpatient_procedure(claim: Claim) -> Iterator[At]:
    for each in claim.codes("BBR", "BBQ", "BR", "BQ"):
        form = _ICD_10_PCS if each.parts[0] in ("BBR", "BBQ") else _ICD_9_PROCEDURE
        if each.code and not form.fullmatch(each.code):
            yield claim.at(each.segment, each.element, 2)
