"""Step 11, what kind of visit the note tells of, where the encounter only says that it was in the office.

An appointment is often booked as an office visit whatever it became. The report of an operation, a preventive
examination that both the note's heading and its assessment name, and a procedure that was all that was done, carry no
office E/M: a procedure includes the decision for it (NCCI policy manual, chapter I; CPT surgery guidelines).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from coding_svc.coding import mdm_data, mdm_risk
from coding_svc.coding.procedures import Performed
from coding_svc.coding.reading import NARRATIVE, Proposal, Reading
from coding_svc.coding.screened import Screened
from coding_svc.domain import ClinicalEncounter, MdmLevel, VisitType

_HEADING: Final = 160
"""Most code points of the first line, in which a note says what it is."""
_OPERATION: Final = re.compile(r"\boperative (?:note|report)\b|\breport of operation\b|\bop note\b")
_PREVENTIVE: Final = re.compile(
    r"\b(?:annual|yearly|adult|complete|routine|preventive|well(?:ness)?|physical|health)\b[^.\n]{0,30}"
    r"\b(?:physical|exam\w*|visit|check(?:-?up)?|wellness|child|baby|woman)\b|\bwell[- ](?:child|baby|woman)\b"
    r"|\bwell visit\b|\bannual physical\b|\bphysical exam,"
)
_ACT: Final = (
    r"(?:procedures?|injections?|shots?|vaccin\w+|immuni[sz]ations?|biops(?:y|ies)|excisions?|re-?excision|freezing"
    r"|removal|drainage|aspiration|tap|avulsion|stage|repair|infusion|b-?12)"
)
_NOTHING_ELSE: Final = Screened(
    r"procedure visit only|nothing (?:else|new)(?: was| were)? (?:addressed|evaluated|done|examined|looked at|seen"
    r"|discussed|assessed|checked|asked|today|to evaluate)|\bnothing else\.|\bnothing assessed"
    r"|no re-?evaluation|no other (?:problem|exam|evaluation|concerns?|issue|complaint|question)"
    r"|did not evaluate anything else|injection (?:clinic|visit)"
    rf"|\b{_ACT} (?:visit|day|appointment)\b|\b{_ACT} only\b|\bonly for (?:the |her |his |a )?{_ACT}\b"
)
_NOT_TODAYS: Final = re.compile(
    r"\b(?:schedul\w*|return\w*|next|book\w*|will|refer|referral|recommend\w*|come back|future)\b"
)
_PLANNED: Final = Screened(
    r"\bas (?:planned|arranged|agreed|booked|scheduled|decided)\b"
    r"|(?<!to be )(?<!will be )\b(?:planned|arranged|agreed|booked|scheduled|decided)(?: by \w+)?"
    r" (?:at|last|in|on|by|before)\b"
)
_OF_AN_ACT: Final = re.compile(rf"\b{_ACT}\b|\b(?:inject|remov|freez|excis|drain)")
_OWN_STITCHES: Final = Screened(
    r"(?:stitch|sutur|stapl)\w*[^.\n]{0,60}\b(?:placed|put in|sewn)\b[^.\n]{0,20}"
    r"\b(?:by (?:us|me)|here|in (?:our|this|the) (?:office|clinic))\b"
)
_STITCHES_OUT: Final = re.compile(r"\bremov(?:ed|al)\b|\b(?:came|taken|come) out\b")
_ADMINISTRATION: Final = ("96372", "904")


def kind_of(
    encounter: ClinicalEncounter,
    readings: Sequence[Reading],
    diagnoses: Sequence[Proposal],
    services: Sequence[Performed],
) -> VisitType:
    """The encounter's own kind; of an office visit, what the note makes of it."""
    if encounter.visit_type is not VisitType.OFFICE:
        return encounter.visit_type
    headings = [reading.lowered.lstrip().split("\n", 1)[0][:_HEADING] for reading in readings]
    if any(_OPERATION.search(heading) for heading in headings):
        return VisitType.SURGERY
    examined = any(
        p.code.startswith(("Z00.", "Z01.41")) and not p.rule.startswith((NARRATIVE, "dx.reason")) for p in diagnoses
    )
    if examined and any(_PREVENTIVE.search(heading) for heading in headings):
        return VisitType.PREVENTIVE
    return VisitType.PROCEDURE if is_procedure_only(readings, diagnoses, services) else VisitType.OFFICE


def is_procedure_only(
    readings: Sequence[Reading], diagnoses: Sequence[Proposal], services: Sequence[Performed]
) -> bool:
    """A procedure was done, and the note says that nothing else was, or that it was planned and shows nothing else."""
    acts = [service for service in services if service.em_modifier]
    if not acts:
        return _only_stitches(readings, diagnoses)
    if any(_says(_NOTHING_ELSE, reading) for reading in readings):
        return True
    return any(_says(_PLANNED, reading, _OF_AN_ACT) for reading in readings) and not _more(readings, diagnoses, acts)


def _only_stitches(readings: Sequence[Reading], diagnoses: Sequence[Proposal]) -> bool:
    """Stitches that this practice put in come out, and nothing else is done: part of the repair."""
    ours = any(_says(_OWN_STITCHES, reading, _STITCHES_OUT) for reading in readings)
    return ours and not _more(readings, diagnoses, ())


def _says(pattern: Screened, reading: Reading, beside: re.Pattern[str] | None = None) -> bool:
    """Whether a statement of today holds the pattern (and what must stand beside it)."""
    for match in pattern.finditer(reading.lowered):
        begin = max(reading.lowered.rfind(mark, 0, match.start()) for mark in (". ", "\n")) + 1
        end = reading.lowered.find("\n", match.end())
        line = reading.lowered[begin : end if end >= 0 else len(reading.lowered)].split(". ")[0]
        if _NOT_TODAYS.search(reading.lowered, begin, match.start()):
            continue
        if beside is None or beside.search(line):
            return True
    return False


def _more(readings: Sequence[Reading], diagnoses: Sequence[Proposal], acts: Sequence[Performed]) -> bool:
    """Whether the note shows other work: drug management, tests, or more conditions than acts."""
    risk = mdm_risk.risk_level(mdm_risk.risk_facts(readings, procedure_billed=True))
    data = mdm_data.data_level(mdm_data.data_facts(readings, None))
    conditions = {p.code[:3] for p in diagnoses if p.code[0] not in "ZVWXY"}
    done = {act.code for act in acts if not act.code.startswith(_ADMINISTRATION)}
    return (
        risk in (MdmLevel.MODERATE, MdmLevel.HIGH)
        or data is not MdmLevel.MINIMAL
        or len(conditions) > max(1, len(done))
    )
