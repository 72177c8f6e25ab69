"""What an illness or operation of the past leaves: deficits of a stroke (I69), and care after surgery (Z48.81-)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from codesets.icd10cm import Release

from coding_svc.coding.problem_text import problem_text
from coding_svc.coding.reading import Proposal, Reading
from coding_svc.domain import ClinicalEncounter, Section

_AFTERCARE: Final = re.compile(
    r"\baftercare\b|\bfollow[- ]?up (?:examination |exam |visit )?(?:after|following|of|for)\b"
)
_HEALING: Final = re.compile(
    r"\bpost-? ?op(?:erative(?:ly)?)? (?:visit|check|follow[- ]?up)"
    r"|\b(?:[1-9]|1[0-2]|two|three|four|six|eight|ten|twelve)"
    r"[- ]weeks? (?:out|post|status post|s/p|after)\b"
)
"""The weeks in which a joint heals."""
_PROBLEMS: Final = frozenset({Section.ASSESSMENT, Section.PLAN})
_STROKE: Final = r"(?:stroke|cva|cerebral infarct(?:ion)?|cerebrovascular accident)"
_AFTER_STROKE: Final = re.compile(
    rf"\b(?:late effects? of|sequelae? of|residual (?:of|from)|due to|after|from|following|post)[ -]"
    rf"(?:[\w-]+ ){{0,4}}{_STROKE}"
    rf"|\bpost-?{_STROKE}|{_STROKE} (?:sequelae?|with residual)"
)
_BLEEDING: Final = re.compile(r"hemorrhag|bleed|subarachnoid|subdural")
_ACUTE: Final = re.compile(r"\b(?:acute|new|evolving|today)\b")
_DEFICITS: Final = {
    "G81.91": "I69.351", "G81.92": "I69.352", "G81.93": "I69.353", "G81.94": "I69.354", "G81.90": "I69.359",
    "R47.01": "I69.320", "R47.1": "I69.322", "R29.810": "I69.392", "R27.0": "I69.393",
}  # fmt: skip
"""Deficit, and the same after a cerebral infarction; side and dominance stay."""
_OPERATED: Final = (
    (
        "Z48.815",
        r"cholecyst|append|hernia|colectom|hemicolectom|gastrectom|sleeve|bowel|hemorrhoid|fundoplic|colon|splenect",
    ),
    ("Z48.816", r"hysterectom|prostat|nephrectom|cystoscop|bladder|ureter|vasectom|oophorectom|\bturp\b|orchi"),
    (
        "Z48.817",
        r"\bmole\b|melanoma|lipoma|skin|cyst excision|excision of (?:a |the )?(?:\w+ )?(?:cyst|nevus|lesion)|carcinoma",
    ),
    ("Z48.810", r"cataract|\beye\b|tympan|mastoid|stapes|\bear\b"),
    ("Z48.812", r"bypass|\bcabg\b|valve|carotid|aneurysm|vein|fistula"),
    ("Z48.813", r"lobectom|lung|thorac|pleur"),
    ("Z48.814", r"tonsil|adenoid|tooth|dental|jaw"),
    ("Z48.811", r"carpal tunnel|laminectom|discectom|craniotom|nerve|shunt"),
)
"""Body system of the operation, by words for operations on it."""


def late_effects(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """A deficit that its line ties to an earlier stroke is a sequela, and no stroke of today (guideline I.C.9.d)."""
    found = list(proposals)
    for deficit in proposals:
        code = _DEFICITS.get(deficit.code)
        line = problem_text(deficit, readings, body=False)
        if code is None or not _AFTER_STROKE.search(line) or _BLEEDING.search(line) or _ACUTE.search(line):
            continue
        found = [p for p in found if not (p.code.startswith(("I63", "Z86.73")) and p.item == deficit.item)]
        found = [p.become(code, "dx.late-effect") if p is deficit else p for p in found]
    return found


def aftercare(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """Aftercare by the body system that was operated on, where its line names the operation."""
    main = next((p for p in proposals if p.code == "Z48.89"), None)
    if main is None:
        return proposals
    line = problem_text(main, readings, body=False)
    code = next((code for code, words in _OPERATED if re.search(words, line)), None)
    return [replace(p, code=code) if code and p is main else p for p in proposals]


def joint_aftercare(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """A visit while a replaced joint heals is aftercare, with the joint beside it (use additional note at Z47.1)."""
    joint = next((p for p in proposals if p.code.startswith("Z96.6")), None)
    if joint is None or any(p.code.startswith("Z47") for p in proposals):
        return proposals
    line = problem_text(joint, readings, body=False)
    healing = _AFTERCARE.search(line) or any(_HEALING.search(reading.lowered) for reading in readings)
    if not healing or joint.section not in _PROBLEMS:
        return proposals
    order = (joint.order[0], joint.order[1] - 1)
    return [replace(joint.become("Z47.1", "dx.joint-aftercare"), order=order, side_missing=False), *proposals]
