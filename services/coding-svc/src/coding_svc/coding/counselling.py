"""Step 12a, services by minutes and by instrument: counselling, advance care planning, screening.

Each needs its time, or its scored instrument, in the note; what a note tells of without the time is asked for, not
billed. `lexicon/timed_services.tsv` holds words, least minutes and codes: CPT (advance care planning by the midpoint:
16, 46, 76 minutes) and, for Medicare, the national coverage determinations of its G codes. Minutes that are billed
here are no minutes of the visit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from coding_svc.coding import lexicon
from coding_svc.coding.dates import FULL_MONTHS, full_months
from coding_svc.coding.procedures import Performed
from coding_svc.coding.reading import Reading
from coding_svc.coding.screened import Screened
from coding_svc.coding.services import Services
from coding_svc.coding.visit_time import DURATION, LONGEST, duration
from coding_svc.domain import ClinicalEncounter, CodeSystem, CodingFinding, Evidence, Reason, Section

CERTAIN: Final = 0.88
_PAYERS: Final = {"all": (True, False), "medicare": (True,), "other": (False,)}
_STEP: Final = re.compile(r"(\d+):(\w{5})(?:/(\d+))?")
_TIME: Final = re.compile(rf"(?<!within )\b{DURATION}")
_NEEDED: Final = {
    "voluntary": Screened(r"voluntar|(?:consent\w*|agreed|wish\w*) to (?:\w+ ){0,2}(?:discuss|conversation|talk|plan)"),
    "bmi": Screened(r"\bbmi\b[^.\n]{0,15}\b[3-9]\d(?:\.\d)?\b"),
}
"""What Medicare asks the record to show besides the time: NCD 210.12 (a BMI from 30), MLN on advance care planning."""
_NOT_DONE: Final = re.compile(
    r"\b(?:no|declin\w+|refus\w+|defer\w+|not (?:done|discussed|ready)|will (?:discuss|do)|plan(?:s|ned)? to"
    r"|next (?:visit|time)|schedul\w+|last (?:visit|month|year)|ago)\b"
)
_TOLD: Final = re.compile(r"discuss|talk|complet|named|form|spent")
_GOES_ON: Final = re.compile(
    rf"\W*(?:(?:this|that|it)? ?took|spent|{DURATION}[^.\n]{{0,30}}\b(?:face-to-face|counsel\w*|discuss\w*))\b"
    r"(?![^.\n]*\b(?:visit|encounter|total)\b)"
)
_OF_THE_VISIT: Final = re.compile(r"\b(?:total|visit|encounter|whole)\b[^.\n]{0,40}$")
_PART_OF_IT: Final = re.compile(r"\b(?:includ\w+|with|and|plus)\b")
_SILENT: Final = (Section.FAMILY_HISTORY, Section.PAST_HISTORY, Section.SOCIAL_HISTORY, Section.PROBLEM_LIST)
_YEARLY: Final = frozenset(("G0442", "G0444", "G0446"))
"""Once in twelve months: eleven full months after the month of the one before (NCD 210.8, 210.9, 210.11)."""
_SESSIONS: Final = frozenset(("99406", "99407"))
MOST_SESSIONS, SESSION_MONTHS = 8, 12
"""Medicare: eight sessions to stop smoking in twelve months (NCD 210.4.1)."""
_NEVER_BESIDE: Final = {"G0444": ("G0402", "G0438")}
"""Part of the other service (Medicare Claims Processing Manual chapter 18, section 190)."""
_SCREENINGS: Final = frozenset(("G0442", "G0444"))
"""Their instrument is part of them."""
_WITHOUT_COST_SHARE: Final = ("99497", "99498")
_SCORED: Final = re.compile(
    r"[^.\n;]{0,50}?\b(?:scor\w+|total|result)\b[^.\n\d]{0,15}\d{1,2}\b"
    r"|[^.\n;]{0,30}?\bform scored\b[^.\n\d]{0,45}\d{1,2}\b|(?: \w+){0,6} ?[:=] ?\d{1,2}\b"
    r"|(?: score)?(?: is| was)? today(?: is| was)? \d{1,2}\b|(?: score)?(?: is| was)? \d{1,2} today\b"
)
_ADMINISTERED: Final = re.compile(r"administer|complet|fill|in (?:the |our )?office|screen|form scored|\btoday\b")


class Timed(NamedTuple):
    """A line of the lexicon. `steps`: least minutes, code, and minutes of each further unit (0: none)."""

    label: str
    payers: str
    visit_modifier: str
    steps: tuple[tuple[int, str, int], ...]
    needs: tuple[str, ...]
    asked: bool
    pattern: Screened

    def coded(self, minutes: int) -> list[tuple[str, int]]:
        """Codes and units of so many minutes: the highest step that is met, and those before one that adds to them."""
        met = [step for step in self.steps if minutes >= step[0]]
        alone = [(code, 1) for _, code, further in met if not further][-1:]
        return alone + [(code, 1 + (minutes - least) // further) for least, code, further in met if further]


class Counted(NamedTuple):
    """Services, what is missing for others, and the minutes of those that are billed."""

    services: list[Performed]
    findings: list[CodingFinding]
    minutes: int


@lru_cache(maxsize=1)
def timed_services() -> tuple[Timed, ...]:
    """The lexicon, in order."""
    return tuple(
        Timed(label, payers, modifier, _steps(minutes), tuple(needs.split()), bool(asked), Screened(pattern))
        for label, payers, modifier, minutes, needs, asked, pattern in lexicon.rows("timed_services.tsv")
    )


def _steps(minutes: str) -> tuple[tuple[int, str, int], ...]:
    """`4:99406 11:99407` or, with a further unit each half hour, `16:99497 46:99498/30`."""
    return tuple((int(least), code, int(further or 0)) for least, code, further in _STEP.findall(minutes))


@lru_cache(maxsize=1)
def timed_codes() -> frozenset[str]:
    """All codes that hang on minutes here."""
    return frozenset(code for timed in timed_services() for _, code, _ in timed.steps)


@lru_cache(maxsize=1)
def _instruments() -> tuple[tuple[str, str, Screened], ...]:
    return tuple((code, label, Screened(pattern)) for code, label, pattern in lexicon.rows("instruments.tsv"))


def find(encounter: ClinicalEncounter, readings: Sequence[Reading], others: Sequence[Performed]) -> Counted:
    """The services by time and instrument of the notes; `others` are the day's services found before."""
    found: dict[str, Performed] = {}
    findings: list[CodingFinding] = []
    minutes = 0
    medicare = encounter.payer_rules.medicare
    for reading in readings:
        for timed in timed_services():
            if medicare in _PAYERS[timed.payers] and timed.pattern.might(reading.lowered):
                minutes += _by_time(timed, encounter, reading, found, findings)
        if not _SCREENINGS & found.keys():
            _by_instrument(reading, found)
    for code, whole in _NEVER_BESIDE.items():
        if any(service.code in whole for service in others):
            found.pop(code, None)
    findings += _undocumented(encounter, found)
    for code in [code for code in found if medicare and _used_up(code, encounter)]:
        found.pop(code)
        findings.append(_too_often(code, encounter))
    return Counted(list(found.values()), findings, minutes)


