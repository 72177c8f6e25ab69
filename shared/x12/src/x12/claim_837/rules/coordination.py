"""Coordination of benefits: who pays when, what earlier payers decided, and that their numbers add up."""

from __future__ import annotations

from collections.abc import Iterator

from x12.amounts import cents_text
from x12.checking import parse_date
from x12.claim_837.rules.tables import ADJUDICATIONS, CLAIMS, COVERAGES
from x12.claim_837.rules.view import RANKS, Adjudication, Claim, Coverage
from x12.parts import Triplet, repeated
from x12.rules import At, text


@CLAIMS.error(
    "SIT-PAYERS-PRIMARY",
    "not exactly one payer of the claim is the primary one",
    do="Put the payers in the order in which they pay: one P, then S, then T.",
    source="X222A1, X223A2 SBR01 of loops 2000B and 2320; claim edit lists (no primary payer)",
)
def exactly_one_primary(claim: Claim) -> Iterator[At]:
    ranked = _ranked(claim)
    primary = [at for rank, at in ranked if rank == "P"]
    if len(primary) != 1 and all(rank != "U" for rank, _ in ranked):
        yield from primary or [at for _, at in ranked[:1]]


def _ranked(claim: Claim) -> list[tuple[str, At]]:
    """Every payer's place in the order of payment, and where it is told; the first is whom the claim goes to."""
    ranked = [(coverage.responsibility, coverage.at(coverage.sbr, 1)) for coverage in claim.coverages]
    if claim.subscriber is not None:
        ranked.insert(0, (claim.responsibility, At(claim.subscriber, claim.subscriber.first("SBR"), 1)))
    return ranked


@CLAIMS.error(
    "SIT-PAYERS-ORDER",
    "two payers have the same place in the order of payment, or a place is left out",
    do="Put the payers in the order in which they pay: P, S, T.",
    source="X222A1, X223A2 SBR01 of loops 2000B and 2320",
)
def order(claim: Claim) -> Iterator[At]:
    ranked = _ranked(claim)
    ranks = [rank for rank, _ in ranked]
    yield from (at for rank, at in ranked if rank not in ("P", "U") and ranks.count(rank) > 1)
    before = {"S": "", "T": "S"}.get(claim.responsibility, "")
    if any(rank not in ranks for rank in before):
        yield ranked[0][1]


@COVERAGES.error(
    "SIT-COB-MISSING",
    "a payer who decides before the one that the claim goes to is named without its decision",
    do="Send AMT*D (zero where nothing was paid) and the adjustments of its remittance advice.",
    source="X222A1, X223A2 loop 2320 AMT*D: required where this payer has adjudicated the claim",
)
def decision_missing(coverage: Coverage) -> Iterator[At]:
    if coverage.pays_before and coverage.paid is None and not coverage.first("AMT", "A8"):
        yield coverage.at("AMT", 1, 0, "AMT*D")


@COVERAGES.error(
    "SIT-COB-UNEXPECTED",
    "a payer who decides after the one that the claim goes to is named with a decision",
    do="Remove the decision, or correct the order of the payers.",
    source="X222A1, X223A2 loop 2320: amounts of payers who have adjudicated the claim",
)
def decision_unexpected(coverage: Coverage) -> Iterator[At]:
    mine, destination = RANKS.find(coverage.responsibility), RANKS.find(coverage.claim.responsibility)
    if mine > destination >= 0 and coverage.was_adjudicated:
        yield coverage.at(coverage.sbr, 1)


@COVERAGES.error(
    "SIT-COB-PAID-NEGATIVE",
    "another payer's payment, or what is left to the patient, is negative",
    do="Take the amount from that payer's remittance advice.",
    source="X222A1, X223A2 loop 2320 AMT; claim edit lists (negative paid)",
)
def paid_negative(coverage: Coverage) -> Iterator[At]:
    for segment in coverage.all("AMT"):
        if text(segment, 2).startswith("-"):
            yield coverage.at(segment, 2)


@COVERAGES.error(
    "SIT-COB-PAYER-REPEATED",
    "another payer is named twice",
    do="Name each payer once.",
    source="X222A1, X223A2 loop 2330B NM109: the key of SVD01",
)
def payer_repeated(coverage: Coverage) -> Iterator[At]:
    before = coverage.claim.coverages[: coverage.claim.coverages.index(coverage)]
    if coverage.payer and coverage.payer_id and any(each.payer_id == coverage.payer_id for each in before):
        yield At(coverage.payer, coverage.payer.first("NM1"), 9)


