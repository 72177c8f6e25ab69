"""Service lines: revenue codes, procedures, units, what is not covered, and days of room and board."""

from __future__ import annotations

import re
from collections.abc import Iterator

from x12 import identifiers as ids
from x12.claim_837i.rules.tables import CLAIMS, LINES
from x12.claim_837i.rules.view import OUTPATIENT, Claim, Line
from x12.parts import money, number
from x12.rules import At

_REVENUE = re.compile(r"[0-3]\d{3}", re.ASCII)
_TOTAL = "0001"
_DENTAL = re.compile(r"D\d{4}", re.ASCII)
_NON_COVERED = 7
_NEEDS_PROCEDURE = ("030", "031", "032", "033", "034", "035", "036", "045", "0636")
_ROOM_AND_BOARD = ("010", "011", "012", "013", "014", "015", "016", "017", "019", "020", "021")
_STILL_A_PATIENT = "30"


@LINES.error(
    "COD-REVENUE",
    "the revenue code is not four digits, or is the total, which has no line in an electronic claim",
    do="Correct the code; send the total as CLM02 only.",
    source="005010X223A2 SV201: NUBC form locator 42, four digits",
)
def revenue(line: Line) -> Iterator[At]:
    if line.revenue and (not _REVENUE.fullmatch(line.revenue) or line.revenue == _TOTAL):
        yield line.at(line.service, 1)


@LINES.error(
    "COD-PROCEDURE",
    "the procedure code has not the form of CPT or HCPCS",
    do="Correct the code.",
    source="45 CFR 162.1002; SV202-2 where SV202-1 = HC",
)
def procedure_form(line: Line) -> Iterator[At]:
    known = ids.is_procedure(line.procedure) or _DENTAL.fullmatch(line.procedure)
    if line.qualifier == "HC" and line.procedure and not known:
        yield line.at(line.service, 2, 2)


@LINES.warning(
    "SIT-PROCEDURE-MISSING",
    "an outpatient line with a revenue code of tests, surgery, emergency room or drugs names no procedure",
    do="Send the HCPCS code in SV202.",
    source="005010X223A2 SV202: required on outpatient lines where a HCPCS code exists; 42 CFR 419",
)
def procedure_missing(line: Line) -> Iterator[At]:
    if line.claim.place in OUTPATIENT and not line.procedure and line.revenue.startswith(_NEEDS_PROCEDURE):
        yield line.at(line.service, 2)


@LINES.error(
    "SRV-UNITS",
    "the units are negative, or none where something is charged",
    do="Send at least what was done.",
    source="005010X223A2 SV205; claim edit lists (unit count)",
)
def units(line: Line) -> Iterator[At]:
    found = number(line.service, line.UNITS)
    if found is not None and (found < 0 or (found == 0 and line.charge)):
        yield line.at(line.service, line.UNITS)


@LINES.error(
    "SRV-NON-COVERED",
    "what is not covered is negative, or more than the charge",
    do="Correct SV207.",
    source="005010X223A2 SV207: the part of the charge that is not covered",
)
def non_covered(line: Line) -> Iterator[At]:
    found = money(line.service, _NON_COVERED)
    if found is not None and (found < 0 or (line.charge is not None and found > line.charge)):
        yield line.at(line.service, _NON_COVERED)


@CLAIMS.warning(
    "SRV-DAYS",
    "more days of room and board are billed than the statement covers",
    do="Check the units of the lines 010X to 021X; the day of discharge does not count.",
    source="005010X223A2 SV205 where SV204 = DA; Medicare Claims Processing Manual 25, 75.5 (form locator 46)",
)
def days(claim: Claim) -> Iterator[At]:
    rooms = [line for line in claim.lines if line.revenue.startswith(_ROOM_AND_BOARD)]
    billed = sum(number(line.service, line.UNITS) or 0 for line in rooms)
    if rooms and claim.statement:
        covered = (claim.statement[1] - claim.statement[0]).days
        if billed > max(1, covered + (claim.patient_status == _STILL_A_PATIENT)):
            yield rooms[0].at(rooms[0].service, rooms[0].UNITS)
