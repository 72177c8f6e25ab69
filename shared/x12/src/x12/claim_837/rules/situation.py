"""What one part of the claim demands or forbids in another: causes, places, frequency, attachments, dates."""

from __future__ import annotations

from collections.abc import Iterator

from x12.claim_837.rules.tables import CLAIMS
from x12.claim_837.rules.view import Claim
from x12.parts import period
from x12.rules import At, text

_MAX_CLAIM_NUMBER = 20


@CLAIMS.error(
    "SIT-CLAIM-NUMBER-REPEATED",
    "an earlier claim of this transaction set has the same number and frequency",
    do="Give every claim its own CLM01; the payer's answers are matched by it.",
    source="X222A1, X223A2 CLM01: unique within the submitter's system",
)
def repeated_number(claim: Claim) -> Iterator[At]:
    if claim.repeated:
        yield claim.at(claim.clm, 1)


@CLAIMS.warning(
    "SIT-CLAIM-NUMBER-LENGTH",
    "the claim's number has more characters than a receiver must keep",
    do="Use no more than 20 characters.",
    source="X222A1, X223A2 CLM01: 20 characters are supported",
)
def number_length(claim: Claim) -> Iterator[At]:
    if _MAX_CLAIM_NUMBER < len(claim.number) <= 38:
        yield claim.at(claim.clm, 1)


@CLAIMS.error(
    "SIT-CONTROL-NUMBER-MISSING",
    "a replacement or void lacks the payer's number of the claim that it is about",
    do="Send REF*F8 from the remittance advice; what the payer never took in is sent as an original.",
    source="X222A1, X223A2 loop 2300 REF*F8; X12 RFI 1538, 2110",
)
def control_number_missing(claim: Claim) -> Iterator[At]:
    if claim.frequency in ("7", "8") and not claim.first("REF", "F8"):
        yield claim.at("REF", 1, 0, "REF*F8")


@CLAIMS.error(
    "SIT-CONTROL-NUMBER-UNEXPECTED",
    "an original claim carries the payer's number of another claim",
    do="Remove REF*F8, or send the claim as a replacement.",
    source="X222A1, X223A2 loop 2300 REF*F8: with 7 and 8 only; claim edit lists; X12 RFI 2173",
)
def control_number_unexpected(claim: Claim) -> Iterator[At]:
    if claim.frequency == "1" and (segment := claim.first("REF", "F8")):
        yield claim.at(segment, 2)


@CLAIMS.error(
    "SIT-BEFORE-BIRTH",
    "a date of the claim is before the patient was born",
    do="Correct it or the date of birth.",
    source="X222A1, X223A2 DMG02 and loop 2300 DTP",
)
def before_birth(claim: Claim) -> Iterator[At]:
    born = claim.birth
    for segment in claim.all("DTP"):
        if born and text(segment, 1) not in ("484",) and (found := period(segment)) and found[0] < born:
            yield claim.at(segment, 3)


@CLAIMS.error(
    "SIT-ATTACHMENT-NUMBER",
    "an attachment that is sent apart from the claim has no control number",
    do="Send PWK05 = AC and the number under which the document is sent.",
    source="X222A1, X223A2 PWK06: required where PWK02 = BM, EL, EM, FT, FX",
)
def attachment_number(claim: Claim) -> Iterator[At]:
    for part in (claim, *claim.lines):
        for segment in part.all("PWK"):
            if text(segment, 2) in ("BM", "EL", "EM", "FT", "FX") and not text(segment, 6):
                yield part.at(segment, 6)


@CLAIMS.error(
    "SIT-ATTACHMENT-REPEATED",
    "two attachments carry the same control number",
    do="Give every document its own number.",
    source="X222A1, X223A2 PWK06; 006020X314: one document for each number",
)
def attachment_repeated(claim: Claim) -> Iterator[At]:
    seen: set[str] = set()
    for segment in claim.all("PWK"):
        control_number = text(segment, 6)
        if control_number and control_number in seen:
            yield claim.at(segment, 6)
        seen.add(control_number)
