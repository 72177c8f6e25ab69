"""Heart tests in parts: who recorded, who analysed, who read; and monitors by the days they are worn.

A test billed as a whole needs all parts done here. Where the note says that only a part was done here, that part's
code is billed. Monitors: up to 48 hours, over 48 hours to 7 days, over 7 to 15 days, to 30 days. (CPT cardiovascular
section guidelines, in our own words.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Final

from coding_svc.coding import doing
from coding_svc.coding.procedures import Performed, ProcedureTerm, procedure_terms
from coding_svc.coding.reading import Reading
from coding_svc.coding.screened import Screens

_PARTS: Final = {
    "93000": ("93005", "93010"),
    "93015": ("93017", "93018"),
    "93306": ("", ""),
}
"""Whole test: tracing alone, interpretation alone."""
_TRACING_ONLY: Final = re.compile(
    r"tracing only|technical (?:component|part) only|without interpretation"
    r"|(?:sent|forwarded|transmitted|faxed)[^.\n]{0,50}(?:interpret|read|cardiolog|overread)"
    r"|(?:to be|will be) (?:read|interpreted) by|interpretation (?:by|from|pending)[^.\n]{0,20}cardiolog"
)
_READING_ONLY: Final = re.compile(
    r"(?:interpretation|reading)(?: and report)? only|professional (?:component|part) only"
    r"|interpreted (?:by me )?(?:the )?(?:tracing|ecg|ekg|study)[^.\n]{0,20}(?:from|taken at|done at)"
)
_SUPERVISION_ONLY: Final = re.compile(r"supervision only|supervised only|i supervised[^.\n]{0,60}interpret\w+ by dr")

_MONITORS: Final = {
    "93224": ("93225", "93226", "93227"),
    "93241": ("93242", "93243", "93244"),
    "93245": ("93246", "93247", "93248"),
    "93268": ("93270", "93271", "93272"),
    "93228": ("93229", "93229", "93228"),
}
"""Whole: hook-up and recording, analysis, review and interpretation. 93228 and 93229 have no whole."""
_APPLIED: Final = re.compile(
    r"hook(?:ed)?[- ]?up\b|\bapplied\b|\bplaced\b|\bfitted\b|\battached\b|\bput on\b|\bconnected\b|\bmounted\b"
)
_READ: Final = re.compile(
    r"(?:read|reviewed|interpreted|reported)(?:,? and (?:reported|interpreted|signed))? by me"
    r"|my (?:written )?interpretation"
    r"|\bi (?:have )?(?:personally )?(?:reviewed|interpreted)|reviewed and reported"
)
_ANALYSED: Final = re.compile(r"scann(?:ed|ing)|analy[sz](?:ed|is)\b")
_BY_OTHERS: Final = re.compile(
    r"vendor|company|manufacturer|irhythm|outside|monitoring (?:center|station|service)|elsewhere"
)
_TO_COME: Final = re.compile(r"\bwill\b|\bto be\b|\bwhen\b|\bafter\b|\bonce\b|pending|await")
_DAYS: Final = re.compile(r"\b(\d{1,3}|two|one|three|seven|fourteen|thirty)[ -]?(hours?|hr|h|days?|weeks?)\b")
_NUMBERS: Final = {"one": 1, "two": 2, "three": 3, "seven": 7, "fourteen": 14, "thirty": 30}
_ORDERED: Final = re.compile(
    r"\border\w*|schedul\w+|recommend\w*|\bwill (?:place|wear|get|need)|consider\w*|mailed|arrang\w+"
)


def in_parts(reading: Reading, services: Sequence[Performed]) -> list[Performed]:
    """Tests of which only a part was done here take that part's code."""
    return [_part(reading, service) if service.code in _PARTS else service for service in services]


def _part(reading: Reading, service: Performed) -> Performed:
    text = _around(reading, service.evidence[0].start)
    if service.code == "93306":
        return _echo(service, text)
    tracing, alone = _PARTS[service.code]
    if service.code == "93015" and _SUPERVISION_ONLY.search(text):
        return replace(service, code="93016", label="stress test, supervision alone")
    if _TRACING_ONLY.search(text):
        return replace(service, code=tracing, label=f"{service.label}: recording alone")
    if _READING_ONLY.search(text):
        return replace(service, code=alone, label=f"{service.label}: interpretation alone")
    return service


