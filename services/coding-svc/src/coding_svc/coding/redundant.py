"""Step 8f, redundant: names of one thing that would give two codes, where the guidelines ask for one.

Unspecified beside specified (I.B.2), a symptom that a combination code names (I.B.9), the fall that an injury came of.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from codesets.icd10cm import Codes, Release

from coding_svc.coding.checks import excludes_each_other
from coding_svc.coding.reading import NARRATIVE, Proposal, Reading
from coding_svc.coding.text import norm_words
from coding_svc.domain import ClinicalEncounter

_INJURY: Final = Codes("S00-T14", "M48.5", "M80", "M84.4")
_OFTEN: Final = re.compile(r"repeated|recurrent|frequent|multiple|falls")


def unspecified_beside_specified(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """Of two codes of one subcategory from one problem, the unspecified one says nothing more (guideline I.B.2)."""

    def covered(one: Proposal) -> bool:
        if one.code.startswith("T14."):
            return any(other.item == one.item and other.code[0] == "S" for other in proposals)
        if release.title(one.code).startswith("Unspecified injury of"):
            return any(
                other.item == one.item and other.code[:2] == one.code[:2] for other in proposals if other is not one
            )
        return "unspecified" in release.title(one.code).lower() and any(
            other.item == one.item and other.code != one.code and other.code[:5] == one.code[:5]
            and "unspecified" not in release.title(other.code).lower() and other.confidence >= one.confidence - 0.15
            for other in proposals
        )  # fmt: skip

    return [p for p in proposals if len(p.code) < 6 or not covered(p)]


def said_in_combination(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """A symptom that the same line's combination code names ("cirrhosis with ascites") is not coded again (I.B.9)."""
    titles = [(p, release.title(p.code).lower().partition(" with ")[2]) for p in proposals]

    def named(symptom: Proposal) -> bool:
        said = symptom.evidence[0].text.lower()
        return any(p.item == symptom.item and p is not symptom and said in rest for p, rest in titles)

    return [p for p in proposals if not p.code.startswith("R") or not named(p)]


def shorter_name(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """What an earlier problem names in full is not coded again by its short name ("varices due to cirrhosis" beside
    alcoholic cirrhosis; "Graves disease with hyperthyroidism"): the unspecified code says nothing more (I.B.2)."""

    def repeated(one: Proposal) -> bool:
        if one.rule.startswith(NARRATIVE) or one.code[0] in "MSTRZ" or not _is_unspecified(one, release):
            return False
        return any(fuller(other, one) for other in proposals if not _is_unspecified(other, release))

    def fuller(other: Proposal, one: Proposal) -> bool:
        if other.code[:3] == one.code[:3]:
            return _one_line(one, other, readings)
        return _names(other, one) and excludes_each_other(other.code, one.code, release)

    return [p for p in proposals if not repeated(p)]


def _is_unspecified(proposal: Proposal, release: Release) -> bool:
    return "unspecified" in release.title(proposal.code).lower()


def _one_line(one: Proposal, other: Proposal, readings: Sequence[Reading]) -> bool:
    if one.order[0] != other.order[0]:
        return False
    starts = next((reading.sentence_starts for reading in readings if reading.number == one.order[0]), [])
    return bisect_right(starts, one.order[1]) == bisect_right(starts, other.order[1])


def _names(full: Proposal, short: Proposal) -> bool:
    """Whether the evidence of one has every word of the other's, and more."""
    whole, part = (set(norm_words(" ".join(item.text for item in p.evidence))) for p in (full, short))
    return part < whole


def hypothyroidism_of_thyroiditis(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """Hypothyroidism beside Hashimoto thyroiditis is what the thyroiditis led to: E03.9 says nothing more (I.B.2)."""
    named = any(p.code == "E06.3" for p in proposals)
    return [p for p in proposals if not named or p.code != "E03.9"]


def fall_beside_injury(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """One fall that an injury came of is its external cause, not the tendency to fall (R29.6)."""
    hurt = {p.item for p in proposals if p.code in _INJURY}
    return [
        p for p in proposals if p.code != "R29.6" or p.item not in hurt or _OFTEN.search(p.evidence[0].text.lower())
    ]
