"""Step 11b, the visit: whether there is an office E/M, of which level, and the preventive services.

A code is as sure as its level and as whether the patient is new or established (`patient_status`) together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from coding_svc.coding import (
    care_management,
    em,
    health_examinations,
    mdm,
    mdm_data,
    mdm_risk,
    preventive,
    telemedicine,
    transition,
    visit_kind,
)
from coding_svc.coding.confidence import em_confidence
from coding_svc.coding.patient_status import status_of
from coding_svc.coding.problem_text import Said, problem_said
from coding_svc.coding.procedures import Performed
from coding_svc.coding.reading import Proposal, Reading
from coding_svc.coding.screened import Screened
from coding_svc.coding.visit_time import StatedTime, stated_minutes
from coding_svc.domain import (
    ClinicalEncounter,
    CodingFinding,
    ElementFinding,
    EmDecision,
    Evidence,
    MdmLevel,
    Reason,
    VisitType,
)

_MODERATE_OR_MORE: Final = (MdmLevel.MODERATE, MdmLevel.HIGH)
_WORK_UP: Final = Screened(
    r"(?<!not )(?<!no )\b(?:order(?:ed|ing)?|refer(?:red|ral)?|obtain|biops(?:y|ied)|schedul(?:e|ed)|sent for"
    r"|send for)\b"
    r"(?![^.\n]{0,60}\b(?:screening|declin\w+|not needed)\b)"
)
_NO_WORK: Final = Screened(
    r"\b(?:no (?:further )?(?:work-?up|testing|tests?|imaging|referral)|declin\w+|reassur\w+|benign)\b"
)
"""What is done about a problem beside a preventive service, and what says that nothing is."""
_OFFICE_TYPES: Final = (VisitType.OFFICE, VisitType.TELEHEALTH_VIDEO, VisitType.TELEHEALTH_AUDIO)
STRUCTURED_SURE, TIME_SURE = 0.95, 0.93
_PERHAPS_PART: Final = 0.6
_PERHAPS_MORE: Final = 0.75


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
    minutes_apart: int = 0,
) -> Visit:
    """The visit's codes; `services` are those already found, `minutes_apart` those billed by their own minutes."""
    encounter = replace(encounter, visit_type=visit_kind.kind_of(encounter, readings, diagnoses, services))
    status = status_of(encounter, readings, diagnoses)
    new_patient = status.new
    findings: list[CodingFinding] = []
    own: list[Performed] = []
    if encounter.visit_type is VisitType.PREVENTIVE:
        prevented = preventive.of_visit(encounter, readings, new_patient)
        own += [prevented.service] if prevented.service else []
        findings += prevented.findings
        if not own and status.open:
            findings.append(_unknown_status())
    managed = care_management.of_month(encounter, readings, diagnoses)
    if managed is not None:
        own += managed.services
        findings += managed.findings
    called = telemedicine.check_in(encounter, readings, new_patient)
    if called is not None:
        findings += called.findings
        own += [called.service] if called.service else []
        if called.service or any(finding.code is Reason.CODE_NOT_SUPPORTED for finding in called.findings):
            return Visit(None, tuple(own), tuple(findings))
    instead = managed is not None and managed.instead
    if instead or not _has_office_visit(encounter, readings, diagnoses, services):
        return Visit(None, tuple(own), tuple(findings))
    if status.open and not any(finding.code is Reason.NEW_PATIENT_UNKNOWN for finding in findings):
        findings.append(_unknown_status())
    billed = any(service.em_modifier for service in services)
    by_mdm = _by_mdm(encounter, readings, diagnoses, bool(new_patient), procedure_billed=billed)
    decision = _level(encounter, readings, by_mdm, bool(new_patient), findings, minutes_apart)
    stay = transition.of_visit(encounter, readings, by_mdm, _mdm_level(by_mdm))
    if stay is not None:
        findings += stay.findings
        if stay.service is not None and not any(line.code in em.OFFICE_CODES for line in encounter.service_lines):
            return Visit(None, (*own, stay.service), tuple(findings))
    if decision is not None:
        level = decision.confidence
        decision = replace(decision, confidence=round(level * status.sure, 3), level_confidence=level)
    if decision is not None and _only_stable(encounter, readings, diagnoses):
        decision = replace(decision, confidence=min(decision.confidence, _PERHAPS_PART), auto=False)
    if decision is not None and (own or billed):
        decision = replace(decision, modifiers=("25",))
    return Visit(decision, tuple(own), tuple(findings))