def without_cost_share(services: Services) -> None:
    """Medicare: advance care planning beside a wellness visit is preventive, modifier 33 (CR 9271)."""
    if services.encounter.payer_rules.medicare and not {"G0438", "G0439"}.isdisjoint(services.codes()):
        for code in _WITHOUT_COST_SHARE:
            services.add_modifier(code, "33", first=False)


def _used_up(code: str, encounter: ClinicalEncounter) -> bool:
    """Whether Medicare has paid this as often as it does, by the practice's own records."""
    day = encounter.date_of_service
    if code in _YEARLY:
        same = [other for other in encounter.earlier_services if other.code == code]
        return any(full_months(other.date_of_service, day) < FULL_MONTHS for other in same)
    sessions = [other for other in encounter.earlier_services if other.code in _SESSIONS]
    recent = [other for other in sessions if full_months(other.date_of_service, day) < SESSION_MONTHS]
    return code in _SESSIONS and len(recent) >= MOST_SESSIONS


def _too_often(code: str, encounter: ClinicalEncounter) -> CodingFinding:
    at = next((at for at, line in enumerate(encounter.service_lines) if line.code == code), None)
    return CodingFinding(
        Reason.CODE_NOT_SUPPORTED, "/service_lines" if at is None else f"/service_lines/{at}",
        f"{code} was given as often as Medicare pays for", "Do not bill it, or with the patient's notice (ABN).",
        at is not None, f"service_not_supported:{code}",
    )  # fmt: skip


def _undocumented(encounter: ClinicalEncounter, found: dict[str, Performed]) -> Iterator[CodingFinding]:
    """Services by time on the charge sheet whose time the notes do not state."""
    for at, line in enumerate(encounter.service_lines if encounter.notes else ()):
        if line.code in timed_codes() and line.code not in found:
            yield CodingFinding(
                Reason.MISSING_FACT, f"/service_lines/{at}", f"the note does not state the minutes of {line.code}",
                "Ask for the minutes, or take it off.", subject=f"missing_fact:service_minutes:{line.code}",
            )  # fmt: skip


