"""Step 11b, the visit: whether there is an office E/M, of which level, and the preventive services.

New or established comes from the encounter; the note's own words only where the encounter does not say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from coding_svc.coding import em, mdm, mdm_data, mdm_risk
from coding_svc.coding.confidence import em_confidence
from coding_svc.coding.procedures import Performed
from coding_svc.coding.reading import Proposal, Reading
from coding_svc.coding.screened import Screened
from coding_svc.coding.visit_time import StatedTime, stated_minutes
from coding_svc.domain import (
    ClinicalEncounter,
    CodeSystem,
    CodingFinding,
    ElementFinding,
    EmDecision,
    Evidence,
    MdmLevel,
    Reason,
    Section,
    VisitType,
)

_NEW: Final = Screened(
    r"\bnew (?:\w+ )?(?:patient|pt|infant)\b|establish(?:ing)? care|new to (?:us|the practice|me|our)"
)
_ESTABLISHED: Final = Screened(
    r"established (?:patient|pt)|\bfollow[- ]?up\b|last seen|returns? (?:to|for)|\best pt\b|here for recheck"
)
_PROCEDURE_ONLY: Final = Screened(
    r"procedure visit only|nothing (?:else|new)(?: was)? (?:addressed|evaluated|done|examined"
    r"|to evaluate)|no re-?evaluation|no other (?:problem|evaluation|concerns?|issue)"
    r"|did not evaluate anything else|injection (?:clinic|visit)"
)
_WELLNESS: Final = (
    (Screened(r"\binitial annual wellness"), "G0438"),
    (Screened(r"welcome to medicare|initial preventive physical"), "G0402"),
    (
        Screened(
            r"(?:subsequent|medicare) annual wellness"
            r"|annual wellness visit[^.\n]{0,60}(?:subsequent|medicare|part b)"
        ),
        "G0439",
    ),
)
_OFFICE_TYPES: Final = (VisitType.OFFICE, VisitType.TELEHEALTH_VIDEO, VisitType.TELEHEALTH_AUDIO)
STRUCTURED_SURE, TIME_SURE, UNKNOWN_STATUS = 0.95, 0.93, 0.5


@dataclass(frozen=True, slots=True)
class Visit:
    """What the visit itself is billed as."""

    em: EmDecision | None
    services: tuple[Performed, ...]
    findings: tuple[CodingFinding, ...]


def decide(
    encounter: ClinicalEncounter,
    readings: Sequence[Reading],
    diagnoses: Sequence[Proposal],
    services: Sequence[Performed],
) -> Visit:
    """The visit's codes; `services` are the procedures already found."""
    findings: list[CodingFinding] = []
    preventive = _preventive(encounter, readings) if encounter.visit_type is VisitType.PREVENTIVE else None
    own = (preventive,) if preventive else ()
    if not _has_office_visit(encounter, readings, diagnoses, services):
        return Visit(None, own, ())
    new_patient = is_new(encounter, readings)
    if new_patient is None:
        findings.append(_unknown_status())
    billed = any(service.em_modifier for service in services)
    decision = _level(encounter, readings, diagnoses, bool(new_patient), findings, procedure_billed=billed)
    if decision is not None and new_patient is None:
        decision = replace(decision, confidence=min(decision.confidence, UNKNOWN_STATUS))
    if decision is not None and (preventive or billed):
        decision = replace(decision, modifiers=("25",))
    return Visit(decision, own, tuple(findings))


def is_new(encounter: ClinicalEncounter, readings: Sequence[Reading]) -> bool | None:
    """New patient or not, None if neither the encounter nor the note says."""
    if encounter.new_patient is not None:
        return encounter.new_patient
    for reading in readings:
        if _NEW.search(reading.lowered):
            return True
        if _ESTABLISHED.search(reading.lowered):
            return False
    return None


def _has_office_visit(
    encounter: ClinicalEncounter,
    readings: Sequence[Reading],
    diagnoses: Sequence[Proposal],
    services: Sequence[Performed],
) -> bool:
    if encounter.visit_type is VisitType.PREVENTIVE:
        return _separate_problem(readings, diagnoses)
    if encounter.visit_type not in _OFFICE_TYPES:
        return False
    procedure = any(service.em_modifier for service in services)
    return not (procedure and any(_PROCEDURE_ONLY.search(reading.lowered) for reading in readings))


def _separate_problem(readings: Sequence[Reading], diagnoses: Sequence[Proposal]) -> bool:
    """A problem worked up beside a preventive service: another condition with drug management or worse."""
    conditions = [p for p in diagnoses if p.code[0] not in "ZR" and p.confidence > 0.7]
    risk = mdm_risk.risk_level(mdm_risk.risk_facts(readings))
    return bool(conditions) and risk in (MdmLevel.MODERATE, MdmLevel.HIGH)


