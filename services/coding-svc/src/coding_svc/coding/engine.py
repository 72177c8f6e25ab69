"""The engine: one call codes one encounter. The steps stand in `CodingEngine.code`, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Final

from codesets import icd10cm
from codesets.icd10cm import Release

from coding_svc.coding import (
    additions,
    bundling,
    candidates,
    charge_sheet,
    checks,
    circumstances,
    completeness,
    copied,
    counselling,
    global_period,
    laterality,
    left_out,
    lines,
    practice,
    telehealth,
    telemedicine,
    visits,
)
from coding_svc.coding.combinations import combine, immunized
from coding_svc.coding.confidence import calibrated, group_of
from coding_svc.coding.mentions import MentionFinder
from coding_svc.coding.merging import merge_diagnoses
from coding_svc.coding.neoplasms import NeoplasmTable
from coding_svc.coding.practice import NO_LEXICON, PracticeLexicon
from coding_svc.coding.proposing import Proposer
from coding_svc.coding.reading import NARRATIVE, Proposal, Reading, read_note
from coding_svc.coding.services import Services
from coding_svc.coding.specificity import Specificity
from coding_svc.coding.symptoms import drop_integral
from coding_svc.coding.terms import TermTable
from coding_svc.domain import (
    MAX_DIAGNOSES_PER_ENCOUNTER,
    ClinicalEncounter,
    ClinicalNote,
    CodeAssignment,
    CodeSystem,
    CodingFinding,
    CodingResult,
    EmDecision,
    ProcedureAssignment,
    Reason,
    Route,
    VisitType,
)

ENGINE_VERSION: Final = "1"
AUTO_THRESHOLD: Final = 0.8
"""A code below it is not released without a person; set on development data (see `evaluate`)."""
MAX_NOTE_LENGTH: Final = 400_000
"""Code points; a longer note goes to a person unread."""


class Tables:
    """Everything compiled from one release."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.specificity = Specificity(release)
        self.terms = TermTable(release)
        self.finder = MentionFinder(self.terms, self.specificity, NeoplasmTable(release))
        self.proposer = Proposer(release, self.specificity)


@lru_cache(maxsize=4)
def tables_of(release: Release) -> Tables:
    """The tables of a release, compiled once per process."""
    return Tables(release)


