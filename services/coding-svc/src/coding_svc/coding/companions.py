"""What the rules of combinations ask of proposals and readings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from coding_svc.coding.reading import Proposal, Reading
from coding_svc.domain import Assertion

_OVER: Final = re.compile(
    r"\W*(?:(?:was|were|is|are|has|had|been|and|then)\s+)*(?:finished|completed|stopped|ended|discontinued|held)\b"
)
"""Right after a drug's name: it is no longer taken."""


_LATER: Final = re.compile(r"\bwill (?:receive|be given|get|need)\b[^.;\n]*$")
"""Before a drug that is taken another day: "she will receive apixaban after surgery"."""
_REACH: Final = 60
"""Code points before a drug's name."""


def first_of(proposals: Sequence[Proposal], start: str) -> Proposal | None:
    """The first present condition whose code begins so."""
    return next((p for p in proposals if p.code.startswith(start) and p.assertion is Assertion.PRESENT), None)


def _is_taken(text: str, start: int, end: int) -> bool:
    return not _OVER.match(text, end) and not _LATER.search(text, max(0, start - _REACH), start)


def from_drug(main: Proposal, readings: Sequence[Reading], group: str, code: str, rule: str) -> Proposal | None:
    """The code of a drug that is taken, beside the condition it is taken for."""
    for reading in readings:
        for drug in reading.drugs:
            if drug.group == group and _is_taken(reading.lowered, drug.start, drug.end):
                evidence = (reading.evidence(drug.start, drug.end),)
                order = (main.order[0], main.order[1] + 1)
                return Proposal(code, 0.85, main.rule_for(rule), evidence, drug.section, order, main.item)
    return None
