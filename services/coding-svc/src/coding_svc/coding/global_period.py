"""Step 12e, the global period: what belongs to an operation of another day, and what says that it does not.

Days 000, 010 and 090 of the fee schedule bind the same physician, and others of the group and specialty. Inside one, a
visit about the operation is not billed (99024); another visit takes 24. A procedure takes 58 where it was planned as a
stage, 78 where a complication takes the patient back to the operating room, else 79. A visit on the day of or before a
90-day operation at which that was decided takes 57. (Medicare Claims Processing Manual, chapter 12, sections 30.6, 40.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Final

from codesets import procedures

from coding_svc.coding import laterality, lexicon
from coding_svc.coding.screened import Screened
from coding_svc.coding.services import EM_CODES, Services
from coding_svc.domain import CodeSystem, CodingFinding, EmDecision, OtherService, ProcedureAssignment, Reason

MAJOR, MINOR = 90, 10
POSTOPERATIVE_VISIT: Final = "99024"
_OWN_DAYS: Final = {code: int(days) for code, days in lexicon.rows("global_days.tsv")}
_STAGED: Final = re.compile(
    r"\bstage[ds]?\b|second stage|as planned (?:before|at|from|since)"
    r"|planned (?:before|prospectively|at the time|staged)"
    r"|re-?excision|wide(?:r)? excision|more extensive than|following (?:the )?(?:biopsy|excision)"
)
_COMPLICATION: Final = re.compile(
    r"(?<!\bno )(?<!without )(?<!free of )\bcomplicat\w+|return(?:ed)? to (?:the )?(?:or\b|operating room)|dehisc\w+"
    r"|post-?op(?:erative)? (?:hematoma|bleed\w*|infection|abscess)|wound (?:infection|breakdown)|washout|evacuat\w+"
)
_RETURN: Final = re.compile(
    r"\b(?:return(?:ed|s)?|taken back|brought back|back) to (?:the )?(?:or\b|operating room|theat(?:er|re))"
)
_POSTOPERATIVE: Final = re.compile(
    r"\bpost-?op\w*|after (?:his|her|the|my) (?:operation|surgery|excision|repair|replacement|arthroplasty|biopsy)"
    r"|(?:suture|staple|stitch)s? (?:were |was )?(?:out|removed|removal)|(?:wound|incision) check|status post|\bs/p\b"
    r"|days? (?:out|after)|weeks? (?:out|after)|since surgery"
)
_OWN_CHECK: Final = Screened(
    r"\bpost-?op(?:erative)? (?:visit|check|follow[- ]?up|day|week)[^.\n]{0,80}\b(?:by me|i (?:did|performed)|my own)\b"
)
_NOTE_ALONE: Final = 0.6
_UNRELATED: Final = re.compile(
    r"\bunrelated\b|not related|nothing to do with|separate (?:problem|issue|from)|different (?:problem|joint|side|knee"
    r"|hip|shoulder|eye)|new (?:problem|complaint|issue)|not (?:re-?examined|addressed|why|about)"
)
_DECISION: Final = re.compile(
    r"decision (?:for|to)[^.\n]{0,30}(?:surgery|operat\w+|proceed)"
    r"|decided (?:on|for|to)[^.\n]{0,40}(?:surgery|operat\w+|repair)"
    r"|(?:surgery|operation|repair)[^.\n]{0,60}(?:today|tonight|tomorrow|consent)|consent[^.\n]{0,40}(?:signed|obtained|given)"
    r"|\bconsented\b|discuss\w*[^.\n]{0,40}(?:options|risks|alternatives)|(?:risks|options|alternatives)[^.\n]{0,60}discuss"
    r"|to the (?:or\b|operating room)|elects? (?:for )?surg\w+|recommend\w* (?:surgery|operat\w+|repair)"
)


def apply(services: Services) -> None:
    """Work the other days' operations into the services."""
    for earlier in _binding(services):
        _within(earlier, services)
    if not services.encounter.earlier_services:
        _after_own_operation(services)
    _decision_for_surgery(services)


def days_of(service: OtherService) -> int:
    """Global days of a service: as given, of the loaded fee schedule, or of our own table."""
    if service.global_days is not None:
        return service.global_days
    row = procedures.fee_schedule_row(service.code, service.date_of_service)
    if row is not None:
        return int(row.global_days) if row.global_days.isdigit() else 0
    return _OWN_DAYS.get(service.code, 0)


def _binding(services: Services) -> Iterator[OtherService]:
    """Earlier operations of the group whose period the day of service lies in."""
    day = services.encounter.date_of_service
    for earlier in services.encounter.earlier_services:
        days = days_of(earlier)
        since = day - earlier.date_of_service
        bound = earlier.same_group and days in (MINOR, MAJOR)
        if bound and (timedelta(0) < since <= timedelta(days) or (not since and _taken_back(earlier, services))):
            yield earlier


