"""Service lines: codes, modifiers, units, charges, drugs, and what a kind of service needs elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from x12 import identifiers as ids
from x12.claim_837p.rules.tables import CLAIMS, LINES
from x12.claim_837p.rules.view import Claim, Line
from x12.claim_837p.unlisted import is_unlisted
from x12.code_sets import Standing
from x12.parts import number
from x12.rules import At, text

_TRANSPORTS = frozenset(f"A0{number}" for number in range(426, 435))
_UNTIMED_ANESTHESIA = frozenset(["01953", "01968", "01969", "01996", "01999"])
MAMMOGRAPHY = frozenset(["77063", "77065", "77066", "77067", "G0279"])
_WITHOUT_CLIA = frozenset(
    ["80500", "80502", "80503", "80504", "80505", "80506", "81050", "82075", "83013", "83014", "83987"]
)
"""Consultations, breath tests, urine volume, breath condensate: excluded from CLIA edits by CMS."""
_OVERSIGHT = frozenset(["G0181", "G0182"])
_SPINAL = frozenset(["98940", "98941", "98942"])
_CONTRADICTIONS = (frozenset(["26", "TC"]), frozenset(["JW", "JZ"]))
_REPEATS = frozenset(["76", "77", "91", "59", "XE", "XP", "XS", "XU", "25", "RT", "LT", "50"])


@CLAIMS.warning(
    "SRV-CHARGE-ZERO",
    "nothing is charged",
    do="Check the charge; some payers want lines at zero, others refuse them.",
    source="claim edit lists (zero charge); X12 RFI 2836: the payer's rule",
)
def charge_zero(claim: Claim) -> Iterator[At]:
    if claim.charge == 0:
        yield claim.at(claim.clm, 2)
    for line in claim.lines:
        if line.charge == 0:
            yield line.at(line.service, 2)


@LINES.error(
    "COD-PROCEDURE",
    "the procedure code has not the form of CPT or HCPCS, or lies outside of their sections",
    do="Correct the code; dental codes go on a dental claim.",
    source="45 CFR 162.1002; SV101-2 where SV101-1 = HC; claim edit lists (CPT outside range, invalid HCPCS II)",
)
def procedure_form(line: Line) -> Iterator[At]:
    dental = line.procedure[:1] == "D"
    if line.qualifier == "HC" and line.procedure and (dental or not ids.is_procedure(line.procedure)):
        yield line.at(line.service, 1, 2)


@LINES.error(
    "SRV-UNITS",
    "the units are not above zero",
    do="Send at least what was done; a part of a unit has decimals.",
    source="005010X222A1 SV104; claim edit lists (unit count)",
)
def units(line: Line) -> Iterator[At]:
    found = number(line.service, 4)
    if found is not None and found <= 0:
        yield line.at(line.service, 4)


def _is_anesthesia(line: Line) -> bool:
    return line.procedure[:2] in ("00", "01") and ids.is_procedure(line.procedure)


@LINES.error(
    "SRV-MINUTES",
    "minutes are billed for a service that is not anesthesia",
    do="Bill units.",
    source="005010X222A1 SV103: MJ for anesthesia",
)
def minutes(line: Line) -> Iterator[At]:
    is_cpt = ids.is_procedure(line.procedure) and line.procedure.isdigit()
    if text(line.service, 3) == "MJ" and is_cpt and not _is_anesthesia(line):
        yield line.at(line.service, 3)


@LINES.error(
    "SIT-DESCRIPTION",
    "a service without a code of its own is billed, and nothing says what was done",
    do="Describe it in SV101-7 in a few words.",
    source="005010X222A1 SV101-7: required where the code does not describe the service; CARC 16 with RARC N350",
)
def undescribed(line: Line) -> Iterator[At]:
    described = line.service and len(text(line.service, 1).split(line.context.component)) > 6
    noted = described or line.first("NTE") or line.claim.first("NTE") or line.child("2410") is not None
    if is_unlisted(line.procedure) and not noted:
        yield line.at(line.service, 1, 7)


@LINES.error(
    "SRV-MODIFIERS-EXCLUDE",
    "two modifiers of a line contradict each other",
    do="Keep the one that is true.",
    source="CPT and HCPCS modifiers: 26 is the professional, TC the technical part; JW is waste, JZ is none",
)
def contradiction(line: Line) -> Iterator[At]:
    for pair in _CONTRADICTIONS:
        if pair.issubset(line.modifiers):
            yield line.at(line.service, 1)


@LINES.error(
    "SRV-ANESTHESIA-UNITS",
    "anesthesia that is measured in time is billed in units",
    do="Bill the minutes of anesthesia time (MJ).",
    source="005010X222A1 SV103: minutes where the code defines no period; Medicare Claims Processing Manual 12, 50",
)
def anesthesia_units(line: Line) -> Iterator[At]:
    if text(line.service, 3) == "UN" and _is_anesthesia(line) and line.procedure not in _UNTIMED_ANESTHESIA:
        yield line.at(line.service, 3)


@LINES.error(
    "COD-PLACE",
    "the line's place of service is not in the CMS list",
    do="Correct the code, or leave it out where it is the claim's.",
    source="CMS place of service code set (code source 237); SV105",
)
def line_place(line: Line) -> Iterator[At]:
    code = text(line.service, 5)
    form = len(code) == 2 and code.isdigit()
    if code and (not form or line.context.codes.place_of_service(code) is Standing.UNKNOWN):
        yield line.at(line.service, 5)


@LINES.error(
    "SIT-AMBULANCE",
    "an ambulance transport is billed without its particulars",
    do="Send CR1 at the claim or the line.",
    source="005010X222A1 CR1: required on claims for ambulance transport",
)
def ambulance(line: Line) -> Iterator[At]:
    if line.procedure in _TRANSPORTS and not line.first("CR1") and not line.claim.first("CR1"):
        yield line.claim.at("CR1")


@LINES.error(
    "SIT-AMBULANCE-PLACES",
    "an ambulance transport is billed without pick-up and drop-off",
    do="Send loops 2310E and 2310F.",
    source="005010X222A1 loops 2310E, 2310F: required where ambulance transport is billed",
)
def ambulance_places(line: Line) -> Iterator[At]:
    if line.procedure in _TRANSPORTS:
        for of_claim, of_line, code in (("2310E", "2420G", "PW"), ("2310F", "2420H", "45")):
            if line.claim.child(of_claim) is None and line.child(of_line) is None:
                yield line.claim.at("NM1", 1, 0, f"NM1*{code}")


@LINES.error(
    "SIT-PATIENT-COUNT",
    "the number of patients in the ambulance is not a whole number above zero",
    do="Send how many were transported.",
    source="005010X222A1 loop 2400 QTY*PT",
)
def patient_count(line: Line) -> Iterator[At]:
    segment = line.first("QTY", "PT")
    found = number(segment, 2)
    if found is not None and (found <= 0 or found % 1 != 0):
        yield line.at(segment, 2)


@LINES.error(
    "SIT-MAMMOGRAPHY",
    "a mammogram is billed without the certification number of who made it",
    do="Send REF*EW at the claim or the line.",
    source="005010X222A1 REF*EW: required where a certified provider renders mammography; 21 CFR 900.11",
)
def mammography(line: Line) -> Iterator[At]:
    made = line.procedure in MAMMOGRAPHY and "26" not in line.modifiers
    if made and not line.first("REF", "EW") and not line.claim.first("REF", "EW"):
        yield line.at("REF", 1, 0, "REF*EW")


@LINES.warning(
    "SIT-CARE-PLAN-OVERSIGHT",
    "care plan oversight is billed without the number of the home health agency or hospice",
    do="Send REF*1J.",
    source="005010X222A1 loop 2300 REF*1J",
)
def oversight(line: Line) -> Iterator[At]:
    if line.procedure in _OVERSIGHT and not line.claim.first("REF", "1J"):
        yield line.claim.at("REF", 1, 0, "REF*1J")


@LINES.warning(
    "SIT-CLIA",
    "a laboratory test is billed without a CLIA number",
    do="Send REF*X4 at the claim or the line, unless the test needs none.",
    source="005010X222A1 REF*X4; 42 CFR 493",
)
def laboratory(line: Line) -> Iterator[At]:
    if _lacks_clia(line) and not _is_medicares_test(line):
        yield line.at("REF", 1, 0, "REF*X4")


@LINES.error(
    "SIT-CLIA-MEDICARE",
    "a laboratory test that only a certified laboratory may make is billed to Medicare without a CLIA number",
    do="Send REF*X4 at the claim or the line (REF*F4 of the laboratory that made it).",
    source="Medicare Claims Processing Manual 16, 70.2 and 70.10; 42 CFR 493; 005010X222A1 REF*X4, REF*F4",
)
def medicares_test(line: Line) -> Iterator[At]:
    if _lacks_clia(line) and _is_medicares_test(line):
        yield line.at("REF", 1, 0, "REF*X4")


def _lacks_clia(line: Line) -> bool:
    code = line.procedure
    is_test = len(code) == 5 and code.isdigit() and "80047" <= code <= "89398"
    parts = (line, line.claim)
    return is_test and not any(part.first("REF", kind) for part in parts for kind in ("X4", "F4"))


def _is_medicares_test(line: Line) -> bool:
    is_made_here = is_certified_test(line.procedure) and "26" not in line.modifiers
    return line.claim.filing_indicator == "MB" and is_made_here


def is_certified_test(procedure: str) -> bool:
    """Whether a CPT code is surely a test that CLIA covers.

    Chemistry to microbiology without what CMS leaves out of CLIA; the rest of the section is mixed.
    """
    is_sure = "80047" <= procedure <= "85999" or "87003" <= procedure <= "87999"
    return len(procedure) == 5 and procedure.isdigit() and is_sure and procedure not in _WITHOUT_CLIA


@LINES.warning(
    "SIT-SPINAL",
    "spinal manipulation is billed to Medicare without its particulars",
    do="Send CR2.",
    source="005010X222A1 loop 2300 CR2",
)
def spinal(line: Line) -> Iterator[At]:
    if line.procedure in _SPINAL and line.claim.filing_indicator == "MB" and not line.claim.first("CR2"):
        yield line.claim.at("CR2")


@CLAIMS.warning(
    "SRV-LINE-REPEATED",
    "the same service stands twice on one day, and no modifier says why",
    do="Combine the units, or add the modifier that fits.",
    source="CARC 18; NCCI policy manual chapter I",
)
def line_repeated(claim: Claim) -> Iterator[At]:
    seen: set[tuple[str, object]] = set()
    for line in claim.lines:
        key = (text(line.service, 1), line.served)
        if key in seen and not _REPEATS.intersection(line.modifiers):
            yield line.at(line.service, 1)
        seen.add(key)


@LINES.warning(
    "SIT-PURCHASED",
    "a purchased service names no one who provided it",
    do="Send loop 2420B.",
    source="005010X222A1 loop 2420B: required where PS1 is used",
)
def purchased(line: Line) -> Iterator[At]:
    if line.first("PS1") and line.child("2420B") is None:
        yield line.at(line.first("PS1"), 1)
