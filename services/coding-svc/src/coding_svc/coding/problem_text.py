"""What a note says under one problem: its line and the text up to the next problem, in lower case."""

from __future__ import annotations

from collections.abc import Sequence

from coding_svc.coding.reading import Proposal, Reading


def problem_text(proposal: Proposal, readings: Sequence[Reading], *, body: bool = True) -> str:
    """The problem's own line, with `body` the text that follows it as well.

    Empty for a code that came structured and has no place in a note.
    """
    reading = next((reading for reading in readings if reading.number == proposal.order[0]), None)
    if reading is None:
        return ""
    at = proposal.order[1]
    part = reading.part_at(at)
    lines = [mention.sentence for mention in reading.mentions if part.start <= mention.start < part.end]
    own = next((sentence for sentence in lines if sentence.start <= at < sentence.end), None)
    begin = own.start if own else at
    after = [sentence.start for sentence in lines if sentence.head and sentence.start > begin]
    end = min([part.end, *after]) if body else (own.end if own else part.end)
    return reading.lowered[begin:end]
