"""SNIP 6, services: what goes together on a line, by kind of service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from codesets.x12_code_sets import CODE_SETS
from events.phi import ClaimLine
from x12.claim_837p.rules.services import MAMMOGRAPHY
from x12.code_sets import Standing

from claim_builder.scrubbing.edit import EditTable, Place, Snip, Subject

EDITS = EditTable(Snip.SERVICE)

# The same service again on one day is no duplicate if one of these says why.
_DISTINCT: Final = frozenset({"50", "59", "76", "77", "91", "RT", "LT", "XE", "XP", "XS", "XU"})
FROM_TO: Final = re.compile(r"[DEGHIJNPRS][DEGHIJNPRSX]")
"""Where an ambulance came from and went to, as a modifier of its services."""
_OF_PROCEDURES: Final = frozenset({"59", "50", "51", "58", "78", "79", "80", "82", "AS", "26", "TC", "RT", "LT"})
_ONCE_A_DAY_UNITS: Final = 1
_MAX_PAIRED_UNITS: Final = 1


def _number(line: ClaimLine) -> int:
    """The CPT number, or -1 for a code with letters."""
    return cpt_number(line.code)


@lru_cache(maxsize=16_384)
def cpt_number(code: str) -> int:
    """The code as a number, or -1 if it has letters."""
    return int(code) if code.isascii() and code.isdigit() else -1


def is_anesthesia(line: ClaimLine) -> bool:
    """CPT 00100 to 01999: billed by the minute; two at its end are billed by the unit."""
    return 100 <= _number(line) <= 1992


def is_evaluation(line: ClaimLine) -> bool:
    """Evaluation and management, and the ophthalmologic visits: codes that modifiers 24, 25 and 57 belong to."""
    return 99202 <= _number(line) <= 99499 or _number(line) in {92002, 92004, 92012, 92014} or line.code in _G_VISITS


_G_VISITS: Final = frozenset({"G0402", "G0438", "G0439", "G0101", "G0463"})


def is_laboratory(line: ClaimLine) -> bool:
    """CPT pathology and laboratory section."""
    return 80047 <= _number(line) <= 89398


@EDITS.warning(
    "charge.zero",
    "A service line is charged with nothing.",
    do="Check the charge; some payers want informational lines at zero, others refuse them.",
    source="claim edit lists (zero charge); X12 RFI 2836: payer's rule",
)
def zero_charge(subject: Subject) -> Iterator[Place]:
    for at, (path, line) in enumerate(subject.lines):
        if line.charge_cents == 0 and at not in subject.context.unpriced:
            yield Place(f"{path}/charge_cents", "2400", "SV102")


@EDITS.warning(
    "line.repeated",
    "The same service stands twice on one day, and no modifier says why.",
    do="Combine the units, or add the modifier that fits (76, 77, 91, 59 or X{EPSU}, RT and LT).",
    source="CARC 18; NCCI policy manual chapter I",
)
def repeated_line(subject: Subject) -> Iterator[Place]:
    seen: set[tuple[object, ...]] = set()
    for path, line in subject.lines:
        service = (line.code, line.modifiers, line.date_from, line.drug.ndc if line.drug else None)
        if service in seen and not _DISTINCT.intersection(line.modifiers):
            yield Place(path, "2400", "SV1")
        seen.add(service)


@EDITS.error(
    "modifier.repeated",
    "A service line carries the same modifier twice.",
    do="Keep it once.",
    source="005010X222A1 loop 2400 SV101",
    only="modifiers",
)
def repeated_modifier(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if len(set(line.modifiers)) < len(line.modifiers):
            yield Place(f"{path}/modifiers", "2400", "SV101")


@EDITS.error(
    "modifier.components",
    "A service line carries both 26 and TC: the two parts of a service are billed apart.",
    do="Bill the whole service without either, or each part on its own line.",
    source="Medicare physician fee schedule, professional and technical component",
    only="modifiers",
)
def both_components(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if {"26", "TC"} <= set(line.modifiers):
            yield Place(f"{path}/modifiers", "2400", "SV101")


@EDITS.warning(
    "modifier.sides",
    "A service line carries RT and LT, or one of them with 50.",
    do="Use 50 for both sides, or one line for each side.",
    source="Medicare Claims Processing Manual chapter 12, 40.7",
    only="modifiers",
)
def both_sides(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if len({"RT", "LT", "50"}.intersection(line.modifiers)) > 1:
            yield Place(f"{path}/modifiers", "2400", "SV101")


@EDITS.warning(
    "modifier.bilateral-units",
    "A bilateral service (50) has more than one unit.",
    do="Bill 50 with one unit.",
    source="Medicare Claims Processing Manual chapter 12, 40.7",
    only="modifiers",
)
def bilateral_units(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if "50" in line.modifiers and line.units > _MAX_PAIRED_UNITS:
            yield Place(f"{path}/units", "2400", "SV104")


@EDITS.warning(
    "modifier.evaluation-only",
    "Modifier 24, 25 or 57 stands on a service that is no evaluation and management.",
    do="Move it to the visit's line.",
    source="CPT modifiers 24, 25, 57 belong to E/M services; NCCI policy manual chapter I",
    only="modifiers",
)
def evaluation_modifier(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if {"24", "25", "57"}.intersection(line.modifiers) and not is_evaluation(line):
            yield Place(f"{path}/modifiers", "2400", "SV101")


@EDITS.warning(
    "modifier.procedure-on-visit",
    "A modifier for procedures stands on an evaluation and management service.",
    do="Use 25 or 24 on a visit; 59, 76, 26, sides and the like belong to procedures.",
    source="NCCI policy manual chapter I: 59 is not for E/M services; physician fee schedule: a visit has no two parts",
    version=2,
    only="modifiers",
)
def procedure_modifier_on_visit(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if not _OF_PROCEDURES.isdisjoint(line.modifiers) and is_evaluation(line):
            yield Place(f"{path}/modifiers", "2400", "SV101")


@EDITS.warning(
    "modifier.unknown",
    "A modifier is not in the table of known ones.",
    do="Check it; payers have modifiers of their own.",
    source="CPT and HCPCS level II modifiers",
    version=2,
    only="modifiers",
)
def unknown_modifier(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        for at, modifier in enumerate(line.modifiers):
            says_where = line.code.startswith("A0") and FROM_TO.fullmatch(modifier)
            if not says_where and CODE_SETS.modifier(modifier) is Standing.UNKNOWN:
                yield Place(f"{path}/modifiers/{at}", "2400", "SV101")


@EDITS.warning(
    "units.evaluation",
    "A visit is billed with more than one unit.",
    do="Bill one unit; prolonged time has codes of its own.",
    source="NCCI medically unlikely edits: one visit a day",
)
def evaluation_units(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if 99202 <= _number(line) <= 99215 and line.units > _ONCE_A_DAY_UNITS:
            yield Place(f"{path}/units", "2400", "SV104")


@EDITS.error(
    "units.minutes",
    "Minutes are billed for a service that is not anesthesia.",
    do="Bill units; only anesthesia is measured in minutes.",
    source="005010X222A1 loop 2400 SV103: MJ for anesthesia",
)
def minutes_elsewhere(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if line.unit_basis == "MJ" and not is_anesthesia(line):
            yield Place(f"{path}/unit_basis", "2400", "SV103")


@EDITS.warning(
    "units.anesthesia",
    "Anesthesia is billed in units, not in minutes.",
    do="Bill the minutes of anesthesia time.",
    source="005010X222A1 loop 2400 SV103; Medicare Claims Processing Manual chapter 12, 50",
)
def anesthesia_units(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if line.unit_basis == "UN" and is_anesthesia(line):
            yield Place(f"{path}/unit_basis", "2400", "SV103")


@EDITS.warning(
    "units.fraction",
    "Units of a visit or procedure are not whole.",
    do="Check the units; fractions are usual for drugs, supplies and mileage only.",
    source="005010X222A1 loop 2400 SV104",
)
def fractional_units(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if _number(line) > 0 and line.units.is_finite() and line.units != line.units.to_integral_value():
            yield Place(f"{path}/units", "2400", "SV104")


@EDITS.error(
    "drug.quantity",
    "A drug's quantity is not above zero.",
    do="Complete the quantity in the unit of the NDC.",
    source="005010X222A1 loop 2410 CTP04; claim edit lists (drug unit count)",
    only="drug",
)
def drug_quantity(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if line.drug is not None and not line.drug.quantity > 0:
            yield Place(f"{path}/drug/quantity", "2410", "CTP04")


@EDITS.warning(
    "drug.ndc-missing",
    "A drug is billed by its J code without the national drug code.",
    do="Add NDC, quantity and unit; Medicaid and many other payers demand them.",
    source="005010X222A1 loop 2410; 42 CFR 447.520 for Medicaid",
)
def drug_without_ndc(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if line.code.startswith("J") and line.drug is None:
            yield Place(f"{path}/drug", "2410", "LIN03")


@EDITS.warning(
    "clia.missing",
    "A laboratory test done in the practice has no CLIA number on claim or line.",
    do="Add the CLIA number; mark a test sent out with modifier 90.",
    source="005010X222A1 REF*X4 of loops 2300 and 2400; 42 CFR 493",
    version=2,
)
def clia_missing(subject: Subject) -> Iterator[Place]:
    for _ in tests_without_clia(subject):
        yield Place("clia_number", "2300", "REF*X4")
        return


def tests_without_clia(subject: Subject, *, sent_out: bool = False) -> Iterator[tuple[str, ClaimLine]]:
    """Path and line of tests that were done here, not only read, under no CLIA number; those `sent_out` as well."""
    if subject.claim.clia_number:
        return
    for path, line in subject.lines:
        elsewhere = "26" in line.modifiers or ("90" in line.modifiers and not sent_out)
        if is_laboratory(line) and not line.clia_number and not elsewhere:
            yield path, line


@EDITS.error(
    "mammography.certification-missing",
    "A mammogram is billed without the certification number of the facility that made it.",
    do="Add the number of the facility's certificate; modifier 26 if only the reading is billed.",
    source="005010X222A1 loop 2300 REF*EW; Mammography Quality Standards Act, 21 CFR 900.11",
)
def mammography_certification_missing(subject: Subject) -> Iterator[Place]:
    made = (line for _, line in subject.lines if line.code in MAMMOGRAPHY and "26" not in line.modifiers)
    if subject.claim.mammography_certification_number is None and any(
        line.mammography_certification_number is None for line in made
    ):
        yield Place("mammography_certification_number", "2300", "REF*EW")