def _after_own_operation(services: Services) -> None:
    """The note alone tells of the check after one's own operation: a person knows whether its days have passed."""
    told = any(_OWN_CHECK.search(reading.lowered) for reading in services.readings)
    if services.em is None or not told or any(_UNRELATED.search(reading.lowered) for reading in services.readings):
        return
    visit = replace(services.em, confidence=min(services.em.confidence, _NOTE_ALONE), auto=False)
    services.em = None
    services.lines.append(_postoperative(visit))


def _taken_back(earlier: OtherService, services: Services) -> bool:
    """On the day of the operation itself: what follows it is another session only where the note says so."""
    again = any(_RETURN.search(reading.lowered) for reading in services.readings)
    return again and earlier.code not in services.codes()


def _within(earlier: OtherService, services: Services) -> None:
    text = " ".join(reading.lowered for reading in services.readings)
    if services.em is not None:
        _visit(earlier, services, services.em, text)
    for line in services.lines:
        if line.code in EM_CODES or not is_operation(line, services):
            continue
        modifier = "58" if _STAGED.search(text) else "78" if _COMPLICATION.search(text) else "79"
        if not {"58", "78", "79"} & set(line.modifiers):
            services.add_modifier(line.code, modifier)
            _report(earlier, services, line.code)


def is_operation(line: ProcedureAssignment, services: Services) -> bool:
    """Whether the code has global days of its own, or at least the package of a procedure (000)."""
    if _OWN_DAYS.get(line.code):
        return True
    row = procedures.fee_schedule_row(line.code, services.encounter.date_of_service)
    if row is not None:
        return row.global_days in ("000", "010", "090")
    return line.code[:1] in "123456" and line.code not in _OWN_DAYS and line.code.isdigit()


def _visit(earlier: OtherService, services: Services, visit: EmDecision, text: str) -> None:
    about_it = _POSTOPERATIVE.search(text) and not _UNRELATED.search(text) and not _another_problem(earlier, services)
    if about_it:
        services.em = None
        services.lines.append(_postoperative(visit))
        ticked = next((line.code for line in services.encounter.service_lines if line.code in EM_CODES), None)
        if ticked:
            services.drop_finding(f"em_level:{ticked}>{visit.code}")
            _report(earlier, services, ticked, blocking=True)
        return
    if "24" not in visit.modifiers:
        services.remove_modifier(visit.code, "25")
        services.add_modifier(visit.code, "24")
        _report(earlier, services, visit.code)


def _another_problem(earlier: OtherService, services: Services) -> bool:
    """The visit's own procedures or films, or all its sided diagnoses, are about the other side than the operation."""
    operated = laterality.side_of(earlier.modifiers)
    worked_on = {side for line in services.lines for side in laterality.side_of(line.modifiers)}
    diagnosed = laterality.sides_of_codes(services)
    return any(sides and operated and not sides & operated for sides in (worked_on, diagnosed))


def _postoperative(visit: EmDecision) -> ProcedureAssignment:
    return ProcedureAssignment(
        POSTOPERATIVE_VISIT, CodeSystem.CPT, visit.confidence, (), Decimal(1), visit.diagnosis_pointers,
        visit.evidence[:1], rule="service.postoperative", auto=visit.auto, title="visit within a global period",
    )  # fmt: skip


def _decision_for_surgery(services: Services) -> None:
    visit, day = services.em, services.encounter.date_of_service
    if visit is None or "57" in visit.modifiers:
        return
    eve = (timedelta(0), timedelta(1))
    major = [
        planned
        for planned in services.encounter.scheduled_services
        if planned.same_group and days_of(planned) == MAJOR and planned.date_of_service - day in eve
    ]
    today = [line for line in services.lines if _days(line, services) == MAJOR]
    if (major or today) and any(_DECISION.search(reading.lowered) for reading in services.readings):
        services.em = replace(visit, modifiers=("57", *(each for each in visit.modifiers if each != "25")))


def _days(line: ProcedureAssignment, services: Services) -> int:
    return days_of(OtherService(line.code, services.encounter.date_of_service))


def _report(earlier: OtherService, services: Services, code: str, *, blocking: bool = False) -> None:
    sheet = services.sent(code)
    subject = f"global:{earlier.code}"
    if sheet is None or any(finding.subject == subject for finding in services.findings):
        return
    services.findings.append(
        CodingFinding(
            Reason.GLOBAL_PERIOD,
            services.place(code),
            f"{code} lies in the global period of {earlier.code} of {earlier.date_of_service}",
            "Confirm that it is not billed apart." if blocking else "The modifier that the note supports was added.",
            blocking,
            subject,
        )
    )
