"""Pregnancy (guideline I.C.15): conditions that move to chapter 15, the weeks, the treatment of its diabetes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from codesets.icd10cm import Release

from coding_svc.coding.problem_text import problem_text
from coding_svc.coding.reading import Proposal, Reading
from coding_svc.domain import ClinicalEncounter, Section

_MOVED: Final = {"N30": "O23.1", "N39.0": "O23.4", "N10": "O23.0"}
_DAYS: Final = r"(?:\s*(?:and\s*)?\d\s*days?|\s*\+\s*\d)"
_WEEKS: Final = re.compile(
    rf"\b(\d{{1,2}})\s*(?:weeks?|wks?)\b{_DAYS}?(?=[^.\n]{{0,40}}(?:pregnan|gestation|ultrasound|iup))"
)
_WEEKS_OF_PREGNANT: Final = re.compile(
    rf"\b(\d{{1,2}})\s*(?:weeks?|wks?){_DAYS}|\b(\d{{1,2}}) \d/7\s*(?:weeks?|wks?)|\b(?:ega|ga):? (\d{{1,2}})\b"
)
"""With days, or by name: in the note of a woman with a condition of pregnancy they are those of the pregnancy."""
_WEEKS_OF_PROBLEM: Final = re.compile(r"\b(\d{1,2})\s*(?:weeks?|wks?)\b")
_INSULIN: Final = re.compile(
    r"(?<!no )(?<!without )(?<!not on )(?<!need )(?<!consider )(?<!or )"
    r"\b(?:insulin|nph|lispro|glargine|aspart|detemir)\b"
    r"(?! (?:if|resistan|not|may|will|would|only if))"
)
_BY_MOUTH: Final = re.compile(r"(?<!no )(?<!without )\b(?:metformin|glyburide)\b(?! (?:if|not|declin))")
_BY_DIET: Final = re.compile(
    r"\bdiet(?:ary)?[ -](?:alone|only|controlled|managed)|(?:controlled|managed|treated) (?:with|by|on) diet"
    r"|\bon diet\b|\ba1\b(?!c)"
)
_NOT_BY_DIET: Final = re.compile(r"not (?:well )?controlled (?:with|by|on) diet|diet alone did not|failed diet")


def pregnancy(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """Bladder and kidney infection in pregnancy move to O23 with the trimester; weeks add Z3A (I.C.15)."""
    if not any(p.code.startswith(("O", *_MOVED)) for p in proposals):
        return proposals
    for reading in readings:
        found = _weeks(reading, proposals, readings)
        if found is None:
            continue
        week, start, end = found
        trimester = 1 if week < 14 else 2 if week < 28 else 3
        changed = [
            p.become(f"{target}{trimester}", "dx.in-pregnancy") if target else p
            for p in proposals
            for target in [next((to for start, to in _MOVED.items() if p.code.startswith(start)), "")]
        ]
        last = max(p.order for p in changed)
        evidence, place = (reading.evidence(start, end),), (last[0], last[1] + 1)
        rule = changed[0].rule_for("dx.weeks")
        return [*changed, Proposal(f"Z3A.{week:02d}", 0.9, rule, evidence, Section.HPI, place, changed[0].item)]
    return proposals


def _weeks(reading: Reading, proposals: Sequence[Proposal], readings: Sequence[Reading]) -> tuple[int, int, int] | None:
    """Completed weeks with their place: 8 to 42."""
    matches = [_WEEKS.search(reading.lowered)]
    pregnant = next((p for p in proposals if p.code.startswith("O") and p.order[0] == reading.number), None)
    if pregnant is not None and not pregnant.code.startswith(("O80", "O85", "O86", "O87", "O88", "O9")):
        matches.append(_WEEKS_OF_PREGNANT.search(reading.lowered))
        line = problem_text(pregnant, readings, body=False)
        at = reading.lowered.find(line) if line else -1
        matches.append(_WEEKS_OF_PROBLEM.search(reading.lowered, at, at + len(line)) if at >= 0 else None)
    for match in matches:
        week = int(next(group for group in match.groups() if group)) if match else 0
        if match and 8 <= week <= 42:
            return week, *match.span()
    return None


def gestational_diabetes(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """Gestational diabetes by its treatment: insulin before tablets before diet (I.C.15.i)."""
    main = next((p for p in proposals if p.code in ("O24.419", "O24.429", "O24.439")), None)
    if main is None:
        return proposals
    text = " ".join(reading.lowered for reading in readings)
    by_diet = _BY_DIET.search(text) is not None and not _NOT_BY_DIET.search(text)
    last = "4" if _INSULIN.search(text) else "5" if _BY_MOUTH.search(text) else "0" if by_diet else "9"
    return [p.become(main.code[:-1] + last, "dx.gestational-diabetes") if p is main else p for p in proposals]
