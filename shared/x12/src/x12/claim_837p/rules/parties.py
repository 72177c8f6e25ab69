"""Who is who: submitter, providers, subscriber, patient, payer; their identifiers and addresses."""

from __future__ import annotations

from collections.abc import Iterator

from x12.checking import parse_date
from x12.claim_837.rules.parties import born
from x12.claim_837.rules.view import RANKS
from x12.claim_837p.rules.tables import CLAIMS, PATIENTS, SETS, SUBSCRIBERS
from x12.claim_837p.rules.view import Claim
from x12.parts import Part
from x12.rules import At, text

VERSION = "005010X222A1"


@SETS.error(
    "REQ-VERSION",
    "GS08 or ST03 does not name the guide in force",
    do="Send 005010X222A1 in both.",
    source="005010X222A1 ST03: the same as GS08; 45 CFR 162.1102",
)
def version(root: Part) -> Iterator[At]:
    if root.context.group_version != VERSION:
        yield root.at("GS", 8, 0, root.context.group_version[:12])
    if text(root.first("ST"), 3) != VERSION:
        yield root.at(root.first("ST"), 3)


@SUBSCRIBERS.error(
    "SIT-MSP-TYPE",
    "Medicare is not the first payer, and the insurance type (SBR05) that says why is missing",
    do="Send SBR05, such as 12 (working aged) or 47 (liability).",
    source="005010X222A1 loop 2000B SBR05; Medicare Part B secondary payer claims",
)
def medicare_secondary(part: Part) -> Iterator[At]:
    sbr = part.first("SBR")
    if text(sbr, 9) == "MB" and RANKS.find(text(sbr, 1)) > 0 and not text(sbr, 5):
        yield part.at(sbr, 5)


@SUBSCRIBERS.warning(
    "SIT-MSP-UNEXPECTED",
    "the insurance type (SBR05) is for Medicare as a later payer only",
    do="Leave SBR05 empty.",
    source="005010X222A1 loop 2000B SBR05",
)
def medicare_primary(part: Part) -> Iterator[At]:
    sbr = part.first("SBR")
    if text(sbr, 5) and (text(sbr, 1) == "P" or text(sbr, 9) not in ("MA", "MB")):
        yield part.at(sbr, 5)


def _death(part: Part, loop_id: str) -> Iterator[At]:
    pat = part.first("PAT")
    died, made = parse_date(text(pat, 6)), part.context.created
    if died is None:
        return
    if made is not None and died > made:
        yield part.at(pat, 6)
    for _, _, day in born(part, loop_id):
        if died < day:
            yield part.at(pat, 6)


_DEATH = {
    "do": "Correct the date of death.",
    "source": "005010X222A1 PAT06",
}


@SUBSCRIBERS.error("SIT-DEATH", "the date of death is before birth or after the file was made", **_DEATH)
def subscriber_death(part: Part) -> Iterator[At]:
    yield from _death(part, "2010BA")


@PATIENTS.error("SIT-DEATH", "the date of death is before birth or after the file was made", **_DEATH)
def patient_death(part: Part) -> Iterator[At]:
    yield from _death(part, "2010CA")


@CLAIMS.error(
    "SIT-SUPERVISING",
    "the supervising and the rendering provider are the same",
    do="Leave the supervising provider out.",
    source="005010X222A1 loop 2310D; claim edit lists (supervising = rendering)",
)
def supervising_is_rendering(claim: Claim) -> Iterator[At]:
    supervising = claim.child("2310D")
    if supervising is not None and (npi := claim.npi("2310D")) and npi == claim.npi("2310B"):
        yield At(supervising, supervising.first("NM1"), 9)


@CLAIMS.error(
    "SIT-REFERRING-ORDER",
    "the primary care provider (P3) stands where no referring provider (DN) stands before it",
    do="Send the referring provider first.",
    source="005010X222A1 loop 2310A: P3 only with DN, in the second repetition",
)
def referring_order(claim: Claim) -> Iterator[At]:
    codes = [(node, text(node.first("NM1"), 1)) for node in claim.node.each("2310A")]
    for index, (node, code) in enumerate(codes):
        if (code == "P3" and index == 0) or (code == "DN" and index > 0):
            yield At(node, node.first("NM1"), 1)


@CLAIMS.error(
    "SIT-REFERRING-MISSING",
    "a line names a referring provider, and the claim names none",
    do="Name the referring provider of the claim (2310A).",
    source="005010X222A1 loop 2420F: where it differs from 2310A; claim edit lists (claim-level referring missing)",
)
def referring_missing(claim: Claim) -> Iterator[At]:
    if claim.child("2310A") is None:
        for line in claim.lines:
            if (node := line.child("2420F")) is not None:
                yield At(node, node.first("NM1"), 1)


@CLAIMS.warning(
    "SIT-RENDERING-SAME",
    "the rendering provider is the billing provider",
    do="Leave loop 2310B out.",
    source="005010X222A1 loop 2310B: where it differs from 2010AA",
)
def rendering_is_billing(claim: Claim) -> Iterator[At]:
    billing = claim.billing.child("2010AA") if claim.billing else None
    rendering = claim.child("2310B")
    if billing and rendering and (npi := claim.npi("2310B")) and npi == text(billing.first("NM1"), 9):
        yield At(rendering, rendering.first("NM1"), 9)
