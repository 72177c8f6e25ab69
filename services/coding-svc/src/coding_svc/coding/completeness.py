"""Step 13c, completeness: does the list of codes leave out what the clinician took up?

A condition that assessment or plan speaks of as present, or a status or past illness with a code of its own, and that
no code of the list stands for, may be work of today that nobody would bill. The encounter is laid before a person, who
codes it or confirms that it is not of this visit. Nothing is coded from it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

from codesets.icd10cm import Release

from coding_svc.coding.history import is_chronic, personal_history
from coding_svc.coding.mentions import Mention
from coding_svc.coding.reading import Proposal, Reading
from coding_svc.coding.symptoms import explains
from coding_svc.coding.terms import STATUS
from coding_svc.coding.told_elsewhere import fuller_elsewhere
from coding_svc.domain import Assertion, CodingFinding, Reason, Section

_TAKEN_UP: Final = frozenset({Section.ASSESSMENT, Section.PLAN})
_STANDING: Final = frozenset(
    {Section.HPI, Section.CHIEF_COMPLAINT, Section.PAST_HISTORY, Section.PAST_SURGICAL, Section.UNKNOWN, *_TAKEN_UP}
)
_CONDITION: Final = re.compile(
    r"(?<!no )(?<!without )\b(?:\w{3,}(?:itis|osis|oma|pathy|emia|algia|plegia|penia|uria|ectasia|phobia)|pain|fracture"
    r"|sprain|tear|injury|infection|nodule|cyst|ulcer|syndrome|disease|disorder|failure|deficiency|cancer"
    r"|tumor|hernia|rash|stenosis|prolapse|contusion|laceration|dislocation|instability|deformity)\b"
)
"""Words by which a line names a condition, whatever it is."""
_STATUS_CODES: Final = ("Z85", "Z86.7", "Z89", "Z94", "Z95", "Z96", "I25.2")
"""Past illness and status that bear on today's care; a removed gallbladder does not."""
_KINDRED: Final = (
    ("I10", "I11", "I12", "I13", "I15", "I16", "I1A"), ("E08", "E09", "E10", "E11", "E13"), ("N18", "I12", "I13"),
    ("F01", "F02", "F03"), ("N30", "N39", "N10", "O23"), ("R03", "I10", "Z01"), ("F17", "Z72", "Z87", "Z77"),
    ("E66", "Z68"), ("K70", "K74"), ("J44", "J43", "J42", "J22"), ("K80", "K81"), ("N20", "N21"),
    ("I69", "I63", "G81", "R47"), ("E03", "E06"),
)  # fmt: skip
"""Categories that stand for each other: a combination code answers for its parts."""


def left_out(readings: Sequence[Reading], diagnoses: Sequence[Proposal], release: Release) -> list[CodingFinding]:
    """A finding for the first place in each note where something is spoken of that no code stands for."""
    answered = {category for proposal in diagnoses for category in _kindred(proposal.code[:3])}
    found: list[CodingFinding] = []
    for reading in readings:
        first = next(_open(reading, diagnoses, answered, release), None)
        first = first or next(fuller_elsewhere(reading, diagnoses, release), None)
        place = (first.start, first.end) if first else next(_unread(reading, diagnoses), None)
        if place is not None:
            found.append(_finding(place, reading))
    return found


def _unread(reading: Reading, diagnoses: Sequence[Proposal]) -> Iterator[tuple[int, int]]:
    """Problem lines that name a condition which nothing was made of: its word is not in the dictionary."""
    starts = sorted(
        item.start for proposal in diagnoses for item in proposal.evidence if item.note_id == reading.note.note_id
    )
    read = {mention.sentence.start for mention in reading.mentions}
    for sentence in reading.sentences:
        named = sentence.head and sentence.section is Section.ASSESSMENT and sentence.start not in read
        if not named or not reading.opens_line(sentence.start):
            continue
        told = _CONDITION.search(reading.lowered, sentence.start, sentence.end)
        if told and bisect_left(starts, sentence.end) == bisect_left(starts, sentence.start):
            yield told.span()


def _open(reading: Reading, diagnoses: Sequence[Proposal], answered: set[str], release: Release) -> Iterator[Mention]:
    for mention in reading.mentions:
        code = _standing(mention, release)
        if code is None or code[:3] in answered or _is_past(code, diagnoses, release):
            continue
        if not any(explains(proposal.code, code) for proposal in diagnoses):
            yield mention


def _is_past(code: str, diagnoses: Sequence[Proposal], release: Release) -> bool:
    """Whether its history is coded: the note names the cancer that is gone."""
    past = personal_history(code, release)
    return past is not None and any(proposal.code == past for proposal in diagnoses)


def _standing(mention: Mention, release: Release) -> str | None:
    """The code that the mention asks for, if it is one that has to be answered."""
    code, section = mention.code or mention.node, mention.sentence.section
    if mention.assertion is Assertion.HISTORICAL and section in _STANDING:
        past = code if mention.term.source == STATUS else personal_history(code, release)
        if past is None:
            return code if is_chronic(code) and section in _TAKEN_UP else None
        return past if past.startswith(_STATUS_CODES) else None
    if mention.assertion is not Assertion.PRESENT or mention.term.source == STATUS:
        return None
    if code.startswith(_STATUS_CODES):
        return code if section in _STANDING else None
    return code if section in _TAKEN_UP and code[0] != "Z" else None


def _kindred(category: str) -> set[str]:
    return {category, *(other for group in _KINDRED if category in group for other in group)}


def _finding(place: tuple[int, int], reading: Reading) -> CodingFinding:
    return CodingFinding(
        Reason.CONDITION_LEFT_OUT, f"note:{reading.note.note_id}:{place[0]}-{place[1]}",
        "the note takes up a condition or status that no code stands for",
        "Code it, or confirm that it is not of this visit.",
    )  # fmt: skip
