"""Step 12, procedures: what this practice did on the date, from the note's own words.

Only what is said to be done here counts: an order, a plan, a test elsewhere, a refusal give nothing. Codes
are numbers with our own labels; the patterns stand in `lexicon/procedures.tsv`. Structured service lines and
completed orders are taken over in `merging`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Final

from coding_svc.coding import doing, lexicon
from coding_svc.coding.procedure_details import (
    SITES,
    digit_elsewhere,
    digit_modifier,
    film_by_views,
    joint_modifiers,
    side_elsewhere,
    side_modifier,
    side_stretch,
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


_SIDED: Final = ("side", "film", "applied", "digit", "digit-applied")
GUIDED: Final = {"20600": "20604", "20605": "20606", "20610": "20611"}
"""Joint injections under ultrasound with a kept image; without the image a person looks."""
_OF_THE_MIDDLE: Final = ("70", "71", "72", "74")
"""Beginnings of codes of films of head, chest, spine and belly: they have no side."""
_OF_DIGITS: Final = ("20550", "20600")
"""Injections that take the finger or toe as modifier where it is named, else the side."""


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


_SHOWN: Final[dict[str, Callable[[str, int, int], bool]]] = {
    "test": doing.on_our_machine,
    "film": doing.on_our_machine,
    "screen": doing.screened,
    "applied": doing.applied,
    "digit-applied": doing.applied,
}
"""By kind: what a statement must show to tell of work done here."""
_ELSEWHERE_READ: Final = ("trigger", "injection", "minutes", "monitor")
"""Kinds that rooms of their own read: `injections`, `cardiology`, and counseling by minutes."""
FILM: Final = re.compile(r"x-?rays?|\bxrs?\b|radiographs?|films?")


def performed(reading: Reading) -> list[Performed]:
    """Services the note says were done here; each code once."""
    found: dict[str, Performed] = {}
    terms = procedure_terms()
    for at, numbers in _screens().by_stretch(reading.lowered, reading.sentence_starts):
        sentence = reading.sentences[at]
        if sentence.section in doing.SOURCES:
            for service in _in_statement(reading, sentence, [terms[number] for number in numbers]):
                found[service.code] = _surer(found.get(service.code), service)
    for service in _told_in_two(reading):
        found.setdefault(service.code, service)
    return _prefer(found)


def _told_in_two(reading: Reading) -> Iterator[Performed]:
    """Acts whose object stands in the sentence before ("Both canals full of wax. Removed with a curette.")."""
    for before, sentence in pairwise(reading.sentences):
        if before.section is not sentence.section or sentence.section not in doing.SOURCES:
            continue
        if not _WITHOUT_OBJECT.match(reading.lowered, sentence.start, sentence.end):
            continue
        first = reading.lowered[before.start : sentence.start].rstrip(" .\n")
        text = first.ljust(sentence.start - before.start, ",") + reading.lowered[sentence.start : sentence.end]
        whole, seam = before._replace(end=sentence.end), sentence.start - before.start
        for term in procedure_terms():
            match = term.pattern.search(text)
            if match is None or term.kind in (*_ELSEWHERE_READ, *_SHOWN) or not match.start() < seam < match.end():
                continue
            confidence = _confidence(term, text, match, sentence.section)
            if confidence > 0:
                yield _service(reading, whole, term, match, confidence)


_WITHOUT_OBJECT: Final = re.compile(
    r"(?:then |both |all )?(?:was |were )?(?:removed|cleared|extracted|taken out|curetted|frozen|treated|drained"
    r"|injected|aspirated|excised|avulsed|cauterized)\b"
)


def _surer(known: Performed | None, service: Performed) -> Performed:
    """The surer of two tellings; two that are sure of different sides may be two acts: a person looks."""
    if known is None or service.confidence > known.confidence:
        return service
    apart = bool(known.modifiers) and service.modifiers not in ((), known.modifiers)
    if apart and service.confidence == known.confidence:
        return replace(known, confidence=min(known.confidence, doing.LIKELY))
    return known


def _in_statement(reading: Reading, sentence: Sentence, likely: Sequence[ProcedureTerm]) -> Iterator[Performed]:
    text = reading.lowered[sentence.start : sentence.end]
    for term in likely:
        match = term.pattern.pattern.search(text)
        if match is None or term.kind in _ELSEWHERE_READ:
            continue
        if term.kind == "film" and not FILM.search(text):
            continue
        confidence = _confidence(term, text, match, sentence.section, recorded=doing.records_a_procedure(reading))
        confidence = confidence or _beside(reading, sentence, term, text, match)
        if confidence > 0:
            yield _service(reading, sentence, term, match, confidence)


def _confidence(
    term: ProcedureTerm, text: str, match: re.Match[str], section: Section, *, recorded: bool = False
) -> float:
    """0 if the statement does not say that it was done here. `recorded`: the note is the record of a procedure."""
    if doing.denied(text, *match.span()) or doing.tried_before(text, *match.span()):
        return 0
    shown = _SHOWN.get(term.kind)
    if shown is not None:
        return doing.CERTAIN if shown(text, match.start(), match.end()) else 0
    if doing.done_here(text) or section is Section.PROCEDURE or (section is not Section.HPI and doing.acted(text)):
        return doing.CERTAIN
    if term.kind == "named" and doing.reported(text, match.end()):
        return doing.LIKELY
    if term.kind not in ("lab", "named") and recorded:
        return doing.CERTAIN
    return 0 if term.kind in ("lab", "named") and not doing.acted(text) else doing.LIKELY


def _beside(reading: Reading, sentence: Sentence, term: ProcedureTerm, text: str, match: re.Match[str]) -> float:
    """A test that is said to be done takes the place from the sentence before ("… done here. Tympanometry done.")."""
    if term.kind != "test" or not doing.done_here(text) or doing.denied(text, match.start(), match.end()):
        return 0
    before = doing.sentence_before(reading, sentence)
    if before is None or before.section is not sentence.section:
        return 0
    return doing.CERTAIN if doing.on_our_machine(reading.lowered[before.start : before.end]) else 0


def _service(
    reading: Reading, sentence: Sentence, term: ProcedureTerm, match: re.Match[str], confidence: float
) -> Performed:
    start = sentence.start
    text = reading.lowered[start : sentence.end]
    code = term.code
    if term.kind == "film":
        code, told = film_by_views(term.code, text)
        confidence = confidence if told else 0.55
    evidence = (reading.evidence(start + match.start(), start + match.end()),)
    modifiers = _modifiers(reading, term, text, match) or _side_before(reading, sentence, term)
    missing = "laterality" if not modifiers and _has_side(term) else ""
    confidence, guided = min(confidence, doing.LIKELY) if missing else confidence, GUIDED.get(code)
    if guided and doing.ultrasound_guided(reading, sentence):
        code, missing = guided, missing if doing.image_kept(reading) else "image"
        confidence = min(confidence, doing.LIKELY) if missing else confidence
    return Performed(
        code, term.system, term.label, modifiers, Decimal(1), confidence, evidence, sentence.section, term.em_modifier,
        missing,
    )  # fmt: skip


def _modifiers(reading: Reading, term: ProcedureTerm, text: str, match: re.Match[str]) -> tuple[str, ...]:
    """The side or the digit, of the statement itself or of what the note tells of the same part of the body."""
    if term.kind == "joint":
        return joint_modifiers(reading.lowered, text) or _side_elsewhere(reading, term, text)
    if term.kind not in _SIDED or term.code.startswith(_OF_THE_MIDDLE):
        return ()
    own = side_modifier(side_stretch(text, match.start(), match.end())) or side_modifier(text)
    if term.kind in ("digit", "digit-applied") or term.code in _OF_DIGITS:
        digit = digit_modifier(text) or digit_elsewhere(reading.lowered, text)
        if digit or term.kind == "digit":
            return digit
    return own or _side_elsewhere(reading, term, text)


def _side_elsewhere(reading: Reading, term: ProcedureTerm, text: str) -> tuple[str, ...]:
    """The side of the part of the body in the whole note; where that names both, the one of the assessment."""
    assessed = "\n".join(reading.lowered[part.body : part.end] for part in reading.of(Section.ASSESSMENT))
    return side_elsewhere(reading.lowered, term.code, text) or side_elsewhere(assessed, term.code, text)


def _has_side(term: ProcedureTerm) -> bool:
    """Whether the code stands with a side or digit."""
    return term.kind in (*_SIDED, "joint") and not term.code.startswith(_OF_THE_MIDDLE)


def _side_before(reading: Reading, sentence: Sentence, term: ProcedureTerm) -> tuple[str, ...]:
    """The side that one of two statements before tells without a part of the body ("tender on the right")."""
    if not _has_side(term) or term.kind == "digit":
        return ()
    first = doing.sentence_before(reading, sentence)
    for before in (first, doing.sentence_before(reading, first) if first else None):
        if before is None or before.section is not sentence.section:
            return ()
        text = reading.lowered[before.start : before.end]
        if told := side_modifier(text):
            return told if told in (("RT",), ("LT",)) and not SITES.search(text) else ()
    return ()


@lru_cache(maxsize=1)
def _fuller() -> tuple[tuple[str, str], ...]:
    return tuple((fuller, plain) for fuller, plain in lexicon.rows("fuller_codes.tsv"))


@lru_cache(maxsize=1)
def _joined() -> tuple[tuple[str, list[str]], ...]:
    return tuple((together, parts.split()) for together, parts in lexicon.rows("joined_codes.tsv"))


@lru_cache(maxsize=1)
def _labels() -> dict[str, str]:
    return {term.code: term.label for term in procedure_terms()}


def _prefer(found: dict[str, Performed]) -> list[Performed]:
    """Acts of one session that have a code together take it; of codes for the same act the fuller one stays."""
    for together, parts in _joined():
        if together not in found and all(part in found for part in parts):
            taken = [found.pop(part) for part in parts]
            sure = min(service.confidence for service in taken)
            found[together] = replace(taken[0], code=together, label=_labels()[together], confidence=sure)
    for fuller, plain in _fuller():
        if fuller in found:
            found.pop(plain, None)
    return list(found.values())
