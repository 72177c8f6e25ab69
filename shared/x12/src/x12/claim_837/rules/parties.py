"""Who is who: submitter, providers, subscriber, patient, payer; their identifiers and addresses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from x12 import identifiers as ids
from x12.checking import parse_date
from x12.claim_837.rules.tables import CLAIMS, PATIENTS, PROVIDERS, SEGMENTS, SETS, SUBSCRIBERS
from x12.claim_837.rules.view import Claim
from x12.code_sets import Standing
from x12.parts import Part
from x12.rules import At, Spot, text
from x12.walking import Node

_MAX_AGE = 150
_TREATING = frozenset(["71", "72", "82", "DK", "DN", "DQ", "P3", "QB", "ZZ"])
"""NM101 of the people who treat, order or refer."""
_NUMBERED_TAX = "EI"
_PROVIDER_LOOPS = frozenset(["2310", "2420"])


@SETS.warning(
    "SIT-CREATED",
    "the transaction set was made after the file that it is in",
    do="Correct BHT04 or GS04.",
    source="X222A1, X223A2 BHT04: the day on which the originator made it",
)
def created_after_file(root: Part) -> Iterator[At]:
    made, sent = parse_date(text(root.first("BHT"), 4)), root.context.created
    if made and sent and made > sent:
        yield root.at(root.first("BHT"), 4)


@SEGMENTS.on("N3")
@SEGMENTS.error(
    "COD-PO-BOX",
    "the billing provider's address is a post office box",
    do="Give the street address; a box belongs into the pay-to address (2010AB).",
    source="X222A1, X223A2 loop 2010AA N301: a street address; BCBSTX notice of 2012",
)
def billing_box(spot: Spot) -> Iterator[At]:
    if spot.node.loop_id == "2010AA":
        for at in (1, 2):
            if ids.is_post_office_box(spot[at]):
                yield spot.at(at)


def _is_facility(node: Node) -> bool:
    return node.loop_id[:4] in ("2310", "2420") and bool(node.first("NM1", "77"))


@SEGMENTS.on("N3")
@SEGMENTS.warning(
    "COD-PO-BOX-FACILITY",
    "the service facility's address is a post office box",
    do="Give the address where the service was given.",
    source="X222A1, X223A2 loops 2310C, 2420C N301",
)
def facility_box(spot: Spot) -> Iterator[At]:
    if _is_facility(spot.node) and ids.is_post_office_box(spot[1]):
        yield spot.at(1)


@SEGMENTS.on("N4")
@SEGMENTS.error(
    "COD-ZIP4",
    "the ZIP code of billing provider or service facility lacks its last four digits",
    do="Complete the ZIP+4.",
    source="X222A1, X223A2 N403 of loops 2010AA, 2310C, 2420C: nine digits",
)
def zip_plus_4(spot: Spot) -> Iterator[At]:
    in_country = spot[4] in ("", "US") and spot[2] in ids.STATES
    if (spot.node.loop_id == "2010AA" or _is_facility(spot.node)) and in_country and len(spot[3]) == 5:
        yield spot.at(3)


@SEGMENTS.on("REF")
@SEGMENTS.error(
    "COD-TAX-ID",
    "the employer identification number is not nine digits that can be one",
    do="Take the number from the W-9, without hyphen.",
    source="X222A1, X223A2 REF02 where REF01 = EI; IRS: nine digits, prefix not 00",
)
def employer_number(spot: Spot) -> Iterator[At]:
    if spot[1] == _NUMBERED_TAX and not ids.is_employer_number(spot[2]):
        yield spot.at(2)


@SEGMENTS.on("REF")
@SEGMENTS.error(
    "COD-SSN",
    "the social security number is not nine digits that can be one",
    do="Correct the number, without hyphens, or leave it out.",
    source="X222A1, X223A2 REF02 where REF01 = SY; SSA: no area 000 or 666",
)
def social_security_number(spot: Spot) -> Iterator[At]:
    if spot[1] == "SY" and not ids.is_social_security_number(spot[2]):
        yield spot.at(2)


@SEGMENTS.on("REF")
@SEGMENTS.error(
    "COD-UPIN",
    "the UPIN is not a letter and five digits",
    do="Send the NPI alone; UPINs are no longer given out.",
    source="X222A1, X223A2 REF02 where REF01 = 1G; claim edit lists (UPIN format)",
)
def upin(spot: Spot) -> Iterator[At]:
    if spot[1] == "1G" and not ids.is_upin(spot[2]):
        yield spot.at(2)


@SEGMENTS.on("REF")
@SEGMENTS.error(
    "COD-CLIA",
    "the CLIA number is not ten characters with D in the third place",
    do="Take it from the laboratory's certificate.",
    source="X222A1, X223A2 REF02 where REF01 = X4 or F4; CLIA number format (CMS)",
)
def clia(spot: Spot) -> Iterator[At]:
    if spot[1] in ("X4", "F4") and not ids.is_clia(spot[2]):
        yield spot.at(2)


@SEGMENTS.on("REF")
@SEGMENTS.error(
    "SIT-PLACEHOLDER",
    "an authorization, referral or payer's number is a placeholder",
    do="Enter the number that the payer gave, or leave the segment out.",
    source="X222A1, X223A2 REF02 where REF01 = G1, 9F, F8",
)
def placeholder(spot: Spot) -> Iterator[At]:
    if spot[1] in ("G1", "9F", "F8") and ids.is_placeholder(spot[2]):
        yield spot.at(2)


@SEGMENTS.on("NM1")
@SEGMENTS.error(
    "SIT-PROVIDER-ID",
    "a provider has neither an NPI nor another identifier",
    do="Complete NM108 = XX and the NPI.",
    source="X222A1, X223A2 NM109 of loops 2310A to D, 2420A to F: required of who can have one; 45 CFR 162.410",
)
def provider_id(spot: Spot) -> Iterator[At]:
    if (
        spot.node.loop_id[:4] in ("2310", "2420")
        and spot[1] in _TREATING
        and not spot[9]
        and not spot.node.first("REF")
    ):
        yield spot.at(9)


@SEGMENTS.on("NM1")
@SEGMENTS.warning(
    "SIT-FIRST-NAME",
    "a person has no first name",
    do="Complete it, unless the person has one name only.",
    source="X222A1, X223A2 NM104: required where NM102 = 1 and the person has one",
)
def first_name(spot: Spot) -> Iterator[At]:
    if spot[2] == "1" and spot[3] and not spot[4]:
        yield spot.at(4)


@SEGMENTS.on("NM1")
@SEGMENTS.error(
    "SIT-ORGANIZATION-NAME",
    "an organization has a first name",
    do="Put the whole name into NM103, or say that it is a person (NM102 = 1).",
    source="X222A1, X223A2 NM104: not used where NM102 = 2",
)
def organization_name(spot: Spot) -> Iterator[At]:
    if spot[2] == "2" and (spot[4] or spot[5]):
        yield spot.at(4 if spot[4] else 5)


@SUBSCRIBERS.error(
    "SIT-BILLING-ID",
    "the billing provider has no NPI, nor an identifier that the payer gave an atypical provider",
    do="Complete NM108 = XX and the NPI.",
    source="X222A1, X223A2 loop 2010AA NM109; 45 CFR 162.410; REF of 2010BB for who cannot have one",
)
def billing_id(part: Part) -> Iterator[At]:
    provider = part.node.parent.child("2010AA") if part.node.parent else None
    payer = part.node.child("2010BB")
    if provider is None or text(provider.first("NM1"), 9) or (payer and _has(payer, ("G2", "LU"))):
        return
    if not _has(provider, ("0B", "1G")):
        yield At(provider, provider.first("NM1"), 9)


def _has(node: Node, qualifiers: tuple[str, ...]) -> bool:
    return any(text(segment, 1) in qualifiers for segment in node.all("REF"))


@CLAIMS.error(
    "SIT-RELATIONSHIP",
    "the subscriber is not said to be the patient (SBR02 = 18), and no loop 2000C names one",
    do="Send 18 where the subscriber is the patient, otherwise loop 2000C with the patient.",
    source="X222A1, X223A2 loop 2000B SBR02; claim edit lists",
)
def relationship(claim: Claim) -> Iterator[At]:
    if claim.patient is None and claim.subscriber and text(claim.subscriber.first("SBR"), 2) != "18":
        yield At(claim.subscriber, claim.subscriber.first("SBR"), 2)


@CLAIMS.error(
    "SIT-MEDICARE-DEPENDENT",
    "a claim to Medicare is for a dependent, and everybody is insured there in one's own right",
    do="Send the patient as the subscriber (SBR02 = 18).",
    source="Medicare companion guides to X222A1 and X223A2: no loop 2000C; SBR09 = MA, MB",
)
def medicare_dependent(claim: Claim) -> Iterator[At]:
    if claim.patient is not None and claim.subscriber and claim.filing_indicator in ("MA", "MB"):
        yield At(claim.subscriber, claim.subscriber.first("SBR"), 9)


@PATIENTS.error(
    "SIT-DEPENDENT",
    "a patient's loop 2000C stands below a subscriber who is said to be the patient (SBR02 = 18)",
    do="Leave SBR02 empty, or send the claim at the subscriber's level.",
    source="X222A1, X223A2 loop 2000B SBR02; claim edit lists",
)
def dependent(part: Part) -> Iterator[At]:
    above = part.node.parent
    if above is not None and text(above.first("SBR"), 2) == "18":
        yield At(above, above.first("SBR"), 2)


@SUBSCRIBERS.error(
    "SIT-SUBSCRIBER-PATIENT",
    "the subscriber is the patient, and address, date of birth or sex is missing, or it is no person",
    do="Complete N3, N4 and DMG of loop 2010BA from the registration.",
    source="X222A1, X223A2 loop 2010BA N3, N4, DMG: required where the subscriber is the patient",
)
def subscriber_details(part: Part) -> Iterator[At]:
    person = part.node.child("2010BA")
    if person is None or text(part.first("SBR"), 2) != "18":
        return
    if text(person.first("NM1"), 2) == "2":
        yield At(person, person.first("NM1"), 2)
    for segment_id in ("N3", "N4", "DMG"):
        if not person.first(segment_id):
            yield At(person, segment_id)


@CLAIMS.error(
    "SIT-FILING-INDICATOR",
    "the claim filing indicator of the payer is missing",
    do="Send SBR09, such as CI, MB, MC or BL.",
    source="X222A1, X223A2 SBR09: required as long as plan ids are not mandated",
)
def filing_indicator(claim: Claim) -> Iterator[At]:
    if claim.subscriber is not None and not claim.filing_indicator:
        yield At(claim.subscriber, claim.subscriber.first("SBR"), 9)
    for coverage in claim.coverages:
        if not text(coverage.sbr, 9):
            yield coverage.at(coverage.sbr, 9)


def born(part: Part, loop_id: str) -> Iterator[tuple[Node, list[str], date]]:
    """The loop that names a person, its DMG and the date of birth in it."""
    node = part.node.child(loop_id)
    demographics = node.first("DMG") if node else []
    day = parse_date(text(demographics, 2))
    if node is not None and day is not None:
        yield node, demographics, day


def _birth(part: Part, loop_id: str) -> Iterator[At]:
    made = part.context.created
    for node, demographics, day in born(part, loop_id):
        if made is not None and (day > made or made.year - day.year >= _MAX_AGE):
            yield At(node, demographics, 2)


_BIRTH = {
    "do": "Correct the date of birth from the registration.",
    "source": "X222A1, X223A2 DMG02; claim edit lists (birth after submission, age of 150 years or more)",
}


@SUBSCRIBERS.error(
    "SIT-BIRTH",
    "the subscriber's date of birth is after the file was made, or 150 years or more before",
    **_BIRTH,
)
def subscriber_birth(part: Part) -> Iterator[At]:
    yield from _birth(part, "2010BA")


@PATIENTS.error(
    "SIT-BIRTH",
    "the patient's date of birth is after the file was made, or 150 years or more before",
    **_BIRTH,
)
def patient_birth(part: Part) -> Iterator[At]:
    yield from _birth(part, "2010CA")


@CLAIMS.error(
    "SIT-BIRTH-AFTER-SERVICE",
    "the patient was born after the service was given",
    do="Correct the date of birth or of service.",
    source="X222A1, X223A2 DMG02 and DTP*472",
)
def born_after_service(claim: Claim) -> Iterator[At]:
    born, served, person = claim.birth, claim.first_served, claim.person
    if born and served and person and born > served:
        yield At(person, person.first("DMG"), 2)


@CLAIMS.error(
    "SIT-DEATH",
    "the patient's date of death is before the service, or before the date of birth",
    do="Correct the date of death, or of service.",
    source="X222A1, X223A2 PAT06 of loops 2000B and 2000C",
)
def death(claim: Claim) -> Iterator[At]:
    level = claim.patient or claim.subscriber
    died = parse_date(text(level.first("PAT"), 6)) if level else None
    if level and died and ((claim.birth and died < claim.birth) or (claim.first_served and died < claim.first_served)):
        yield At(level, level.first("PAT"), 6)


@PROVIDERS.warning(
    "SIT-PAY-TO-SAME",
    "the pay-to address is the billing address",
    do="Leave loop 2010AB out.",
    source="X222A1, X223A2 loop 2010AB: where it differs from 2010AA",
)
def pay_to_is_billing(part: Part) -> Iterator[At]:
    billing, pay_to = part.node.child("2010AA"), part.node.child("2010AB")
    if billing and pay_to and all(billing.first(it) == pay_to.first(it) for it in ("N3", "N4")):
        yield At(pay_to, pay_to.first("N3"), 1)


def _providers(claim: Claim) -> Iterator[Node]:
    """The loops that name a provider or have its taxonomy: of the billing provider, the claim and its lines."""
    if claim.billing is not None:
        yield claim.billing
        yield from claim.billing.each("2010AA")
    for node in (claim.node, *(line.node for line in claim.lines)):
        yield from (child for child in node.children if child.plan.loop.id[:4] in _PROVIDER_LOOPS)


@CLAIMS.error(
    "COD-NPI-DEACTIVATED",
    "an NPI was taken back before the date of service",
    do="Take the NPI that NPPES has as active, or have it reactivated.",
    source="NPPES Deactivated NPI Report that the user loaded; claim edit lists (deactivated NPI)",
)
def npi_deactivated(claim: Claim) -> Iterator[At]:
    served, codes = claim.first_served, claim.context.codes
    for node in _providers(claim) if served else ():
        segment = node.first("NM1")
        if served and text(segment, 8) == "XX" and codes.npi(text(segment, 9), served) is Standing.RETIRED:
            yield At(node, segment, 9)


@CLAIMS.error(
    "COD-TAXONOMY-UNKNOWN",
    "the taxonomy code is not in NUCC's list on the date of service",
    do="Take the code from the NUCC provider taxonomy; some were ended and replaced.",
    source="NUCC Health Care Provider Taxonomy that the user loaded; claim edit lists (taxonomy not in NUCC)",
)
def taxonomy_unknown(claim: Claim) -> Iterator[At]:
    served, codes = claim.first_served, claim.context.codes
    for node in _providers(claim) if served else ():
        segment = node.first("PRV")
        if served and segment and ids.is_taxonomy(text(segment, 3)):
            standing = codes.taxonomy(segment[3], served)
            if standing in (Standing.UNKNOWN, Standing.RETIRED):
                yield At(node, segment, 3)
