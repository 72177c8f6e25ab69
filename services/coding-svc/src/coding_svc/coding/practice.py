"""The practice's own lexicon: words that its coders said are a code, or are not.

Like every other lexicon it is data with a version; how it comes about is in `coding_svc.learning`.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from codesets.icd10cm import Release

from coding_svc.coding.assertion import assert_mention, find_cues
from coding_svc.coding.reading import Proposal, Reading
from coding_svc.coding.sentences import Sentence
from coding_svc.domain import Assertion, Section

Effect = Literal["means", "not"]
"""`means`: these words, where an assessment names them as present, are this code. `not`: they are not this code."""
_BLANKS: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, order=True)
class Lesson:
    """Words and what they are, or are not."""

    term: str
    code: str
    effect: Effect


@dataclass(frozen=True, slots=True)
class PracticeLexicon:
    """A practice's lexicon at one version; 0 is the empty one."""

    version: int = 0
    lessons: frozenset[Lesson] = frozenset()
    meanings: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        found = {lesson.term: lesson.code for lesson in sorted(self.lessons) if lesson.effect == "means"}
        object.__setattr__(self, "meanings", found)

    def refuses(self, term: str, code: str) -> bool:
        """Whether the practice said that these words are not this code."""
        return Lesson(normalised(term), code, "not") in self.lessons


NO_LEXICON: Final = PracticeLexicon()


def normalised(text: str) -> str:
    """Lower case, single blanks, no punctuation at the ends: the form in which terms are compared."""
    return _BLANKS.sub(" ", text).strip(" .,;:()[]\"'-").lower()


RULE: Final = "dx.practice-lexicon"
SURE: Final = 0.9
_READ: Final = (Section.ASSESSMENT, Section.PLAN)


def apply(
    proposals: Sequence[Proposal], readings: Sequence[Reading], practice: PracticeLexicon, release: Release
) -> list[Proposal]:
    """The proposals after the practice's word: refused ones go, its meanings come and take their words' place.

    A meaning counts only where the assessment or plan speaks of the words as present, and bills in this release.
    """
    if not practice.lessons:
        return list(proposals)
    kept = [p for p in proposals if not any(practice.refuses(item.text, p.code) for item in p.evidence)]
    taught = [p for reading in readings for p in _meant(reading, practice, release)]
    places = {(item.note_id, item.start, item.end) for p in taught for item in p.evidence}
    kept = [p for p in kept if not any((e.note_id, e.start, e.end) in places for e in p.evidence)]
    known = {p.code for p in kept}
    return sorted([*kept, *(p for p in taught if p.code not in known)], key=lambda p: p.order)


def _meant(reading: Reading, practice: PracticeLexicon, release: Release) -> Iterator[Proposal]:
    seen: set[str] = set()
    for sentence in reading.sentences:
        if sentence.section not in _READ:
            continue
        for term, code in practice.meanings.items():
            place = _place_of(term, sentence, reading)
            if place is None or code in seen or not release.is_billable(code):
                continue
            if _assertion(reading, sentence, *place) is Assertion.PRESENT:
                seen.add(code)
                yield _proposal(reading, sentence, place, code)


def _place_of(term: str, sentence: Sentence, reading: Reading) -> tuple[int, int] | None:
    """Start and end of the words in the sentence; blanks in the term stand for any blanks of the note."""
    words = r"\s+".join(map(re.escape, term.split(" ")))
    found = re.compile(rf"(?<!\w){words}(?!\w)").search(reading.lowered, sentence.start, sentence.end)
    return found.span() if found else None


def _assertion(reading: Reading, sentence: Sentence, start: int, end: int) -> Assertion:
    tokens = sentence.tokens
    first = bisect_right([token.start for token in tokens], start) - 1
    last = bisect_left([token.start for token in tokens], end) - 1
    cues = find_cues(tokens)
    return assert_mention(tokens, cues, max(0, first), max(0, last), sentence.section, reading.note.text)[0]


def _proposal(reading: Reading, sentence: Sentence, place: tuple[int, int], code: str) -> Proposal:
    return Proposal(
        code,
        SURE,
        RULE,
        (reading.evidence(*place),),
        sentence.section,
        (reading.number, place[0]),
        (reading.number, reading.part_at(place[0]).start, sentence.item),
        Assertion.PRESENT,
        code,
    )
