"""Step 12, procedures: what this practice did on the date, from the note's own words.

Only what is said to be done here counts: an order, a plan, a test elsewhere, a refusal give nothing. Codes
are numbers with our own labels; the patterns stand in `lexicon/procedures.tsv`. Structured service lines and
completed orders are taken over in `merging`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Final

from coding_svc.coding import doing, lexicon
from coding_svc.coding.procedure_details import (
    digit_modifier,
    film_by_views,
    joint_modifiers,
    lesion_count,
    side_modifier,
)
from coding_svc.coding.reading import Reading
from coding_svc.coding.screened import Screened, Screens
from coding_svc.coding.sentences import Sentence
from coding_svc.domain import CodeSystem, Evidence, Section


@dataclass(frozen=True, slots=True)
class ProcedureTerm:
    """One line of the lexicon. `em_modifier`: 25 if an E/M beside it needs it (NCCI pair)."""

    code: str
    system: CodeSystem
    label: str
    em_modifier: str
    kind: str
    pattern: Screened


@dataclass(frozen=True, slots=True)
class Performed:
    """A service that was done here, before it is pointed to diagnoses."""

    code: str
    system: CodeSystem
    label: str
    modifiers: tuple[str, ...]
    units: Decimal
    confidence: float
    evidence: tuple[Evidence, ...]
    section: Section
    em_modifier: str = ""
    missing: str = ""
    """Name of a fact without which the code cannot be told, e.g. `wound_length`."""


_OF_DIGITS: Final = ("20550", "20600")
"""Injections that take the finger or toe as modifier where it is named, else the side."""
_FURTHER_BIOPSIES: Final = {"11102": "11103", "11104": "11105", "11106": "11107"}
_BIOPSY: Final = {"11102": "(?:shave|tangential)", "11104": "punch", "11106": "incisional"}
_COUNTS: Final = {"two": 2, "second": 2, "three": 3, "third": 3, "four": 4, "fourth": 4, "five": 5, "fifth": 5}


@lru_cache(maxsize=1)
def procedure_terms() -> tuple[ProcedureTerm, ...]:
    """The lexicon, in order."""
    return tuple(
        ProcedureTerm(code, CodeSystem(system), label, beside, kind, Screened(pattern))
        for code, system, label, beside, kind, pattern in lexicon.rows("procedures.tsv")
    )


@lru_cache(maxsize=1)
def _screens() -> Screens:
    return Screens([term.pattern for term in procedure_terms()])


FILM: Final = re.compile(r"x-?rays?|radiographs?|films?")


def performed(reading: Reading) -> list[Performed]:
    """Services the note says were done here; each code once."""
    found: dict[str, Performed] = {}
    terms = procedure_terms()
    for at, numbers in _screens().by_stretch(reading.lowered, reading.sentence_starts):
        sentence = reading.sentences[at]
        if sentence.section in doing.SOURCES:
            for service in _in_statement(reading, sentence, [terms[number] for number in numbers]):
                known = found.get(service.code)
                if known is None or service.confidence > known.confidence:
                    found[service.code] = service
    return _prefer(found)


def _in_statement(reading: Reading, sentence: Sentence, likely: Sequence[ProcedureTerm]) -> Iterator[Performed]:
    text = reading.lowered[sentence.start : sentence.end]
    for term in likely:
        match = term.pattern.pattern.search(text)
        if match is None or term.kind in ("trigger", "injection", "minutes"):
            continue
        if term.kind == "film" and not FILM.search(text):
            continue
        confidence = _confidence(term, text, match, sentence.section)
        if confidence > 0:
            yield _service(reading, sentence, term, match, confidence)


def _confidence(term: ProcedureTerm, text: str, match: re.Match[str], section: Section) -> float:
    """0 if the statement does not say that it was done here."""
    if doing.denied(text, match.start(), match.end()):
        return 0
    if term.kind in ("test", "film"):
        return doing.CERTAIN if doing.on_our_machine(text) else 0
    if doing.done_here(text) or section is Section.PROCEDURE:
        return doing.CERTAIN
    return 0 if term.kind == "lab" else doing.LIKELY


def _service(
    reading: Reading, sentence: Sentence, term: ProcedureTerm, match: re.Match[str], confidence: float
) -> Performed:
    start = sentence.start
    text = reading.lowered[start : sentence.end]
    modifiers: tuple[str, ...] = ()
    code, units = term.code, Decimal(1)
    if term.kind in ("side", "film"):
        modifiers = (term.code in _OF_DIGITS and digit_modifier(text)) or side_modifier(text)
    if term.kind == "film":
        code, told = film_by_views(term.code, text)
        confidence = confidence if told else 0.55
    elif term.kind == "joint":
        modifiers = joint_modifiers(reading.lowered, text)
    elif term.kind == "digit":
        modifiers = digit_modifier(text)
    evidence = (reading.evidence(start + match.start(), start + match.end()),)
    return Performed(
        code, term.system, term.label, modifiers, units, confidence, evidence, sentence.section, term.em_modifier
    )


def _prefer(found: dict[str, Performed]) -> list[Performed]:
    """Of codes that describe the same act, the fuller one stays; more lesions add their own line."""
    for fuller, plain in (
        ("94060", "94010"),
        ("10061", "10060"),
        ("11983", "11981"),
        ("11983", "11982"),
        ("57454", "57452"),
        ("11750", "11730"),
        ("69210", "69209"),
        ("81003", "81002"),
        ("92552", "92551"),
        ("20605", "20600"),
        ("20610", "20605"),
        ("20610", "20600"),
    ):
        if fuller in found:
            found.pop(plain, None)
    return list(found.values())


def further_biopsies(reading: Reading, services: Sequence[Performed]) -> list[Performed]:
    """Each skin biopsy of a technique beyond its first, where the note counts them ("two", "second")."""
    found = list(services)
    for service in services:
        more = _FURTHER_BIOPSIES.get(service.code)
        if more is None:
            continue
        counted = re.findall(rf"\b({'|'.join(_COUNTS)}) (?:\w+ )?{_BIOPSY[service.code]} biops", reading.lowered)
        count = max((_COUNTS[word] for word in counted), default=1)
        if count > 1:
            units = Decimal(count - 1)
            found.append(replace(service, code=more, label="further skin biopsies, each", units=units, em_modifier=""))
    return found


def further_lesions(reading: Reading, services: Sequence[Performed]) -> list[Performed]:
    """17003 per premalignant lesion from the second to the fourteenth (17004 from fifteen)."""
    first = next((service for service in services if service.code == "17000"), None)
    count = lesion_count(reading.lowered, "actinic keratos") if first else None
    if first is None or count is None or count < 2:
        return list(services)
    if count >= 15:
        many = Performed(
            "17004", first.system, "fifteen or more premalignant lesions destroyed", (), Decimal(1), first.confidence,
            first.evidence, first.section, "25",
        )  # fmt: skip
        return [many if service is first else service for service in services]
    more = Performed(
        "17003", first.system, "further premalignant lesions destroyed, each", (), Decimal(count - 1), first.confidence,
        first.evidence, first.section,
    )  # fmt: skip
    return [*services, more]