class CodingEngine:
    """Holds the compiled tables; build one per process, it is immutable and safe to share between threads."""

    def __init__(
        self,
        warm_for: date | None = None,
        auto_threshold: float = AUTO_THRESHOLD,
        max_diagnoses: int = MAX_DIAGNOSES_PER_ENCOUNTER,
    ) -> None:
        """`warm_for`: compile the release of that date of service now instead of at the first encounter.

        `max_diagnoses`: the most that an encounter is released with; the claim makes its choice of them.
        """
        self._threshold = auto_threshold
        self._max_diagnoses = max_diagnoses
        release = icd10cm.on(warm_for) if warm_for else None
        if release is not None:
            tables_of(release)

    def code(self, encounter: ClinicalEncounter, lexicon: PracticeLexicon = NO_LEXICON) -> CodingResult:
        """Code one encounter, with the practice's own lexicon. Deterministic, no I/O, never raises on any text."""
        release = icd10cm.on(encounter.date_of_service)
        if release is None:
            return _to_a_person(Reason.CODESET_NOT_LOADED)
        signed = [note for note in encounter.notes if note.signed]
        if not signed and encounter.notes:
            return _to_a_person(Reason.NOTE_UNSIGNED, waiting=True)
        if any(len(note.text) > MAX_NOTE_LENGTH for note in signed):
            return _to_a_person(Reason.NOTE_TOO_LONG)
        tables = tables_of(release)
        fresh = copied.without_copied(signed, encounter.earlier_notes)
        readings = [read_note(number, note, tables.finder) for number, note in enumerate(fresh)]
        result = self._decide(encounter, readings, tables, lexicon)
        if fresh != signed:
            result = self._with_copied(result, signed, fresh, tables)
        return replace(result, data_versions={**result.data_versions, "practice_lexicon": str(lexicon.version)})

    def _with_copied(
        self, result: CodingResult, whole: Sequence[ClinicalNote], fresh: Sequence[ClinicalNote], tables: Tables
    ) -> CodingResult:
        """The result with a word on what was copied, and the codes that only the copied text gives as candidates."""
        readings = [read_note(number, note, tables.finder) for number, note in enumerate(whole)]
        given = {item.code for item in result.diagnoses}
        lost = [
            proposal
            for reading in readings
            for proposal in tables.proposer.propose(reading)
            if proposal.code not in given and proposal.confidence >= candidates.CODED_FROM
        ]
        told = copied.finding(whole, fresh, [proposal.code for proposal in lost])
        findings = (*result.findings, *([told] if told else []))
        reasons = tuple(dict.fromkeys((*result.reasons, *([told.code] if told and told.blocking else []))))
        shown = tuple(candidates.copied(proposal, tables.release) for proposal in lost)
        return replace(
            result,
            route=Route.QUEUE if reasons else Route.AUTO,
            reasons=reasons,
            findings=findings,
            candidates=(*shown, *result.candidates)[: candidates.MOST],
        )

    def _decide(
        self, encounter: ClinicalEncounter, readings: list[Reading], tables: Tables, lexicon: PracticeLexicon
    ) -> CodingResult:
        release = tables.release
        encounter, of_sheet = telemedicine.ticked_as_office(encounter)
        proposals = [p for reading in readings for p in tables.proposer.propose(reading)]
        proposals = practice.apply(proposals, readings, lexicon, release)
        services = [
            *lines.from_notes(readings, encounter.age_years(), medicare=encounter.payer_rules.medicare),
            *lines.from_orders(encounter),
        ]
        timed = counselling.find(encounter, readings, services)
        services += timed.services
        proposals = immunized(combine(proposals, readings, encounter, release), services)
        proposals, findings = merge_diagnoses(proposals, encounter, readings, release, tables.specificity)
        proposals, integral = drop_integral(proposals)
        proposals = checks.drop_age_conflicts(proposals, encounter, release)
        proposals = checks.resolve_conflicts(proposals, release)
        kept = [p for p in proposals if p.confidence >= candidates.CODED_FROM]
        diagnoses = checks.sequence(kept, release)[: self._max_diagnoses]
        findings += [*checks.check(diagnoses, encounter, release), *checks.removed(integral, diagnoses, release)]
        findings += completeness.left_out(readings, [*diagnoses, *integral], release)

        findings = [*charge_sheet.findings(encounter, diagnoses, release, findings), *of_sheet]

        visit = visits.decide(encounter, readings, diagnoses, services, timed.minutes)
        decision, disagreement = lines.compare_em(encounter, visit.em)
        procedures, of_lines = lines.assign([*visit.services, *services], encounter, diagnoses, self._threshold)
        findings += [*timed.findings, *visit.findings, *of_lines, *([disagreement] if disagreement else [])]
        findings += left_out.left_out(encounter, readings, [*visit.services, *services])
        coded = tuple(p.code for p in diagnoses)
        billed = Services(encounter, readings, self._with_pointers(decision, diagnoses), procedures, findings, coded)
        for room in (circumstances, global_period, bundling, additions, telemedicine, telehealth, laterality):
            room.apply(billed)
        weak = [p for p in proposals if p.code not in coded]
        return self._result(encounter, readings, diagnoses, weak, integral, billed.em, billed.lines, findings, release)

    def _result(
        self,
        encounter: ClinicalEncounter,
        readings: Sequence[Reading],
        diagnoses: Sequence[Proposal],
        weak: Sequence[Proposal],
        integral: Sequence[Proposal],
        decision: EmDecision | None,
        procedures: Sequence[ProcedureAssignment],
        findings: Sequence[CodingFinding],
        release: Release,
    ) -> CodingResult:
        assigned = tuple(self._assignment(proposal, release) for proposal in diagnoses)
        sure = [line for line in procedures if line.confidence >= candidates.CODED_FROM]
        reasons = self._reasons(encounter, assigned, decision, procedures, findings)
        ranked = candidates.rank(readings, diagnoses, weak, integral, procedures, release)
        return CodingResult(
            Route.QUEUE if reasons else Route.AUTO,
            reasons,
            assigned,
            decision,
            tuple(sure),
            ranked,
            tuple(findings),
            {"icd10cm": release.name, "engine": ENGINE_VERSION},
        )

    def _assignment(self, rough: Proposal, release: Release) -> CodeAssignment:
        group, proposal = group_of(rough), calibrated(rough)
        return CodeAssignment(
            proposal.code,
            CodeSystem.ICD10CM,
            proposal.confidence,
            proposal.evidence,
            proposal.section,
            proposal.assertion,
            proposal.rule,
            release.name,
            proposal.confidence >= self._threshold,
            group,
            release.title(proposal.code),
        )

    def _with_pointers(self, decision: EmDecision | None, diagnoses: Sequence[Proposal]) -> EmDecision | None:
        if decision is None:
            return None
        return replace(
            decision, auto=decision.confidence >= self._threshold, diagnosis_pointers=lines.em_pointers(diagnoses)
        )

    def _reasons(
        self,
        encounter: ClinicalEncounter,
        diagnoses: Sequence[CodeAssignment],
        decision: EmDecision | None,
        procedures: Sequence[ProcedureAssignment],
        findings: Sequence[CodingFinding],
    ) -> tuple[Reason, ...]:
        """Why a person must look; empty for a release. Each reason once, the gravest first."""
        found: list[Reason] = []
        if not encounter.notes and not encounter.diagnoses:
            found.append(Reason.NOTE_MISSING)
        if any(not note.signed for note in encounter.notes):
            found.append(Reason.NOTE_UNSIGNED)
        if not diagnoses:
            found.append(Reason.NO_DIAGNOSIS)
        if decision is None and not procedures:
            found.append(Reason.EM_UNDETERMINED if encounter.visit_type is VisitType.OFFICE else Reason.NO_SERVICE)
        found += [finding.code for finding in findings if finding.blocking]
        sure = [diagnosis.confidence for diagnosis in diagnoses] + [line.confidence for line in procedures]
        sure += [decision.confidence] if decision else []
        suggested = any(diagnosis.rule.startswith(NARRATIVE) for diagnosis in diagnoses)
        if suggested or any(confidence < self._threshold for confidence in sure):
            found.append(Reason.LOW_CONFIDENCE)
        return tuple(dict.fromkeys(found))


def _to_a_person(reason: Reason, *, waiting: bool = False) -> CodingResult:
    return CodingResult(Route.QUEUE, (reason,), data_versions={"engine": ENGINE_VERSION}, waiting_for_signature=waiting)
