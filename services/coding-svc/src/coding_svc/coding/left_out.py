"""Acts that the note tells as done here and that no line stands for: a person names the service.

What is told with the words of an operation ("was removed", "excised", "drained") under no line of the visit is a
service that these rooms cannot name, or one that they missed. Nothing is coded from it; the encounter waits. What
belongs to care after an operation (stitches, dressings, drains taken off) and what is never billed is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from coding_svc.coding import doing, em
from coding_svc.coding.injections import AMOUNT, NOT_GIVEN
from coding_svc.coding.procedures import Performed
from coding_svc.coding.reading import Reading
from coding_svc.coding.screened import Screened
from coding_svc.domain import ClinicalEncounter, CodingFinding, Reason, Section

_ACT: Final = Screened(
    r"\b(?:was|were) (?:then |easily |successfully |gently |each |also |both )?(?:removed|excised|incised"
    r"|drained|biopsied|cauterized|debrided|pared|avulsed|aspirated|injected|infused|frozen|curetted|shaved|snipped|destroyed|extracted"
    r"|inserted|sutured|repaired|lanced|evacuated|ligated|banded|dilated|catheterized|ablated|lasered|unroofed|packed)\b"
    r"|\b(?:removed|extracted|retrieved|drained|excised|incised|lanced|debrided|cauterized) (?:with|using|via) "
    r"|\b(?:ln2|liquid nitrogen|cryotherapy) (?:was )?(?:applied )?to\b"
    r"|\bsharp(?:ly)? debrid(?:ed|ement)\b"
    r"|\btime[- ]?out (?:was )?(?:performed|done|called|taken)"
    r"|\bi (?:then )?(?:removed|excised|incised|drained|biopsied|cauterized|debrided|aspirated|injected|froze"
    r"|extracted|lanced|evacuated|unroofed)\b"
)
_NO_SERVICE: Final = re.compile(
    r"sutur|stitch|stapl|dressing|bandage|gauze|packing|splint|\bcast\b|brace|steri|\btape|clothes|clothing|shoe|jewel"
    r"|\biv\b|catheter|drain was|\bdrain removed|mask|tubes? (?:was|were)|glasses|contact lens"
    r"|hearing aid|from (?:the |her |his )?(?:\w+ )?(?:list|chart)|debris|mucus|discharge was|hair|cleaned"
    r"|wiped|wick"
)
_BEFORE_TODAY: Final = re.compile(
    r"\b(?:ago|last|prior|previous\w*|history|since|in (?:19|20)\d\d|years?|months?|weeks?|yesterday|born|surg\w+)\b"
    r"|\b(?:by|at|with) (?:the |a |an |her |his |dr\.? )?(?:\w+ )?(?:surgeon|hospital|specialist|ent|er\b|ed\b|dentist"
    r"|dermatolog\w+|ortho\w*|podiatr\w+|urolog\w+|gastroenter\w+|gyn\w*)"
)
_SHOT: Final = Screened(
    rf"{AMOUNT}[^.;\n]{{0,40}}\b(?:im|intramuscular\w*|subcut\w*|subq|ivp|iv push)\b[^.;\n]{{0,40}}"
    r"\b(?:given|administered|injected)\b"
    rf"|\b(?:given|administered|injected)\b[^.;\n]{{0,40}}{AMOUNT}[^.;\n]{{0,40}}"
    r"\b(?:im|intramuscular\w*|subcut\w*|subq|ivp|iv push)\b"
)
"""A drug with its dose that was given by a needle."""
_TESTED: Final = Screened(
    r"\b(?:x-?rays?|xrs?|radiographs?|audiogra\w+|audiometry|tympanogra\w+|tympanometry|spirometry|ekg|ecg"
    r"|ultrasound)\b[^.;\n]{0,60}\b(?:(?:here|in (?:the |our |this )?(?:clinic|office))(?! (?:last|on|in)\b)"
    r"|(?:read|interpreted|taken) by me|my (?:own )?(?:read|interpretation))\b"
    r"|\b(?:audiogra\w+|audiometry|tympanogra\w+|tympanometry|spirometry|ekg|ecg) (?:was )?(?:\w+ )?today\b"
    r"|\bin-?(?:office|house) (?:\w+ ){0,3}(?:x-?rays?|xrs?|radiographs?|audiogra\w+|audiometry|tympanogra\w+"
    r"|spirometry|ekg|ecg|ultrasound)\b"
)
"""A film, a hearing test, a tracing that was taken here; a film "of today" may be another's."""
_OF_TESTS: Final = ("7", "92", "93", "94")
"""Beginnings of the codes of films and tests with instruments."""
_NOT_TAKEN: Final = re.compile(
    r"\b(?:order\w*|needs?|will|declin\w+|defer\w*|consider\w*|not|no need|outside|hospital|urgent care"
    r"|review(?:ed)? (?:today|by me)"
    r"|review\w* (?:the |her |his )?(?:outside|images?|films?|report))\b"
)
_DRUGS: Final = ("J", "Q", "90", "91")
"""Beginnings of the codes of drugs and vaccines."""
_TOLD_IN: Final = (Section.PROCEDURE, Section.PLAN, Section.EXAM, Section.UNKNOWN, Section.ASSESSMENT)
_FROM: Final = 2
"""Sentences on either side of a line's evidence that tell of the same act."""


