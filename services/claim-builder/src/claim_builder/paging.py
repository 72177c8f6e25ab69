"""How many claims an encounter needs, and what stands on which: its pages, as paper claims have them.

A professional claim holds twelve diagnoses and fifty lines (005010X222A1 HI and LX). Diagnoses that no line points to
are ranked last and dropped where there is no room. A second page begins only where lines point to more than twelve
diagnoses or where there are more than fifty lines. Standard library only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from claim_builder.domain import MAX_DIAGNOSES, MAX_LINES


@dataclass(slots=True)
class Page:
    """One claim's share of an encounter: positions of its lines (from 0) and of its diagnoses (from 1), in order."""

    lines: list[int] = field(default_factory=list)
    diagnoses: list[int] = field(default_factory=list)


def pages(diagnosis_count: int, pointers: Sequence[Sequence[int]]) -> list[Page]:
    """The pages of an encounter of `diagnosis_count` diagnoses, whose lines point as `pointers` say (from 1).

    A line goes on the first page that has room for it and for what it points to, so that the earlier ones stay as they
    are when a line is added. Pointers to nothing count for nothing: scrubbing sees them. There is always a page.
    """
    if diagnosis_count <= MAX_DIAGNOSES and len(pointers) <= MAX_LINES:
        return [Page(list(range(len(pointers))), list(range(1, diagnosis_count + 1)))]
    made = [Page()]
    for position, wanted in enumerate(pointers):
        there = {pointer for pointer in wanted if 1 <= pointer <= diagnosis_count}
        page = next((page for page in made if _has_room(page, there)), None)
        if page is None:
            page = Page()
            made.append(page)
        page.lines.append(position)
        page.diagnoses = sorted({*page.diagnoses, *there})
    _place_the_others(made, diagnosis_count)
    return made


def _has_room(page: Page, wanted: set[int]) -> bool:
    return len(page.lines) < MAX_LINES and len(wanted.union(page.diagnoses)) <= MAX_DIAGNOSES


def _place_the_others(made: Sequence[Page], diagnosis_count: int) -> None:
    """Diagnoses that no line points to fill the places that are left, in their order, each once."""
    pointed = {diagnosis for page in made for diagnosis in page.diagnoses}
    others = [diagnosis for diagnosis in range(1, diagnosis_count + 1) if diagnosis not in pointed]
    for page in made:
        room = MAX_DIAGNOSES - len(page.diagnoses)
        page.diagnoses = sorted([*page.diagnoses, *others[:room]])
        others = others[room:]
