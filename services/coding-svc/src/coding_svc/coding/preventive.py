"""Step 11a, preventive visits: by age and by new or established (CPT), or the wellness visits of Medicare.

Which wellness visit it is comes from the note and from the patient's earlier ones: the first yearly one is G0438, all
later G0439, each eleven full months after the month of the one before (42 CFR 410.15).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from coding_svc.coding import em
from coding_svc.coding.dates import FULL_MONTHS, full_months
from coding_svc.coding.procedures import Performed
from coding_svc.coding.reading import Reading
from coding_svc.coding.screened import Screened
from coding_svc.domain import ClinicalEncounter, CodeSystem, CodingFinding, Evidence, Reason, Section

FIRST, LATER, WELCOME = "G0438", "G0439", "G0402"
_WELLNESS: Final = (
    (
        Screened(
            r"\b(?:initial|first) (?:medicare )?annual wellness|\bannual wellness(?: visit)?,? (?:initial|first)\b"
        ),
        FIRST,
    ),
    (Screened(r"welcome to medicare|initial preventive physical|\bippe\b"), WELCOME),
    (
        Screened(
            r"(?:subsequent|medicare) annual wellness"
            r"|annual wellness visit[^.\n]{0,60}(?:subsequent|medicare|part b)"
        ),
        LATER,
    ),
)
_ANY_WELLNESS: Final = Screened(r"annual wellness|\bawv\b")
_SURE, _BY_HISTORY, _OPEN = 0.88, 0.85, 0.5


class Preventive(NamedTuple):
    """The preventive service, None if what it hangs on is not known, with what is wrong or missing."""

    service: Performed | None
    findings: tuple[CodingFinding, ...] = ()


def of_visit(encounter: ClinicalEncounter, readings: Sequence[Reading], new_patient: bool | None) -> Preventive:
    """The preventive service of a visit that was sent as one."""
    wellness = _wellness(encounter, readings)
    if wellness is not None:
        return wellness
    age = encounter.age_years()
    if age is None:
        return Preventive(None, (_ask("birth_date", "/patient/birth_date", "the patient's age"),))
    if new_patient is None:
        return Preventive(None)
    code = em.preventive_code(age, new_patient)
    return Preventive(Performed(code, CodeSystem.CPT, "preventive visit", (), Decimal(1), 0.9, (), Section.STRUCTURED))


def _wellness(encounter: ClinicalEncounter, readings: Sequence[Reading]) -> Preventive | None:
    for reading in readings:
        for pattern, code in _WELLNESS:
            match = pattern.search(reading.lowered)
            if match:
                return _found(code, reading.evidence(*match.span()), encounter, _SURE)
    if not encounter.payer_rules.medicare:
        return None
    for reading in readings:
        match = _ANY_WELLNESS.search(reading.lowered)
        if match:
            return _unnumbered(encounter, reading.evidence(*match.span()))
    return None


def _unnumbered(encounter: ClinicalEncounter, span: Evidence) -> Preventive:
    """A wellness visit that does not say which: the patient's history does, else it is asked for."""
    if _last(encounter, FIRST, LATER):
        return _found(LATER, span, encounter, _BY_HISTORY)
    if _last(encounter, WELCOME):
        return _found(FIRST, span, encounter, _BY_HISTORY)
    asked = _ask("wellness_number", f"note:{span.note_id}:{span.start}-{span.end}", "whether it is the first one")
    return Preventive(_service(LATER, span, _OPEN), (asked,))


def _found(code: str, span: Evidence, encounter: ClinicalEncounter, sure: float) -> Preventive:
    before = _last(encounter, FIRST, LATER)
    findings = []
    if code == FIRST and before:
        findings.append(_refused(code, f"there was one on {before}"))
    elif code == WELCOME and _last(encounter, WELCOME, FIRST, LATER):
        findings.append(_refused(code, "it is paid once, before any yearly one"))
    elif before and full_months(before, encounter.date_of_service) < FULL_MONTHS:
        findings.append(_refused(code, f"the last one was on {before}"))
    return Preventive(_service(code, span, sure), tuple(findings))


def _service(code: str, span: Evidence, sure: float) -> Performed:
    return Performed(code, CodeSystem.HCPCS, "Medicare wellness visit", (), Decimal(1), sure, (span,), Section.UNKNOWN)


def _last(encounter: ClinicalEncounter, *codes: str) -> date | None:
    return max((other.date_of_service for other in encounter.earlier_services if other.code in codes), default=None)


def _refused(code: str, why: str) -> CodingFinding:
    return CodingFinding(
        Reason.CODE_NOT_SUPPORTED, "/service_lines", f"{code}: {why}", "Choose the other wellness visit, or wait.",
        subject=f"service_not_supported:{code}",
    )  # fmt: skip


def _ask(fact: str, place: str, what: str) -> CodingFinding:
    return CodingFinding(
        Reason.MISSING_FACT, place, f"{what} is not known", "Add it; the code depends on it.",
        subject=f"missing_fact:{fact}",
    )  # fmt: skip
