"""Claim payments: sums, signs, reversals, statuses, codes and dates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from x12 import identifiers as ids
from x12.amounts import cents_text
from x12.common_rules import unknown_remarks
from x12.parts import Part, Triplet, money, repeated
from x12.remittance_835.rules.tables import PAYMENTS, SEGMENTS
from x12.remittance_835.rules.view import Payment, Service, adjusted
from x12.rules import At, Spot, text

ASK = "Do not post; ask the payer for a corrected remittance."
_FORWARDED = frozenset(["19", "20", "21", "23"])
_NEVER_PAID = {"4": "not recognised", "23": "forwarded, not ours", "25": "predetermination"}
_FREQUENCIES = frozenset("12345678")


@PAYMENTS.error(
    "BAL-CLAIM",
    "the claim's charge less all adjustments is not what was paid",
    do=ASK,
    source="005010X221A1 1.10.2.1.2: CLP04 = CLP03 - all CAS of claim and lines; X12 RFI 1053",
)
def claim_balance(claim: Payment) -> Iterator[At]:
    if claim.charge is None or claim.paid is None:
        return
    left = claim.charge - adjusted(claim.adjustments) - sum(adjusted(each.adjustments) for each in claim.services)
    if left != claim.paid:
        yield claim.at(claim.clp, 4, 0, f"charge less adjustments {cents_text(left)}, paid {cents_text(claim.paid)}")


@PAYMENTS.warning(
    "BAL-CHARGE",
    "the lines do not add up to the claim's charge",
    do="Lines are missing or were split; match them before posting.",
    source="005010X221A1 CLP03 and SVC02",
)
def charges(claim: Payment) -> Iterator[At]:
    if claim.services and claim.charge is not None:
        lines = sum(each.charge or 0 for each in claim.services)
        if lines != claim.charge:
            yield claim.at(claim.clp, 3, 0, f"lines {cents_text(lines)}, claim {cents_text(claim.charge)}")


@PAYMENTS.error(
    "BAL-PATIENT",
    "the patient's responsibility is not the sum of the adjustments of group PR",
    do=ASK,
    source="005010X221A1 CLP05: required above zero, supported by the PR adjustments of claim and lines",
)
def patient_share(claim: Payment) -> Iterator[At]:
    share = money(claim.clp, 5) if text(claim.clp, 5) else 0
    if share is None or claim.is_reversal:
        return
    every = [*claim.adjustments, *(one for each in claim.services for one in each.adjustments)]
    of_patient = adjusted([each for each in every if each.group == "PR"])
    if of_patient != share:
        yield claim.at(claim.clp, 5, 0, f"PR {cents_text(of_patient)}, CLP05 {cents_text(share)}")


@PAYMENTS.warning(
    "SIT-CLAIM-REPEATED",
    "an earlier claim payment of this transaction set is the same",
    do="Post it once; ask the payer.",
    source="005010X221A1 loop 2100: CLP01 with CLP07 and amounts; a split claim has other amounts",
)
def claim_repeated(claim: Payment) -> Iterator[At]:
    if claim.repeated:
        yield claim.at(claim.clp, 1)


@PAYMENTS.error(
    "SIT-REVERSAL-SIGN",
    "a reversal has a charge or payment above zero",
    do="A reversal negates every amount of what it takes back.",
    source="005010X221A1 1.10.2.8; X12 RFI 1147, 1429",
)
def reversal_sign(claim: Payment) -> Iterator[At]:
    if not claim.is_reversal:
        return
    for part, segment, at in _amounts(claim):
        if (money(segment, at) or 0) > 0:
            yield part.at(segment, at)


@PAYMENTS.error(
    "SIT-SIGN",
    "a charge or payment is negative, and the claim is no reversal",
    do="Only CLP02 = 22 negates amounts; money taken back otherwise stands in PLB.",
    source="005010X221A1 CLP03, CLP04, SVC02, SVC03; X12 RFI 1604",
)
def sign(claim: Payment) -> Iterator[At]:
    if claim.is_reversal:
        return
    for part, segment, at in _amounts(claim):
        if (money(segment, at) or 0) < 0:
            yield part.at(segment, at)


def _amounts(claim: Payment) -> Iterator[tuple[Part, list[str], int]]:
    """Where charges and payments stand."""
    for at in (3, 4, 5):
        yield claim, claim.clp, at
    for service in claim.services:
        for at in (2, 3):
            yield service, service.svc, at


@PAYMENTS.error(
    "SIT-REVERSAL-ORDER",
    "a reversal stands behind a decision on the same claim",
    do="Post the reversal first; ask the payer for the right order.",
    source="005010X221A1 1.10.2.8; X12 RFI 791: the reversal before its correction",
)
def reversal_order(claim: Payment) -> Iterator[At]:
    if claim.is_reversal and claim.decided and claim.number:
        yield claim.at(claim.clp, 2)


@PAYMENTS.warning(
    "SIT-REVERSAL-PATIENT",
    "a reversal tells a patient's responsibility",
    do="Leave CLP05 out of a reversal.",
    source="005010X221A1 CLP05: not used in reversals",
)
def reversal_patient(claim: Payment) -> Iterator[At]:
    if claim.is_reversal and text(claim.clp, 5):
        yield claim.at(claim.clp, 5)


@PAYMENTS.error(
    "SIT-STATUS-PAID",
    "a claim that the payer did not adjudicate is paid",
    do=ASK,
    source="005010X221A1 CLP02 = 4, 23, 25: no payment; X12 RFI 1423, 1885",
)
def status_paid(claim: Payment) -> Iterator[At]:
    if claim.status in _NEVER_PAID and claim.paid:
        yield claim.at(claim.clp, 2, 0, _NEVER_PAID[claim.status])


@PAYMENTS.error(
    "SIT-FORWARDED",
    "the claim was forwarded, and nobody is named to whom",
    do="Send NM1*TT.",
    source="005010X221A1 loop 2100 NM1*TT: required where CLP02 = 19, 20, 21, 23",
)
def forwarded(claim: Payment) -> Iterator[At]:
    if claim.status in _FORWARDED and not claim.first("NM1", "TT"):
        yield claim.at("NM1", 1, 0, "NM1*TT")


@PAYMENTS.error(
    "SIT-ADJUDICATION",
    "inpatient and outpatient adjudication exclude each other",
    do="Send MIA or MOA.",
    source="005010X221A1 loop 2100 MIA, MOA: one of both",
)
def adjudication(claim: Payment) -> Iterator[At]:
    if claim.first("MIA") and claim.first("MOA"):
        yield claim.at(claim.first("MOA"))


@PAYMENTS.error(
    "SIT-PATIENT-NAME",
    "the patient has no last name, and the claim is not a pharmacy's",
    do="Match the claim by its numbers; ask the payer.",
    source="005010X221A1 loop 2100 NM1*QC NM103: required except for retail pharmacy claims",
)
def patient_name(claim: Payment) -> Iterator[At]:
    named = claim.first("NM1", "QC")
    of_pharmacy = any(each.procedure[0] in ("N4", "UI", "NU") for each in claim.services)
    if named and not text(named, 3) and not of_pharmacy:
        yield claim.at(named, 3)


@PAYMENTS.error(
    "COD-PLACE",
    "the facility code is not two letters or digits",
    do="Send back the code of the claim.",
    source="005010X221A1 CLP08: place of service, or the first two digits of a type of bill",
)
def facility(claim: Payment) -> Iterator[At]:
    code = text(claim.clp, 8)
    if code and not ids.is_modifier(code):
        yield claim.at(claim.clp, 8)


@PAYMENTS.error(
    "SIT-COVERED",
    "the covered amount is negative, and the claim is no reversal",
    do=ASK,
    source="005010X221A1 loop 2100 AMT*AU",
)
def covered(claim: Payment) -> Iterator[At]:
    segment = claim.first("AMT", "AU")
    if (money(segment, 2) or 0) < 0 and not claim.is_reversal:
        yield claim.at(segment, 2)


@PAYMENTS.error(
    "COD-FREQUENCY",
    "the frequency code is none",
    do="Send back the code of the claim.",
    source="005010X221A1 CLP09; NUBC frequency code",
)
def frequency(claim: Payment) -> Iterator[At]:
    code = text(claim.clp, 9)
    if code and code not in _FREQUENCIES and not code.isalpha():
        yield claim.at(claim.clp, 9)


@PAYMENTS.error(
    "SIT-SERVICE-DATE",
    "neither the line nor the claim has a date of service",
    do="Send DTM*472 at the line or DTM*232 at the claim.",
    source="005010X221A1 DTM of loop 2110, DTM*232 of loop 2100: one of both is required",
)
def service_date(claim: Payment) -> Iterator[At]:
    if claim.first("DTM", "232"):
        return
    if not claim.services and claim.status != "25":
        yield claim.at("DTM", 1, 0, "DTM*232")
    for service in claim.services:
        if not service.all("DTM"):
            yield service.at("DTM", 1, 0, "DTM*472")


@PAYMENTS.error(
    "SIT-DATE-ORDER",
    "the first day of a statement or service is behind the last, or a date is after the file",
    do=ASK,
    source="005010X221A1 DTM 232/233, 150/151, 472, 050",
)
def date_order(claim: Payment) -> Iterator[At]:
    for part, days in ((claim, claim.days), *((each, each.days) for each in claim.services)):
        for first, last in (("232", "233"), ("150", "151")):
            if first in days and last in days and days[first] > days[last]:
                yield part.at(part.first("DTM", last), 2)
        for qualifier in ("232", "150", "472", "050"):
            if qualifier in days and _is_future(days[qualifier], claim):
                yield part.at(part.first("DTM", qualifier), 2)


def _is_future(day: date, claim: Payment) -> bool:
    return claim.context.created is not None and day > claim.context.created


@PAYMENTS.error(
    "SIT-RECEIVED",
    "the claim was received before the service was given",
    do=ASK,
    source="005010X221A1 DTM*050",
)
def received(claim: Payment) -> Iterator[At]:
    came = claim.days.get("050")
    starts = [each.days.get("472") or each.days.get("150") for each in claim.services] or [claim.days.get("232")]
    if came is not None and any(start is not None and came < start for start in starts):
        yield claim.at(claim.first("DTM", "050"), 2)


@PAYMENTS.error(
    "SIT-LINE-CONTROL-REPEATED",
    "two lines that the payer did not split carry the same control number",
    do="Match them by procedure and charge; ask the payer.",
    source="005010X221A1 loop 2110 REF*6R; X12 RFI 1684, 2224: repeated only with SVC06 or SVC07",
)
def control_repeated(claim: Payment) -> Iterator[At]:
    seen: dict[str, bool] = {}
    for service in claim.services:
        segment = service.first("REF", "6R")
        split = bool(text(service.svc, 6) or text(service.svc, 7))
        key = text(segment, 2)
        if segment and key in seen and not (split or seen[key]):
            yield service.at(segment, 2)
        if segment:
            seen[key] = split


@PAYMENTS.error(
    "SIT-ADJUSTMENT-REPEATED",
    "the same group and reason stand twice",
    do="Ask the payer; the amounts may be added up.",
    source="005010X221A1 CAS: every reason once in its group",
)
def adjustment_repeated(claim: Payment) -> Iterator[At]:
    for part, adjustments in _adjustments(claim):
        for each in repeated(adjustments):
            yield part.at(each.segment, each.element)


@PAYMENTS.warning(
    "SIT-GROUP-REPEATED",
    "two CAS of one group, and the first has room",
    do="Read both.",
    source="005010X221A1 CAS: six adjustments of one group before the next CAS",
)
def group_repeated(claim: Payment) -> Iterator[At]:
    for part, _ in _adjustments(claim):
        room: set[str] = set()
        for segment in part.all("CAS"):
            if text(segment, 1) in room:
                yield part.at(segment, 1)
            if len(segment) < 18:
                room.add(text(segment, 1))


@PAYMENTS.error(
    "SIT-ADJUSTMENT-ZERO",
    "an adjustment of nothing on a charge",
    do="Ask the payer; there is nothing to post.",
    source="005010X221A1 CAS: adjustments other than zero",
)
def adjustment_zero(claim: Payment) -> Iterator[At]:
    for part, adjustments in _adjustments(claim):
        charge = part.charge if isinstance(part, Payment | Service) else None
        for each in adjustments:
            if each.amount == 0 and charge:
                yield part.at(each.segment, each.element + 1)


def _adjustments(claim: Payment) -> Iterator[tuple[Part, list[Triplet]]]:
    yield claim, claim.adjustments
    for service in claim.services:
        yield service, service.adjustments


@SEGMENTS.on("MIA")
@SEGMENTS.error(
    "COD-REMARK",
    "the remittance advice remark code does not exist",
    do="Read the payer's own explanation; ask the payer.",
    source="remittance advice remark code numbers (RARC, code source 411); MIA05, MIA20 to MIA23",
)
def inpatient_remarks(spot: Spot) -> Iterator[At]:
    yield from unknown_remarks(spot, (5, 20, 21, 22, 23))


@SEGMENTS.on("LQ")
@SEGMENTS.error(
    "COD-REMARK",
    "the remittance advice remark code does not exist",
    do="Read the payer's own explanation; ask the payer.",
    source="remittance advice remark code numbers (RARC, code source 411); LQ02 where LQ01 = HE",
)
def line_remarks(spot: Spot) -> Iterator[At]:
    if spot[1] == "HE":
        yield from unknown_remarks(spot, (2,))
