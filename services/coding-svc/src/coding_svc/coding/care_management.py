"""Step 11d, chronic care management: minutes of a calendar month, by clinical staff or by the clinician.

Asked of the record (CPT; Medicare's MLN booklet on chronic care management): two or more chronic conditions, the
patient's consent, a comprehensive care plan, and the minutes: from 20 of staff (99490, 99439 for each further 20, at
most twice), 60 with decision making of moderate or high complexity (99487, 99489 for each further 30), 30 of the
clinician (99491, 99437 for each further 30).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from coding_svc.coding import mdm
from coding_svc.coding.procedures import Performed
from coding_svc.coding.reading import Proposal, Reading
from coding_svc.coding.screened import Screened
from coding_svc.coding.visit_time import DURATION, duration
from coding_svc.domain import ClinicalEncounter, CodeSystem, CodingFinding, Evidence, Reason, Section, VisitType

CODES: Final = frozenset(("99490", "99439", "99487", "99489", "99491", "99437"))
SURE, WHO_UNKNOWN = 0.85, 0.6
MOST_FURTHER_STAFF: Final = 2
_NAMED: Final = Screened(r"chronic care management|\bccm\b|complex care management")
_COMPLEX: Final = Screened(r"complex (?:chronic )?(?:care management|ccm)")
_COMPLEX_DECISIONS: Final = Screened(
    r"(?:moderate|high)(?:[- ]| to high )complexity (?:medical )?(?:decision|mdm)"
    r"|(?:moderate|high) (?:mdm|medical decision)"
)
_CONSENT: Final = Screened(
    r"(?<!no )(?<!without )(?<!declined )(?<!refused )\bconsent"
    r"(?!\w*[^.\n]{0,20}\b(?:not|pending|declined|refused|missing))"
    r"|agree[sd]? to (?:participate|enroll|ccm|chronic care)"
)
_PLAN: Final = Screened(r"\bcare plan\b|plan of care")
_TIME: Final = re.compile(rf"\b{DURATION}")
_OF_THE_MONTH: Final = re.compile(r"\btotal\b|\bmonth|\bminutes? of (?:care management|ccm)|\bstaff time\b")
_CLINICIAN: Final = re.compile(r"\bphysician|\bpersonally\b|\bby me\b|\bmy time\b|\bprovider time\b|\bi spent\b")
_STAFF: Final = re.compile(
    r"\bstaff\b|\bnurse\b|\brn\b|\blpn\b|\bma\b|medical assistant|care (?:manager|coordinator)|pharmacist"
)
_FACE_TO_FACE: Final = (Section.EXAM, Section.VITALS)


class Managed(NamedTuple):
    """The month's services and what is missing; `instead`: the note is of the month, not of a visit."""

    services: tuple[Performed, ...]
    findings: tuple[CodingFinding, ...]
    instead: bool


class _Time(NamedTuple):
    minutes: int
    clinician: bool | None
    """None: the note does not say whose."""
    evidence: tuple[Evidence, ...]


def of_month(
    encounter: ClinicalEncounter, readings: Sequence[Reading], diagnoses: Sequence[Proposal]
) -> Managed | None:
    """Care management that the notes tell of with its minutes; None if they tell of none."""
    reading = next((reading for reading in readings if _NAMED.search(reading.lowered)), None)
    of_a_month = encounter.visit_type is VisitType.OTHER
    time = _time(reading, entries_count=of_a_month) if reading else None
    if reading is None or time is None:
        return None
    instead = of_a_month or not any(reading.of(section) for section in _FACE_TO_FACE)
    coded = list(_codes(time, reading))
    if not coded:
        return Managed((), (), instead)
    day = encounter.date_of_service
    if any(o.code in CODES and _same_month(o.date_of_service, day) for o in encounter.earlier_services):
        return Managed((), (_billed_already(coded[0][0], time),), instead)
    missing = tuple(_ask(fact, time) for fact in _missing(reading, diagnoses))
    sure = WHO_UNKNOWN if time.clinician is None else SURE
    services = [
        Performed(code, CodeSystem.CPT, label, (), Decimal(units), sure, time.evidence, Section.UNKNOWN)
        for code, label, units in coded
    ]
    return Managed((), missing, instead) if missing else Managed(tuple(services), (), instead)


def _time(reading: Reading, *, entries_count: bool) -> _Time | None:
    """The month's minutes: what is called a total, else, in a note that is no visit's, the entries together."""
    totals: list[tuple[int, str, Evidence]] = []
    entries: list[tuple[int, str, Evidence]] = []
    for sentence in reading.sentences:
        said = reading.lowered[sentence.start : sentence.end]
        for match in _TIME.finditer(said):
            span = reading.evidence(sentence.start + match.start(), sentence.start + match.end())
            (totals if _OF_THE_MONTH.search(said) else entries).append((duration(match.group(1)), said, span))
    counted = [max(totals, key=lambda entry: entry[0])] if totals else entries if entries_count else []
    if not counted:
        return None
    words = " ".join(said for _, said, _ in counted)
    staff, clinician = bool(_STAFF.search(words)), bool(_CLINICIAN.search(words))
    whose = None if staff == clinician else clinician
    return _Time(sum(minutes for minutes, _, _ in counted), whose, tuple(span for _, _, span in counted))


def _codes(time: _Time, reading: Reading) -> Iterator[tuple[str, str, int]]:
    """Code, label and units; staff's where the note does not say whose the minutes are."""
    minutes = time.minutes
    if time.clinician:
        if minutes >= 30:
            yield "99491", "chronic care by the clinician", 1
            yield from _further("99437", "further chronic care by the clinician", (minutes - 30) // 30)
    elif minutes >= 60 and _COMPLEX.search(reading.lowered) and _COMPLEX_DECISIONS.search(reading.lowered):
        yield "99487", "complex chronic care", 1
        yield from _further("99489", "further complex chronic care", (minutes - 60) // 30)
    elif minutes >= 20:
        yield "99490", "chronic care by staff", 1
        yield from _further("99439", "further chronic care by staff", min(MOST_FURTHER_STAFF, (minutes - 20) // 20))


def _further(code: str, label: str, units: int) -> Iterator[tuple[str, str, int]]:
    if units > 0:
        yield code, label, units


def _missing(reading: Reading, diagnoses: Sequence[Proposal]) -> Iterator[str]:
    if not _CONSENT.search(reading.lowered):
        yield "consent"
    if not _PLAN.search(reading.lowered):
        yield "care_plan"
    if len({proposal.code[:3] for proposal in diagnoses if mdm.is_lasting(proposal.code)}) < 2:
        yield "chronic_conditions"


def _same_month(one: date, other: date) -> bool:
    return (one.year, one.month) == (other.year, other.month)


def _billed_already(code: str, time: _Time) -> CodingFinding:
    span = time.evidence[0]
    return CodingFinding(
        Reason.CODE_NOT_SUPPORTED, f"note:{span.note_id}:{span.start}-{span.end}",
        "care management of this month was billed before", "Add the minutes to that claim, or close this one.",
        subject=f"service_not_supported:{code}",
    )  # fmt: skip


def _ask(fact: str, time: _Time) -> CodingFinding:
    span = time.evidence[0]
    return CodingFinding(
        Reason.MISSING_FACT, f"note:{span.note_id}:{span.start}-{span.end}",
        f"chronic care management: {fact.replace('_', ' ')} not documented",
        "Ask the clinician; it is not billed without.", subject=f"missing_fact:{fact}",
    )  # fmt: skip
