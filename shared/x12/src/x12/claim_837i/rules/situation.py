"""What one part of the bill demands or forbids in another: dates, visits, providers."""

from __future__ import annotations

from collections.abc import Iterator

from x12.claim_837i.rules.tables import CLAIMS, LINES
from x12.claim_837i.rules.view import OUTPATIENT, Claim, Line
from x12.rules import At, text

_UNSCHEDULED = frozenset("125")
_VISIT_REVENUE = ("045", "0516", "0526", "0762")
_TRANSPORT_REVENUE = "054"
_DRUG_REVENUE = ("025", "063")
_VISITS = frozenset(["13", "85"])


@CLAIMS.error(
    "SIT-STATEMENT-FUTURE",
    "the statement covers days after the claim was made",
    do="Correct DTP*434.",
    source="005010X223A2 loop 2300 DTP*434 and BHT04",
)
def statement_future(claim: Claim) -> Iterator[At]:
    if claim.statement and claim.created and max(claim.statement) > claim.created:
        yield claim.at(claim.first("DTP", "434"), 3)


@CLAIMS.error(
    "SIT-ADMISSION-ORDER",
    "the admission is after the statement's last day, or before the patient was born",
    do="Correct DTP*435 or DTP*434.",
    source="005010X223A2 loop 2300 DTP*435 and DTP*434",
)
def admission_order(claim: Claim) -> Iterator[At]:
    day, born = claim.admission, claim.birth
    late = day is not None and claim.statement is not None and day > claim.statement[1]
    if late or (day is not None and born is not None and day < born):
        yield claim.at(claim.first("DTP", "435"), 3)


@CLAIMS.error(
    "SIT-REASON-FOR-VISIT",
    "the visit was not planned, and the patient's reason for it is missing",
    do="Send HI*APR.",
    source="005010X223A2 loop 2300 HI*APR: unscheduled outpatient visits; NUBC form locator 70",
)
def reason_missing(claim: Claim) -> Iterator[At]:
    unscheduled = claim.place in _VISITS and text(claim.cl1, 1) in _UNSCHEDULED
    visited = any(line.revenue.startswith(_VISIT_REVENUE) for line in claim.lines)
    if unscheduled and visited and not any(claim.codes("APR", "PR")):
        yield claim.at("HI", 1, 0, "HI*APR")


@CLAIMS.warning(
    "SIT-REASON-UNEXPECTED",
    "the bill is for a stay, and carries a reason for a visit",
    do="Send the diagnosis at admission (HI*ABJ) instead.",
    source="005010X223A2 loop 2300 HI*APR: outpatient visits",
)
def reason_unexpected(claim: Claim) -> Iterator[At]:
    found = next(claim.codes("APR", "PR"), None)
    if claim.is_inpatient and found is not None:
        yield claim.at(found.segment, found.element)


@CLAIMS.error(
    "SIT-ATTENDING",
    "no attending provider is named",
    do="Send loop 2310A.",
    source="005010X223A2 loop 2310A: required, unless only nonscheduled transportation is billed",
)
def attending(claim: Claim) -> Iterator[At]:
    other = [line for line in claim.lines if not line.revenue.startswith(_TRANSPORT_REVENUE)]
    if other and claim.child("2310A") is None:
        yield claim.at("NM1", 1, 0, "NM1*71")


@LINES.error(
    "SIT-SERVICE-OUTSIDE",
    "a line is dated outside of the days that the statement covers",
    do="Correct the date of service or DTP*434.",
    source="005010X223A2 loop 2400 DTP*472 and loop 2300 DTP*434",
)
def service_outside(line: Line) -> Iterator[At]:
    covered = line.claim.statement
    if covered and line.served and not covered[0] <= line.served[0] <= line.served[1] <= covered[1]:
        yield line.at(line.first("DTP", "472"), 3)


@LINES.error(
    "SIT-SERVICE-DATE",
    "the outpatient bill covers several days, and a line has no date",
    do="Send DTP*472.",
    source="005010X223A2 loop 2400 DTP*472: on outpatient lines, without drugs, if the statement covers days",
)
def service_date(line: Line) -> Iterator[At]:
    covered = line.claim.statement
    several = covered is not None and covered[0] != covered[1]
    is_drug = line.revenue.startswith(_DRUG_REVENUE) or line.child("2410") is not None
    if several and line.claim.place in OUTPATIENT and not is_drug and not line.first("DTP", "472"):
        yield line.at("DTP", 1, 0, "DTP*472")
