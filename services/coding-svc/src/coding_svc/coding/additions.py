"""Step 12e, what is added to an office visit: prolonged time and the longitudinal relationship.

Prolonged: 99417 for each full 15 minutes beyond the least time of the highest level (CPT: from 75 and 55 minutes),
G2212 beyond its greatest time (Medicare: from 89 and 69). Longitudinal: G2211, where the note tells of the
relationship; since 2024, not beside a visit with modifier 25 unless, since 2025, all that stands beside it are
preventive services of Part B and vaccinations (42 CFR 414.22; CMS's MLN article on G2211).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from coding_svc.coding import counselling
from coding_svc.coding.screened import Screened
from coding_svc.coding.services import WELLNESS, Services
from coding_svc.domain import CodeSystem, CodingFinding, EmDecision, Evidence, ProcedureAssignment, Reason

CPT_PROLONGED, MEDICARE_PROLONGED, LONGITUDINAL = "99417", "G2212", "G2211"
_FIRST_UNIT: Final = {
    CPT_PROLONGED: {"99205": 75, "99215": 55},
    MEDICARE_PROLONGED: {"99205": 89, "99215": 69},
}
UNIT_MINUTES: Final = 15
LONGITUDINAL_SINCE, BESIDE_PREVENTION_SINCE = date(2024, 1, 1), date(2025, 1, 1)
SURE, DOUBTFUL = 0.85, 0.6
PLAUSIBLE_UNITS: Final = 4
"""More prolonged units than these go to a person, as do minutes that only the encounter states."""
_RELATIONSHIP: Final = Screened(
    r"(?<!no )\blongitudinal(?:ly)? (?:\w+ ){0,2}(?:care|relationship|management|follow-?up)\b"
    r"|focal point (?:of|for) (?:\w+ ){0,3}(?:care|health|needs|services)"
    r"|ongoing (?:care|relationship|management) (?:of|for|related to) (?:\w+ ){0,2}(?:serious|complex|single)"
    r"|\bi(?: am|'m| serve as| have been) (?:his|her|their|the patient'?s?) (?:\w+ )?"
    r"(?:pcp|primary care (?:physician|provider|clinician|doctor))"
    r"|\bas (?:his|her|their|the patient'?s?) (?:pcp|primary care (?:physician|provider)),? i\b"
)
_PREVENTION: Final = re.compile(
    r"G0008|G0009|G0010|9047[1-4]|90480|906\d\d|907\d\d|913\d\d|G0101|G0102|G0103|G0104|G0105|G0106|G0108|G0109|G0117"
    r"|G0118|G0121|G0270|G0271|G0296|G044[2-7]|9940[67]|99497|Q0091|77067|G0499|G0513|G0514"
)
_NO_PROCEDURE: Final = re.compile(r"8\d{4}|36415|[JQ]\d{4}|G2212|99417|99498|96127|96110")
"""Laboratory, drugs and add-ons: they ask for no modifier 25."""


def apply(services: Services) -> None:
    """Add the services to the visit, and compare those on the charge sheet with the record."""
    counselling.without_cost_share(services)
    _prolonged(services)
    _longitudinal(services)


def _prolonged(services: Services) -> None:
    visit, rules = services.em, services.encounter.payer_rules
    code = rules.prolonged_code or (MEDICARE_PROLONGED if rules.medicare else CPT_PROLONGED)
    units = _units(visit, code)
    for sent in (CPT_PROLONGED, MEDICARE_PROLONGED):
        line = services.sent(sent)
        if line is None:
            continue
        if sent != code or units == 0:
            _report(services, sent, Reason.CODE_NOT_SUPPORTED, f"service_not_supported:{sent}")
        elif line.units > units:
            _report(services, sent, Reason.CONFLICT, f"conflict:units:{sent}")
    if visit is not None and units and not any(services.sent(sent) for sent in _FIRST_UNIT):
        services.em = visit = _by_time(visit)
        sure = SURE if visit.time_evidence and units <= PLAUSIBLE_UNITS else DOUBTFUL
        services.lines.append(
            _line(code, "prolonged office visit, 15 minutes", units, visit, visit.time_evidence, sure)
        )


def _by_time(visit: EmDecision) -> EmDecision:
    """Prolonged time belongs to a level chosen by time: where both methods give it, time is named."""
    from dataclasses import replace

    return replace(visit, by="time", evidence=tuple(dict.fromkeys((*visit.time_evidence, *visit.evidence))))


def _units(visit: EmDecision | None, code: str) -> int:
    first = _FIRST_UNIT.get(code, {}).get(visit.code) if visit else None
    if visit is None or first is None or not visit.minutes or visit.minutes < first:
        return 0
    return 1 + (visit.minutes - first) // UNIT_MINUTES


def _longitudinal(services: Services) -> None:
    rules, visit = services.encounter.payer_rules, services.em
    span = next(_relationship(services), None)
    if services.sent(LONGITUDINAL):
        if visit is None or _barred(services, visit):
            _report(services, LONGITUDINAL, Reason.CODE_NOT_SUPPORTED, f"service_not_supported:{LONGITUDINAL}")
        elif span is None and services.readings:
            _report(services, LONGITUDINAL, Reason.MISSING_FACT, "missing_fact:longitudinal")
        return
    if visit is None or span is None or not (rules.longitudinal or rules.medicare) or _barred(services, visit):
        return
    services.lines.append(_line(LONGITUDINAL, "longitudinal relationship", 1, visit, (span,)))


def _barred(services: Services, visit: EmDecision) -> bool:
    day = services.encounter.date_of_service
    if day < LONGITUDINAL_SINCE:
        return True
    if "25" not in visit.modifiers:
        return False
    others = [line.code for line in services.lines if line.code != LONGITUDINAL]
    return day < BESIDE_PREVENTION_SINCE or not all(_is_prevention(code) for code in others)


def _is_prevention(code: str) -> bool:
    return code in WELLNESS or bool(_PREVENTION.fullmatch(code) or _NO_PROCEDURE.fullmatch(code))


def _relationship(services: Services) -> Iterator[Evidence]:
    for reading in services.readings:
        match = _RELATIONSHIP.search(reading.lowered)
        if match:
            yield reading.evidence(*match.span())


def _line(
    code: str, label: str, units: int, visit: EmDecision, evidence: tuple[Evidence, ...], most: float = SURE
) -> ProcedureAssignment:
    """The line beside its visit: never surer than that, and at most as sure as `most`."""
    system = CodeSystem.CPT if code[0].isdigit() else CodeSystem.HCPCS
    return ProcedureAssignment(
        code, system, min(most, visit.confidence), (), Decimal(units), visit.diagnosis_pointers, evidence,
        rule="service.added-to-visit", auto=visit.auto and most == SURE, title=label,
    )  # fmt: skip


def _report(services: Services, code: str, reason: Reason, subject: str) -> None:
    services.findings.append(
        CodingFinding(
            reason, services.place(code), f"the record does not support {code} as it was sent",
            "Correct it, or have the record completed.", subject=subject,
        )
    )  # fmt: skip
