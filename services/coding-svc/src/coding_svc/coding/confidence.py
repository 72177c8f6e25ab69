"""Step 13b, confidence: how often codes of this kind have proved right.

The steps before work with rough confidences that only order proposals. Here each code gets the share of right codes
that its group had on labelled notes (`coding-svc calibrate` makes the table, with counts). A group is told by the rule
that made the code, by whether its problem line is accounted for word by word (or is a later statement of its line), and
by what is left open; in texts without an assessment by the rough confidence.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Final

from coding_svc.coding import lexicon
from coding_svc.coding.reading import NARRATIVE, Proposal

TABLE: Final = "calibration.tsv"
VISIT_TABLE: Final = "em_calibration.tsv"
UNMEASURED: Final = 0.5
"""Confidence of a visit level of a group that no labelled note had."""
_LINES: Final = frozenset({"dx.assessment", "dx.assessment.side-from-note"})
_BY_RULE: Final = {
    "dx.taken-up": "taken-up",
    "dx.assessment-talk": "talk",
    "dx.no-assessment": "talk",
    "dx.surgical-status": "history",
    "dx.personal-history": "history",
    "dx.family-history": "history",
    "dx.history-under-treatment": "history",
    "dx.reason": "reason",
    "dx.adverse-effect": "drug-event",
    "dx.poisoning": "drug-event",
    "dx.underdosing": "drug-event",
    "dx.cancer-perhaps-past": "cancer-perhaps-past",
}
_ACCOUNTED: Final = ((1.0, "line-whole"), (0.5, "line-most"), (0.0, "line-part"))
_UNTOUCHED: Final = ("dx.structured", "dx.practice-lexicon")
"""What the EMR sent and what the practice taught keep their own confidence: labelled notes say nothing of them."""


def group_of(proposal: Proposal) -> str:
    """The group that a proposal is counted in; empty for one that keeps its rough confidence."""
    rule = proposal.rule
    if rule.startswith(_UNTOUCHED) or rule.endswith("+structured"):
        return ""
    if rule.startswith(NARRATIVE):
        return f"narrative-{min(9, int(proposal.confidence * 10))}"
    doubts = (
        ("mended", rule.endswith(".mended")),
        ("side-missing", proposal.side_missing),
        ("open-site", proposal.open_site),
    )
    doubt = next((name for name, holds in doubts if holds), "")
    if doubt:
        return doubt
    if rule in _LINES:
        group = next(name for least, name in _ACCOUNTED if proposal.explained >= least)
        return "line-later" if proposal.further_on and group != "line-whole" else group
    return _BY_RULE.get(rule, "combination")


def calibrated(proposal: Proposal) -> Proposal:
    """The proposal with its group's share of right codes as confidence."""
    known = _table(TABLE).get(group_of(proposal))
    return proposal if known is None else replace(proposal, confidence=known)


def em_confidence(group: str) -> float:
    """The share of right visit levels among those estimated like this one."""
    return _table(VISIT_TABLE).get(group, UNMEASURED)


@lru_cache(maxsize=2)
def _table(name: str) -> dict[str, float]:
    return {group: float(confidence) for group, _, _, confidence in lexicon.rows(name)}
