"""What one part of the claim demands or forbids in another: causes, places, frequency, attachments, dates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from x12 import identifiers as ids
from x12.claim_837p.rules.tables import CLAIMS, LINES
from x12.claim_837p.rules.view import Claim, Line
from x12.code_sets import Standing
from x12.parts import money, number, period
from x12.rules import At, text

_FREQUENCIES = frozenset("178")
_INPATIENT = frozenset(["21", "51", "61"])
_PAST = ("431", "454", "304", "453", "439", "484", "455", "471", "297", "435", "096", "090", "091", "444", "050")
_BEFORE_SERVICE = ("431", "454", "304", "453", "439", "484", "455", "471", "435")
_LINE_PAST = ("471", "463", "461", "304", "738", "739", "011", "455", "454", "607")
_LINE_BEFORE_SERVICE = ("471", "463", "304", "738", "739", "455", "454")
_EARLIEST_SERVICE = date(1950, 1, 1)


@CLAIMS.error(
    "COD-FREQUENCY",
    "the claim frequency is not 1 (original), 7 (replacement) or 8 (void)",
    do="Send 1, 7 or 8.",
    source="005010X222A1 CLM05-3; claim edit lists (invalid claim frequency code)",
)
def frequency(claim: Claim) -> Iterator[At]:
    if claim.frequency and claim.frequency not in _FREQUENCIES:
        yield claim.at(claim.clm, 5, 3)


@CLAIMS.error(
    "COD-PLACE",
    "the place of service is not in the CMS list",
    do="Correct the code; 11 is the office, 02 and 10 are telehealth.",
    source="CMS place of service code set (code source 237); CLM05-1",
)
def place(claim: Claim) -> Iterator[At]:
    form = len(claim.place) == 2 and claim.place.isdigit()
    if claim.place and (not form or claim.context.codes.place_of_service(claim.place) is Standing.UNKNOWN):
        yield claim.at(claim.clm, 5, 1)


def causes(claim: Claim) -> list[str]:
    """CLM11-1 to 3."""
    return [code for code in text(claim.clm, 11).split(claim.context.component)[:3] if code]


@CLAIMS.error(
    "SIT-ACCIDENT-DATE",
    "an accident is said to be the cause, and its date is missing",
    do="Send DTP*439; for an occupational disease DTP*431.",
    source="005010X222A1 loop 2300 DTP*439: required where CLM11 = AA, OA, or EM after an accident",
)
def accident_date(claim: Claim) -> Iterator[At]:
    named = causes(claim)
    accident = "AA" in named or "OA" in named or ("EM" in named and not claim.first("DTP", "431"))
    if accident and not claim.first("DTP", "439"):
        yield claim.at("DTP", 1, 0, "DTP*439")


@CLAIMS.error(
    "SIT-ACCIDENT-UNEXPECTED",
    "there is a date of accident, and no cause says that there was one",
    do="Send the cause in CLM11 (AA, EM, OA), or remove DTP*439.",
    source="005010X222A1 loop 2300 DTP*439 and CLM11",
)
def accident_cause(claim: Claim) -> Iterator[At]:
    if not causes(claim) and (segment := claim.first("DTP", "439")):
        yield claim.at(segment, 1)


@CLAIMS.error(
    "SIT-ACCIDENT-STATE",
    "the state of an automobile accident is missing or none",
    do="Send the two-letter state in CLM11-4, or the country in CLM11-5.",
    source="005010X222A1 CLM11-4: required where CLM11 = AA; claim edit lists (auto accident without state)",
)
def accident_state(claim: Claim) -> Iterator[At]:
    parts = [*text(claim.clm, 11).split(claim.context.component), "", "", "", "", ""]
    state, country = parts[3], parts[4]
    known = ids.PROVINCES if country == "CA" else ids.STATES
    wrong = state and country in ("", "US", "CA") and state not in known
    missing = not state and country in ("", "US") and "AA" in parts[:3]
    if wrong or missing:
        yield claim.at(claim.clm, 11, 4)
    if country and country not in ids.COUNTRIES:
        yield claim.at(claim.clm, 11, 5)


@CLAIMS.error(
    "SIT-CAUSE-REPEATED",
    "the same cause is named twice",
    do="Name it once.",
    source="005010X222A1 CLM11-1 to CLM11-3",
)
def cause_repeated(claim: Claim) -> Iterator[At]:
    named = causes(claim)
    if len(set(named)) < len(named):
        yield claim.at(claim.clm, 11, 2)


@CLAIMS.error(
    "SIT-ADMISSION-MISSING",
    "the service was given to an inpatient, and the date of admission is missing",
    do="Send DTP*435.",
    source="005010X222A1 loop 2300 DTP*435: inpatient medical visits (places 21, 51, 61)",
)
def admission(claim: Claim) -> Iterator[At]:
    if claim.place in _INPATIENT and not claim.first("DTP", "435"):
        yield claim.at("DTP", 1, 0, "DTP*435")


@CLAIMS.error(
    "SIT-DATE-FUTURE",
    "a date that must be past is after the day on which the claim was made",
    do="Correct the date.",
    source="005010X222A1 loop 2300 DTP: dates of what happened",
)
def future_date(claim: Claim) -> Iterator[At]:
    for segment in claim.all("DTP"):
        if text(segment, 1) in _PAST and (found := period(segment)) and claim.created and found[0] > claim.created:
            yield claim.at(segment, 3)


@CLAIMS.error(
    "SIT-DATE-ORDER",
    "a date that comes before the service is after the last day of service",
    do="Correct it or the date of service.",
    source="005010X222A1 loop 2300 DTP: onset, accident, admission and the like are not after the service",
)
def after_service(claim: Claim) -> Iterator[At]:
    served = claim.last_served
    for segment in claim.all("DTP"):
        if text(segment, 1) in _BEFORE_SERVICE and (found := period(segment)) and served and found[0] > served:
            yield claim.at(segment, 3)


@CLAIMS.error(
    "SIT-DATE-PAIR",
    "the later date of a pair is before the earlier one",
    do="Correct the dates.",
    source="005010X222A1 loop 2300 DTP: 435 and 096, 090 and 091, 297 and 296, 360 and 361",
)
def date_pairs(claim: Claim) -> Iterator[At]:
    for earlier, later in (("435", "096"), ("090", "091"), ("297", "296"), ("360", "361")):
        first, last = claim.day(earlier), claim.day(later)
        if first and last and first > last:
            yield claim.at(claim.first("DTP", later), 3)


@CLAIMS.error(
    "SIT-PATIENT-PAID",
    "the amount that the patient paid is negative",
    do="Correct AMT*F5, or leave it out.",
    source="005010X222A1 loop 2300 AMT*F5: the sum of what was paid for this claim",
)
def patient_paid_negative(claim: Claim) -> Iterator[At]:
    segment = claim.first("AMT", "F5")
    paid = money(segment, 2)
    if paid is not None and paid < 0:
        yield claim.at(segment, 2)


@CLAIMS.warning(
    "SIT-PATIENT-PAID-MORE",
    "the patient paid more than was charged",
    do="Check AMT*F5.",
    source="005010X222A1 loop 2300 AMT*F5",
)
def patient_paid_more(claim: Claim) -> Iterator[At]:
    segment = claim.first("AMT", "F5")
    paid = money(segment, 2)
    if paid is not None and claim.charge is not None and paid > claim.charge:
        yield claim.at(segment, 2)


@CLAIMS.warning(
    "SIT-PREGNANT-MAN",
    "the patient is pregnant and male",
    do="Check PAT09 and DMG03.",
    source="005010X222A1 PAT09",
)
def pregnant_man(claim: Claim) -> Iterator[At]:
    holder = claim.holder
    if holder is not None and claim.sex == "M" and text(holder.first("PAT"), 9) == "Y":
        yield At(holder, holder.first("PAT"), 9)


@CLAIMS.error(
    "SIT-AMBULANCE-WEIGHT",
    "the patient's weight, or the number of miles, is not above zero",
    do="Correct CR1.",
    source="005010X222A1 CR102, CR106: transport distance may be zero only where nobody was moved",
)
def ambulance_numbers(claim: Claim) -> Iterator[At]:
    for part in (claim, *claim.lines):
        segment = part.first("CR1")
        weight, miles = number(segment, 2), number(segment, 6)
        if weight is not None and weight <= 0:
            yield part.at(segment, 2)
        if miles is not None and miles < 0:
            yield part.at(segment, 6)


@LINES.error(
    "SIT-SERVICE-FUTURE",
    "the service is dated after the claim was made",
    do="Correct the date of service.",
    source="005010X222A1 DTP*472 and BHT04",
)
def service_future(line: Line) -> Iterator[At]:
    made, served = line.claim.created, line.served
    if made and served and max(served) > made:
        yield line.at(line.first("DTP", "472"), 3)


@LINES.error(
    "SIT-SERVICE-OLD",
    "the service is dated before 1950",
    do="Correct the year.",
    source="005010X222A1 DTP*472",
)
def service_old(line: Line) -> Iterator[At]:
    if line.served and line.served[0] < _EARLIEST_SERVICE:
        yield line.at(line.first("DTP", "472"), 3)


@LINES.error(
    "SIT-SERVICE-BEFORE-ADMISSION",
    "an inpatient service is dated before the admission",
    do="Correct the date of service or of admission.",
    source="005010X222A1 DTP*472 and DTP*435",
)
def before_admission(line: Line) -> Iterator[At]:
    admitted = line.claim.day("435")
    place_code = text(line.service, 5) or line.claim.place
    if admitted and line.served and place_code in _INPATIENT and line.served[1] < admitted:
        yield line.at(line.first("DTP", "472"), 3)


@LINES.warning(
    "SIT-SERVICE-AFTER-DISCHARGE",
    "an inpatient service is dated after the discharge",
    do="Check the date of service and of discharge.",
    source="005010X222A1 DTP*472 and DTP*096",
)
def after_discharge(line: Line) -> Iterator[At]:
    left = line.claim.day("096")
    place_code = text(line.service, 5) or line.claim.place
    if left and line.served and place_code in _INPATIENT and line.served[0] > left:
        yield line.at(line.first("DTP", "472"), 3)


@LINES.error(
    "SIT-LINE-DATE",
    "a date of the line is after the service, or after the claim was made",
    do="Correct it or the date of service.",
    source="005010X222A1 loop 2400 DTP: prescription, begin of therapy, last seen, tests and the like",
)
def line_dates(line: Line) -> Iterator[At]:
    for segment in line.all("DTP"):
        qualifier, found = text(segment, 1), period(segment)
        if found is None or qualifier not in _LINE_PAST:
            continue
        late = line.served and qualifier in _LINE_BEFORE_SERVICE and found[0] > line.served[1]
        if late or (line.claim.created and found[0] > line.claim.created):
            yield line.at(segment, 3)
