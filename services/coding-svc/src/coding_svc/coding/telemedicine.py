"""Step 12g, CPT's own codes for visits at a distance, since 2025: 98000 to 98015 and the brief check-in 98016.

Level and time are those of the office visit. Which payer takes them is payer data: traditional Medicare has given 98000
to 98015 no valid status and wants the office visit with its place of service, but takes 98016 for its former G2012
(Physician Fee Schedule final rule 2025). A visit by telephone asks for more than ten minutes of medical discussion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from coding_svc.coding import em
from coding_svc.coding.procedures import Performed
from coding_svc.coding.reading import Reading
from coding_svc.coding.screened import Screened
from coding_svc.coding.services import EM_CODES, Services
from coding_svc.coding.visit_time import DURATION, duration
from coding_svc.domain import ClinicalEncounter, CodeSystem, CodingFinding, Reason, Section, VisitType

SINCE: Final = date(2025, 1, 1)
CHECK_IN: Final = "98016"
CODES: Final = tuple(f"980{number:02}" for number in range(16))
"""By video: new patient, established; by telephone: new, established; four levels each."""
BY_VIDEO: Final = frozenset(CODES[:8])
AT_A_DISTANCE: Final = (VisitType.TELEHEALTH_VIDEO, VisitType.TELEHEALTH_AUDIO)
_LEVELS: Final = 4
_AUDIO_MORE_THAN: Final = 10
_LEAST, _MOST = 5, 10
"""Minutes of a check-in."""
_OF_A_VISIT: Final = timedelta(7)
_NAMED: Final = Screened(
    r"(?<!no )(?<!not a )\b(?:virtual|telephone|phone|brief|video) check-?in\b(?! (?:at|desk|kiosk))"
)
_HOW_LONG: Final = Screened(
    rf"\b(?:medical discussion|discussion|check-?in|call|talked|spoke|time)\b[^.\n\d]{{0,40}}?{DURATION}"
)
_HOW_LONG_BEFORE: Final = Screened(rf"\b{DURATION} (?:of )?(?:medical )?(?:discussion|check-?in|call|phone|talk)")


def code_of(office: str, *, by_telephone: bool) -> str:
    """The telemedicine code of an office visit's level."""
    level = int(office[-1]) - 2
    return CODES[(2 * _LEVELS if by_telephone else 0) + (0 if office[3] == "0" else _LEVELS) + level]


def office_of(code: str) -> str:
    """The office visit of a telemedicine code's level."""
    place = CODES.index(code)
    return f"992{place // _LEVELS % 2}{place % _LEVELS + 2}"


def ticked_as_office(encounter: ClinicalEncounter) -> tuple[ClinicalEncounter, list[CodingFinding]]:
    """The charge sheet with office visits for telemedicine codes: levels are compared so, and turned back at the end.

    Where the visit was none at a distance, or the payer takes no such code, a finding says it.
    """
    ticked = [line for line in encounter.service_lines if line.code in CODES]
    if not ticked:
        return encounter, []
    lines = [replace(line, code=office_of(line.code)) if line in ticked else line for line in encounter.service_lines]
    findings = [
        _refused(encounter.service_lines.index(line), line.code, blocking=encounter.visit_type not in AT_A_DISTANCE)
        for line in ticked
        if not _takes(encounter)
    ]
    return replace(encounter, service_lines=tuple(lines)), findings


def apply(services: Services) -> None:
    """Bill the visit by its telemedicine code where the payer takes it; what goes with office visits alone, goes."""
    visit, encounter = services.em, services.encounter
    if visit is None or visit.code not in em.OFFICE_CODES or not _takes(encounter):
        return
    by_telephone = encounter.visit_type is VisitType.TELEHEALTH_AUDIO
    code = code_of(visit.code, by_telephone=by_telephone)
    services.em = replace(visit, code=code)
    services.remove("G2211")
    if by_telephone and (visit.minutes or 0) <= _AUDIO_MORE_THAN:
        services.findings.append(_ask(f"medical_discussion:{code}", "more than ten minutes of medical discussion"))


def _takes(encounter: ClinicalEncounter) -> bool:
    rules = encounter.payer_rules
    return rules.telemedicine_codes and encounter.visit_type in AT_A_DISTANCE and encounter.date_of_service >= SINCE


class CheckIn(NamedTuple):
    """The check-in in place of a visit, or why there is none."""

    service: Performed | None
    findings: tuple[CodingFinding, ...] = ()


def check_in(encounter: ClinicalEncounter, readings: Sequence[Reading], new_patient: bool | None) -> CheckIn | None:
    """The brief check-in with an established patient, where the note names one; None for every other visit."""
    rules = encounter.payer_rules
    if encounter.visit_type not in AT_A_DISTANCE or encounter.date_of_service < SINCE or new_patient:
        return None
    for reading in readings:
        named = _NAMED.search(reading.lowered)
        if named is None:
            continue
        minutes = _minutes(reading)
        if minutes is None:
            return CheckIn(None, (_ask("check_in_minutes", "the minutes of medical discussion"),))
        if not _LEAST <= minutes <= _MOST:
            return None
        if _after_a_visit(encounter) or not rules.virtual_check_in:
            return CheckIn(None, (_not_billed(),))
        evidence = (reading.evidence(*named.span()),)
        label = "brief check-in at a distance"
        return CheckIn(Performed(CHECK_IN, CodeSystem.CPT, label, (), Decimal(1), 0.85, evidence, Section.UNKNOWN))
    return None


def _minutes(reading: Reading) -> int | None:
    for pattern in (_HOW_LONG, _HOW_LONG_BEFORE):
        match = pattern.search(reading.lowered)
        if match:
            return duration(match.group(1))
    return None


def _after_a_visit(encounter: ClinicalEncounter) -> bool:
    """A visit within the seven days before covers the call."""
    day = encounter.date_of_service
    return any(
        (other.code in EM_CODES or other.code in CODES)
        and other.same_group
        and day - _OF_A_VISIT <= other.date_of_service <= day
        for other in encounter.earlier_services
    )


def _refused(index: int, code: str, *, blocking: bool) -> CodingFinding:
    return CodingFinding(
        Reason.CODE_NOT_SUPPORTED, f"/service_lines/{index}",
        f"{code}: the payer takes no telemedicine codes, or the visit was none at a distance",
        "The office visit of the same level is billed.", blocking, f"telemedicine_payer:{code}",
    )  # fmt: skip


def _not_billed() -> CodingFinding:
    return CodingFinding(
        Reason.CODE_NOT_SUPPORTED, "/service_lines",
        f"{CHECK_IN}: a visit within seven days covers the call, or the payer takes no check-in",
        "Bill nothing for it.", subject=f"service_not_supported:{CHECK_IN}",
    )  # fmt: skip


def _ask(fact: str, what: str) -> CodingFinding:
    return CodingFinding(
        Reason.MISSING_FACT, "/total_minutes", f"{what}: not documented", "Ask the clinician; the code depends on it.",
        subject=f"missing_fact:{fact}",
    )  # fmt: skip
