"""Service lines: codes, modifiers, units, charges, drugs, and what a kind of service needs elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from x12 import identifiers as ids
from x12.amounts import cents_text
from x12.claim_837.rules.tables import CLAIMS, LINES
from x12.claim_837.rules.view import Claim, Line
from x12.code_sets import Standing
from x12.parts import number
from x12.rules import At, behind_gaps, first_repeat, text

_NDC = re.compile(r"\d{11}", re.ASCII)
_AMBULANCE_LOCATIONS = frozenset("DEGHIJNPRSX")
_MAX_UNIT_DIGITS = 8
_MAX_UNIT_DECIMALS = 3
_MAX_CONTROL_NUMBER = 30


@CLAIMS.error(
    "BAL-TOTAL",
    "the service lines do not add up to the claim's charge",
    do="Correct the amounts so that they add up.",
    source="X222A1, X223A2 CLM02: the sum of SV102",
)
def total(claim: Claim) -> Iterator[At]:
    lines = sum(line.charge or 0 for line in claim.lines)
    if claim.charge is not None and lines != claim.charge:
        detail = f"lines {cents_text(lines)}, claim {cents_text(claim.charge)}"
        yield claim.at(claim.clm, 2, 0, detail)


@CLAIMS.error(
    "SRV-CHARGE-NEGATIVE",
    "a charge is negative",
    do="Send what is charged; a claim is taken back by frequency 8.",
    source="X222A1, X223A2 CLM02, SV102",
)
def charge_negative(claim: Claim) -> Iterator[At]:
    if claim.charge is not None and claim.charge < 0:
        yield claim.at(claim.clm, 2)
    for line in claim.lines:
        if line.charge is not None and line.charge < 0:
            yield line.at(line.service, line.CHARGE)


@CLAIMS.error(
    "REQ-LINE-NUMBER",
    "the lines are not numbered 1, 2, 3 in their order",
    do="Renumber LX01 from 1.",
    source="X222A1, X223A2 LX01: sequential in each claim, from 1",
)
def line_numbers(claim: Claim) -> Iterator[At]:
    for line in claim.lines:
        lx = line.first("LX")
        if text(lx, 1).lstrip("0") != str(line.number):
            yield line.at(lx, 1)
            return


@CLAIMS.error(
    "SIT-LINE-CONTROL-REPEATED",
    "two lines carry the same control number",
    do="Give every line its own; the payer's answer is matched by it.",
    source="X222A1, X223A2 loop 2400 REF*6R; X12 RFI 1917",
)
def control_repeated(claim: Claim) -> Iterator[At]:
    seen: set[str] = set()
    for line in claim.lines:
        segment = line.first("REF", "6R")
        if segment and text(segment, 2) in seen:
            yield line.at(segment, 2)
        seen.add(text(segment, 2))


@LINES.warning(
    "SIT-LINE-CONTROL-LENGTH",
    "the line's control number has more characters than a receiver must keep",
    do="Use no more than 30 characters.",
    source="X222A1, X223A2 loop 2400 REF*6R: 30 characters are supported",
)
def control_length(line: Line) -> Iterator[At]:
    segment = line.first("REF", "6R")
    if len(text(segment, 2)) > _MAX_CONTROL_NUMBER:
        yield line.at(segment, 2)


@LINES.error(
    "COD-PROCEDURE-UNKNOWN",
    "the procedure code does not exist on the date of service",
    do="Send the claim back to coding.",
    source="CPT and HCPCS releases that the user loaded, by date of service",
)
def procedure_unknown(line: Line) -> Iterator[At]:
    if line.qualifier == "HC" and line.served and ids.is_procedure(line.procedure):
        standing = line.context.codes.procedure(line.procedure, line.served[0])
        if standing in (Standing.UNKNOWN, Standing.RETIRED):
            yield line.at(line.service, line.PROCEDURE, 2)


@LINES.error(
    "COD-MODIFIER",
    "the modifier is not two capital letters or digits, or does not exist",
    do="Correct the modifier.",
    source="X222A1, X223A2 SV101-3 to SV101-6; CPT and HCPCS level II modifiers",
)
def modifier(line: Line) -> Iterator[At]:
    ambulance = line.procedure[:2] == "A0"
    for at, code in enumerate(line.modifiers, 3):
        if not code or (ambulance and set(code) <= _AMBULANCE_LOCATIONS and len(code) == 2):
            continue
        if not ids.is_modifier(code) or line.context.codes.modifier(code) is Standing.UNKNOWN:
            yield line.at(line.service, line.PROCEDURE, at)


@LINES.error(
    "SRV-MODIFIER-REPEATED",
    "the line carries the same modifier twice",
    do="Keep it once.",
    source="X222A1, X223A2 SV101-3 to SV101-6",
)
def modifier_repeated(line: Line) -> Iterator[At]:
    at = first_repeat(line.modifiers)
    if at is not None:
        yield line.at(line.service, line.PROCEDURE, at + 3)


@LINES.error(
    "REQ-MODIFIER-GAP",
    "a modifier stands behind an empty one",
    do="Fill SV101-3 to SV101-6 from the left.",
    source="X222A1, X223A2 SV101-3 to SV101-6",
)
def modifier_gap(line: Line) -> Iterator[At]:
    for at in behind_gaps(line.modifiers):
        yield line.at(line.service, line.PROCEDURE, at + 3)


@LINES.error(
    "SRV-MODIFIER-COMPONENTS",
    "the line carries both 26 and TC",
    do="Bill the whole service without either, or each part on its own line.",
    source="Medicare physician fee schedule, professional and technical component",
)
def modifier_components(line: Line) -> Iterator[At]:
    if "26" in line.modifiers and "TC" in line.modifiers:
        yield line.at(line.service, line.PROCEDURE, 3)


@LINES.error(
    "REQ-UNITS",
    "the units have more than eight digits or three decimals",
    do="Round the units.",
    source="X222A1, X223A2 SV104: eight digits, three decimals",
)
def units_form(line: Line) -> Iterator[At]:
    whole, _, fraction = text(line.service, line.UNITS).lstrip("-").partition(".")
    if len(fraction) > _MAX_UNIT_DECIMALS or len(whole + fraction) > _MAX_UNIT_DIGITS:
        yield line.at(line.service, line.UNITS)


@LINES.error(
    "COD-NDC",
    "the national drug code is not eleven digits of a drug",
    do="Write it as 5-4-2 digits without hyphens, with leading zeros.",
    source="X222A1, X223A2 loop 2410 LIN03 where LIN02 = N4",
)
def drug_code(line: Line) -> Iterator[At]:
    drug = line.child("2410")
    lin = drug.first("LIN") if drug else []
    code = text(lin, 3)
    if drug is not None and text(lin, 2) == "N4" and (not _NDC.fullmatch(code) or len(set(code)) == 1):
        yield At(drug, lin, 3)


@LINES.error(
    "SRV-DRUG-UNITS",
    "the quantity of the drug is not above zero",
    do="Send the quantity that was given.",
    source="X222A1, X223A2 loop 2410 CTP04; claim edit lists (drug unit count)",
)
def drug_units(line: Line) -> Iterator[At]:
    drug = line.child("2410")
    ctp = drug.first("CTP") if drug else []
    found = number(ctp, 4)
    if drug is not None and found is not None and found <= 0:
        yield At(drug, ctp, 4)