def left_out(
    encounter: ClinicalEncounter, readings: Sequence[Reading], services: Sequence[Performed]
) -> list[CodingFinding]:
    """A finding for the first act of each note that no line stands for."""
    if any(line.code not in em.OFFICE_CODES for line in encounter.service_lines):
        return []  # the charge sheet names the services; it may name the act by a code that no room knows
    found = (next(_open(reading, services), None) for reading in readings)
    return [finding for finding in found if finding is not None]


def _open(reading: Reading, services: Sequence[Performed]) -> Iterator[CodingFinding]:
    if _ACT.might(reading.lowered):
        yield from _acts(reading, _answered(reading, services))
    if _SHOT.might(reading.lowered):
        yield from _shots(reading, [service for service in services if service.code.startswith(_DRUGS)])
    if _TESTED.might(reading.lowered) and not any(service.code.startswith(_OF_TESTS) for service in services):
        yield from _tests(reading)


def _acts(reading: Reading, answered: set[int]) -> Iterator[CodingFinding]:
    for number, sentence in enumerate(reading.sentences):
        if sentence.section not in _TOLD_IN or number in answered:
            continue
        match = _ACT.search(reading.lowered, sentence.start, sentence.end)
        text = reading.lowered[sentence.start : sentence.end]
        if match is None or _NO_SERVICE.search(text) or _BEFORE_TODAY.search(text):
            continue
        if doing.was_done(reading, sentence, match.start(), match.end()):
            yield _finding(reading, match)


def _shots(reading: Reading, drugs: Sequence[Performed]) -> Iterator[CodingFinding]:
    """Doses given by a needle in statements without any drug that a line bills."""
    billed = [span.start for service in drugs for span in service.evidence if span.note_id == reading.note.note_id]
    for match in _SHOT.finditer(reading.lowered):
        sentence = doing.sentence_at(reading, match.start())
        if sentence is None or sentence.section not in _TOLD_IN:
            continue
        text = reading.lowered[sentence.start : sentence.end]
        if any(sentence.start <= at < sentence.end for at in billed) or NOT_GIVEN.search(text):
            continue
        if not _BEFORE_TODAY.search(text) and doing.was_done(reading, sentence, match.start(), match.end()):
            yield _finding(reading, match)


def _tests(reading: Reading) -> Iterator[CodingFinding]:
    """Films and tests taken here, in a note of which no line bills any."""
    for sentence in reading.sentences:
        match = _TESTED.search(reading.lowered, sentence.start, sentence.end)
        if match is None or _NOT_TAKEN.search(reading.lowered, sentence.start, sentence.end):
            continue
        if doing.was_done(reading, sentence, match.start(), match.end()):
            yield _finding(reading, match)


def _answered(reading: Reading, services: Sequence[Performed]) -> set[int]:
    """Numbers of the sentences that a service's evidence lies in or near: an act is told in several."""
    places = [
        span.start
        for service in services
        for span in service.evidence
        if span.note_id == reading.note.note_id and service.section is not Section.STRUCTURED
    ]
    numbers = [at for at, sentence in enumerate(reading.sentences)
               if any(sentence.start <= place < sentence.end for place in places)]  # fmt: skip
    return {near for at in numbers for near in range(at - _FROM, at + _FROM + 1)}


def _finding(reading: Reading, match: re.Match[str]) -> CodingFinding:
    return CodingFinding(
        Reason.SERVICE_LEFT_OUT, f"note:{reading.note.note_id}:{match.start()}-{match.end()}",
        "the note tells of an act that no service line stands for",
        "Choose its code, or confirm that it is not billed.", subject="service_left_out",
    )  # fmt: skip
