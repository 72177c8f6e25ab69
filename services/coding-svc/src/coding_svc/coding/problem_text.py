"""What a note says under one problem: its line and the text up to the next problem, in lower case."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from coding_svc.coding.reading import Proposal, Reading
from coding_svc.coding.screened import Screened
from coding_svc.domain import Assertion


class Said(NamedTuple):
    """A stretch of a note, and which stretch it is, for patterns that are screened on the whole note."""

    text: str
    """What counts of the stretch: parts of it may have been taken out."""
    note: str = ""
    start: int = 0
    end: int = 0

    def might(self, screened: Screened) -> bool:
        """False only if the pattern cannot match in the text."""
        return screened.might(self.note, self.start, self.end)

    def says(self, screened: Screened) -> bool:
        """Whether the pattern matches in the text."""
        return self.might(screened) and screened.pattern.search(self.text) is not None

    def without(self, screened: Screened) -> Said:
        """The same without what the pattern matches; a pattern that ends with its line joins no words."""
        return self._replace(text=screened.pattern.sub("", self.text)) if self.might(screened) else self


def problem_text(proposal: Proposal, readings: Sequence[Reading], *, body: bool = True) -> str:
    """The problem's own line, with `body` the text that follows it as well.

    Empty for a code that came structured and has no place in a note.
    """
    return problem_said(proposal, readings, body=body).text


def told(pattern: re.Pattern[str], proposal: Proposal, readings: Sequence[Reading], *, body: bool = True) -> bool:
    """Whether the problem's text says what the pattern matches, and says it as present: no risk, no doubt, no relative.

    "Type 2 diabetes, monitor for retinopathy" tells of none.
    """
    said = problem_said(proposal, readings, body=body)
    reading = next((reading for reading in readings if reading.number == proposal.order[0]), None)
    return reading is not None and any(
        reading.spoken_at(match.start()) is Assertion.PRESENT
        for match in pattern.finditer(said.note, said.start, said.end)
    )


def problem_said(proposal: Proposal, readings: Sequence[Reading], *, body: bool = True) -> Said:
    """The same with its place in the note."""
    reading = next((reading for reading in readings if reading.number == proposal.order[0]), None)
    if reading is None:
        return Said("")
    at = proposal.order[1]
    part = reading.part_at(at)
    lines = [mention.sentence for mention in reading.mentions if part.start <= mention.start < part.end]
    own = next((sentence for sentence in lines if sentence.start <= at < sentence.end), None)
    begin = own.start if own else at
    after = [sentence.start for sentence in lines if sentence.head and sentence.start > begin]
    end = min([part.end, *after]) if body else (own.end if own else part.end)
    return Said(reading.lowered[begin:end], reading.lowered, begin, end)