def _echo(service: Performed, text: str) -> Performed:
    """A limited echocardiogram, or one without Doppler, has its own code; the parts of one are 26 and TC."""
    if re.search(r"\b(?:limited|focused|follow-?up) (?:transthoracic )?(?:echo|tte)", text):
        service = replace(service, code="93308", label="echocardiogram, limited")
    elif re.search(r"(?:without|no) (?:color |spectral )?doppler", text):
        service = replace(service, code="93307", label="echocardiogram, complete, without Doppler")
    part = "26" if _READING_ONLY.search(text) else "TC" if _TRACING_ONLY.search(text) else ""
    return replace(service, modifiers=(part, *service.modifiers)) if part else service


def _around(reading: Reading, place: int) -> str:
    """The statement and the next one of its part."""
    sentence = doing.sentence_at(reading, place)
    if sentence is None:
        return ""
    return reading.lowered[sentence.start : min(sentence.end + 160, reading.part_at(place).end)]


def monitors(reading: Reading) -> list[Performed]:
    """Monitors that were applied, analysed or read here, by their days; each once."""
    terms, screens = _table()
    found: dict[str, Performed] = {}
    for number in screens.likely(reading.lowered):
        for service in _of_monitor(reading, terms[number]):
            found.setdefault(service.code, service)
    return list(found.values())[:2]


@lru_cache(maxsize=1)
def _table() -> tuple[list[ProcedureTerm], Screens]:
    terms = [term for term in procedure_terms() if term.kind == "monitor"]
    return terms, Screens([term.pattern for term in terms])


def _of_monitor(reading: Reading, term: ProcedureTerm) -> Iterator[Performed]:
    for match in term.pattern.finditer(reading.lowered):
        sentence = doing.sentence_at(reading, match.start())
        if sentence is None or sentence.section not in doing.SOURCES:
            continue
        text = reading.lowered[sentence.start : sentence.end]
        steps = _steps(_around(reading, match.start()).split("\n", 1)[0])
        if (
            not steps
            or _ORDERED.search(text)
            or doing.denied(text, match.start() - sentence.start, match.end() - sentence.start)
        ):
            continue
        code, told = _by_days(term.code, reading.lowered[max(0, match.start() - 25) : match.end() + 25])
        evidence = (reading.evidence(match.start(), match.end()),)
        for billed in _billed(code, steps):
            yield Performed(
                billed,
                term.system,
                term.label,
                (),
                Decimal(1),
                doing.CERTAIN if told else 0.55,
                evidence,
                sentence.section,
            )
        return


def _steps(text: str) -> set[int]:
    """Which parts the statement says were done here: 0 hook-up, 1 analysis, 2 review."""
    found: set[int] = set()
    for clause in re.split(r"[;,]| and (?=i |we |the vendor|vendor)", text):
        others, to_come = _BY_OTHERS.search(clause), _TO_COME.search(clause)
        if _APPLIED.search(clause):
            found.add(0)
        if _ANALYSED.search(clause) and not others and not to_come:
            found.add(1)
        if _READ.search(clause) and not to_come:
            found.add(2)
    return found


def _by_days(code: str, near: str) -> tuple[str, bool]:
    """The monitor's code for the time it is worn, and whether the note tells it where the code hangs on it."""
    found = _DAYS.search(near)
    if code in ("93268", "93228"):
        return code, True
    if found is None:
        return code, code == "93224"
    number = _NUMBERS.get(found.group(1)) or int(found.group(1))
    unit = found.group(2)[0]
    hours = number * {"h": 1, "d": 24, "w": 168}[unit]
    return ("93224" if hours <= 48 else "93241" if hours <= 168 else "93245"), True


def _billed(code: str, steps: set[int]) -> Iterator[str]:
    parts = _MONITORS[code]
    if steps == {0, 1, 2} and code != "93228":
        yield code
        return
    yield from dict.fromkeys(parts[step] for step in sorted(steps))
