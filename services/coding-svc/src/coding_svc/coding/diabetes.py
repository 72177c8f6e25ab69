"""Step 8, diabetes: its kind, its complications, its control and its drugs (guidelines I.A.15, I.C.4.a)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from codesets.icd10cm import Release

from coding_svc.coding.companions import first_of, from_drug
from coding_svc.coding.problem_text import problem_text, told
from coding_svc.coding.reading import Proposal, Reading
from coding_svc.domain import ClinicalEncounter

_POORLY_CONTROLLED: Final = re.compile(
    r"hyperglyc|uncontrolled|poorly controlled|poor control|inadequately controlled|out of control"
    r"|(?<!pain )(?<!pain is )(?<!pressure )(?<!pressure is )(?<!hypertension )(?<!htn )(?<!symptoms )(?<!pains )"
    r"(?<!lipids )(?<!symptoms are )(?<!hypertension is )(?<!burning )(?<!numbness )not (?:well )?controlled"
    r"|(?:high|elevated) blood (?:sugar|glucose)"
    r"|blood (?:sugar|glucose)s?(?: levels?| readings?)? (?:were|was|are|is|have been)"
    r" (?:high|elevated|not controlled)"
)
_DIABETIC: Final = (
    (
        re.compile(r"\bpolyneuropath|peripheral (?:poly)?neuropath"),
        "42",
        ("G62.9", "E11.40", "E10.40", "E11.42", "E10.42"),
    ),
    (re.compile(r"(?<!peripheral )\bneuropath"), "40", ("G62.9", "E11.40", "E10.40")),
    (re.compile(r"\bretinopath"), "319", ("H35.00",)),
    (re.compile(r"\bperipheral (?:arter|vascular)|\bpad\b|\bpvd\b"), "51", ("I73.9",)),
    (re.compile(r"\bgastropares"), "43", ("K31.84",)),
    (re.compile(r"\bhypoglyc"), "649", ("E16.2",)),
)
"""Complications that "with" ties to diabetes (guideline I.A.15): pattern, subcategory, the plain codes replaced."""
_NAMED_DIABETIC: Final = (
    ("L97", "E11.621", "dx.diabetes-with-ulcer"),
    ("N52.1", "E11.69", "dx.diabetes-with-other"),
)
_DENIED: Final = re.compile(r"\b(?:no|without|denies)\b")


def diabetes(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """Diabetes "with" its complications (guideline I.A.15), and how it is controlled (note at E08-E13)."""
    main = next((p for p in proposals if re.match(r"E(08|09|10|11|13)\.", p.code)), None)
    if main is None:
        return _named_diabetic(proposals, readings)
    kind = main.code[:3]
    found = list(proposals)
    complications: list[tuple[tuple[int, int], Proposal]] = []  # with the place of the part: it tells their order
    kidney = first_of(found, "N18")
    if kidney:
        complications.append((kidney.order, _before(kidney, main.become(f"{kind}.22", "dx.diabetes-with-ckd"))))
    line = problem_text(main, readings, body=False)
    for pattern, subcategory, plain in _DIABETIC:
        part = next((p for p in found if p.code in plain and pattern.search(_said(p))), None)
        if part or (told(pattern, main, readings, body=False) and not _DENIED.search(line)):
            place = part.order if part else main.order
            complications.append((place, main.become(f"{kind}.{subcategory}", "dx.diabetes-with-complication", 0.05)))
            found = [p for p in found if p.code not in plain or p.code == "K31.84"]
    ulcer = first_of(found, "L97")
    if ulcer:
        complications.append((ulcer.order, _before(ulcer, main.become(f"{kind}.621", "dx.diabetes-with-ulcer"))))
    arteries = first_of(found, "I70.2")
    if arteries and f"{kind}.51" not in {combined.code for _, combined in complications}:
        complications.append((arteries.order, _before(arteries, main.become(f"{kind}.51", "dx.diabetes-with-artery"))))
    impotence = first_of(found, "N52.1")
    if impotence:
        complications.append((impotence.order, _before(impotence, main.become(f"{kind}.69", "dx.diabetes-with-other"))))
    if any(told(_POORLY_CONTROLLED, p, readings) for p in proposals if p.code.startswith(kind)):
        complications.append((main.order, main.become(f"{kind}.65", "dx.diabetes-hyperglycemia", 0.08)))
        found = [p for p in found if p.code != "R73.9"]
    if complications:
        found = [p for p in found if p.code not in (f"{kind}.9", f"{kind}.8")]
        found += _in_order(complications)
    return found + _diabetes_drugs(main, readings)


def _in_order(complications: Sequence[tuple[tuple[int, int], Proposal]]) -> list[Proposal]:
    """The complications as the note speaks of their parts; each but the first stands at its part."""
    (_, first), *others = sorted(complications, key=lambda each: each[0])
    return [first, *(replace(combined, order=max(combined.order, place)) for place, combined in others)]


def _before(part: Proposal, combined: Proposal) -> Proposal:
    """The combination where the note first speaks of either: it goes right before its part (code first at L97, N18)."""
    return replace(combined, order=min(combined.order, (part.order[0], part.order[1] - 1)))


def _said(proposal: Proposal) -> str:
    return " ".join(item.text for item in proposal.evidence).lower()


def _named_diabetic(proposals: list[Proposal], readings: Sequence[Reading]) -> list[Proposal]:
    """A "diabetic" ulcer or impotence names both: type 2 goes first (code first notes at L97 and N52.1)."""
    for start, code, rule in _NAMED_DIABETIC:
        part = first_of(proposals, start)
        if part is not None and "diabet" in problem_text(part, readings, body=False):
            first = replace(part.become(code, rule), order=(part.order[0], part.order[1] - 1))
            return [first, *proposals]
    return proposals


def _diabetes_drugs(main: Proposal, readings: Sequence[Reading]) -> list[Proposal]:
    wanted = {"insulin": "Z79.4", "oral antidiabetic": "Z79.84", "injectable antidiabetic": "Z79.85"}
    if main.code.startswith("E10"):
        wanted = {}
    found: list[Proposal] = []
    for group, code in wanted.items():
        proposal = from_drug(main, readings, group, code, "dx.diabetes-drug")
        if proposal:
            found.append(proposal)
    return found


def diabetes_kind(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """ "Diabetic neuropathy" without a type is type 2 (guideline I.C.4.a.2), but not beside a named other type."""
    named = next((p for p in proposals if re.match(r"E(08|09|10|13)\.", p.code)), None)
    if named is None:
        return proposals
    return [_of_kind(p, named.code[:3], release) for p in proposals]


def _of_kind(proposal: Proposal, kind: str, release: Release) -> Proposal:
    said = _said(proposal)
    code = kind + proposal.code[3:]
    if not proposal.code.startswith("E11.") or "2" in said or "diabetic" not in said or not release.is_billable(code):
        return proposal
    return proposal.become(code, proposal.rule)
