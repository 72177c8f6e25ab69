"""Step 13b, the charge sheet: what is wrong with the diagnoses that the clinician ticked, beside what the record gives.

Adding a companion, re-ordering, and a documented specific child are corrected and shown; whatever takes a ticked code
away, or puts another condition in its place, goes to a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from codesets.icd10cm import AGE_RANGES, Release, matches, with_dot

from coding_svc.coding import checks
from coding_svc.coding.reading import Proposal
from coding_svc.domain import ClinicalEncounter, CodingFinding, Reason

_BY_DEGREE: Final = re.compile(
    r"\b(?:left|right|bilateral|unilateral|stage \w+|mild|moderate|severe|\w+ trimester)\b,? ?"
)
"""What tells codes of one condition apart."""


def findings(
    encounter: ClinicalEncounter, diagnoses: Sequence[Proposal], release: Release, known: Sequence[CodingFinding]
) -> list[CodingFinding]:
    """The findings known so far, corrected, and those about the sheet; each subject once."""
    sheet = [with_dot(item.code) for item in encounter.diagnoses if item.active and item.confirmed]
    if not sheet:
        return list(known)
    coded = [proposal.code for proposal in diagnoses]
    own = (
        *_order(sheet, coded, release),
        *_companions(sheet, coded, release),
        *_sides(sheet, coded, release),
        *_ages(sheet, encounter, release),
        *_excluded(sheet, coded, release),
        *_contradicted(sheet, coded, release),
    )
    # What is still wrong with the codes as they will be billed outweighs what was only wrong on the sheet.
    merged = {finding.subject or f"{finding.code}{finding.location}": finding for finding in (*own, *known)}
    return [_eased(finding, coded) for finding in merged.values() if not _told_already(finding, merged)]


def _order(sheet: Sequence[str], coded: Sequence[str], release: Release) -> Iterator[CodingFinding]:
    first = sheet[0]
    flags = release.flags(first)
    if flags.external_cause:
        yield _finding(Reason.EXTERNAL_CAUSE_FIRST, 0, f"{first} is an external cause", f"external_cause_first:{first}")
    if flags.manifestation:
        yield _finding(Reason.MANIFESTATION_FIRST, 0, f"{first} is a manifestation", f"manifestation_first:{first}")
    for at, code in enumerate(sheet):
        named = [ref for note in release.notes(code, "code_first") for ref in note.references]
        before = next((other for other in coded if other != code and any(matches(other, ref) for ref in named)), None)
        if before and (before not in sheet[:at]) and (flags.manifestation or release.flags(code).manifestation):
            yield _finding(Reason.CODE_FIRST, at, f"{before} goes before {code}", f"code_first:{before}>{code}")


def _companions(sheet: Sequence[str], coded: Sequence[str], release: Release) -> Iterator[CodingFinding]:
    """A code that the record gives and a "use additional code" note of a ticked one asks for."""
    for at, code in enumerate(sheet):
        if code not in coded:
            continue
        named = [ref for note in release.notes(code, "use_additional") for ref in note.references]
        for other in coded:
            asked = any(matches(other, ref) for ref in named)
            if asked and other not in sheet and not any(other[:3] == ticked[:3] for ticked in sheet):
                yield _finding(Reason.USE_ADDITIONAL, at, f"{other} goes with {code}", f"use_additional:{code}+{other}")


def _excluded(sheet: Sequence[str], coded: Sequence[str], release: Release) -> Iterator[CodingFinding]:
    """A ticked code that the record does not give goes for the ticked one that it gives and that excludes it."""
    for at, code in enumerate(sheet):
        if code in coded:
            continue
        kept = next(
            (other for other in sheet if other in coded and checks.excludes_each_other(other, code, release)), None
        )
        if kept:
            text = f"{kept} and {code} exclude each other (Excludes1, guideline I.A.12.a)"
            yield replace(_finding(Reason.EXCLUDES1, at, text, f"excludes1:{kept}~{code}"), blocking=True)


def _contradicted(sheet: Sequence[str], coded: Sequence[str], release: Release) -> Iterator[CodingFinding]:
    """A ticked code of another side, stage or severity than the record gives: its replacement needs a person."""
    for at, code in enumerate(sheet):
        if code in coded or not release.is_valid(code) or "unspecified" in release.title(code).lower():
            continue
        bare = _without_degree(code, release)
        other = next((each for each in coded if each[:3] == code[:3] and _without_degree(each, release) == bare), None)
        if other:
            text = f"the record gives {other}, not {code}"
            yield replace(_finding(Reason.CODE_NOT_SUPPORTED, at, text, f"dx_not_supported:{code}"), blocking=True)


def _without_degree(code: str, release: Release) -> str:
    return re.sub(r"\W+", " ", _BY_DEGREE.sub(" ", release.title(code).lower())).strip()


def _sides(sheet: Sequence[str], coded: Sequence[str], release: Release) -> Iterator[CodingFinding]:
    for at, code in enumerate(sheet):
        if code in coded or not release.is_valid(code) or "unspecified" not in release.title(code):
            continue
        sided = next((other for other in coded if _is_side_of(other, code, release)), None)
        if sided:
            yield _finding(Reason.UNSPECIFIED_SIDE, at, f"the record gives the side: {sided}", f"unspecified:{code}")


def _is_side_of(code: str, unspecified: str, release: Release) -> bool:
    """Whether a code is the same condition with its side: it differs in one character and its title names a side."""
    same = len(code) == len(unspecified) and sum(a != b for a, b in zip(code, unspecified, strict=True)) == 1
    return same and any(side in release.title(code).lower() for side in ("right", "left", "bilateral"))


def _ages(sheet: Sequence[str], encounter: ClinicalEncounter, release: Release) -> Iterator[CodingFinding]:
    age = encounter.age_years()
    for at, code in enumerate(sheet):
        group = release.flags(code).age_group
        if group and age is not None and not AGE_RANGES[group][0] <= age <= AGE_RANGES[group][1]:
            text = f"{code} is not for a patient of {age} years"
            yield replace(_finding(Reason.AGE_CONFLICT, at, text, f"age_conflict:{code}"), blocking=True)


def _finding(reason: Reason, at: int, text: str, subject: str) -> CodingFinding:
    return CodingFinding(reason, f"/diagnoses/{at}", text, "Corrected from the record; shown.", False, subject)


def _eased(finding: CodingFinding, coded: Sequence[str]) -> CodingFinding:
    """A heading whose documented child is coded is corrected by itself."""
    kind, _, code = finding.subject.partition(":")
    if kind == "not_billable" and any(other.startswith(code) for other in coded):
        return replace(finding, blocking=False)
    return finding


def _told_already(finding: CodingFinding, merged: dict[str, CodingFinding]) -> bool:
    """A code that goes because another one excludes it is not told of twice."""
    kind, _, code = finding.subject.partition(":")
    if kind != "dx_not_supported":
        return False
    return any(code in subject.partition(":")[2].split("~") for subject in merged if subject.startswith("excludes1:"))
