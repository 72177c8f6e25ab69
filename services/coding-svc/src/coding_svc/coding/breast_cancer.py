"""Step 8d, breast cancer: what the classification asks for beside it (use additional notes at C50 and Z79.81-).

Receptors that the note tells (Z17), and the long-term drug against estrogen that is taken for it (Z79.81-).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from codesets.icd10cm import Release

from coding_svc.coding.companions import first_of, from_drug
from coding_svc.coding.reading import Proposal, Reading
from coding_svc.coding.screened import Screened
from coding_svc.domain import ClinicalEncounter

_ENDOCRINE: Final = (("aromatase inhibitor", "Z79.811"), ("estrogen receptor modulator", "Z79.810"))
_SIGN: Final = r"(?:[\s(:-]{1,2}(?:status )?(?P<word>positive|negative|pos\b|neg\b)|(?P<sign>\+|-(?=[\s,;/.)])))"
_HORMONE: Final = Screened(r"\b(?:er/pr|hr|er|estrogen(?:[ -]receptor)?|hormone(?:[ -]receptor)?)" + _SIGN)
_HER2: Final = Screened(r"\bher-?2(?:[/-]?neu)?" + _SIGN)
_OVER: Final = re.compile(r"\b(?:finished|completed?|stopped|ended|discontinued|off|until|declin\w+|refus\w+)\b")
_POSITIVE: Final = frozenset({"positive", "pos", "+"})


def breast_cancer(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """The proposals with the receptors of a breast cancer and the drug that is taken against estrogen."""
    cancer = first_of(proposals, "C50")
    found = list(proposals)
    if cancer and not any(p.code.startswith("Z17") for p in proposals):
        found += _receptors(cancer, readings, release)
    if cancer is not None:
        drugs = [from_drug(cancer, readings, group, code, "dx.endocrine-therapy") for group, code in _ENDOCRINE]
        found += [drug for drug in drugs if drug is not None and not _is_over(drug, readings)]
    return found


def _is_over(drug: Proposal, readings: Sequence[Reading]) -> bool:
    """ "Five years of anastrozole, finished in 2021": what is no longer taken has no code."""
    evidence = drug.evidence[0]
    reading = next(reading for reading in readings if reading.note.note_id == evidence.note_id)
    sentence = reading.sentences[bisect_right(reading.sentence_starts, evidence.start) - 1]
    return _OVER.search(reading.lowered, sentence.start, sentence.end) is not None


def _receptors(cancer: Proposal, readings: Sequence[Reading], release: Release) -> list[Proposal]:
    """One code: both receptors where both are told (Z17.4-, since October 2024), else that of estrogen."""
    for reading in readings:
        hormone, her2 = (pattern.search(reading.lowered) for pattern in (_HORMONE, _HER2))
        if hormone is None:
            continue
        positive = _is_positive(hormone)
        code = "Z17.0" if positive else "Z17.1"
        if her2 is not None:
            both = f"Z17.4{1 if positive else 2}{0 if _is_positive(her2) else 1}"
            code = both if release.is_billable(both) else code
        order = (cancer.order[0], cancer.order[1] + 1)
        evidence = (reading.evidence(*hormone.span()),)
        section = reading.part_at(hormone.start()).section
        receptors = Proposal(code, 0.85, cancer.rule_for("dx.receptors"), evidence, section, order, cancer.item)
        return [replace(receptors, open_site=cancer.open_site)]  # no surer than the cancer
    return []


def _is_positive(told: re.Match[str]) -> bool:
    return not _POSITIVE.isdisjoint((told["word"], told["sign"]))
