"""Repeated services of one day: 91 on a test for a new result, 76 on another service, 77 by another physician.

A test that is run again because a specimen or a device failed, or to confirm a result, is no repeat. "Repeat" alone
may look back to another day: here the first performance must be told as well, or a count ("x2"). (CPT appendix A.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from coding_svc.coding import doing
from coding_svc.coding.procedures import FILM, Performed, ProcedureTerm, procedure_terms
from coding_svc.coding.reading import Reading
from coding_svc.coding.screened import Screened

MODIFIERS: Final = frozenset(("76", "77", "91"))
_ANY: Final = Screened(
    r"repeat|second|third|another|again|twice|times|\bx ?[234]\b|two|three|back[- ]to[- ]back|\b2nd\b"
)
_AGAIN_BEFORE: Final = re.compile(r"\b(?:repeat(?:ed)?|second|third|another|2nd|3rd)\b[^.;\n]{0,25}$")
_AGAIN_AFTER: Final = re.compile(r"[^.;\n]{0,25}\b(?:repeated|again|rechecked)\b")
_COUNT_AFTER: Final = re.compile(
    r"[^.;\n]{0,20}(?:\bx ?([234])\b|\b(twice|two times|three times|back[- ]to[- ]back)\b)"
)
_COUNT_BEFORE: Final = re.compile(r"\b(two|three|2|3)\b(?: \w+){0,2} ?$")
_COUNTS: Final = {"two": 2, "three": 3, "twice": 2, "two times": 2, "three times": 3}
_NO_REPEAT: Final = re.compile(
    r"h[ae]molyz|clotted|contaminat|\berror|malfunction|quality control|\bqc\b|invalid|inadequate|insufficient"
    r"|to (?:confirm|verify)|confirmatory|artifact|misplaced|poor tracing"
)
_OTHER_DAY: Final = re.compile(
    r"\bin \d+ (?:days?|weeks?|months?)|next (?:visit|week|month)|tomorrow|at follow|last |ago\b"
)
_ANOTHER_PHYSICIAN: Final = re.compile(
    r"\bby (?:another|a second|a different|the other) (?:physician|doctor|provider)"
    r"|\bby (?:my (?:partner|colleague),? )?dr"
)
_REPEATED: Final = re.compile(r"7[0-9]{4}|8[0-9]{4}|93\d{3}|946\d\d|940\d\d")
"""Services that can be repeated on a day: films, tests, tracings, treatments."""


def repeats(reading: Reading, services: Sequence[Performed]) -> list[Performed]:
    """Lines of their own for what was done again on the day."""
    if not _ANY.might(reading.lowered):
        return []
    found: list[Performed] = []
    for service in services:
        if _REPEATED.fullmatch(service.code):
            term = next((term for term in procedure_terms() if _same(term, service)), None)
            times, modifier = _times(reading, term) if term else (0, "")
            if times:
                units = Decimal(times)
                found.append(replace(service, modifiers=(modifier, *service.modifiers), units=units, em_modifier=""))
    return found


def _same(term: ProcedureTerm, service: Performed) -> bool:
    return term.label == service.label


def _times(reading: Reading, term: ProcedureTerm) -> tuple[int, str]:
    """How often the service was done again, and the modifier of that; 0 for not at all."""
    first, again, other = 0, 0, False
    for text, match in _statements(reading, term):
        if _NO_REPEAT.search(text):
            return 0, ""
        counted = _counted(text, match)
        if _AGAIN_BEFORE.search(text, 0, match.start()) or _AGAIN_AFTER.match(text, match.end()):
            again += 0 if _OTHER_DAY.search(text) else 1
            other = other or _ANOTHER_PHYSICIAN.search(text) is not None
        elif counted > 1:
            again, first = max(again, counted - 1), 1
        else:
            first = 1
    if not first or not again:
        return 0, ""
    return again, "91" if term.code.startswith("8") else "77" if other else "76"


def _statements(reading: Reading, term: ProcedureTerm) -> Iterator[tuple[str, re.Match[str]]]:
    """Sentences that tell of the service, in lower case; those that deny it are left out."""
    for sentence in reading.sentences:
        if sentence.section not in doing.SOURCES:
            continue
        text = reading.lowered[sentence.start : sentence.end]
        if not _told(text) or (term.kind == "film" and not FILM.search(text)):
            continue
        for match in term.pattern.pattern.finditer(text):
            if not doing.denied(text, match.start(), match.end()):
                yield text, match


def _told(text: str) -> bool:
    """Whether the statement names a doing or a result."""
    return doing.done_here(text) or doing.on_our_machine(text) or re.search(r"\d", text) is not None


def _counted(text: str, match: re.Match[str]) -> int:
    found = _COUNT_AFTER.match(text, match.end())
    if found is not None:
        return int(found.group(1)) if found.group(1) else _COUNTS.get(found.group(2), 2)
    before = _COUNT_BEFORE.search(text[: match.start()])
    return 0 if before is None else int(before.group(1)) if before.group(1).isdigit() else _COUNTS[before.group(1)]
