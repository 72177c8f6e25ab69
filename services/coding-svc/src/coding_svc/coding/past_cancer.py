"""Step 8e, past cancer: one that is gone and no longer treated is history (guideline I.C.2.m), followed up with Z08.

"No evidence of recurrence" alone does not tell it: who takes an adjuvant drug or has a metastasis has the disease.
Leukemia and lymphoma in remission keep their codes (I.C.2.n).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from codesets.icd10cm import Codes, Release

from coding_svc.coding.history import personal_history
from coding_svc.coding.problem_text import Said, problem_said
from coding_svc.coding.reading import NARRATIVE, Proposal, Reading
from coding_svc.coding.screened import Screened
from coding_svc.domain import ClinicalEncounter

_SOLID: Final = Codes("C00-C75")
_SPREAD: Final = Codes("C76-C80")
_GONE: Final = Screened(
    r"\bno (?:evidence|signs?) of (?:any )?(?:local |active |residual |existing )?(?:recurren\w+|disease|cancer)"
    r"|\b(?:no|without) (?:local )?recurrence|\bcancer[- ]free\b|\bdisease[- ]free\b"
    r"|\btreatment (?:is |was )?completed?\b"
    r"|\bcompleted (?:all )?(?:treatment|therapy)\b"
)
_NED: Final = re.compile(r"\bned\b")
_TREATED: Final = re.compile(
    r"\bchemo|\bcycles?\b|\binfusions?\b|\bimmunotherap|\bradiation (?:is|starts|to start|planned)|\badjuvant\b"
    r"|\bon treatment|\bmetasta|\bresponse\b|\bresponding\b|\bendocrine therapy|\bhormonal? therapy"
)
_PAST: Final = re.compile(
    r"\bcomplet|\bexcis|\bresect|\bremov|\bstatus[- ]post\b|\bs/p\b|\bfollow[- ]?up exam|\bsurveillance\b|\bhistory\b"
    r"|\btreated\b|\bectomy\b|\w{4,}ectomy\b|\b(?:in|since) (?:19|20)\d\d\b|\byears? (?:ago|out)\b"
)
"""Its treatment is over, or lies back."""
PERHAPS_PAST: Final = "dx.cancer-perhaps-past"
_PERHAPS: Final = 0.6
"""Where only its absence is told a person decides whether it is still treated."""
_DRUGS: Final = frozenset({"aromatase inhibitor", "estrogen receptor modulator"})
_FOLLOWED: Final = re.compile(
    r"\W*(?:follow[- ]?up|surveillance)\b(?: (?:examination|exam|visit|cystoscopy|colonoscopy))?"
    r"(?: (?:of|for|after)\b|:)"
)


def past_cancer(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """Cancers that the note says are gone become their history, with the follow-up that the line names before them."""
    if any(p.code in _SPREAD for p in proposals):
        return proposals
    found: list[Proposal] = []
    for proposal in proposals:
        history = personal_history(proposal.code, release) if proposal.code in _SOLID else None
        tale = proposal.rule.startswith(NARRATIVE)
        said = problem_said(proposal, readings, body=not tale)
        if history is None or not _is_gone(proposal, said, readings):
            found.append(proposal)
            continue
        if not _PAST.search(said.text):
            doubted = replace(proposal, rule=PERHAPS_PAST, confidence=min(proposal.confidence, _PERHAPS))
            found.append(proposal if tale else doubted)
            continue
        if _is_followed(proposal, readings) and not any(p.code == "Z08" for p in proposals):
            place = (proposal.order[0], proposal.order[1] - 1)
            found.append(replace(proposal.become("Z08", "dx.cancer-follow-up"), side_missing=False, order=place))
        past = proposal.become(history, "dx.personal-history")
        found.append(replace(past, side_missing=False, open_site=False))
    return [p for p in found if p.code != "Z08" or not _is_watched(p, found, readings)]


def _is_watched(follow_up: Proposal, proposals: Sequence[Proposal], readings: Sequence[Reading]) -> bool:
    """ "Prostate cancer on active surveillance": it is there, and only watched."""
    there = any(p.code in _SOLID and p.item == follow_up.item for p in proposals)
    return there and "active surveillance" in problem_said(follow_up, readings, body=False).text


def _is_gone(cancer: Proposal, said: Said, readings: Sequence[Reading]) -> bool:
    if not said.says(_GONE) and not _NED.search(said.text):
        return False
    here = [r for r in readings if r.number == cancer.order[0]]
    taken = any(drug.group in _DRUGS for reading in here for drug in reading.drugs)
    return not taken and not _TREATED.search(said.text)


def _is_followed(cancer: Proposal, readings: Sequence[Reading]) -> bool:
    return _FOLLOWED.match(problem_said(cancer, readings, body=False).text) is not None