def _by_time(
    timed: Timed,
    encounter: ClinicalEncounter,
    reading: Reading,
    found: dict[str, Performed],
    findings: list[CodingFinding],
) -> int:
    """Enter the service; its minutes, 0 if it is not billed."""
    topics = [match for match in timed.pattern.finditer(reading.lowered) if not _told_of(reading, match)]
    stated = next((time for topic in topics if (time := _minutes_near(reading, topic)) is not None), None)
    if stated is None:
        told = next(
            (topic for topic in topics if timed.asked and _TOLD.search(_sentence(reading, topic.start()))), None
        )
        if told and not any(line.code in timed_codes() for line in encounter.service_lines):
            findings.append(_ask(timed, "service_minutes", reading.evidence(*told.span()), blocking=False))
        return 0
    minutes, evidence = stated
    codes = timed.coded(minutes)
    missing = [name for name in timed.needs if not _NEEDED[name].search(reading.lowered)]
    if codes and missing and encounter.payer_rules.medicare:
        findings.extend(_ask(timed, name, evidence, blocking=True) for name in missing)
        return 0
    for code, units in codes:
        found[code] = _performed(code, timed.label, units, evidence, reading, timed.visit_modifier)
    return minutes if codes else 0


def _told_of(reading: Reading, topic: re.Match[str]) -> bool:
    """Not today's work: refused, planned, of another day, or in a part that lists."""
    place = reading.part_at(topic.start()).section
    return place in _SILENT or bool(_NOT_DONE.search(_sentence(reading, topic.start())))


def _minutes_near(reading: Reading, topic: re.Match[str]) -> tuple[int, Evidence] | None:
    """The minutes nearest to the topic in its sentence, else in the next one if that goes on about it."""
    text = reading.lowered
    start, end = _bounds(text, topic.start())
    times = [time for time in _TIME.finditer(text, start, end) if not _whole_visit(text, time, topic)]
    if not times and _GOES_ON.match(text, end):
        times = list(_TIME.finditer(text, *_bounds(text, end)))
    times = [time for time in times if duration(time.group(1)) <= LONGEST]
    if not times:
        return None
    nearest = min(times, key=lambda time: max(time.start() - topic.end(), topic.start() - time.end()))
    span = min(nearest.start(), topic.start()), max(nearest.end(), topic.end())
    return duration(nearest.group(1)), reading.evidence(*span)


def _whole_visit(text: str, time: re.Match[str], topic: re.Match[str]) -> bool:
    """The visit's own time, of which the service is a part: "total time 40 minutes including counselling"."""
    between = text[time.end() : topic.start()]
    return bool(_OF_THE_VISIT.search(text, max(0, time.start() - 60), time.start())) and bool(
        _PART_OF_IT.search(between)
    )


def _by_instrument(reading: Reading, found: dict[str, Performed]) -> None:
    """Standardised instruments filled in and scored today, each kind once."""
    for code, label, pattern in _instruments():
        scored: dict[str, Evidence] = {}
        for match in pattern.finditer(reading.lowered):
            sentence = _sentence(reading, match.start())
            score = _SCORED.match(reading.lowered, match.end())
            if score and _ADMINISTERED.search(sentence) and not _NOT_DONE.search(sentence):
                scored.setdefault(match.group().replace("-", ""), reading.evidence(match.start(), score.end()))
        if scored:
            first = next(iter(scored.values()))
            found.setdefault(code, _performed(code, label, len(scored), first, reading, ""))


def _performed(
    code: str, label: str, units: int, evidence: Evidence, reading: Reading, visit_modifier: str
) -> Performed:
    system = CodeSystem.CPT if code[0].isdigit() else CodeSystem.HCPCS
    section = reading.part_at(evidence.start).section
    return Performed(code, system, label, (), Decimal(units), CERTAIN, (evidence,), section, visit_modifier)


def _ask(timed: Timed, fact: str, span: Evidence, *, blocking: bool) -> CodingFinding:
    return CodingFinding(
        Reason.MISSING_FACT, f"note:{span.note_id}:{span.start}-{span.end}",
        f"{timed.label}: {fact.replace('_', ' ')} not documented", "Ask the clinician; it is not billed without.",
        blocking, f"missing_fact:{fact}:{timed.steps[0][1]}",
    )  # fmt: skip


def _sentence(reading: Reading, at: int) -> str:
    start, end = _bounds(reading.lowered, at)
    return reading.lowered[start:end]


def _bounds(text: str, at: int) -> tuple[int, int]:
    """The sentence around a place: between full stops, semicolons and line ends."""
    start = max(text.rfind(mark, 0, at) for mark in (". ", "; ", "\n")) + 1
    ends = [end for mark in (". ", "; ", "\n") if (end := text.find(mark, at)) >= 0]
    return start, min(ends, default=len(text) - 1) + 1