def _level(
    encounter: ClinicalEncounter,
    readings: Sequence[Reading],
    diagnoses: Sequence[Proposal],
    new_patient: bool,
    findings: list[CodingFinding],
    *,
    procedure_billed: bool,
) -> EmDecision | None:
    by_mdm = _by_mdm(encounter, readings, diagnoses, new_patient, procedure_billed=procedure_billed)
    stated = next((time for reading in readings if (time := stated_minutes(reading))), None)
    by_time = _by_time(encounter, stated, new_patient)
    if stated and encounter.total_minutes and stated.minutes > encounter.total_minutes:
        findings.append(_time_conflict(stated.minutes, encounter.total_minutes))
    decision = em.choose(by_mdm, by_time)
    if decision is None:
        return None
    minutes = by_time.minutes if by_time else None
    if by_mdm and by_time and by_mdm.code == by_time.code:
        decision = replace(decision, confidence=max(by_mdm.confidence, by_time.confidence))
    return replace(decision, minutes=minutes)


def _by_mdm(
    encounter: ClinicalEncounter,
    readings: Sequence[Reading],
    diagnoses: Sequence[Proposal],
    new_patient: bool,
    *,
    procedure_billed: bool,
) -> EmDecision | None:
    given = encounter.mdm
    facts: tuple[ElementFinding, ...] = ()
    if given and given.problems and given.data and given.risk:
        elements, group = em.Elements(given.problems, given.data, given.risk), ""
        rule = "em.mdm-structured"
    elif any(reading.note.text.strip() for reading in readings):
        of_problems = mdm.problems(diagnoses, readings)
        of_data = mdm_data.data_facts(readings, encounter.age_years())
        of_risk = mdm_risk.risk_facts(readings, procedure_billed=procedure_billed)
        data, risk = mdm_data.data_level(of_data), mdm_risk.risk_level(of_risk)
        stated = mdm_risk.treatment_stated(of_risk, readings)
        elements, group = mdm.estimate(of_problems, data, risk, treatment_stated=stated)
        facts, rule = (*of_problems, *of_data, *of_risk), "em.mdm-estimated"
        if given:
            elements = em.Elements(
                given.problems or elements.problems, given.data or elements.data, given.risk or elements.risk
            )
    else:
        return None
    sure = em_confidence(group) if group else STRUCTURED_SURE
    evidence: tuple[Evidence, ...] = tuple(fact.evidence for fact in facts if fact.evidence is not None)
    return EmDecision(
        em.code_by_mdm(elements.level(), new_patient), "mdm", sure, (), None, *elements, facts, evidence, rule,
        group=group,
    )  # fmt: skip


def _by_time(encounter: ClinicalEncounter, stated: StatedTime | None, new_patient: bool) -> EmDecision | None:
    minutes = stated.minutes if stated else encounter.total_minutes
    code = em.code_by_time(minutes, new_patient) if minutes else None
    if minutes is None or code is None:
        return None
    evidence = stated.evidence if stated else ()
    rule = "em.time-stated" if stated else "em.time-structured"
    return EmDecision(code, "time", TIME_SURE, (), minutes, evidence=evidence, rule=rule)


def _preventive(encounter: ClinicalEncounter, readings: Sequence[Reading]) -> Performed | None:
    age = encounter.age_years()
    for reading in readings:
        for pattern, code in _WELLNESS:
            match = pattern.search(reading.lowered)
            if match:
                span = (reading.evidence(*match.span()),)
                return Performed(
                    code, CodeSystem.HCPCS, "Medicare wellness visit", (), Decimal(1), 0.88, span, Section.UNKNOWN
                )
    if age is None or encounter.new_patient is None:
        return None
    code = em.preventive_code(age, encounter.new_patient)
    return Performed(code, CodeSystem.CPT, "preventive visit", (), Decimal(1), 0.9, (), Section.STRUCTURED)


def _unknown_status() -> CodingFinding:
    return CodingFinding(
        Reason.NEW_PATIENT_UNKNOWN, "/new_patient", "whether the patient is new or established is not known",

            "Send new_patient: a face-to-face service by this group and specialty within three years makes"
            " it false."
,
        subject="missing_fact:new_patient",
    )  # fmt: skip


def _time_conflict(stated: int, sent: int) -> CodingFinding:
    return CodingFinding(
        Reason.CONFLICT, "/total_minutes", f"the note states {stated} minutes, the encounter {sent}",
        "Correct the one that is wrong; the note's statement was used.", False, "conflict:total_minutes",
    )  # fmt: skip
