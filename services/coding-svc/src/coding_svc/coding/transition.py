"""Step 11c, transitional care after a hospital stay: 99495 and 99496 instead of the visit.

Asked of the record (CPT; Medicare's MLN booklet on transitional care management): the date of discharge, contact with
the patient within two business days of it, reconciled medications, a visit within fourteen days with decision making
of at least moderate complexity; 99496 within seven days with high. What is not documented is asked for, and the visit
stays an ordinary one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from kit.business_days import business_days

from coding_svc.coding.dates import DATE, read_date
from coding_svc.coding.procedures import Performed
from coding_svc.coding.reading import Reading
from coding_svc.coding.screened import Screened
from coding_svc.domain import (
    ClinicalEncounter,
    CodeSystem,
    CodingFinding,
    EmDecision,
    Evidence,
    MdmLevel,
    Reason,
    Section,
)

CODES: Final = frozenset(("99495", "99496"))
ONCE_IN_DAYS: Final = 30
_LONG_AGO: Final = timedelta(366)
CONTACT_BUSINESS_DAYS, HIGH_DAYS, MODERATE_DAYS = 2, 7, 14
_NAMED: Final = Screened(r"\btransition(?:al|s)?(?: of)? care\b|\btcm\b")
_NOT: Final = re.compile(r"\b(?:no|not|without)\b(?: \w+){0,2} $")
_DISCHARGED: Final = Screened(
    r"(?:\bdischarged?\b(?! (?:summary|instructions?|med\w*|note))|\bdate of discharge|\bdischarge date"
    rf"|\bd/c(?:'?d)?\b)[^\n;]{{0,80}}?\b({DATE})"
    rf"|\b(?:hospitali[sz]ed|admitted|inpatient)\b[^\n;]{{0,60}}?\b{DATE} ?(?:-|to|through|until) ?({DATE})"
)
_CONTACT: Final = (
    r"(?:called|call(?: made| placed)?|phoned|phone(?: call| contact)?|telephoned?|contacted|contact(?: made)?|reached"
    r"|spoke (?:with|to)|outreach|messages? left|voicemails?|attempts?|attempted)"
)
_CONTACTED: Final = Screened(
    rf"\b{_CONTACT}\b(?:(?!discharged)[^.\n;]){{0,80}}?\b({DATE})"
    rf"|\b({DATE}) ?[:-]? ?(?:\w+ ){{0,3}}{_CONTACT}\b"
)
_IN_TIME: Final = Screened(
    rf"\b{_CONTACT}\b[^.\n;]{{0,80}}\b(?:within (?:two|2|one|1|48) (?:business |working )?(?:days?|hours)"
    r"|(?:the )?(?:next|following) (?:business |working )?day"
    r"|(?:the |one |1 )?(?:business )?day after (?:the )?discharge)"
)
_RECONCILED: Final = Screened(
    r"reconcil|\bmed(?:ication)?s?(?: list)? (?:were |was )?(?:reviewed|compared) (?:with|against)"
)


class Transition(NamedTuple):
    """The service in place of the visit, or what the record lacks for it."""

    service: Performed | None
    findings: tuple[CodingFinding, ...]


def of_visit(
    encounter: ClinicalEncounter, readings: Sequence[Reading], by_mdm: EmDecision | None, level: MdmLevel | None
) -> Transition | None:
    """Transitional care, where the note or the charge sheet names it; None where nothing is to be said."""
    sheet = next((at for at, line in enumerate(encounter.service_lines) if line.code in CODES), None)
    named = next(_namings(readings), None)
    if (named is None and sheet is None) or not readings or _had_one(encounter):
        return None
    discharged = _day(_DISCHARGED, readings, encounter.date_of_service)
    place = f"/service_lines/{sheet}" if sheet is not None else _place(readings, named)
    missing = list(_missing(readings, encounter.date_of_service, discharged))
    if missing:
        return Transition(None, tuple(_ask(fact, place) for fact in missing))
    code = _code(encounter, readings, discharged, level)
    if code is None:
        return None if sheet is None else Transition(None, (_refused(place, encounter.service_lines[sheet].code),))
    evidence = [span for _, span in (discharged, _day(_CONTACTED, readings, encounter.date_of_service)) if span]
    evidence += [named[0].evidence(*named[1].span())] if named and not evidence else []
    evidence += by_mdm.evidence if by_mdm else ()
    sure, label = by_mdm.confidence if by_mdm else 0.0, "transitional care after a stay"
    service = Performed(code, CodeSystem.CPT, label, (), Decimal(1), sure, tuple(evidence), Section.UNKNOWN)
    return Transition(service, ())


def _namings(readings: Sequence[Reading]) -> Iterator[tuple[Reading, re.Match[str]]]:
    for reading in readings:
        for match in _NAMED.finditer(reading.lowered):
            if not _NOT.search(reading.lowered, max(0, match.start() - 30), match.start()):
                yield reading, match


def _missing(readings: Sequence[Reading], day: date, discharged: tuple[date | None, Evidence | None]) -> Iterator[str]:
    if discharged[0] is None:
        yield "discharge_date"
    if _day(_CONTACTED, readings, day)[0] is None and not any(_IN_TIME.search(r.lowered) for r in readings):
        yield "tcm_contact"
    if not any(_RECONCILED.search(reading.lowered) for reading in readings):
        yield "medication_reconciliation"


def _code(
    encounter: ClinicalEncounter,
    readings: Sequence[Reading],
    discharged: tuple[date | None, Evidence | None],
    level: MdmLevel | None,
) -> str | None:
    """The code that days and decision making allow."""
    left, contact = discharged[0], _day(_CONTACTED, readings, encounter.date_of_service)[0]
    if left is None or level not in (MdmLevel.MODERATE, MdmLevel.HIGH):
        return None
    in_words = any(_IN_TIME.search(reading.lowered) for reading in readings)
    in_time = contact is not None and contact >= left and business_days(left, contact) <= CONTACT_BUSINESS_DAYS
    days = (encounter.date_of_service - left).days
    if not (in_words or in_time) or not 0 <= days <= MODERATE_DAYS:
        return None
    return "99496" if level is MdmLevel.HIGH and days <= HIGH_DAYS else "99495"


def _day(pattern: Screened, readings: Sequence[Reading], day: date) -> tuple[date | None, Evidence | None]:
    """The first day that a pattern names, with its span."""
    for reading in readings:
        for match in pattern.finditer(reading.lowered):
            words = next(group for group in match.groups() if group)
            found = read_date(words, day)
            if found is not None and day - _LONG_AGO <= found <= day:
                return found, reading.evidence(*match.span())
    return None, None


def _had_one(encounter: ClinicalEncounter) -> bool:
    """One transition in thirty days: a further visit is an ordinary one."""
    since = encounter.date_of_service - timedelta(ONCE_IN_DAYS)
    return any(other.code in CODES and other.date_of_service >= since for other in encounter.earlier_services)


def _place(readings: Sequence[Reading], named: tuple[Reading, re.Match[str]] | None) -> str:
    reading, match = named if named else (readings[0], None)
    return f"note:{reading.note.note_id}:{match.start()}-{match.end()}" if match else f"note:{reading.note.note_id}"


def _ask(fact: str, place: str) -> CodingFinding:
    return CodingFinding(
        Reason.MISSING_FACT, place, f"transitional care: {fact.replace('_', ' ')} is not documented",
        "Ask the clinician; without it the visit is an ordinary one.", subject=f"missing_fact:{fact}",
    )  # fmt: skip


def _refused(place: str, code: str) -> CodingFinding:
    return CodingFinding(
        Reason.CODE_NOT_SUPPORTED, place, f"days or decision making do not allow {code}",
        "Bill the office visit instead.", subject=f"service_not_supported:{code}",
    )  # fmt: skip
