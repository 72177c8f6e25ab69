"""Step 12f, sides: where the record says one side and another of the same thing, a person asks which is meant.

Two ways: a service was done on the side that its diagnosis does not have; or all that is told of a part of the body is
of one side, and the assessment names the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from codesets import icd10cm

from coding_svc.coding.reading import Reading
from coding_svc.coding.screened import Screened
from coding_svc.coding.services import Services
from coding_svc.domain import CodingFinding, ProcedureAssignment, Reason, Section

SUBJECT: Final = "conflict:laterality"
MISSING: Final = "missing_fact:laterality"
_RIGHT, _LEFT = "right", "left"
_SIDES_OF_MODIFIERS: Final = {
    **dict.fromkeys(("RT", *(f"F{n}" for n in range(5, 10)), *(f"T{n}" for n in range(5, 10)), "E3", "E4"), _RIGHT),
    **dict.fromkeys(("LT", "FA", *(f"F{n}" for n in range(1, 5)), "TA", *(f"T{n}" for n in range(1, 5)), "E1", "E2"),
                    _LEFT),
}  # fmt: skip
_JOINTS: Final = frozenset(("20600", "20604", "20605", "20606", "20610", "20611"))
"""Injections of joints, which payers want with their side."""
_SIDED: Final = Screened(
    r"\b(right|left|rt|lt|both|bilateral)(?: (?!and\b|or\b|knee|hip|normal)\w+){0,2}? "
    r"(knee|hip|shoulder|elbow|wrist|hand|ankle|foot|ear|eye|breast|leg|arm|thumb|finger|toe|heel|thigh|calf|shin"
    r"|forearm|groin)s?\b"
)
_OF_NO_WEIGHT: Final = re.compile(
    r"normal|unremarkable|\bfine\b|compar|contralateral|other side|opposite|\bno\b|\bnot\b|without|negative|full\b"
    r"|intact"
    r"|history|previous|prior|replac|surgery|operat|repair|ago\b|\b(?:19|20)\d\d\b|deltoid|handed|dominant|\biv\b|vein"
    r"|shooting|radiat|cuff|blood|vaccin|vena|venipuncture"
)
"""A statement that speaks of the sound side, of another time, or of a place for a needle."""
_TELLING: Final = (
    Section.UNKNOWN, Section.HPI, Section.CHIEF_COMPLAINT, Section.EXAM, Section.RESULTS, Section.PROCEDURE,
)  # fmt: skip


def apply(services: Services) -> None:
    """Add the finding where sides contradict each other; once."""
    asked = any(finding.subject == MISSING for finding in services.findings)
    for line in services.lines if not asked else ():
        if line.code in _JOINTS and line.evidence and not _sided(line.modifiers) and not sides_of_codes(services):
            services.findings.append(_ask(line))
            break
    place = next(_contradictions(services), None)
    if place is not None:
        services.findings.append(
            CodingFinding(
                Reason.CONFLICT, place, "the record gives both sides for one thing",
                "Ask the clinician which side is meant.", subject=SUBJECT,
            )
        )  # fmt: skip


def _sided(modifiers: tuple[str, ...]) -> bool:
    return "50" in modifiers or bool(side_of(modifiers))


def _ask(line: ProcedureAssignment) -> CodingFinding:
    span = line.evidence[0]
    return CodingFinding(
        Reason.MISSING_FACT, f"note:{span.note_id}:{span.start}-{span.end}", "the side of the joint is not documented",
        "Ask the clinician to add it; the modifier depends on it.", subject=MISSING,
    )  # fmt: skip


def sides_of_codes(services: Services, codes: tuple[str, ...] | None = None) -> set[str]:
    """The sides that the diagnoses' titles name (of all diagnoses, or of these); both where one is bilateral."""
    release = icd10cm.on(services.encounter.date_of_service)
    found: set[str] = set()
    for code in services.diagnoses if codes is None else codes:
        title = release.title(code).lower() if release is not None else ""
        named = {side for side in (_RIGHT, _LEFT) if re.search(rf"\b{side}\b", title)}
        found |= {_RIGHT, _LEFT} if "bilateral" in title else named
    return found


def side_of(modifiers: tuple[str, ...]) -> set[str]:
    """The sides that a line's modifiers name."""
    return {_SIDES_OF_MODIFIERS[modifier] for modifier in modifiers if modifier in _SIDES_OF_MODIFIERS}


def _contradictions(services: Services) -> Iterator[str]:
    for line in services.lines:
        if _another_side(line, services):
            span = next(iter(line.evidence), None)
            yield f"note:{span.note_id}:{span.start}-{span.end}" if span else services.place(line.code)
    for reading in services.readings:
        yield from _told_of_the_other_side(reading, sides_of_codes(services))


def _another_side(line: ProcedureAssignment, services: Services) -> bool:
    """No diagnosis has the line's side, and that which it points to has the other one."""
    done = side_of(line.modifiers)
    pointed = tuple(services.diagnoses[at] for at in line.diagnosis_pointers[:1] if at < len(services.diagnoses))
    meant = sides_of_codes(services, pointed)
    return len(done) == 1 and len(meant) == 1 and not done & sides_of_codes(services)


def _told_of_the_other_side(reading: Reading, coded: set[str]) -> Iterator[str]:
    """A sided part of the body in the assessment, of which everything else is told of the other side alone."""
    if len(coded) != 1:
        return
    text = reading.lowered
    told: dict[str, set[str]] = {}
    sided = reading.where(_SIDED)
    for sentence in sided:
        if sentence.section not in _TELLING:
            continue
        said = text[sentence.start : sentence.end]
        weighty = not _OF_NO_WEIGHT.search(said)
        for match in _SIDED.pattern.finditer(said):
            side = _side(match.group(1))
            if weighty or side in coded or not side:
                told.setdefault(match.group(2), set()).add(side)
    for sentence in sided:
        if sentence.section is Section.ASSESSMENT:
            for match in _SIDED.pattern.finditer(text, sentence.start, sentence.end):
                side, others = _side(match.group(1)), told.get(match.group(2), set())
                if {side} == coded and len(others) == 1 and side not in others and "" not in others:
                    evidence = reading.evidence(*match.span())
                    yield f"note:{evidence.note_id}:{evidence.start}-{evidence.end}"


def _side(word: str) -> str:
    """Right or left; empty for both."""
    return {"right": _RIGHT, "rt": _RIGHT, "left": _LEFT, "lt": _LEFT}.get(word, "")