@COVERAGES.error(
    "SIT-COB-DATE",
    "another payer has decided, and the date of its decision is missing, or stands at claim and line",
    do="Send DTP*573 in 2330B where no line was decided, in 2430 where lines were.",
    source="X222A1, X223A2 loops 2330B, 2430 DTP*573; claim edit lists (adjudication date missing, at both levels)",
)
def decision_date(coverage: Coverage) -> Iterator[At]:
    if coverage.payer is None:
        return
    of_payer = coverage.payer.first("DTP", "573")
    if of_payer and coverage.decisions:
        yield At(coverage.payer, of_payer, 3)
    if coverage.was_adjudicated and not of_payer and not coverage.decisions:
        yield At(coverage.payer, "DTP", 1, 0, "DTP*573")


@COVERAGES.error(
    "SIT-COB-LIABILITY",
    "what is left to the patient is told at claim and line",
    do="Send AMT*EAF in 2320 or in 2430, not in both.",
    source="X222A1, X223A2 AMT*EAF; claim edit lists (duplicate remaining patient liability)",
)
def liability_twice(coverage: Coverage) -> Iterator[At]:
    of_claim = coverage.first("AMT", "EAF")
    if of_claim and any(each.first("AMT", "EAF") for each in coverage.decisions):
        yield coverage.at(of_claim, 1)


@ADJUDICATIONS.error(
    "SIT-COB-PAYER-UNKNOWN",
    "a line was decided by a payer that the claim does not name",
    do="Send the payer in loop 2330B, or correct SVD01.",
    source="X222A1, X223A2 SVD01: NM109 of a loop 2330B",
)
def payer_unknown(adjudication: Adjudication) -> Iterator[At]:
    if adjudication.payer_id not in [coverage.payer_id for coverage in adjudication.line.claim.coverages]:
        yield adjudication.at(adjudication.svd, 1)


@ADJUDICATIONS.error(
    "SIT-COB-LINE-REPEATED",
    "a payer decides the same line twice",
    do="State each payer's final decision once.",
    source="X222A1, X223A2 loop 2430: once for each payer, unless the payer split or bundled the line (X12 RFI 1684)",
)
def decision_repeated(adjudication: Adjudication) -> Iterator[At]:
    """Parts that make up the charge together are a split line, whatever their procedures are."""
    if _decided(adjudication) == adjudication.line.charge:
        return
    others = adjudication.line.adjudications
    for each in others[: others.index(adjudication)]:
        if each.payer_id == adjudication.payer_id and text(each.svd, 3) == text(adjudication.svd, 3):
            yield adjudication.at(adjudication.svd, 1)
            return


@ADJUDICATIONS.error(
    "SIT-COB-PAID-NEGATIVE",
    "another payer's payment for a line, or what is left to the patient, is negative",
    do="Take the amount from that payer's remittance advice.",
    source="X222A1, X223A2 SVD02; claim edit lists (negative paid)",
)
def line_paid_negative(adjudication: Adjudication) -> Iterator[At]:
    if text(adjudication.svd, 2).startswith("-"):
        yield adjudication.at(adjudication.svd, 2)
    segment = adjudication.first("AMT", "EAF")
    if text(segment, 2).startswith("-"):
        yield adjudication.at(segment, 2)


@ADJUDICATIONS.error(
    "SRV-UNITS",
    "the units that another payer paid are negative",
    do="Take the units from that payer's remittance advice.",
    source="X222A1, X223A2 SVD05",
)
def paid_units(adjudication: Adjudication) -> Iterator[At]:
    if text(adjudication.svd, 5).startswith("-"):
        yield adjudication.at(adjudication.svd, 5)


@ADJUDICATIONS.error(
    "SIT-COB-BUNDLED",
    "a line is said to be bundled into one that the claim does not have",
    do="Correct SVD06: it is the number (LX01) of the other line.",
    source="X222A1, X223A2 SVD06",
)
def bundled_into(adjudication: Adjudication) -> Iterator[At]:
    into = text(adjudication.svd, 6)
    if into and into.lstrip("0") not in {text(line.first("LX"), 1) for line in adjudication.line.claim.lines}:
        yield adjudication.at(adjudication.svd, 6)


@ADJUDICATIONS.error(
    "SIT-COB-DATE-ORDER",
    "the other payer decided before the service or after this claim was made",
    do="Correct DTP*573.",
    source="X222A1, X223A2 loop 2430 DTP*573",
)
def line_decision_day(adjudication: Adjudication) -> Iterator[At]:
    segment = adjudication.first("DTP", "573")
    if _is_out_of_order(adjudication.line.claim, text(segment, 3)):
        yield adjudication.at(segment, 3)


