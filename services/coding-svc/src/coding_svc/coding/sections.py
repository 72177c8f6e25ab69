"""Step 2, sections: which part of the note says what, whatever words head it.

Three ways of writing are read: headed notes (also telegraphic S:/O:/A:/P:), paragraphs with inline
headings, and dictation without headings or punctuation, where the spoken word "assessment" or "plan"
opens a part. The parts cover the whole note without gaps.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from coding_svc.coding import lexicon
from coding_svc.domain import Section


class Part(NamedTuple):
    """A stretch of the note, heading included; end exclusive. `body` is where its text begins."""

    section: Section
    start: int
    body: int
    end: int
    mixed: bool = False
    """True for "assessment and plan" under one heading."""


_SECTION_OF: Final = {name: Section(section) for section, name in lexicon.rows("section_headings.tsv")}
_MIXED: Final = re.compile(r"plan|^a ?[/&]? ?p$|and p$")
_LONGEST_FIRST: Final = sorted(_SECTION_OF, key=len, reverse=True)
_NAMES: Final = "|".join(re.escape(name) for name in _LONGEST_FIRST)
_INLINE_NAMES: Final = "|".join(
    re.escape(name) for name in _LONGEST_FIRST if len(name) > 3 or name in {"imp", "a/p", "ros"}
)
_REMARK: Final = r"(?:[ \t]*\([^()\n]{0,60}\))?"
_AT_LINE_START: Final = re.compile(
    rf"^[ \t]*(?:part \w+,[ \t]*)?({_NAMES}){_REMARK}[ \t]*(?:[:\-–][ \t]*|(?=\n|\Z))", re.IGNORECASE | re.MULTILINE
)
_BARE: Final = re.compile(
    r"^[ \t]*(dx|imp|impression|diagnosis|assessment|tx|plan)[ \t]+(?=\w)", re.IGNORECASE | re.MULTILINE
)
_INLINE: Final = re.compile(rf"(?:(?<=[.;,?!])|(?<=[.;,?!]\s))\s?({_INLINE_NAMES}){_REMARK}:\s*", re.IGNORECASE)
_DICTATED_ASSESSMENT: Final = re.compile(
    r"\b(?:my assessment(?: is)?|assessment|impression|(?:so )?the diagnosis is|my diagnosis is"
    r"|diagnoses are)\b"
    r"(?! (?:was|of|form))",
    re.IGNORECASE,
)
_DICTATED_PLAN: Final = re.compile(r"\b(?:the )?plan(?: is| will be)?\b(?! (?:was|of prevention|set))", re.IGNORECASE)


def split_sections(text: str) -> list[Part]:
    """Parts in the order of the note, covering all of it."""
    marks = _headed(text)
    if not any(section is Section.ASSESSMENT for _, _, section, _ in marks):
        marks += _dictated(text, marks)
    marks.sort()
    return _cover(text, marks)


_Mark = tuple[int, int, Section, bool]


def _headed(text: str) -> list[_Mark]:
    found: dict[int, _Mark] = {}
    for pattern in (_AT_LINE_START, _INLINE, _BARE):
        for match in pattern.finditer(text):
            start = match.start(1)
            name = " ".join(match.group(1).lower().split())
            section = _SECTION_OF[name]
            mixed = section is Section.ASSESSMENT and _MIXED.search(name) is not None
            found.setdefault(start, (start, match.end(), section, mixed))
    return list(found.values())


def _dictated(text: str, marks: list[_Mark]) -> list[_Mark]:
    """Spoken headings, looked for only where no written assessment heads a part."""
    spoken = _DICTATED_ASSESSMENT.search(text)
    if spoken is None:
        return []
    found: list[_Mark] = [(spoken.start(), spoken.end(), Section.ASSESSMENT, False)]
    plan = _DICTATED_PLAN.search(text, spoken.end())
    if plan is not None and not any(start >= spoken.start() for start, *_ in marks):
        found.append((plan.start(), plan.end(), Section.PLAN, False))
    elif plan is None:
        found[0] = (*found[0][:3], True)
    return found


def _cover(text: str, marks: list[_Mark]) -> list[Part]:
    parts: list[Part] = []
    if not marks or marks[0][0] > 0:
        parts.append(Part(Section.UNKNOWN, 0, 0, marks[0][0] if marks else len(text)))
    for index, (start, body, section, mixed) in enumerate(marks):
        end = marks[index + 1][0] if index + 1 < len(marks) else len(text)
        parts.append(Part(section, start, min(body, end), end, mixed))
    return parts
