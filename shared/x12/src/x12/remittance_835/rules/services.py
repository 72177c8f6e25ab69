"""Service payments: sums, dates, procedures, units and what was allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from x12 import identifiers as ids
from x12.amounts import cents_text
from x12.code_sets import Standing
from x12.parts import money, number
from x12.remittance_835.rules.claims import ASK
from x12.remittance_835.rules.tables import SEGMENTS, SERVICES
from x12.remittance_835.rules.view import Service, adjusted
from x12.rules import At, Spot, text

_REVENUE = re.compile(r"\d{3,4}", re.ASCII)
_DRUG = re.compile(r"\d{11}", re.ASCII)
_DENTAL = re.compile(r"D\d{4}", re.ASCII)


@SERVICES.error(
    "BAL-LINE",
    "the line's charge less its adjustments is not what was paid",
    do=ASK,
    source="005010X221A1 1.10.2.1.1: SVC03 = SVC02 - CAS; X12 RFI 2348",
)
def line_balance(service: Service) -> Iterator[At]:
    if service.charge is not None and service.paid is not None:
        left = service.charge - adjusted(service.adjustments)
        if left != service.paid:
            detail = f"charge less adjustments {cents_text(left)}, paid {cents_text(service.paid)}"
            yield service.at(service.svc, 3, 0, detail)


@SERVICES.error(
    "SIT-DATE-PAIR",
    "a service has one day of a range only, or a range and a single day",
    do="Send DTM*472, or DTM*150 and DTM*151.",
    source="005010X221A1 loop 2110 DTM: 150 with 151, or 472",
)
def date_pair(service: Service) -> Iterator[At]:
    named = {text(each, 1) for each in service.all("DTM")}
    if ("150" in named) != ("151" in named) or {"150", "472"} <= named:
        yield service.at(service.first("DTM"), 1)


@SERVICES.warning(
    "SIT-DATE-OUTSIDE",
    "the service lies outside of the claim's days",
    do="Check the dates before posting.",
    source="005010X221A1 DTM*232, 233 and 472",
)
def outside(service: Service) -> Iterator[At]:
    served = service.days.get("472") or service.days.get("150")
    first, last = service.claim.days.get("232"), service.claim.days.get("233")
    if served and ((first and served < first) or (last and served > last)):
        yield service.at(service.first("DTM"), 2)


@SERVICES.error(
    "COD-PROCEDURE",
    "the procedure code has not the form of its code set",
    do=ASK,
    source="005010X221A1 SVC01, SVC06: HC is CPT or HCPCS, AD is CDT, NU is a revenue code, N4 an NDC",
)
def procedure_form(service: Service) -> Iterator[At]:
    component = service.context.component
    for at in (1, 6):
        qualifier, code, *_ = [*text(service.svc, at).split(component), "", ""]
        if code and not _is_code(qualifier, code):
            yield service.at(service.svc, at, 2)


def _is_code(qualifier: str, code: str) -> bool:
    if qualifier == "HC":
        return ids.is_procedure(code)
    if qualifier == "AD":
        return bool(_DENTAL.fullmatch(code))
    if qualifier == "N4":
        return bool(_DRUG.fullmatch(code))
    return qualifier != "NU" or bool(_REVENUE.fullmatch(code))


@SEGMENTS.on("AMT", "QTY")
@SEGMENTS.error(
    "SIT-AMOUNT-REPEATED",
    "two amounts or quantities of one kind stand in one loop",
    do=ASK,
    source="005010X221A1 loops 2100 and 2110, AMT and QTY: one of each qualifier",
)
def amount_repeated(spot: Spot) -> Iterator[At]:
    same = [each for each in spot.node.segments if each[:2] == spot.segment[:2]]
    if len(same) > 1 and same[0] is not spot.segment and same[0] != spot.segment:
        yield spot.at(1)


@SERVICES.error(
    "COD-REVENUE",
    "the revenue code is not three or four digits",
    do=ASK,
    source="005010X221A1 SVC04: NUBC revenue code",
)
def revenue(service: Service) -> Iterator[At]:
    code = text(service.svc, 4)
    if code and not _REVENUE.fullmatch(code):
        yield service.at(service.svc, 4)


@SERVICES.error(
    "COD-MODIFIER",
    "a modifier is not two capital letters or digits",
    do=ASK,
    source="005010X221A1 SVC01-3 to SVC01-6",
)
def modifier(service: Service) -> Iterator[At]:
    for at, code in enumerate(service.procedure[2:6], 3):
        if code and not ids.is_modifier(code):
            yield service.at(service.svc, 1, at)


@SERVICES.warning(
    "COD-MODIFIER-UNKNOWN",
    "a modifier does not exist",
    do="Check it before posting.",
    source="CPT and HCPCS level II modifiers",
)
def modifier_unknown(service: Service) -> Iterator[At]:
    known = service.context.codes.modifier
    for at, code in enumerate(service.procedure[2:6], 3):
        if code and ids.is_modifier(code) and known(code) is Standing.UNKNOWN:
            yield service.at(service.svc, 1, at)


@SERVICES.error(
    "SRV-UNITS",
    "the units are negative",
    do=ASK,
    source="005010X221A1 SVC05, SVC07: quantities keep their sign in reversals",
)
def units(service: Service) -> Iterator[At]:
    for at in (5, 7):
        found = number(service.svc, at)
        if found is not None and found < 0 and not service.claim.is_reversal:
            yield service.at(service.svc, at)


@SERVICES.error(
    "SIT-ALLOWED",
    "the allowed amount is negative, and the claim is no reversal",
    do=ASK,
    source="005010X221A1 loop 2110 AMT*B6",
)
def allowed(service: Service) -> Iterator[At]:
    segment = service.first("AMT", "B6")
    if (money(segment, 2) or 0) < 0 and not service.claim.is_reversal:
        yield service.at(segment, 2)


@SERVICES.warning(
    "SIT-ALLOWED-LESS",
    "more was paid than allowed",
    do="Check the line before posting.",
    source="005010X221A1 loop 2110 AMT*B6 and SVC03",
)
def allowed_less(service: Service) -> Iterator[At]:
    segment = service.first("AMT", "B6")
    most = money(segment, 2)
    if most is not None and service.paid is not None and service.paid > most >= 0:
        yield service.at(segment, 2)
