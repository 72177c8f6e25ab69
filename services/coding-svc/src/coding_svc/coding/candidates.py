"""Step 14, candidates: what a coder may want to weigh, with what argues for and against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from typing import Final

from codesets.icd10cm import Release

from coding_svc.coding.mentions import Mention
from coding_svc.coding.reading import Proposal, Reading
from coding_svc.domain import Assertion, Candidate, CodeSystem, ProcedureAssignment, Section

CODED_FROM: Final = 0.5
"""Below it a code is only proposed."""
MOST: Final = 10
_AGAINST: Final = {
    Assertion.UNCERTAIN: "uncertain: outpatient guideline IV.H",
    Assertion.HISTORICAL: "spoken of as past",
    Assertion.CONDITIONAL: "conditional",
    Assertion.PLANNED: "screened for or prevented, not present",
}
_READ: Final = (
    Section.ASSESSMENT,
    Section.PLAN,
    Section.HPI,
    Section.CHIEF_COMPLAINT,
    Section.UNKNOWN,
    Section.RESULTS,
    Section.PAST_HISTORY,
    Section.PROBLEM_LIST,
    Section.EXAM,
)
_CLOSE: Final = {Section.ASSESSMENT: 0.45, Section.PLAN: 0.35, Section.CHIEF_COMPLAINT: 0.25, Section.HPI: 0.22}


def rank(
    readings: Sequence[Reading],
    diagnoses: Sequence[Proposal],
    weak: Sequence[Proposal],
    integral: Sequence[Proposal],
    procedures: Sequence[ProcedureAssignment],
    release: Release,
) -> tuple[Candidate, ...]:
    """The best candidates that are not coded, the likeliest first."""
    coded = {proposal.code for proposal in diagnoses}
    found: dict[str, Candidate] = {}
    for candidate in _all(readings, coded, weak, integral, procedures, release):
        known = found.get(candidate.code)
        if candidate.code not in coded and (known is None or candidate.confidence > known.confidence):
            found[candidate.code] = candidate
    return tuple(sorted(found.values(), key=lambda candidate: (-candidate.confidence, candidate.code))[:MOST])


def _all(
    readings: Sequence[Reading],
    coded: Set[str],
    weak: Sequence[Proposal],
    integral: Sequence[Proposal],
    procedures: Sequence[ProcedureAssignment],
    release: Release,
) -> Iterator[Candidate]:
    for proposal in weak:
        yield _candidate(proposal, release, ("not sure enough",))
    for proposal in integral:
        yield _candidate(proposal, release, ("part of a confirmed diagnosis: guideline I.B.5",))
    for line in procedures:
        if line.confidence < CODED_FROM:
            yield Candidate(
                line.code, line.system, line.confidence, line.title, line.evidence, (line.rule,), ("a fact is missing",)
            )
    for reading in readings:
        for mention in reading.mentions:
            candidate = _mentioned(mention, reading, release) if mention.code not in coded else None
            if candidate:
                yield candidate


def _candidate(proposal: Proposal, release: Release, against: tuple[str, ...]) -> Candidate:
    return Candidate(
        proposal.code, CodeSystem.ICD10CM, min(proposal.confidence, CODED_FROM), release.title(proposal.code),
        proposal.evidence, (proposal.rule,), against,
    )  # fmt: skip


def copied(proposal: Proposal, release: Release) -> Candidate:
    """A code that only text copied from an earlier note would give."""
    return _candidate(proposal, release, ("copied from an earlier note: not today's work",))


def _mentioned(mention: Mention, reading: Reading, release: Release) -> Candidate | None:
    section = mention.sentence.section
    if mention.code is None or section not in _READ:
        return None
    if mention.assertion in (Assertion.NEGATED, Assertion.FAMILY, Assertion.OTHER_PERSON):
        return None
    against = _AGAINST.get(mention.assertion, "not named as a problem of the assessment")
    likely = _CLOSE.get(section, 0.15) * mention.term.weight * (0.8 if mention.assertion is Assertion.PRESENT else 0.6)
    return Candidate(
        mention.code, CodeSystem.ICD10CM, round(likely, 3), release.title(mention.code),
        (reading.evidence(mention.start, mention.end),), (f"mentioned in {section.value}",), (against,),
    )  # fmt: skip
