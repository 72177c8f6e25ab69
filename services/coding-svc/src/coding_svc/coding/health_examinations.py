"""Step 8c, health examinations: one that the patient came for, and whether something was found (I.C.21.c.13)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from codesets.icd10cm import Release

from coding_svc.coding.mdm import is_lasting
from coding_svc.coding.mentions import Mention
from coding_svc.coding.problem_text import problem_said
from coding_svc.coding.reading import Proposal, Reading
from coding_svc.coding.screened import Screened
from coding_svc.domain import Assertion, ClinicalEncounter, Section

_COMES_FOR: Final = re.compile(
    r"\b(?:presents?|presenting|here|seen|comes?|came|comes in|returns?)\b(?: today| in| back)* for"
    r" (?:(?:his|her|their|an|a|the|regular|routine|scheduled) ?)*$"
)
_HEADING: Final = 60
"""Most code points of a heading."""
_STABLE: Final = Screened(
    r"\b(?:stable|at (?:\w+ )?goal|controlled|no changes?|unchanged|in remission|quiet|doing well)\b"
)
_CHANGED: Final = Screened(
    r"\bnot (?:\w+ )?(?:at|controlled|stable)|uncontrolled|poorly|above|worse|\bnew(?:ly)?\b|increas|elevated|\bstart"
    r"|\badd|\brais(?:e|ed)\b|\bswitch"
)


def is_stable(proposal: Proposal, readings: Sequence[Reading]) -> bool:
    """A lasting illness that is called stable and whose treatment stays: no finding of the day's examination."""
    said = problem_said(proposal, readings)
    return is_lasting(proposal.code) and said.says(_STABLE) and not said.says(_CHANGED)


def health_examination(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """The patient came for a yearly examination: that is the reason of the visit, beside what is found (IV.P)."""
    if any(p.code.startswith(("Z00", "Z01.4")) for p in proposals):
        return proposals
    for reading in readings:
        for mention in reading.mentions:
            if mention.assertion is not Assertion.PRESENT:
                continue
            if mention.code == "Z00.00" and _is_reason(mention, reading):
                return [_examination(mention, reading, "dx.reason"), *proposals]
            if mention.code in ("Z00.129", "Z01.419") and _is_heading(mention, reading):
                return [_examination(mention, reading, "dx.health-examination"), *proposals]
    return proposals


def _examination(mention: Mention, reading: Reading, rule: str) -> Proposal:
    evidence = (reading.evidence(mention.start, mention.end),)
    place = (reading.number, mention.start)
    item = (reading.number, reading.part_at(mention.start).start, mention.sentence.item)
    return Proposal(mention.code or mention.node, 0.8, rule, evidence, mention.sentence.section, place, item)


def _is_heading(mention: Mention, reading: Reading) -> bool:
    """In the note's first line, which says what kind of visit it is and nothing else."""
    text = reading.lowered
    first = text.lstrip().split("\n", 1)[0]
    return len(first) <= _HEADING and mention.end <= len(text) - len(text.lstrip()) + len(first)


def _is_reason(mention: Mention, reading: Reading) -> bool:
    if mention.sentence.section is Section.CHIEF_COMPLAINT:
        return True
    return _COMES_FOR.search(reading.lowered, mention.sentence.start, mention.start) is not None


def preventive_findings(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """A health examination with another condition found is "with abnormal findings" (I.C.21.c.13), not with a known
    one that is stable (Coding Clinic 2016, first quarter); children have their own codes below 18 years (Z00.12-)."""
    main = next((p for p in proposals if p.code in ("Z00.00", "Z00.129")), None)
    if main is None:
        return proposals
    age = encounter.age_years()
    child = main.code == "Z00.129" if age is None else age < 18
    said_abnormal = any(re.search(r"with (?:an )?abnormal finding", reading.lowered) for reading in readings)
    found = said_abnormal or any(
        p.code[0] not in "ZVWXY" and p.confidence > 0.7 and not is_stable(p, readings) for p in proposals
    )
    code = ("Z00.121" if found else "Z00.129") if child else ("Z00.01" if found else "Z00.00")
    rule = main.rule if main.rule == "dx.reason" else "dx.health-examination"
    return [main.become(code, rule) if p is main else p for p in proposals]
