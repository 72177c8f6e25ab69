"""What was left of a single-dose vial: JW on a line of its own for the units thrown away, JZ where nothing was.

Medicare asks for one of the two with a drug of a single-dose container: where the note names one and says nothing of
waste, the clinician is asked. Vials for several doses take neither. (Claims Manual, chapter 17, section 40.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from coding_svc.coding.injections import AMOUNT, units_of
from coding_svc.coding.procedures import Performed
from coding_svc.coding.reading import Reading

_AWAY: Final = r"(?:discarded|wasted|thrown away)"
_DISCARDED: Final = re.compile(
    rf"{AMOUNT}[^.;\n]{{0,25}}\b{_AWAY}|(?:{_AWAY}|wastage|waste):? (?:was |of )?(?:the remaining )?{AMOUNT}"
)
_NOTHING: Final = re.compile(
    rf"\b(?:no|nothing|none|zero)\b[^.;\n]{{0,20}}(?:{_AWAY}|waste|wastage)"
    r"|(?:entire|whole|full) (?:vial|syringe|contents)"
)
_SINGLE_DOSE: Final = re.compile(r"single[- ](?:dose|use)|\bsdv\b|prefilled syringe")
_MULTI_DOSE: Final = re.compile(r"multi-?(?:ple)?[- ]?dose|\bmdv\b")
_REACH: Final = 160
"""Code points after the dose within which its vial is told of."""


def with_waste(reading: Reading, services: Sequence[Performed]) -> list[Performed]:
    """The services, drugs of single-dose vials with JZ, or with a JW line beside them."""
    return [line for service in services for line in _of_drug(reading, service, services)]


def _of_drug(reading: Reading, service: Performed, services: Sequence[Performed]) -> Iterator[Performed]:
    if not service.code.startswith("J") or not service.evidence:
        yield service
        return
    text = _about(reading, service, services)
    thrown = _DISCARDED.search(text)
    units = units_of(service.code, thrown) if thrown else None
    if _MULTI_DOSE.search(text):
        yield service
    elif thrown and units and not _NOTHING.search(text):
        yield service
        start = service.evidence[0].end + thrown.start()
        span = (reading.evidence(start, start + len(thrown.group())),)
        yield replace(service, modifiers=("JW",), units=units, evidence=span)
    elif _SINGLE_DOSE.search(text) and _NOTHING.search(text):
        yield replace(service, modifiers=("JZ",))
    elif _SINGLE_DOSE.search(text):
        yield replace(service, missing="waste")
    else:
        yield service


def _about(reading: Reading, service: Performed, services: Sequence[Performed]) -> str:
    """What follows the dose, up to the next drug's."""
    end = service.evidence[0].end
    others = [
        other.evidence[0].start
        for other in services
        if other.code.startswith("J") and other.evidence and other.evidence[0].start > end
    ]
    return reading.lowered[end : min([end + _REACH, *others])]
