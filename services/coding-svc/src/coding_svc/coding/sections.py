"""Step 2, sections: which part of the note says what, whatever words head it.

Three ways of writing are read: headed notes (also telegraphic S:/O:/A:/P:), paragraphs with inline
headings, and dictation without headings or punctuation, where the spoken word "assessment" or "plan"
opens a part. The parts cover the whole note without gaps.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from coding_svc.domain import Section


class Part(NamedTuple):
    """A stretch of the note, heading included; end exclusive. `body` is where its text begins."""

    section: Section
    start: int
    body: int
    end: int
    mixed: bool = False
    """True for "assessment and plan" under one heading."""


_HEADINGS: Final[dict[Section, str]] = {
    Section.ASSESSMENT: "assessment and plan|assessment & plan|assessment/plan|assessment / plan|assessment plan|assessments|"
    "assessment today|assessment|impression and plan|impression/plan|impression|impressions|imp|dx|diagnosis|diagnoses|"
    "a/p|a&p|a & p|a and p|ap|a|final diagnosis|final diagnoses|discharge diagnosis|discharge diagnoses|"
    "visit diagnosis|visit diagnoses|diagnostic impression|clinical impression|preop and postop diagnosis|"
    "preoperative diagnosis|postoperative diagnosis|preop diagnosis|postop diagnosis|pre-op impression|"
    "pre-op diagnosis|post-op diagnosis|problems addressed|conclusion|diagnosis for both procedures|problem|"
    "problems|medical decision making|mdm|summary|plan and assessment",
    Section.PLAN: "plan|plans|plan of care|p|tx|rx|treatment|treatment plan|recommendations|recommendation|disposition|"
    "plan for 1|plan for 2|plan for 3|plan of prevention|orders|follow up|follow-up|decision|counseling",
    Section.PROCEDURE: "procedure|procedures|procedure note|procedures performed|procedure performed|operation|course|"
    "description of procedure|operative note|given today|immunizations given|vaccines given",
    Section.RESULTS: "results|result|data|labs|lab|lab results|laboratory data|laboratory|imaging|x-ray|x-rays|studies|"
    "diagnostic studies|diagnostics|labs reviewed|data reviewed|radiology|ekg|ecg|last echo|spirometry|reviewed",
    Section.CHIEF_COMPLAINT: "chief complaint|cc|c/c|reason for visit|reason|chief complaint/reason for visit|"
    "presenting complaint|reason for consultation|indication",
    Section.HPI: "history of present illness|hpi|subjective|s|interval history|interval|history|hx|present illness|"
    "clinical note|history of presenting complaint|presenting history",
    Section.ROS: "review of systems|ros",
    Section.EXAM: "physical examination|physical exam|exam|examination|pe|objective|o|mse|mental status|on exam|"
    "mental status exam|mental status examination|site|growth|detailed exam|general exam",
    Section.VITALS: "vitals|vital signs|vs|vitals reviewed",
    Section.MEDICATIONS: "medications|meds|current medications|medication list|home medications|med list|dh|dhx|"
    "current meds|drugs",
    Section.ALLERGIES: "allergies|allergy",
    Section.PAST_HISTORY: "past medical history|pmh|pmhx|medical history|past history|medical|past|history updated",
    Section.PAST_SURGICAL: "past surgical history|psh|surgical history|surgical|past procedures",
    Section.PROBLEM_LIST: "problem list|active problems|active problem list",
    Section.FAMILY_HISTORY: "family history|fh|fhx|family|family hx",
    Section.SOCIAL_HISTORY: "social history|sh|shx|social|social hx|habits",
    Section.INSTRUCTIONS: "instructions|patient instructions|patient agreements|patient education|discharge instructions|"
    "return precautions",
    Section.ADMINISTRATIVE: "health maintenance|health maintenance banner|time|total time|attestation|signature|ice",
}  # fmt: skip
_SECTION_OF: Final = {name: section for section, names in _HEADINGS.items() for name in names.split("|")}
_MIXED: Final = re.compile(r"plan|^a ?[/&]? ?p$|and p$")
_LONGEST_FIRST: Final = sorted(_SECTION_OF, key=len, reverse=True)
_NAMES: Final = "|".join(re.escape(name) for name in _LONGEST_FIRST)
_INLINE_NAMES: Final = "|".join(re.escape(name) for name in _LONGEST_FIRST if len(name) > 3 or name in {"imp", "a/p", "ros"})
_REMARK: Final = r"(?:[ \t]*\([^()\n]{0,60}\))?"
_AT_LINE_START: Final = re.compile(
    rf"^[ \t]*(?:part \w+,[ \t]*)?({_NAMES}){_REMARK}[ \t]*(?:[:\-–][ \t]*|(?=\n|\Z))", re.IGNORECASE | re.MULTILINE
)
_BARE: Final = re.compile(r"^[ \t]*(dx|imp|impression|diagnosis|assessment|tx|plan)[ \t]+(?=\w)", re.IGNORECASE | re.MULTILINE)
_INLINE: Final = re.compile(rf"(?:(?<=[.;,?!])|(?<=[.;,?!]\s))\s?({_INLINE_NAMES}){_REMARK}:\s*", re.IGNORECASE)
_DICTATED_ASSESSMENT: Final = re.compile(
    r"\b(?:my assessment(?: is)?|assessment|impression|(?:so )?the diagnosis is|my diagnosis is|diagnoses are)\b"
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
    for pattern in (_BARE, _AT_LINE_START, _INLINE):
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