@COVERAGES.error(
    "SIT-COB-DATE-ORDER",
    "the other payer decided before the service or after this claim was made",
    do="Correct DTP*573.",
    source="X222A1, X223A2 loop 2330B DTP*573",
)
def decision_day(coverage: Coverage) -> Iterator[At]:
    segment = coverage.payer.first("DTP", "573") if coverage.payer else []
    if coverage.payer and _is_out_of_order(coverage.claim, text(segment, 3)):
        yield At(coverage.payer, segment, 3)


def _is_out_of_order(claim: Claim, value: str) -> bool:
    day, served, made = parse_date(value), claim.first_served, claim.created
    return day is not None and ((served is not None and day < served) or (made is not None and day > made))


def _zero(adjustments: list[Triplet]) -> Iterator[Triplet]:
    return (each for each in adjustments if each.amount == 0)


@CLAIMS.error(
    "SIT-ADJUSTMENT-ZERO",
    "an adjustment of nothing",
    do="Leave the reason out, or send its amount.",
    source="X222A1, X223A2 CAS: reasons with the amounts that they adjust; claim edit lists (CARC without amount)",
)
def adjustment_zero(claim: Claim) -> Iterator[At]:
    for part in claim.coverage_parts():
        for each in _zero(part.adjustments if isinstance(part, Coverage | Adjudication) else []):
            yield part.at(each.segment, each.element + 1)


@CLAIMS.error(
    "SIT-ADJUSTMENT-REPEATED",
    "the same group and reason stand twice",
    do="Add the amounts up.",
    source="X222A1, X223A2 CAS: every reason once in its group",
)
def adjustment_repeated(claim: Claim) -> Iterator[At]:
    for part in claim.coverage_parts():
        for each in repeated(part.adjustments if isinstance(part, Coverage | Adjudication) else []):
            yield part.at(each.segment, each.element)


@ADJUDICATIONS.error(
    "BAL-COB-LINE",
    "what the other payer paid and adjusted is not the line's charge",
    do="Correct the amounts so that they add up.",
    source="X222A1, X223A2 1.4.4: SV102 = SVD02 + CAS, for each payer; claim edit lists (COB lines balanced)",
)
def line_balance(adjudication: Adjudication) -> Iterator[At]:
    charge = adjudication.line.charge
    if charge is None or adjudication.paid is None:
        return
    decided = _decided(adjudication)
    first = next(each for each in adjudication.line.adjudications if each.payer_id == adjudication.payer_id)
    if first is adjudication and decided != charge:
        detail = f"decided {cents_text(decided)}, charge {cents_text(charge)}"
        yield adjudication.at(adjudication.svd, 2, 0, detail)


def _decided(adjudication: Adjudication) -> int:
    """What the payer paid and adjusted on the line, over all parts that it split the line into."""
    parts = (each for each in adjudication.line.adjudications if each.payer_id == adjudication.payer_id)
    return sum((each.paid or 0) + _sum(each.adjustments) for each in parts)


def _sum(adjustments: list[Triplet]) -> int:
    return sum(each.amount or 0 for each in adjustments)


@COVERAGES.error(
    "BAL-COB-PAID",
    "the other payer's payment does not follow from its decisions",
    do="Correct the amounts so that they add up.",
    source="X222A1, X223A2 1.4.4: AMT*D = sum of SVD02 - CAS of 2320; without lines CLM02 - CAS; X12 RFI 1053",
)
def paid_balance(coverage: Coverage) -> Iterator[At]:
    charge = coverage.claim.charge
    if coverage.paid is None or charge is None or (not coverage.decisions and not coverage.adjustments):
        return
    of_lines = sum(each.paid or 0 for each in coverage.decisions) if coverage.decisions else charge
    expected = of_lines - _sum(coverage.adjustments)
    if expected != coverage.paid:
        detail = f"expected {cents_text(expected)}, found {cents_text(coverage.paid)}"
        yield coverage.at(coverage.first("AMT", "D"), 2, 0, detail)


@COVERAGES.error(
    "BAL-COB-CLAIM",
    "the other payer paid another amount than the charge, and nothing says why",
    do="Send the adjustments of its remittance advice.",
    source="X222A1, X223A2 loops 2320, 2430 CAS: required where the payer adjusted the charge",
)
def unexplained(coverage: Coverage) -> Iterator[At]:
    if coverage.decisions or coverage.adjustments or coverage.paid is None or coverage.first("AMT", "A8"):
        return
    if coverage.pays_before and coverage.paid != coverage.claim.charge:
        yield coverage.at("CAS")
