"""Step 13, checks: what the code list itself forbids or asks for.

Each check gives findings with a JSON pointer and what to do. Order is corrected where the classification
says what goes first (etiology before manifestation, external cause never first); that is no finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from codesets.icd10cm import AGE_RANGES, Codes, Release, matches

from coding_svc.coding.reading import NARRATIVE, Proposal
from coding_svc.domain import ClinicalEncounter, CodingFinding, Reason, Sex


def sequence(proposals: Sequence[Proposal], release: Release) -> list[Proposal]:
    """First-listed first (guideline IV.A, I.A.13): conditions, then status and history, external causes last;
    a code with a "code first" note after the code that the note names."""
    ordered = sorted(proposals, key=lambda proposal: (_group(proposal.code, release), proposal.order))
    for proposal in list(ordered):
        named = [ref for note in release.notes(proposal.code, "code_first") for ref in note.references]
        before = [p for p in ordered if p is not proposal and any(matches(p.code, ref) for ref in named)]
        if before and ordered.index(proposal) < ordered.index(before[0]):
            ordered.remove(proposal)
            ordered.insert(ordered.index(before[0]) + 1, proposal)
    return ordered


def _group(code: str, release: Release) -> int:
    if release.flags(code).external_cause or code[0] in "VWXY":
        return 3
    if code.startswith(("Z79", "Z68", "Z3A", "Z77", "Z80", "Z81", "Z82", "Z83", "Z84", "Z85", "Z86", "Z87", "Z9")):
        return 2
    return 1


def check(proposals: Sequence[Proposal], encounter: ClinicalEncounter, release: Release) -> list[CodingFinding]:
    """All findings about the ordered list of diagnosis codes."""
    return [
        *_excludes1(proposals, release),
        *_first_listed(proposals, release),
        *_age_and_sex(proposals, encounter, release),
        *_companions(proposals, release),
        *(_side(index, proposal) for index, proposal in enumerate(proposals) if proposal.side_missing),
    ]


def _excludes1(proposals: Sequence[Proposal], release: Release) -> Iterator[CodingFinding]:
    for index, one in enumerate(proposals):
        for other in proposals[index + 1 :]:
            if excludes_each_other(one.code, other.code, release):
                yield CodingFinding(
                    Reason.EXCLUDES1,
                    f"/diagnoses/{index}",
                    f"{one.code} and {other.code} exclude each other (Excludes1, guideline I.A.12.a)",
                    "Keep the one that the record supports, or confirm that the conditions are unrelated.",
                    subject=f"excludes1:{one.code}~{other.code}",
                )


def excludes_each_other(one: str, other: str, release: Release) -> bool:
    """Whether an Excludes1 note on either code, or above it, names the other."""
    return _names(one, other, release) or _names(other, one, release)


def _names(holder: str, other: str, release: Release) -> bool:
    return any(other in named for named in _excluded(holder, release))


@lru_cache(maxsize=4_096)
def _excluded(holder: str, release: Release) -> tuple[Codes, ...]:
    """The codes of each Excludes1 note that bears on a code, but of those that name the code itself."""
    notes = (Codes(*note.references) for note in release.excludes1(holder))
    return tuple(named for named in notes if holder not in named)


def _first_listed(proposals: Sequence[Proposal], release: Release) -> Iterator[CodingFinding]:
    if not proposals:
        return
    first = proposals[0].code
    flags = release.flags(first)
    if flags.manifestation:
        yield CodingFinding(
            Reason.MANIFESTATION_FIRST, "/diagnoses/0", f"{first} is a manifestation and cannot be first-listed",
            "Add the underlying disease and list it first.", subject=f"manifestation_first:{first}",
        )  # fmt: skip
    if flags.external_cause:
        yield CodingFinding(
            Reason.EXTERNAL_CAUSE_FIRST, "/diagnoses/0", f"{first} is an external cause and cannot be first-listed",
            "List the injury or condition first.", subject=f"external_cause_first:{first}",
        )  # fmt: skip


def _age_and_sex(
    proposals: Sequence[Proposal], encounter: ClinicalEncounter, release: Release
) -> Iterator[CodingFinding]:
    age = encounter.age_years()
    for index, proposal in enumerate(proposals):
        flags = release.flags(proposal.code)
        if flags.age_group and age is not None:
            low, high = AGE_RANGES[flags.age_group]
            if not low <= age <= high:
                yield CodingFinding(
                    Reason.AGE_CONFLICT,
                    f"/diagnoses/{index}",
                    f"{proposal.code} is for ages {low} to {high}, the patient is {age}",
                    "Choose the code for the patient's age, or correct the birth date.",
                    subject=f"age_conflict:{proposal.code}",
                )
        if flags.sex and encounter.sex is not Sex.UNKNOWN and flags.sex != encounter.sex.value:
            yield CodingFinding(
                Reason.SEX_CONFLICT, f"/diagnoses/{index}", f"{proposal.code} is marked for sex {flags.sex}",
                "Check code and record; the edit is not in force any more.", False, f"sex_conflict:{proposal.code}",
            )  # fmt: skip


def _companions(proposals: Sequence[Proposal], release: Release) -> Iterator[CodingFinding]:
    """Manifestations without their etiology; a missing "use additional code" is only shown."""
    codes = [proposal.code for proposal in proposals]
    for index, proposal in enumerate(proposals):
        if not release.flags(proposal.code).manifestation:
            continue
        named = [ref for note in release.notes(proposal.code, "code_first") for ref in note.references]
        if named and not any(matches(code, ref) for code in codes for ref in named):
            yield CodingFinding(
                Reason.CODE_FIRST, f"/diagnoses/{index}", f"{proposal.code} needs its underlying disease coded first",
                f"Add one of: {', '.join(named[:6])}.", subject=f"code_first:{named[0]}>{proposal.code}",
            )  # fmt: skip


def _side(index: int, proposal: Proposal) -> CodingFinding:
    return CodingFinding(
        Reason.UNSPECIFIED_SIDE, f"/diagnoses/{index}", f"{proposal.code} leaves the side open",
        "Document right, left or bilateral.", False, f"unspecified:{proposal.code}",
    )  # fmt: skip


def removed(dropped: Sequence[Proposal], kept: Sequence[Proposal], release: Release) -> list[CodingFinding]:
    """Codes that the clinician sent and that a confirmed diagnosis takes in: removing them needs a person."""
    found: list[CodingFinding] = []
    for proposal in dropped:
        if "structured" not in proposal.rule:
            continue
        rival = next((p for p in kept if excludes_each_other(p.code, proposal.code, release)), None)
        subject = f"excludes1:{rival.code}~{proposal.code}" if rival else f"dx_not_supported:{proposal.code}"
        reason = Reason.EXCLUDES1 if rival else Reason.CODE_NOT_SUPPORTED
        text = f"{proposal.code} belongs to a confirmed diagnosis and is not coded beside it"
        found.append(CodingFinding(reason, "/diagnoses", text, "Confirm that it is removed.", subject=subject))
    return found


def resolve_conflicts(proposals: Sequence[Proposal], release: Release) -> list[Proposal]:
    """Of two proposals that exclude each other, the clearly less sure one (by 0.15) goes; equals stay and are found."""
    kept: list[Proposal] = list(proposals)
    for one in proposals:
        for other in proposals:
            sure = one.confidence - other.confidence > 0.15 or _sent_and_only_mentioned(one, other)
            if (
                ("structured" not in other.rule or _sent_and_only_mentioned(one, other))
                and not other.rule.startswith(NARRATIVE)
                and one in kept
                and other in kept
                and sure
                and excludes_each_other(one.code, other.code, release)
            ):
                kept.remove(other)
    return kept


def _sent_and_only_mentioned(one: Proposal, other: Proposal) -> bool:
    """A code that was sent and that the note only touches on, against what the assessment says."""
    return other.rule == "dx.structured+note" and one.rule.startswith("dx.assessment")


def drop_age_conflicts(proposals: Sequence[Proposal], encounter: ClinicalEncounter, release: Release) -> list[Proposal]:
    """Term matches for another age (a newborn's condition in an adult) are not what the note means: less sure."""
    age = encounter.age_years()

    def fits(code: str) -> bool:
        group = release.flags(code).age_group
        return not group or age is None or AGE_RANGES[group][0] <= age <= AGE_RANGES[group][1]

    return [
        p if fits(p.code) or "structured" in p.rule else replace(p, confidence=min(p.confidence, 0.3))
        for p in proposals
    ]