def _mdm_level(by_mdm: EmDecision | None) -> MdmLevel | None:
    if by_mdm is None or by_mdm.problems is None or by_mdm.data is None or by_mdm.risk is None:
        return None
    return em.Elements(by_mdm.problems, by_mdm.data, by_mdm.risk).level()


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
    return not visit_kind.is_procedure_only(readings, diagnoses, services)


def _separate_problem(readings: Sequence[Reading], diagnoses: Sequence[Proposal]) -> bool:
    """A problem worked up beside a preventive service: another condition with drug management or worse, or a problem
    of some gravity (new and of uncertain prognosis, not at goal) for which its own lines order or refer."""
    conditions = [p for p in diagnoses if p.code[0] not in "ZR" and p.confidence > 0.7]
    risk = mdm_risk.risk_level(mdm_risk.risk_facts(readings))
    if conditions and risk in _MODERATE_OR_MORE:
        return True
    grave = [
        p
        for p in diagnoses
        if p.code[0] != "Z" and p.confidence > 0.7 and mdm.gravity(p, readings) in _MODERATE_OR_MORE
    ]
    return any(_worked_up(problem_said(proposal, readings)) for proposal in grave)


def _only_stable(encounter: ClinicalEncounter, readings: Sequence[Reading], diagnoses: Sequence[Proposal]) -> bool:
    """Beside a preventive service nothing but stable illnesses whose treatment goes on: that may be part of it
    (CPT: what needs no additional work is not reported), so a person decides."""
    conditions = [p for p in diagnoses if p.code[0] not in "ZVWXY"]
    preventive_visit = encounter.visit_type is VisitType.PREVENTIVE
    return preventive_visit and all(health_examinations.is_stable(p, readings) for p in conditions)


def _worked_up(said: Said) -> bool:
    return said.says(_WORK_UP) and not said.says(_NO_WORK)


def _level(
    encounter: ClinicalEncounter,
    readings: Sequence[Reading],
    by_mdm: EmDecision | None,
    new_patient: bool,
    findings: list[CodingFinding],
    minutes_apart: int,
) -> EmDecision | None:
    stated = next((time for reading in readings if (time := stated_minutes(reading, minutes_apart))), None)
    by_time = _by_time(encounter, stated, new_patient)
    if stated and encounter.total_minutes and stated.minutes > encounter.total_minutes:
        findings.append(_time_conflict(stated.minutes, encounter.total_minutes))
    decision = em.choose(by_mdm, by_time)
    if decision is None or by_time is None:
        return decision
    if by_mdm and by_mdm.code == by_time.code:
        decision = replace(decision, confidence=max(by_mdm.confidence, by_time.confidence))
    return replace(decision, minutes=by_time.minutes, time_evidence=by_time.evidence)


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
        of_data = mdm_data.data_facts(readings, encounter.age_years())
        of_risk = mdm_risk.risk_facts(readings, procedure_billed=procedure_billed)
        data, risk = mdm_data.data_level(of_data), mdm_risk.risk_level(of_risk)
        of_problems = mdm.problems(
            diagnoses, readings, escalated=risk is MdmLevel.HIGH, worked_up=data in _MODERATE_OR_MORE
        )
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
    if group and elements.level() is MdmLevel.LOW and elements.risk is MdmLevel.MODERATE:
        sure = min(sure, _PERHAPS_MORE) if mdm.perhaps_off_goal(diagnoses, readings) else sure
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
