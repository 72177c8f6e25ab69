"""Diagnoses: their form, their code set on the date of service, their order, and the lines that point to them."""

from __future__ import annotations

from collections.abc import Iterator

from x12 import identifiers as ids
from x12.claim_837p.rules.tables import CLAIMS, LINES
from x12.claim_837p.rules.view import Claim, Line
from x12.rules import At, behind_gaps, first_repeat, text


@CLAIMS.error(
    "SIT-DIAGNOSIS-GAP",
    "a diagnosis stands behind an empty place",
    do="Fill HI01 to HI12 from the left: lines point to places.",
    source="005010X222A1 loop 2300 HI and SV107",
)
def diagnosis_gap(claim: Claim) -> Iterator[At]:
    for place, diagnosis in enumerate(claim.diagnoses, 1):
        if diagnosis.element != place:
            yield claim.at(diagnosis.segment, diagnosis.element)
            return


@LINES.error(
    "SIT-POINTER",
    "the line points to a diagnosis that the claim does not have",
    do="Point it to one of HI01 to HI12.",
    source="005010X222A1 SV107; claim edit lists (invalid diagnosis pointer)",
)
def pointer_unknown(line: Line) -> Iterator[At]:
    known = {str(diagnosis.element) for diagnosis in line.claim.diagnoses}
    for at, pointer in enumerate(line.pointers, 1):
        if pointer and pointer.lstrip("0") not in known:
            yield line.at(line.service, 7, at)


@LINES.error(
    "SIT-POINTER-REPEATED",
    "the line points to the same diagnosis twice",
    do="Name each diagnosis once for a line.",
    source="005010X222A1 SV107; X12 RFI 433",
)
def pointer_repeated(line: Line) -> Iterator[At]:
    at = first_repeat(line.pointers)
    if at is not None:
        yield line.at(line.service, 7, at + 1)


@LINES.error(
    "SIT-POINTER-GAP",
    "a diagnosis pointer stands behind an empty one",
    do="Fill SV107-1 to SV107-4 from the left.",
    source="005010X222A1 SV107-1 to SV107-4",
)
def pointer_gap(line: Line) -> Iterator[At]:
    for at in behind_gaps(line.pointers):
        yield line.at(line.service, 7, at + 1)


@CLAIMS.error(
    "COD-CONDITION",
    "an anesthesia procedure or condition code in HI has not its form",
    do="Correct the code.",
    source="005010X222A1 HI*BP, BO: a CPT or HCPCS code; HI*BG: two characters (NUBC)",
)
def other_codes(claim: Claim) -> Iterator[At]:
    for segment in claim.all("HI"):
        for at in range(1, min(len(segment), 13)):
            qualifier, _, code = text(segment, at).partition(claim.context.component)
            wrong_procedure = qualifier in ("BP", "BO") and not ids.is_procedure(code)
            if wrong_procedure or (qualifier == "BG" and not ids.is_modifier(code)):
                yield claim.at(segment, at, 2)
