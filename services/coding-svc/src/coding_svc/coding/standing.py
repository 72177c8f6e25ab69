"""Step 8a, standing: a status that bears on a condition treated today is coded beside it (guidelines I.C.21.c.3, IV.J).

A stent with coronary disease, a pump with diabetes, a transplant with kidney disease: told anywhere in the record of
the visit, they belong to the condition. Beside anything else they are only history.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from codesets.icd10cm import Release, matches

from coding_svc.coding.history import personal_history
from coding_svc.coding.mentions import Mention
from coding_svc.coding.reading import Proposal, Reading
from coding_svc.coding.terms import STATUS
from coding_svc.domain import Assertion, ClinicalEncounter, Section

RULE: Final = "dx.status-with-condition"
_SURE: Final = 0.8
_TOLD: Final = frozenset(
    {
        Section.HPI, Section.CHIEF_COMPLAINT, Section.PAST_HISTORY, Section.PAST_SURGICAL, Section.ASSESSMENT,
        Section.PLAN, Section.UNKNOWN,
    }
)  # fmt: skip
_BELONGS: Final = (
    (("I20-I25",), ("Z95.5", "Z95.1", "Z98.61", "I25.2")),
    (("I05-I08", "I34-I38", "I50"), ("Z95.2", "Z95.3", "Z95.4")),
    (("I44-I45", "I47-I50"), ("Z95.0", "Z95.810")),
    (("E08-E13",), ("Z96.41",)),
    (("N18", "I12", "I13"), ("Z94.0", "Z99.2")),
    (("K70-K76",), ("Z94.4",)),
    (("J44", "J84", "E84"), ("Z94.2", "Z99.81")),
    (("Z85.46", "N52.31"), ("Z90.79",)),
    (("Z85.528",), ("Z90.5",)),
    (("Z85.51",), ("Z90.6",)),
)
"""Conditions, and what is coded beside them."""
_CHOOSING: Final = ("Z88", "Z79.899")
"""An allergy to a drug and a drug that is watched: where assessment or plan speaks of them, they bear on the choice."""
_NAMED_DRUG: Final = ("Z79.5", "Z79.6", "Z79.7", "Z79.8")
"""Long-term drugs with a code of their own, or the one for those without."""


def standing(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """The proposals with the statuses that belong to them."""
    found = list(proposals)
    for reading in readings:
        for mention in reading.mentions:
            code = _status(mention, release)
            main = _condition(code, proposals) if code else None
            if code and main and not any(p.code[:6] == code[:6] for p in found) and release.is_billable(code):
                found.append(_beside(main, mention, code, reading))
            elif (
                _weighs(mention) and (beside := _of_line(mention, proposals, reading)) and not _is_named(mention, found)
            ):
                found.append(_beside(beside, mention, mention.code or mention.node, reading))
    return found


def _weighs(mention: Mention) -> bool:
    """Whether assessment or plan name a status that bears on the choice of treatment."""
    told = mention.assertion is Assertion.PRESENT and mention.sentence.section in (Section.ASSESSMENT, Section.PLAN)
    return told and mention.code is not None and mention.code.startswith(_CHOOSING)


def _of_line(mention: Mention, proposals: Sequence[Proposal], reading: Reading) -> Proposal | None:
    """The problem that a statement of assessment or plan belongs to: the last one named before it."""
    before = [p for p in proposals if p.order[0] == reading.number and p.order[1] <= mention.start and p.code[0] != "Z"]
    return max(before, key=lambda p: p.order, default=None)


def _is_named(mention: Mention, found: Sequence[Proposal]) -> bool:
    start = _NAMED_DRUG if str(mention.code).startswith("Z79") else (str(mention.code),)
    return any(p.code.startswith(start) for p in found)


def _status(mention: Mention, release: Release) -> str | None:
    if mention.sentence.section not in _TOLD:
        return None
    listed = mention.sentence.section is Section.PAST_HISTORY and mention.assertion is Assertion.PRESENT
    past = listed or mention.assertion is Assertion.HISTORICAL
    code = mention.code or mention.node
    if mention.term.source == STATUS or code.startswith(("Z9", "I25.2")):
        return code if past or mention.assertion is Assertion.PRESENT else None
    return personal_history(code, release) if past else None


def _condition(status: str, proposals: Sequence[Proposal]) -> Proposal | None:
    for conditions, statuses in _BELONGS:
        if status.startswith(statuses):
            return next((p for p in proposals if any(matches(p.code, each) for each in conditions)), None)
    return None


def _beside(main: Proposal, mention: Mention, code: str, reading: Reading) -> Proposal:
    evidence = (reading.evidence(mention.start, mention.end),)
    order = (main.order[0], main.order[1] + 2)
    return Proposal(code, _SURE, main.rule_for(RULE), evidence, mention.sentence.section, order, main.item)
