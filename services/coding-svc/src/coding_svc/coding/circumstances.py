"""Step 12g, circumstances: modifiers that the note's own words ask for.

More or less work than usual (22, 52, 53), two surgeons and assistants (62, 80, 82, AS), notices of non-coverage
(GA, GX, GY, GZ), teaching (GC, GE), split or shared visits (FS). Only what is documented: not what is denied, planned
or told of another day. 51 is never added: where a payer wants it, that is payer data. The words stand
in `lexicon/circumstances.tsv`. (CPT appendix A; Medicare Claims Processing Manual, chapters 12, 20 and 30.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import Final

from coding_svc.coding import doing, global_period, lexicon
from coding_svc.coding.reading import Reading
from coding_svc.coding.screened import Screened, Screens
from coding_svc.coding.sentences import Sentence
from coding_svc.coding.services import EM_CODES, Services
from coding_svc.domain import CodingFinding, ProcedureAssignment, Reason

_FIRST: Final = frozenset(("22", "52", "53", "62", "80", "82", "AS", "FS"))
"""Modifiers that decide payment go before the others."""
_DOUBTED: Final = frozenset(("22", "52", "53", "62"))
"""Their payment hangs on a report that goes with the claim: a person looks."""
DOUBT: Final = 0.75
_FACILITY: Final = frozenset(("19", "21", "22", "23", "24", "26", "31", "34", "51", "52", "61"))
"""Places of service of a facility: only there visits are split or shared (42 CFR 415.140)."""
_PRIMARY_CARE: Final = frozenset(("99202", "99203", "99211", "99212", "99213", "G0402", "G0438", "G0439"))
"""Visits that the primary care exception allows a resident alone (Claims Manual, chapter 12, 100.1.1)."""

_UNTRUE_BEFORE: Final = re.compile(
    r"\b(?:no|not|never|without|denies|declin\w+|refus\w+|if|unless|will|would|may|might|could|should|plan\w*|schedul\w+"
    r"|last|previous\w*|prior|history of|earlier|years? ago|months? ago|in (?:19|20)\d\d)\b"
)
_UNTRUE_AFTER: Final = re.compile(
    r"[^.\n]{0,40}\b(?:not (?:needed|required|necessary|signed|applicable|performed)|declin\w+|refus\w+|ago\b"
    r"|last (?:year|month|week|visit)|in (?:19|20)\d\d|previous\w*|next (?:visit|week|month)|n/a)"
)
_REASON: Final = re.compile(
    r"\b(?:because|due to|owing to|since|given|from|secondary to|caused by)\b|scar|adhes|obes|\bbmi\b|bleed|embedded"
    r"|retract|anomal|inflam|distort|friab|calcif|fibro|radiat"
)
_NO_RESIDENT: Final = re.compile(r"no (?:qualified )?residents? (?:was |were )?available|no qualified resident")
_NO_PHYSICIAN: Final = re.compile(r"\bpa-?c\b|physician assistant|nurse practitioner|\b(?:np|fnp|rnfa|cns|aprn)\b")
_OF_PROCEDURE: Final = re.compile(r"\bpresent\b|procedure|operation|biopsy|key|critical")
_TEACHES: Final = re.compile(r"\b(?:residents?|fellow|attending|teaching physician|faculty)\b")
_BY_RESIDENT: Final = Screened(
    r"(?:performed|done|injected|removed|repaired|excised|inserted|drained|taken) by (?:the |a |our |dr\.? [\w.]+,? )?"
    r"(?:\w+ )?resident|resident (?:physician )?(?:performed|did the|carried out|removed|injected|repaired)"
)
_INCIDENT: Final = Screened(
    r"incident[- ]to (?:services?|dr|the (?:care|plan|services?)|billing|physician)|billed incident[- ]to"
)
_NEW_PROBLEM: Final = Screened(r"new (?:problem|complaint|condition|symptoms?)\b|new patient")


@dataclass(frozen=True, slots=True)
class Circumstance:
    """One line of the lexicon. `of`: what the modifier may stand on; `payer`: "medicare" or empty for all."""

    modifier: str
    of: str
    payer: str
    pattern: Screened


@lru_cache(maxsize=1)
def circumstances() -> tuple[Circumstance, ...]:
    """The lexicon, in order."""
    return tuple(
        Circumstance(modifier, of, payer, Screened(pattern))
        for modifier, of, payer, pattern in lexicon.rows("circumstances.tsv")
    )


@lru_cache(maxsize=1)
def _screens() -> Screens:
    return Screens([circumstance.pattern for circumstance in circumstances()])


def apply(services: Services) -> None:
    """Put the documented modifiers on the visit and the lines."""
    medicare = services.encounter.payer_rules.medicare
    for reading in services.readings:
        for number in _screens().likely(reading.lowered):
            circumstance = circumstances()[number]
            if circumstance.payer and not medicare:
                continue
            stated = _stated(circumstance, reading)
            for match, sentence in stated if circumstance.of == "teaching" else islice(stated, 1):
                _add(circumstance, reading, match, sentence, services)
        _taught(reading, services)
        _incident_to(reading, services)


def _stated(circumstance: Circumstance, reading: Reading) -> Iterator[tuple[re.Match[str], Sentence]]:
    """Statements of the circumstance that hold today."""
    for match in circumstance.pattern.finditer(reading.lowered):
        sentence = doing.sentence_at(reading, match.start())
        if sentence is not None and _true(circumstance, reading, sentence, match):
            yield match, sentence


def _true(circumstance: Circumstance, reading: Reading, sentence: Sentence, match: re.Match[str]) -> bool:
    text = reading.lowered
    first = doing.clause(text[sentence.start : sentence.end], match.start() - sentence.start, 0)[0] + sentence.start
    own_no = circumstance.modifier == "GZ"
    denied_until = match.end() if circumstance.modifier == "GA" else match.start()
    if not own_no and _UNTRUE_BEFORE.search(text, first, denied_until):
        return False
    if not own_no and _UNTRUE_AFTER.match(text, match.end(), sentence.end):
        return False
    if circumstance.modifier == "22":
        return (
            _REASON.search(text, sentence.start, min(reading.part_at(match.start()).end, sentence.end + 160))
            is not None
        )
    return circumstance.modifier != "GA" or "voluntary" not in text[sentence.start : match.end()]


def _add(
    circumstance: Circumstance, reading: Reading, match: re.Match[str], sentence: Sentence, services: Services
) -> None:
    text = reading.lowered
    modifier = circumstance.modifier
    if circumstance.of == "visit":
        _on_visit(modifier, services)
        return
    if circumstance.of == "teaching":
        if _TEACHES.search(text):
            _teaching(text[sentence.start : sentence.end], services)
        return
    if modifier == "80":
        modifier = _assistant(text)
    fitting = _FITS[circumstance.of]
    lines = [line for line in services.lines if fitting(line, services)]
    for line in lines if modifier in ("80", "82", "AS", "62") else _meant(lines, reading, match, sentence):
        services.add_modifier(line.code, modifier, first=modifier in _FIRST)
        if modifier in _DOUBTED:
            _doubt(line.code, services)


def _assistant(text: str) -> str:
    """AS for those who are no physicians, 82 where no resident was to be had, else 80."""
    if _NO_PHYSICIAN.search(text):
        return "AS"
    return "82" if _NO_RESIDENT.search(text) else "80"


def _doubt(code: str, services: Services) -> None:
    services.lines = [
        replace(line, confidence=min(line.confidence, DOUBT), auto=False) if line.code == code else line
        for line in services.lines
    ]


def _meant(
    lines: Sequence[ProcedureAssignment], reading: Reading, match: re.Match[str], sentence: Sentence
) -> Sequence[ProcedureAssignment]:
    """The procedure that a statement is about: of its own sentence, else the last one before it, else the only one."""
    own = [line for line in lines if any(sentence.start <= at < sentence.end for at in _places(line, reading))]
    if own:
        return own
    before = [(max(at for at in _places(line, reading) if at < match.start()), line)
              for line in lines if any(at < match.start() for at in _places(line, reading))]  # fmt: skip
    if before:
        return [max(before, key=lambda pair: pair[0])[1]]
    return lines if len(lines) == 1 else ()


def _places(line: ProcedureAssignment, reading: Reading) -> list[int]:
    return [span.start for span in line.evidence if span.note_id == reading.note.note_id]


def _operation(line: ProcedureAssignment, services: Services) -> bool:
    return line.code not in EM_CODES and global_period.is_operation(line, services)


def _reducible(line: ProcedureAssignment, services: Services) -> bool:
    return _operation(line, services) or line.code.startswith(("92", "93", "94", "76"))


def _any(line: ProcedureAssignment, services: Services) -> bool:
    return line.code not in EM_CODES


_FITS: Final[dict[str, Callable[[ProcedureAssignment, Services], bool]]] = {
    "operation": _operation,
    "reducible": _reducible,
    "any": _any,
}


def _on_visit(modifier: str, services: Services) -> None:
    codes = [code for code in services.codes() if code in EM_CODES]
    if modifier == "FS" and services.encounter.place_of_service not in _FACILITY:
        return
    for code in codes:
        if modifier != "GE" or code in _PRIMARY_CARE:
            services.add_modifier(code, modifier, first=modifier in _FIRST)


def _teaching(sentence: str, services: Services) -> None:
    """GC on the operations where the teacher was present for them; on the visit where he saw the patient."""
    operations = [line.code for line in services.lines if _operation(line, services)]
    for code in (
        operations if _OF_PROCEDURE.search(sentence) else [code for code in services.codes() if code in EM_CODES]
    ):
        services.add_modifier(code, "GC", first=False)


def _taught(reading: Reading, services: Services) -> None:
    """What a resident did without a statement that the teacher was present is not billed unseen."""
    match = _BY_RESIDENT.search(reading.lowered)
    operations = [line for line in services.lines if _operation(line, services)]
    if match is None or not operations or any("GC" in line.modifiers for line in operations):
        return
    services.findings.append(
        CodingFinding(
            Reason.MISSING_FACT,
            f"note:{reading.note.note_id}:{match.start()}-{match.end()}",
            "a resident did the procedure; that the teaching physician was present is not documented",
            "Ask the teaching physician to state the presence, if there was one.",
            subject="missing_fact:teaching_presence",
        )
    )


def _incident_to(reading: Reading, services: Services) -> None:
    """Incident-to is for an established plan of care in the office, not for what is new (42 CFR 410.26)."""
    match = _INCIDENT.search(reading.lowered)
    if match is None or _UNTRUE_BEFORE.search(reading.lowered, max(0, match.start() - 25), match.start()):
        return
    place = services.encounter.place_of_service in _FACILITY
    fresh = services.encounter.new_patient is True or _NEW_PROBLEM.search(reading.lowered) is not None
    if not place and not fresh:
        return
    why = "in a facility" if place else "for a new patient or problem"
    services.findings.append(
        CodingFinding(
            Reason.CONFLICT,
            f"note:{reading.note.note_id}:{match.start()}-{match.end()}",
            f"incident-to is stated {why}, where it does not apply",
            "Bill under the one who saw the patient, or correct the statement.",
            subject="conflict:incident_to",
        )
    )
