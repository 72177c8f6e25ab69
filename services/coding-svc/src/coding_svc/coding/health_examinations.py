"""Step 8c, health examinations: one that the patient came for, and whether something was found (I.C.21.c.13)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from codesets.icd10cm import Release

from coding_svc.coding.mentions import Mention
from coding_svc.coding.reading import Proposal, Reading
from coding_svc.domain import Assertion, ClinicalEncounter, Section

_COMES_FOR: Final = re.compile(
    r"\b(?:presents?|presenting|here|seen|comes?|came|comes in|returns?)\b(?: today| in| back)* for"
    r" (?:(?:his|her|their|an|a|the|regular|routine|scheduled) ?)*$"
)


def health_examination(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """The patient came for a yearly examination: that is the reason of the visit, beside what is found (IV.P)."""
    if any(p.code.startswith(("Z00", "Z01.4")) for p in proposals):
        return proposals
    for reading in readings:
        for mention in reading.mentions:
            if mention.code == "Z00.00" and mention.assertion is Assertion.PRESENT and _is_reason(mention, reading):
                evidence = (reading.evidence(mention.start, mention.end),)
                place = (reading.number, mention.start)
                item = (reading.number, reading.part_at(mention.start).start, mention.sentence.item)
                reason = Proposal("Z00.00", 0.8, "dx.reason", evidence, mention.sentence.section, place, item)
                return [reason, *proposals]
    return proposals


def _is_reason(mention: Mention, reading: Reading) -> bool:
    if mention.sentence.section is Section.CHIEF_COMPLAINT:
        return True
    return _COMES_FOR.search(reading.lowered, mention.sentence.start, mention.start) is not None


def preventive_findings(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """A health examination with another condition found is "with abnormal findings" (I.C.21.c.13); children have
    their own codes below 18 years (Z00.12-)."""
    main = next((p for p in proposals if p.code in ("Z00.00", "Z00.129")), None)
    if main is None:
        return proposals
    age = encounter.age_years()
    child = main.code == "Z00.129" if age is None else age < 18
    said_abnormal = any(re.search(r"with (?:an )?abnormal finding", reading.lowered) for reading in readings)
    found = said_abnormal or any(p.code[0] not in "ZVWXY" and p.confidence > 0.7 for p in proposals)
    code = ("Z00.121" if found else "Z00.129") if child else ("Z00.01" if found else "Z00.00")
    rule = main.rule if main.rule == "dx.reason" else "dx.health-examination"
    return [main.become(code, rule) if p is main else p for p in proposals]
