"""SNIP 5, code sets: diagnosis, procedure, modifier, place and payer codes, as they were on the date of service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from itertools import combinations
from typing import Final

from codesets import icd10cm, tables
from codesets.icd10cm import AGE_RANGES, Release, matches
from codesets.x12_code_sets import CODE_SETS
from events.phi import PriorAdjustment
from x12.code_sets import Standing
from x12.identifiers import has_procedure_form, is_modifier, is_procedure

from claim_builder.scrubbing.edit import EditTable, Place, Snip, Subject

EDITS = EditTable(Snip.CODE_SET)

_ADDITIONAL: Final = ("B95", "B96", "B97", "R297", "R402", "R65", "Z15", "Z16", "Z17", "Z283", "Z37", "Z3A", "Z68")
"""Where codes begin that are never first-listed, without a dot."""

_FILING_INDICATORS: Final = "11 12 13 14 15 16 17 AM BL CH CI DS FI HM LM MA MB MC OF TV VA WC ZZ"
FILING_INDICATORS: Final = frozenset(_FILING_INDICATORS.split())
"""SBR09 of 005010X222A1."""

_ICD10_START: Final = date(2015, 10, 1)
_NDC: Final = re.compile(r"\d{11}", re.ASCII)
_GROUP_CODES: Final = frozenset({"CO", "OA", "PI", "PR"})
"""CAS01; CR does not exist in version 5010."""


@EDITS.error(
    "code-set.not-loaded",
    "No ICD-10-CM release is loaded for the date of service, so the diagnoses cannot be checked.",
    do="Load the release that was in force then, or correct the date of service.",
    source="ICD-10-CM releases by date of service",
)
def not_loaded(subject: Subject) -> Iterator[Place]:
    if subject.release is None:
        yield Place("service_date", "2300", "HI")


@EDITS.error(
    "diagnosis.before-icd10",
    "The date of service lies before 1 October 2015, when ICD-10-CM began.",
    do="Correct the date of service.",
    source="45 CFR 162.1002; HI qualifiers ABK and ABF",
)
def before_icd10(subject: Subject) -> Iterator[Place]:
    if subject.claim.service_date < _ICD10_START:
        yield Place("service_date", "2300", "HI")


@EDITS.error(
    "diagnosis.unknown",
    "A diagnosis code is not in the ICD-10-CM release of the date of service.",
    do="Send it back to coding.",
    source="ICD-10-CM tabular list",
)
def diagnosis_unknown(subject: Subject) -> Iterator[Place]:
    for at, code in subject.other_diagnoses:
        if subject.release is not None and not subject.release.is_valid(code):
            yield Place(f"diagnosis_codes/{at}", "2300", "HI")


@EDITS.error(
    "diagnosis.not-billable",
    "A diagnosis code is a category: more characters are needed.",
    do="Send it back to coding for the full code.",
    source="ICD-10-CM guideline I.B.2: highest number of characters",
)
def diagnosis_not_billable(subject: Subject) -> Iterator[Place]:
    for at, code in subject.other_diagnoses:
        if subject.release is not None and subject.release.is_valid(code):
            yield Place(f"diagnosis_codes/{at}", "2300", "HI")


@EDITS.error(
    "diagnosis.external-cause-first",
    "The first-listed diagnosis is an external cause (V00 to Y99).",
    do="List the injury or condition first.",
    source="ICD-10-CM guideline I.C.20.a.6; claim edit lists (external cause as principal)",
)
def external_cause_first(subject: Subject) -> Iterator[Place]:
    first = subject.claim.diagnosis_codes[:1]
    if first and first[0][:1].upper() in {"V", "W", "X", "Y"}:
        yield Place("diagnosis_codes/0", "2300", "HI01")


@EDITS.error(
    "diagnosis.secondary-first",
    "The first-listed diagnosis is one that only adds to another: an agent, weeks of gestation, BMI, resistance.",
    do="List the condition that it adds to first.",
    source="ICD-10-CM guidelines I.B.14, I.C.21.c.3; notes at B95-B97, R65, Z16, Z17, Z37, Z3A",
)
def secondary_first(subject: Subject) -> Iterator[Place]:
    first = subject.claim.diagnosis_codes[:1]
    if first and first[0].upper().startswith(_ADDITIONAL):
        yield Place("diagnosis_codes/0", "2300", "HI01")


@EDITS.error(
    "diagnosis.manifestation-first",
    "The first-listed diagnosis is a manifestation: the disease behind it must come first.",
    do="List the underlying disease first.",
    source="ICD-10-CM guideline I.A.13; Medicare Code Editor v43",
)
def manifestation_first(subject: Subject) -> Iterator[Place]:
    if any(at == 0 and facts.manifestation for at, facts in subject.flagged_diagnoses):
        yield Place("diagnosis_codes/0", "2300", "HI01")


@EDITS.error(
    "diagnosis.age-conflict",
    "A diagnosis does not fit the patient's age on the date of service.",
    do="Check the date of birth; send it back to coding if that is right.",
    source="Medicare Code Editor v43, age conflict",
)
def age_conflict(subject: Subject) -> Iterator[Place]:
    age = subject.patient_age
    for at, facts in subject.flagged_diagnoses:
        group = facts.age_group
        if age is not None and group and not AGE_RANGES[group][0] <= age <= AGE_RANGES[group][1]:
            yield Place(f"diagnosis_codes/{at}", "2300", "HI")


@EDITS.warning(
    "diagnosis.sex-conflict",
    "A diagnosis is usual for the other sex only.",
    do="Check the registration; the sex on the claim may rightly differ.",
    source="Medicare Code Editor v43, sex conflict (switched off by CMS: never a reason to hold)",
)
def sex_conflict(subject: Subject) -> Iterator[Place]:
    sex = subject.patient.sex
    for at, facts in subject.flagged_diagnoses:
        if facts.sex and sex in {"F", "M"} and sex != facts.sex:
            yield Place(f"diagnosis_codes/{at}", "2300", "HI")


@EDITS.warning(
    "diagnosis.unspecified",
    "A diagnosis is an unspecified one; payers may ask for more detail.",
    do="See whether the note supports a more specific code.",
    source="ICD-10-CM guideline I.B.18",
)
def unspecified(subject: Subject) -> Iterator[Place]:
    for at, code in subject.known_diagnoses:
        if subject.release and is_unspecified(subject.release, code):
            yield Place(f"diagnosis_codes/{at}", "2300", "HI")


@lru_cache(maxsize=8192)
def is_unspecified(release: Release, code: str) -> bool:
    """Whether the code says so in its title."""
    return "unspecified" in release.title(code).lower()


@EDITS.warning(
    "diagnosis.excludes1",
    "Two diagnoses exclude each other by an Excludes1 note.",
    do="Keep one, unless they are unrelated conditions.",
    source="ICD-10-CM guideline I.A.12.a",
)
def excludes1(subject: Subject) -> Iterator[Place]:
    if subject.release is None:
        return
    for (_, code), (at, other) in combinations(subject.known_diagnoses, 2):
        if exclude_each_other(subject.release, code, other):
            yield Place(f"diagnosis_codes/{at}", "2300", "HI")


@lru_cache(maxsize=65_536)
def exclude_each_other(release: Release, code: str, other: str) -> bool:
    """Whether an Excludes1 note that bears on either code names the other."""
    return any(matches(other, it) for it in excluded_by(release, code)) or any(
        matches(code, it) for it in excluded_by(release, other)
    )


@lru_cache(maxsize=8192)
def excluded_by(release: Release, code: str) -> tuple[str, ...]:
    """The codes and ranges named by the Excludes1 notes that bear on a code."""
    return tuple(reference for note in release.excludes1(code) for reference in note.references)


@EDITS.error(
    "procedure.format",
    "A procedure code is neither a CPT nor a HCPCS level II code by its form.",
    do="Correct the code.",
    source="45 CFR 162.1002: CPT and HCPCS, with D codes for medical dental services (42 CFR 411.15(i)); SV101-1 = HC",
    version=2,
)
def procedure_format(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if not has_procedure_form(line.code):
            yield Place(f"{path}/code", "2400", "SV101-2")


@EDITS.error(
    "procedure.range",
    "A CPT code lies outside the ranges in use.",
    do="Correct the code.",
    source="CPT sections: 00100 to 01999 and 10004 to 99607; claim edit lists (CPT outside range)",
)
def procedure_range(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if has_procedure_form(line.code) and not is_procedure(line.code):
            yield Place(f"{path}/code", "2400", "SV101-2")


@EDITS.error(
    "modifier.format",
    "A modifier is not two letters or digits.",
    do="Correct the modifier.",
    source="005010X222A1 loop 2400 SV101-3 to SV101-6",
    only="modifiers",
)
def modifier_format(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        for at, modifier in enumerate(line.modifiers):
            if not is_modifier(modifier) or modifier == "00":
                yield Place(f"{path}/modifiers/{at}", "2400", "SV101")


@EDITS.error(
    "place-of-service.unknown",
    "A place of service code is not in the CMS list.",
    do="Correct the code; 11 is the office, 10 and 02 are telehealth.",
    source="CMS place of service code set; CLM05-1, SV105",
)
def place_of_service(subject: Subject) -> Iterator[Place]:
    known = tables.places_of_service()
    if subject.claim.place_of_service not in known:
        yield Place("place_of_service", "2300", "CLM05-1")
    for path, line in subject.lines:
        if line.place_of_service is not None and line.place_of_service not in known:
            yield Place(f"{path}/place_of_service", "2400", "SV105")


@EDITS.error(
    "payer.filing-indicator",
    "A claim filing indicator is not in the list.",
    do="Use CI for commercial, MB for Medicare Part B, MC for Medicaid, BL for Blue Cross Blue Shield.",
    source="005010X222A1 SBR09 of loops 2000B and 2320",
)
def filing_indicator(subject: Subject) -> Iterator[Place]:
    claim = subject.claim
    if claim.coverage.filing_indicator not in FILING_INDICATORS:
        yield Place("coverage/filing_indicator", "2000B", "SBR09")
    for path, other in subject.other_covers:
        if other.filing_indicator not in FILING_INDICATORS:
            yield Place(f"{path}/filing_indicator", "2320", "SBR09")


def _prior_adjustments(subject: Subject) -> Iterator[tuple[str, str, PriorAdjustment]]:
    for path, payment in subject.prior_payments:
        for at, adjustment in enumerate(payment.adjustments):
            yield f"{path}/adjustments/{at}", "2320", adjustment
        for number, line in enumerate(payment.lines):
            for at, adjustment in enumerate(line.adjustments):
                yield f"{path}/lines/{number}/adjustments/{at}", "2430", adjustment


@EDITS.error(
    "cob.group-code",
    "An adjustment's group code is not CO, OA, PI or PR.",
    do="Take it from the earlier payer's remittance advice; CR ended with version 4010.",
    source="005010X222A1 CAS01",
    only="prior_payments",
)
def group_code(subject: Subject) -> Iterator[Place]:
    for path, loop, adjustment in _prior_adjustments(subject):
        if adjustment.group_code not in _GROUP_CODES:
            yield Place(f"{path}/group_code", loop, "CAS01")


@EDITS.error(
    "cob.reason-code",
    "An adjustment's reason is not a claim adjustment reason code.",
    do="Take it from the earlier payer's remittance advice.",
    source="005010X222A1 CAS02; CARC numbers",
    version=2,
    only="prior_payments",
)
def reason_code(subject: Subject) -> Iterator[Place]:
    for path, loop, adjustment in _prior_adjustments(subject):
        if CODE_SETS.adjustment_reason(adjustment.reason_code) is Standing.UNKNOWN:
            yield Place(f"{path}/reason_code", loop, "CAS02")


@EDITS.warning(
    "cob.reason-retired",
    "An adjustment's reason is one that ended: right in an old decision, a mistake in a new one.",
    do="Compare with the earlier payer's remittance advice.",
    source="005010X222A1 CAS02; CARC numbers with a stop date",
    only="prior_payments",
)
def reason_retired(subject: Subject) -> Iterator[Place]:
    for path, loop, adjustment in _prior_adjustments(subject):
        if CODE_SETS.adjustment_reason(adjustment.reason_code) is Standing.RETIRED:
            yield Place(f"{path}/reason_code", loop, "CAS02")


@EDITS.error(
    "drug.ndc-format",
    "A national drug code is not eleven digits, or one digit eleven times.",
    do="Write it as 5-4-2 digits without hyphens, with the leading zero.",
    source="005010X222A1 loop 2410 LIN03",
    version=2,
    only="drug",
)
def ndc_format(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if line.drug is not None and (not _NDC.fullmatch(line.drug.ndc) or len(set(line.drug.ndc)) == 1):
            yield Place(f"{path}/drug/ndc", "2410", "LIN03")


def warm_up(day: date) -> None:
    """Read the code tables before the first claim comes; a quarter of a second."""
    release = icd10cm.on(day) or (icd10cm.releases() or (None,))[-1]
    if release is not None:
        release.is_billable("Z00.00")
        release.flags("Z00.00")
        excluded_by(release, "E11.9")
    tables.places_of_service()
    tables.adjustment_reasons()
    tables.modifiers()
