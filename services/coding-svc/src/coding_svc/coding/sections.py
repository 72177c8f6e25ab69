"""Step 2, sections: which part of the note says what, whatever words head it.

Three ways of writing are read: headed notes (also telegraphic S:/O:/A:/P:), paragraphs with inline
headings, and dictation without headings or punctuation, where the spoken word "assessment" or "plan"
opens a part. The parts cover the whole note without gaps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
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


def _opening(text: str) -> str:
    """The letters and digits that a text begins with, three at most, in lower case."""
    first = text[:3].lower()
    return first if first.isalnum() else "".join(takewhile(str.isalnum, first))


_OPENINGS: Final = frozenset(map(_opening, _SECTION_OF))
"""Most lines begin like no heading: that is told at once."""
_MIXED: Final = re.compile(r"plan|^a ?[/&]? ?p$|and p$")
_REMARK: Final = re.compile(r"\([^()\n]{0,60}\)$")
_NUMBERED: Final = re.compile(r"part \w+,[ \t]*", re.IGNORECASE)
_LINE_MARK: Final = re.compile(r"[:\-–][ \t]*")
_INLINE_SHORT: Final = frozenset({"imp", "a/p", "ros"})
_LONGEST_NAME: Final = max(map(len, _SECTION_OF))
_LONGEST_HEAD: Final = _LONGEST_NAME + 64
_INLINE_GAP: Final = 2
"""Blanks between the punctuation and an inline heading."""
_BARE: Final = re.compile(
    r"^[ \t]*(dx|imp|impression|diagnosis|assessment|tx|plan)[ \t]+(?=\w)", re.IGNORECASE | re.MULTILINE
)
_DICTATED_ASSESSMENT: Final = re.compile(
    r"\b(?:my assessment(?: is)?|assessment|impression|(?:so )?the diagnosis is|my diagnosis is"
    r"|diagnoses are)\b"
    r"(?! (?:was|of|form))",
    re.IGNORECASE,
)
_SPOKEN_PROBLEM: Final = re.compile(
    r"\b(?:so,? |and |now,? |okay,? )*(?:for|regarding|as for) (?:your|his|her|their|the) (?:(?:first|1st|number one)"
    r" (?:problem|issue|diagnosis|condition|concern)\b|(?:[\w'-]+ ){0,3}[\w'-]+,? (?:i want|i'd like|i would like"
    r"|i am going|i'm going|let's|we'll|we will|we are going|we're going|i'll|i will|i recommend|continue|start)\b)",
    re.IGNORECASE,
)
""" "So for your high blood pressure, I want to …" opens the assessment of a dictation that never names it."""
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
    for start, name, body in (*_at_line_starts(text), *_inline(text), *_bare(text)):
        section = _SECTION_OF[name]
        mixed = section is Section.ASSESSMENT and _MIXED.search(name) is not None
        found.setdefault(start, (start, body, section, mixed))
    return list(found.values())


_Heading = tuple[int, str, int]
"""Where it begins, its name, and where its text begins."""


def _at_line_starts(text: str) -> Iterator[_Heading]:
    """Headings that open a line, ended by a colon, a dash or the line's end; the longest name counts."""
    at = 0
    for line in text.split("\n"):
        if _may_open(line):
            stop = at + len(line)
            start = stop - len(line.lstrip(" \t"))
            numbered = _NUMBERED.match(text, start, stop) if text.startswith(("p", "P"), start) else None
            heading = _of_line(text, numbered.end() if numbered else start, stop)
            if heading:
                yield heading
        at += len(line) + 1


def _may_open(line: str) -> bool:
    """Whether a line begins as a heading may: at once false for nearly all others."""
    first = line[:3].lower()
    return first in _OPENINGS if first.isalnum() and len(first) == 3 and first != "par" else bool(line)


def _of_line(text: str, start: int, stop: int) -> _Heading | None:
    if _opening(text[start : min(start + 3, stop)]) not in _OPENINGS and not text[start : start + 1].isspace():
        return None
    far = start + _LONGEST_HEAD
    marks = [mark.start() for mark in _LINE_MARK.finditer(text, start, min(stop, far))]
    for end in (*([stop] if stop <= far else ()), *reversed(marks)):
        name = _named(text[start:end])
        if name:
            mark = _LINE_MARK.match(text, end, stop)
            return start, name, mark.end() if mark else end
    return None


def _inline(text: str) -> Iterator[_Heading]:
    """Headings within a line: after punctuation, ended by a colon."""
    colon = text.find(":")
    while colon >= 0:
        first = max(0, colon - _LONGEST_HEAD)
        before = max(text.rfind(mark, first, colon) for mark in ".;,?!")
        piece = text[before + 1 : colon] if before >= 0 else ""
        bare = piece.lstrip()
        name = _named(bare)
        if name and (len(name) > 3 or name in _INLINE_SHORT) and len(piece) - len(bare) <= _INLINE_GAP:
            yield colon - len(bare), name, len(text) - len(text[colon + 1 :].lstrip())
        colon = text.find(":", colon + 1)


def _bare(text: str) -> Iterator[_Heading]:
    for match in _BARE.finditer(text):
        yield match.start(1), match.group(1).lower(), match.end()


def _named(piece: str) -> str:
    """The heading that a piece of text is, a remark in brackets aside; empty if it is none."""
    if len(piece) > _LONGEST_HEAD:
        return ""
    plain = piece.rstrip()
    if plain.endswith(")"):
        plain = _REMARK.sub("", plain).rstrip()
    name = " ".join(plain.lower().split()) if len(plain) <= _LONGEST_NAME else ""
    return name if name in _SECTION_OF else ""


def _dictated(text: str, marks: list[_Mark]) -> list[_Mark]:
    """Spoken headings, looked for only where no written assessment heads a part."""
    spoken = _DICTATED_ASSESSMENT.search(text)
    if spoken is None:
        problem = _SPOKEN_PROBLEM.search(text)
        return [(problem.start(), problem.start(), Section.ASSESSMENT, True)] if problem else []
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
